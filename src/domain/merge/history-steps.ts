/**
 * A whole history as the steps of a fold, parents first, and folds of it: of everything, or
 * of a part that is closed under parents, such as what one author had seen.
 */
import { parentsFirst } from '../causality/parents-first.js';
import type { Dot, ResourceRef } from '../events/event.js';
import { emptyDraft, stateOf, type ResourceDraft } from '../resource/draft.js';
import { createFold, type Fold, type FoldStep } from '../resource/fold.js';
import type { ResourceHistory } from '../resource/history.js';
import type { ResourceState } from '../resource/state.js';
import type { FoldContext } from './fold-resources.js';
import type { LoadedHistory } from './loaded.js';

export interface HistoryStep {
  readonly dot: Dot;
  readonly parents: readonly Dot[];
  readonly step: FoldStep;
}

export const historySteps = (history: LoadedHistory): readonly HistoryStep[] => {
  const variants = new Map(history.variants.map((sealed) => [sealed.dot, sealed]));
  const all = [
    ...history.events.map(({ sealed }): HistoryStep => ({
      dot: sealed.dot,
      parents: sealed.event.parents,
      step: { type: 'event', sealed },
    })),
    ...history.voids.flatMap(({ dot, parents, isApplied }): readonly HistoryStep[] => {
      const sealed = variants.get(dot);
      return isApplied && sealed !== undefined ? [{ dot, parents, step: { type: 'void', sealed, parents } }] : [];
    }),
  ];
  // Without voids the order of application is an order of ancestry already.
  if (history.voids.length === 0) return all;
  return parentsFirst(all, (step) => step);
};

/** The graph of a whole history, with what each event wrote. */
export const foldedHistory = (ref: ResourceRef, loaded: LoadedHistory, context: FoldContext): ResourceHistory =>
  foldOf(ref, historySteps(loaded), context).fold.history();

/** The graph of these steps alone. */
export const historyAfter = (ref: ResourceRef, steps: readonly HistoryStep[], context: FoldContext): ResourceHistory =>
  foldOf(ref, steps, context).fold.history();

/** The resource as it would be if there were only these steps. */
export const stateAfter = (ref: ResourceRef, steps: readonly HistoryStep[], context: FoldContext): ResourceState => {
  const { fold, draft } = foldOf(ref, steps, context);
  fold.finish();
  return stateOf(draft, undefined);
};

const foldOf = (
  ref: ResourceRef,
  steps: readonly HistoryStep[],
  context: FoldContext,
): { readonly fold: Fold; readonly draft: ResourceDraft } => {
  const draft = emptyDraft(ref, context.policy.rulesFor(ref.resourceType));
  const fold = createFold({ draft, ...context });
  for (const { step } of steps) fold.apply(step);
  return { fold, draft };
};
