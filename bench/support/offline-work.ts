/**
 * What two people do who are in sync and then work offline, as data: the features that both have, and the updates of
 * one field each that either side makes. It is drawn from one seed, so whoever does it does the same.
 */
import { featureId, oneField, wholeFeature, type FeatureFields } from './feature.js';
import { randomFrom } from './random.js';

/** A feature, whole or in part. */
export type FeatureWork = readonly [id: string, fields: FeatureFields];

export interface OfflineWork {
  readonly features: readonly FeatureWork[];
  readonly left: readonly FeatureWork[];
  readonly right: readonly FeatureWork[];
}

export interface OfflineWorkSize {
  readonly resources: number;
  readonly updatesASide: number;
}

export const offlineWork = ({ resources, updatesASide }: OfflineWorkSize): OfflineWork => {
  const random = randomFrom(7);
  const update = (): FeatureWork => [featureId(random.below(resources)), oneField(random)];
  const updates = (): readonly FeatureWork[] => Array.from({ length: updatesASide }, update);
  // In this order, since all of it is drawn from one sequence.
  const features = Array.from({ length: resources }, (_, index): FeatureWork => [
    featureId(index),
    wholeFeature(random),
  ]);
  const left = updates();
  return { features, left, right: updates() };
};

/** Many updates share a commit where recording is no part of what is measured. */
export const inGroups = <Item>(items: readonly Item[], size: number): readonly (readonly Item[])[] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, index) => items.slice(index * size, (index + 1) * size));
