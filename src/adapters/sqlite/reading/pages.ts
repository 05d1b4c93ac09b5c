/** Pages: one item more is read than fits, to know whether there is a next one. */
import type { Page } from '../../../application/ports/event-store.js';

export const pageOf = <Item, Position>(
  items: readonly Item[],
  limit: number,
  positionOf: (item: Item) => Position,
): Page<Item, Position> => {
  if (items.length <= limit) return { items };
  const page = items.slice(0, limit);
  const last = page.at(-1);
  return last === undefined ? { items: page } : { items: page, next: positionOf(last) };
};
