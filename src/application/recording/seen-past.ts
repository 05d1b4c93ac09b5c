/**
 * What an author had looked at, where the replica has more by now: a form that was opened
 * before a pull and is saved after it. Its parents are the heads it showed together with the
 * replica's own events (R4), so what was pulled in between stays concurrent.
 */
import { createEventGraph } from '../../domain/causality/event-graph.js';
import { parseDot } from '../../domain/causality/dot.js';
import { evaluate } from '../../domain/conflict/evaluate.js';
import type { Dot, ReplicaId, ResourceRef } from '../../domain/events/event.js';
import type { LoadedHistory } from '../../domain/merge/loaded.js';
import { historySteps } from '../../domain/resource/history-steps.js';
import { frontierOf, isOwnDot, type SeenPast } from '../../domain/resource/decide.js';
import { draftOf, stateOf } from '../../domain/resource/evolve.js';
import { createFold, type FoldStep } from '../../domain/resource/fold.js';
import { initialState } from '../../domain/resource/state.js';
import { ReknitError } from '../../domain/shared/errors.js';
import type { Sha256 } from '../../domain/shared/sha256.js';
import type { Policy } from '../../domain/strategies/policy.js';

export const seenPast = (
  ref: ResourceRef,
  seen: readonly string[],
  history: LoadedHistory,
  replicaId: ReplicaId,
  { policy, sha256 }: { readonly policy: Policy; readonly sha256: Sha256 },
): SeenPast => {
  const steps = historySteps(history);
  const graph = createEventGraph<FoldStep>(false);
  for (const { dot, parents, step } of steps) graph.add(dot, parents, step);
  const nodeOf = (dot: Dot) => graph.get(dot);
  const hasSeen = (later: Dot, earlier: Dot): boolean => {
    const [a, b] = [nodeOf(later), nodeOf(earlier)];
    return a !== undefined && b !== undefined && graph.hasSeen(a, b);
  };

  const looked = seen.map((dot) => {
    if (parseDot(dot) === undefined || nodeOf(dot as Dot) === undefined)
      throw new ReknitError('unknown_seen', `"${dot}" is no event of ${ref.resourceType} ${ref.resourceId} that this replica knows: pass the heads of a view of it`, { dot });
    return dot as Dot;
  });
  const wasSeen = (dot: Dot): boolean => looked.some((head) => head === dot || hasSeen(head, dot));
  const own = steps.filter(({ dot }) => isOwnDot(dot, replicaId) && !wasSeen(dot));
  const parents = frontierOf([...looked, ...own.map(({ dot }) => dot)], hasSeen);

  const rules = policy.rulesFor(ref.resourceType);
  const staleKeys = new Set(
    own.flatMap(({ step }) => (step.type === 'event' ? Object.keys(step.sealed.event.payload ?? {}) : [])).map((field) => rules.unitOf(field).key),
  );
  const draft = draftOf(initialState(ref), rules);
  const fold = createFold({ draft, policy, sha256 });
  for (const { dot, step } of steps) if (parents.some((parent) => parent === dot || hasSeen(parent, dot))) fold.apply(step);
  fold.finish();
  const { fields } = evaluate(stateOf(draft), policy, sha256);
  return { parents, isStale: (field) => staleKeys.has(rules.unitOf(field).key), fields };
};
