/** A resource's identity as one text; types hold no NUL, so no two resources share a key. */
import type { Brand } from '../shared/brand.js';
import type { ResourceRef } from '../events/event.js';

export type ResourceKey = Brand<string, 'ResourceKey'>;

export const resourceKeyOf = (ref: ResourceRef): ResourceKey =>
  `${ref.resourceType}\u0000${ref.resourceId}` as ResourceKey;

export const refOfKey = (key: ResourceKey): ResourceRef => {
  const end = key.indexOf('\u0000');
  return { resourceType: key.slice(0, end), resourceId: key.slice(end + 1) };
};

/** The reference alone, without whatever else the object holds. */
export const refOf = ({ resourceType, resourceId }: ResourceRef): ResourceRef => ({ resourceType, resourceId });

/** Each resource once, in the order of first mention. */
export const uniqueRefs = (refs: readonly ResourceRef[]): readonly ResourceRef[] => [
  ...new Map(refs.map((ref) => [resourceKeyOf(ref), refOf(ref)])).values(),
];

/** In the order of UTF-16 code units. */
export const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Canonical order of resources: by type, then id, in UTF-16 code units. */
export const compareRefs = (a: ResourceRef, b: ResourceRef): number =>
  compareTexts(a.resourceType, b.resourceType) || compareTexts(a.resourceId, b.resourceId);
