/** What a reader saw of a resource just before one of its events: the fold of that event's own past. */
import { createEventGraph } from '../domain/causality/event-graph.js';
import { evaluate, type Evaluation } from '../domain/conflict/evaluate.js';
import type { Dot, ResourceRef } from '../domain/events/event.js';
import type { LoadedHistory } from '../domain/merge/loaded.js';
import { draftOf, stateOf } from '../domain/resource/evolve.js';
import { createFold } from '../domain/resource/fold.js';
import { historySteps } from '../domain/resource/history-steps.js';
import { initialState } from '../domain/resource/state.js';
import type { Sha256 } from '../domain/shared/sha256.js';
import type { Policy } from '../domain/strategies/policy.js';

export const foldPast = (ref: ResourceRef, history: LoadedHistory, of: Dot, policy: Policy, sha256: Sha256): Evaluation => {
  const steps = historySteps(history);
  const graph = createEventGraph<undefined>(false);
  for (const { dot, parents } of steps) graph.add(dot, parents, undefined);
  const end = graph.get(of);
  const draft = draftOf(initialState(ref), policy.rulesFor(ref.resourceType));
  const fold = createFold({ draft, policy, sha256 });
  for (const { dot, step } of steps) {
    const node = graph.get(dot);
    if (end !== undefined && node !== undefined && graph.hasSeen(end, node)) fold.apply(step);
  }
  fold.finish();
  return evaluate(stateOf(draft), policy, sha256);
};
