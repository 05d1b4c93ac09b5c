/** Features of systems that nest: the parts of a feature lie in it, under a name of their own. */
import type { FeatureFields } from '../../support/feature.js';
import type { ShownChild } from './peer-system.js';

export const partsField = 'children';

export type NestedFeatures = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** The features without their parts. */
export const featuresIn = (nested: NestedFeatures): Readonly<Record<string, FeatureFields>> =>
  Object.fromEntries(
    Object.entries(nested).map(([id, feature]) => [
      id,
      Object.fromEntries(Object.entries(feature).filter(([field]) => field !== partsField)) as FeatureFields,
    ]),
  );

/** The parts, whose feature is there by their very place. */
export const childrenIn = (nested: NestedFeatures): readonly ShownChild[] =>
  Object.values(nested).flatMap((feature) =>
    Object.keys(feature[partsField] ?? {}).map((id) => ({ id, isParentThere: true })),
  );
