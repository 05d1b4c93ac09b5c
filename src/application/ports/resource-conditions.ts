/**
 * The conditions of a list, for stores: whether one resource meets them. A store that has indexes asks
 * them for candidates and this for the truth; one that has none asks this for each.
 *
 * Conditions on fields go by the equality of JSON: 1 is not "1", true is not 1, null is not absent,
 * objects are equal by canonical form. An absent field holds what readers are shown instead, so that
 * nobody finds a resource under one status and misses it in the list of that status.
 */
import type { StoredResource } from '../../domain/merge/unit-of-work.js';
import { sameJson } from '../../domain/shared/canonical-json.js';
import type { Json } from '../../domain/shared/json.js';
import type { ResourceQuery } from './event-store.js';

/** Whether a list has this resource, whatever its order and wherever its page begins. */
export const meetsConditions = ({ state, view }: StoredResource, query: ResourceQuery): boolean =>
  state.existence.length > 0 &&
  (query.resourceType === undefined || state.resourceType === query.resourceType) &&
  (query.includeDeleted === true || !view.deleted) &&
  (query.pendingOnly !== true || view.pendingConflicts > 0) &&
  (query.contestableOnly !== true || !state.isLinear || view.references.length > 0 || state.kept.length > 0) &&
  meetsWhere({ state, view }, query);

/** The conditions on fields alone. */
export const meetsWhere = ({ state, view }: StoredResource, { where, defaults }: ResourceQuery): boolean => {
  if (where === undefined) return true;
  const shown = defaults?.get(state.resourceType);
  return Object.entries(where).every(([field, wanted]) => {
    const value = Object.hasOwn(view.fields, field) ? view.fields[field] : shown?.get(field);
    return value !== undefined && acceptedBy(wanted).some((accepted) => sameJson(accepted, value));
  });
};

/** Whether some resource that lacks the field may meet its condition; of one type, or of any. */
export const absentMayMatch = (field: string, { where, defaults, resourceType }: ResourceQuery): boolean => {
  const wanted = where?.[field];
  if (wanted === undefined || defaults === undefined) return false;
  const types = resourceType === undefined ? [...defaults.keys()] : [resourceType];
  return types.some((type) => {
    const shown = defaults.get(type)?.get(field);
    return shown !== undefined && acceptedBy(wanted).some((accepted) => sameJson(accepted, shown));
  });
};

/** One value, or any of several. */
export const acceptedBy = (wanted: Json | readonly Json[]): readonly Json[] =>
  Array.isArray(wanted) ? (wanted as readonly Json[]) : [wanted];
