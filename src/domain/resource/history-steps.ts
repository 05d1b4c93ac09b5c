/** A whole history as the steps of a fold. */
import type { Dot } from '../events/event.js';
import type { LoadedHistory } from '../merge/loaded.js';
import type { FoldStep } from './fold.js';

/** A whole history as steps of a fold, parents first. */
export interface HistoryStep {
  readonly dot: Dot;
  readonly parents: readonly Dot[];
  readonly step: FoldStep;
}

export const historySteps = (history: LoadedHistory): readonly HistoryStep[] => {
  const variants = new Map(history.variants.map((sealed) => [sealed.dot, sealed]));
  const all = [
    ...history.events.map(({ sealed }): HistoryStep => ({ dot: sealed.dot, parents: sealed.event.parents, step: { type: 'event', sealed } })),
    ...history.voids.flatMap(({ dot, parents, isApplied }): readonly HistoryStep[] => {
      const sealed = variants.get(dot);
      return isApplied && sealed !== undefined ? [{ dot, parents, step: { type: 'void', sealed, parents } }] : [];
    }),
  ];
  // Without voids the order of application is an order of ancestry already.
  if (history.voids.length === 0) return all;
  const placed = new Set<Dot>();
  const ordered: typeof all = [];
  for (let open = all, size = -1; size !== ordered.length; ) {
    size = ordered.length;
    open = open.filter((entry) => {
      if (!entry.parents.every((parent) => placed.has(parent))) return true;
      placed.add(entry.dot);
      ordered.push(entry);
      return false;
    });
  }
  return ordered;
};
