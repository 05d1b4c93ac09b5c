/**
 * What an author had looked at, where the replica has more by now: a form that was opened
 * before a pull and is saved after it. Its parents are the heads it showed together with the
 * replica's own events (R4), so what was pulled in between stays concurrent.
 */
import { compareDots, isDot, parseDot } from '../../domain/causality/dot.js';
import { createEventGraph } from '../../domain/causality/event-graph.js';
import { evaluate } from '../../domain/conflict/evaluate.js';
import type { ContentHash, Dot, ReknitEvent, ReplicaId, ResourceRef } from '../../domain/events/event.js';
import type { FoldContext } from '../../domain/merge/fold-resources.js';
import { historyAfter, historySteps, stateAfter, type HistoryStep } from '../../domain/merge/history-steps.js';
import type { LoadedHistory } from '../../domain/merge/loaded.js';
import { fieldHistory } from '../../domain/resource/accumulate.js';
import type { SeenPast } from '../../domain/resource/decide.js';
import { factsOf } from '../../domain/resource/deed.js';
import { ReknitError } from '../../domain/shared/errors.js';
import type { Json, JsonObject } from '../../domain/shared/json.js';

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
      .flatMap(({ step }) => (step.type === 'event' ? Object.keys(rules.read(step.sealed.event).payload ?? {}) : []))
      .map((field) => rules.unitOf(field))
      // What merges by itself has no value that could be overwritten unread.
      .filter(({ kind }) => kind.accumulator === undefined)
      .map(({ key }) => key),
  );
  const pastOf = (heads: readonly Dot[]): readonly HistoryStep[] =>
    steps.filter(({ dot }) => heads.some((head) => head === dot || hasSeen(head, dot)));
  const past = pastOf(parents);
  const fieldsAfter = (some: readonly HistoryStep[]): JsonObject =>
    evaluate(stateAfter(ref, some, context), context.policy, context.sha256).fields;
  const fields = fieldsAfter(past);
  return {
    parents,
    isStale: (field) => staleKeys.has(rules.unitOf(field).key),
    fields,
    shown: own.length === 0 ? fields : fieldsAfter(pastOf(looked)),
    rebase: (field, value) => rebased(field, value, own.length === 0 ? undefined : past, looked, ref, context),
  };
};

/** A change of what was looked at as a change of what its event will have seen: own events came in between. */
const rebased = (
  field: string,
  value: Json,
  past: readonly HistoryStep[] | undefined,
  looked: readonly Dot[],
  ref: ResourceRef,
  context: FoldContext,
): Json => {
  const rule = context.policy.rulesFor(ref.resourceType).unitOf(field);
  const rebase = rule.kind.accumulator?.rebase;
  if (rebase === undefined || past === undefined) return value;
  const history = historyAfter(ref, past, context);
  const { graph } = history;
  // Only its place in the graph and its value matter: it is not recorded yet, and it comes last.
  const said = { ...pretended, ...ref, payload: { [field]: value } } as ReknitEvent;
  const facts = factsOf({ event: said, dot: pretendedDot, hash: '' as ContentHash }, 0);
  history.add(
    { facts, event: said, isVoid: false, completed: undefined },
    looked.filter((dot) => graph.get(dot) !== undefined),
  );
  return rebase(fieldHistory(history, rule, 0));
};

/** No replica's: a seq counts from 1. */
const pretendedDot = ':0' as Dot;
const pretended = { operation: 'update', parents: [] as readonly Dot[] };

/** The maximal ones of some events, given who has seen whom. */
const frontierOf = (dots: Iterable<Dot>, hasSeen: (later: Dot, earlier: Dot) => boolean): readonly Dot[] => {
  const all = [...new Set(dots)];
  return all.filter((dot) => !all.some((other) => other !== dot && hasSeen(other, dot))).sort(compareDots);
};
