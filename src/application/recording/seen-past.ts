/**
 * What an author had looked at, where the replica has more by now: a form that was opened
 * before a pull and is saved after it. Its parents are the heads it showed together with the
 * replica's own events (R4), so what was pulled in between stays concurrent.
 */
import { compareDots, isDot, parseDot } from '../../domain/causality/dot.js';
import { createEventGraph } from '../../domain/causality/event-graph.js';
import { evaluate } from '../../domain/conflict/evaluate.js';
import type { Dot, ReplicaId, ResourceRef } from '../../domain/events/event.js';
import type { FoldContext } from '../../domain/merge/fold-resources.js';
import { historySteps, stateAfter } from '../../domain/merge/history-steps.js';
import type { LoadedHistory } from '../../domain/merge/loaded.js';
import type { SeenPast } from '../../domain/resource/decide.js';
import { ReknitError } from '../../domain/shared/errors.js';

export const seenPast = (
  ref: ResourceRef,
  seen: readonly string[],
  history: LoadedHistory,
  replicaId: ReplicaId,
  context: FoldContext,
): SeenPast => {
  const steps = historySteps(history);
  const graph = createEventGraph<undefined>(false);
  for (const { dot, parents } of steps) graph.add(dot, parents, undefined);
  const nodeOf = (dot: Dot) => graph.get(dot);
  const hasSeen = (later: Dot, earlier: Dot): boolean => {
    const [a, b] = [nodeOf(later), nodeOf(earlier)];
    return a !== undefined && b !== undefined && graph.hasSeen(a, b);
  };

  const looked = seen.map((dot) => {
    if (!isDot(dot) || nodeOf(dot) === undefined)
      throw new ReknitError(
        'unknown_seen',
        `"${dot}" is no event of ${ref.resourceType} ${ref.resourceId} that this replica knows: pass the heads of a view of it`,
        { dot },
      );
    return dot;
  });
  const wasSeen = (dot: Dot): boolean => looked.some((head) => head === dot || hasSeen(head, dot));
  const own = steps.filter(({ dot }) => parseDot(dot)?.replicaId === replicaId && !wasSeen(dot));
  const parents = frontierOf([...looked, ...own.map(({ dot }) => dot)], hasSeen);

  const rules = context.policy.rulesFor(ref.resourceType);
  const staleKeys = new Set(
    own
      .flatMap(({ step }) => (step.type === 'event' ? Object.keys(step.sealed.event.payload ?? {}) : []))
      .map((field) => rules.unitOf(field).key),
  );
  const past = steps.filter(({ dot }) => parents.some((parent) => parent === dot || hasSeen(parent, dot)));
  const { fields } = evaluate(stateAfter(ref, past, context), context.policy, context.sha256);
  return { parents, isStale: (field) => staleKeys.has(rules.unitOf(field).key), fields };
};

/** The maximal ones of some events, given who has seen whom. */
const frontierOf = (dots: Iterable<Dot>, hasSeen: (later: Dot, earlier: Dot) => boolean): readonly Dot[] => {
  const all = [...new Set(dots)];
  return all.filter((dot) => !all.some((other) => other !== dot && hasSeen(other, dot))).sort(compareDots);
};
