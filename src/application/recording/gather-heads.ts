/**
 * Parents for a write on a resource with more heads than one event can name: thousands may
 * have written it without seeing each other. Events that change nothing gather the heads in
 * portions, so that such a resource can still be updated, resolved and deleted.
 */
import type { Dot } from '../../domain/events/event.js';
import { eventLimits } from '../../domain/events/limits.js';
import type { DecidedChange } from '../../domain/resource/change.js';

/** Dots of the longest possible ids, this many, fit into an event. */
const portionSize = 200;

/** The heads in portions, each for one gathering event; none where the write can name them itself. */
export const portionsOf = (parents: readonly Dot[]): readonly (readonly Dot[])[] => {
  const characters = parents.reduce((sum, dot) => sum + dot.length, 0);
  // A character is at most three bytes, and half of an event is room enough for what it changes.
  const canBeNamed = parents.length <= eventLimits.parentsMax && characters * 3 <= eventLimits.eventBytesMax / 2;
  if (canBeNamed) return [];
  const portions: (readonly Dot[])[] = [];
  for (let start = 0; start < parents.length; start += portionSize)
    portions.push(parents.slice(start, start + portionSize));
  return portions.length > 1 ? portions : [];
};

/** An update of no field, which has seen that portion. */
export const gatheringChange = (
  { resourceType, resourceId }: DecidedChange,
  parents: readonly Dot[],
): DecidedChange => ({
  resourceType,
  resourceId,
  operation: 'update',
  payload: {},
  options: { note: `gathers ${parents.length} of more concurrent events than one event can name` },
  parents,
  sees: [],
});
