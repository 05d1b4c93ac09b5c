/**
 * Events in an order of ancestry that stays as close to the given one as it can: pass after
 * pass takes, in the given order, whatever has all its parents before it.
 */
import type { Dot } from '../events/event.js';

/** What lacks a parent for good is left out. */
export const parentsFirst = <Item>(
  items: readonly Item[],
  nodeOf: (item: Item) => { readonly dot: Dot; readonly parents: readonly Dot[] },
): readonly Item[] => {
  const placed = new Set<Dot>();
  const ordered: Item[] = [];
  let open = items;
  for (let size = -1; size !== ordered.length;) {
    size = ordered.length;
    open = open.filter((item) => {
      const { dot, parents } = nodeOf(item);
      if (!parents.every((parent) => placed.has(parent))) return true;
      placed.add(dot);
      ordered.push(item);
      return false;
    });
  }
  return ordered;
};
