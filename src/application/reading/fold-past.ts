/** What a reader saw of a resource just before one of its events: the fold of that event's own past. */
import { createEventGraph } from '../../domain/causality/event-graph.js';
import { evaluate, type Evaluation } from '../../domain/conflict/evaluate.js';
import type { Dot, ResourceRef } from '../../domain/events/event.js';
import type { FoldContext } from '../../domain/merge/fold-resources.js';
import { historySteps, stateAfter } from '../../domain/merge/history-steps.js';
import type { LoadedHistory } from '../../domain/merge/loaded.js';

export const foldPast = (ref: ResourceRef, history: LoadedHistory, of: Dot, context: FoldContext): Evaluation => {
  const steps = historySteps(history);
  const graph = createEventGraph<undefined>(false);
  for (const { dot, parents } of steps) graph.add(dot, parents, undefined);
  const end = graph.get(of);
  const past = steps.filter(({ dot }) => {
    const node = graph.get(dot);
    return end !== undefined && node !== undefined && graph.hasSeen(end, node);
  });
  return evaluate(stateAfter(ref, past, context), context.policy, context.sha256);
};
