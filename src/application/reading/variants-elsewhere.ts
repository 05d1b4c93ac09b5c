/**
 * A dot may be void because of a variant on another resource (R5, R6), which the history of the one that is folded
 * does not hold.
 */
import type { Dot, SealedEvent } from '../../domain/events/event.js';
import type { LoadedHistory } from '../../domain/merge/loaded.js';
import type { EventStore } from '../ports/event-store.js';

/** Adds to a batch that is to be folded the variants of the histories' voids that it lacks; answers whether there were any. */
export const addVariantsElsewhere = async (
  batch: SealedEvent[],
  histories: Iterable<LoadedHistory>,
  store: EventStore,
): Promise<boolean> => {
  const voids: Dot[] = [];
  for (const history of histories) for (const { dot } of history.voids) voids.push(dot);
  if (voids.length === 0) return false;
  const before = batch.length;
  const hashes = new Set(batch.map(({ hash }) => hash));
  for (const { sealed } of await store.findEvents({ dots: voids })) {
    if (hashes.has(sealed.hash)) continue;
    hashes.add(sealed.hash);
    batch.push(sealed);
  }
  return batch.length > before;
};
