/**
 * A batch folded into its resources, each by itself: what is ready on top of the state, what a
 * void reaches or is derived again from scratch. Whoever lacks history says so, and what is
 * finished is kept for the next round.
 */
import type { SealedEvent } from '../events/event.js';
import { unitsWritten } from '../resource/deed.js';
import { compareTexts, refOfKey, type ResourceKey } from '../resource/resource-key.js';
import type { ResourceState } from '../resource/state.js';
import { invariant } from '../shared/invariant.js';
import { foldInto, isHistoryRequest, type FoldedResource } from './fold-resources.js';
import type { AppliedEvent, HistoryRequest } from './loaded.js';
import type { MergeContext, MergeInput } from './merge-input.js';
import { refold, type RefoldedResource } from './refold-resource.js';
import type { Triage } from './triage.js';
import type { UnitOfWork } from './unit-of-work.js';

export interface FoldedBatch {
  readonly folded: ReadonlyMap<ResourceKey, FoldedResource>;
  readonly refolded: readonly RefoldedResource[];
  readonly appended: UnitOfWork['append'];
  readonly needs: readonly HistoryRequest[];
  /** Resources that a fork reaches and that no event of the batch names. */
  readonly statesNeeded: readonly ResourceKey[];
}

export const foldBatch = (
  sorted: Triage,
  isFuture: (sealed: SealedEvent) => boolean,
  input: MergeInput,
  context: MergeContext,
): FoldedBatch => {
  const { loaded, histories, world, rederive = [], progress, refusals } = input;
  const folded = new Map<ResourceKey, FoldedResource>();
  const refolded: RefoldedResource[] = [];
  const needs: HistoryRequest[] = [];
  const statesNeeded: ResourceKey[] = [];
  const anew = new Map(sorted.refold);
  const mayBeTwins = twinSearch(sorted, context);
  /** By the place of the resource. */
  const appended: (readonly AppliedEvent[])[] = [];
  /** Folded once for all rounds, as long as it is made from the same. */
  const once = <Result extends FoldedResource | HistoryRequest>(
    key: ResourceKey,
    before: ResourceState | undefined,
    fold: () => Result,
  ): Result => {
    const history = histories.get(key);
    const done = progress?.folded.get(key);
    if (done !== undefined && done.history === history && done.before === before) return done.result as Result;
    const result = fold();
    if (!isHistoryRequest(result)) progress?.folded.set(key, { result, history, before });
    return result;
  };
  for (const [key, { place, events }] of sorted.ready) {
    const before = loaded.states.get(key);
    const result = once(key, before, () =>
      foldInto(events[0].event, before, events, histories.get(key), context, mayBeTwins(events)),
    );
    if (isHistoryRequest(result)) needs.push(result);
    else {
      folded.set(key, result);
      appended[place] = result.appended;
    }
  }
  for (const key of rederive) {
    if (sorted.ready.has(key) || sorted.refold.has(key)) continue;
    const history = histories.get(key);
    if (history?.isWhole !== true) needs.push({ ...refOfKey(key), since: undefined });
    else if (history.voids.length > 0 || refusals !== undefined) anew.set(key, []);
    else {
      const before = loaded.states.get(key);
      const result = once(key, before, () => foldInto(refOfKey(key), before, [], history, context));
      invariant(!isHistoryRequest(result), `${key} asks for more than its whole history`);
      folded.set(key, result);
    }
  }
  // In an order of its own: how a store lists the places of a void is nobody's concern.
  for (const [key, events] of [...anew].sort(([a], [b]) => compareTexts(a, b))) {
    const ref = refOfKey(key);
    const history = histories.get(key);
    const before = loaded.states.get(key) ?? world.resources.get(key)?.state;
    if (before === undefined && !world.resources.has(key)) statesNeeded.push(key);
    if (history?.isWhole !== true) needs.push({ ...ref, since: undefined });
    else {
      const { forks } = sorted;
      const result = once(key, before, () =>
        refold(ref, { before, history, newcomers: events, forks, known: loaded.known, isFuture, refusals }, context),
      );
      folded.set(key, result);
      refolded.push(result);
    }
  }
  return {
    folded,
    refolded,
    appended: inOrder(sorted.order, appended, refolded, input.origin.type === 'local'),
    needs,
    statesNeeded,
  };
};

/**
 * Whether one of these events may be the twin of another (R6) in a field that counts twins once:
 * then the history says which. Of an event that waited, that was found out when it came, if at all.
 */
const twinSearch = (
  { twins, unpark }: Triage,
  { policy }: MergeContext,
): ((events: readonly SealedEvent[]) => boolean) => {
  const suspects = new Set([...twins.flatMap(({ dots }) => dots), ...unpark]);
  return (events) =>
    events.some(({ dot, event }) => {
      if (!suspects.has(dot)) return false;
      const rules = policy.rulesFor(event.resourceType);
      return unitsWritten(rules.read(event), rules).some(({ kind }) => kind.accumulator?.countsTwinsOnce === true);
    });
};

/** Events in the order in which they became ready, so that a log reads as it came. */
const inOrder = (
  order: readonly number[],
  byPlace: readonly (readonly AppliedEvent[])[],
  refolded: readonly RefoldedResource[],
  isLocal: boolean,
): UnitOfWork['append'] => {
  const ordered: (AppliedEvent & { readonly isLocal: boolean })[] = [];
  const taken: number[] = [];
  for (const place of order) {
    const index = taken[place] ?? 0;
    taken[place] = index + 1;
    const applied = byPlace[place]?.[index];
    if (applied !== undefined) ordered.push({ sealed: applied.sealed, sawAll: applied.sawAll, isLocal });
  }
  for (const { appended } of refolded)
    for (const { sealed, sawAll } of appended) ordered.push({ sealed, sawAll, isLocal });
  return ordered;
};
