/**
 * Applies a batch's events to one resource: on its state where nothing is concurrent, with
 * the recent or the whole history where something is. What that takes is said, not fetched.
 */
import type { ConflictRecord } from '../conflict/conflict-record.js';
import type { Dot, ResourceRef, SealedEvent } from '../events/event.js';
import { foldBranches } from '../resource/branches.js';
import { draftOf, emptyDraft, stateOf } from '../resource/draft.js';
import { WholeHistoryNeeded, type Closure } from '../resource/evolve-context.js';
import { createFold, foldLine, historyNeeded, isLinearOn } from '../resource/fold.js';
import type { ResourceHistory } from '../resource/history.js';
import { initialState, type ResourceState } from '../resource/state.js';
import { invariant } from '../shared/invariant.js';
import type { Sha256 } from '../shared/sha256.js';
import type { Policy, TypeRules } from '../strategies/policy.js';
import type { AppliedEvent, HistoryRequest, LoadedHistory } from './loaded.js';

export interface FoldedResource {
  readonly state: ResourceState;
  /** The state before; undefined for a resource that is new here. */
  readonly before: ResourceState | undefined;
  readonly appended: readonly AppliedEvent[];
  readonly closures: readonly Closure[];
  readonly records: readonly ConflictRecord[];
  readonly isWhole: boolean;
  /** With who had seen whom; only where everything was folded. */
  readonly history: (() => ResourceHistory) | undefined;
}

export interface FoldContext {
  readonly policy: Policy;
  readonly sha256: Sha256;
}

/**
 * Folds new events into a resource, or says what history that needs.
 *
 * @param needsWhole whether it is known already that nothing less than the whole history will do
 */
export const foldInto = (
  ref: ResourceRef,
  before: ResourceState | undefined,
  events: readonly SealedEvent[],
  history: LoadedHistory | undefined,
  context: FoldContext,
  needsWhole = false,
): FoldedResource | HistoryRequest => {
  if (needsWhole && before !== undefined && history?.isWhole !== true) return requestOf(ref, undefined);
  const { policy } = context;
  const rules = policy.rulesFor(ref.resourceType);
  const state = before ?? initialState(ref);
  const hasEvents = history !== undefined && history.facts === undefined;
  const subject: Subject = { ref, before, state, events, rules };
  if (hasEvents) return foldWith(history, subject, context);
  if (isLinearOn(state, events)) return foldLinear(subject, context);
  if (state.heads.length === 0) return foldWith(undefined, subject, context);
  const lines = foldBranches(state, events, history?.facts, rules, policy);
  if (lines.type === 'needs') return { ...requestOf(ref, undefined), facts: lines.facts };
  if (lines.type === 'folded') {
    const rest = events.slice(lines.sawAll.length);
    if (rest.length === 0 || isLinearOn(lines.state, rest))
      return foldRest(lines, { ref, before, state: lines.state, events: rest, rules }, events, context);
  }
  const needed = historyNeeded(state, events, rules);
  return requestOf(ref, needed === 'whole' ? undefined : needed.since);
};

interface Subject {
  readonly ref: ResourceRef;
  readonly before: ResourceState | undefined;
  readonly state: ResourceState;
  readonly events: readonly SealedEvent[];
  readonly rules: TypeRules;
}

/** After events of several lines, those that have seen them all. */
const foldRest = (
  { sawAll, state }: { readonly sawAll: readonly boolean[]; readonly state: ResourceState },
  subject: Subject,
  events: readonly SealedEvent[],
  context: FoldContext,
): FoldedResource | HistoryRequest => {
  const parting = events.slice(0, sawAll.length).map((sealed, index) => ({ sealed, sawAll: sawAll[index] === true }));
  if (subject.events.length === 0)
    return {
      state,
      before: subject.before,
      appended: parting,
      closures: [],
      records: [],
      isWhole: false,
      history: undefined,
    };
  const rest = foldLinear(subject, context);
  return isHistoryRequest(rest) ? rest : { ...rest, appended: [...parting, ...rest.appended], history: undefined };
};

/** Folds events each of which has seen all before it. */
const foldLinear = (
  { ref, before, state, events, rules }: Subject,
  context: FoldContext,
): FoldedResource | HistoryRequest => {
  const draft = state.heads.length === 0 ? emptyDraft(ref, rules) : draftOf(state, rules);
  const closures = orWholeHistory(() => foldLine(draft, events, context));
  if (closures === wholeHistoryNeeded) return requestOf(ref, undefined);
  return {
    state: stateOf(draft, state.effect),
    before,
    appended: events.map((sealed) => ({ sealed, sawAll: true })),
    closures,
    records: [],
    isWhole: false,
    // Seldom asked for, so it is folded then and not kept until then.
    history: before === undefined ? () => historyOf({ ref, events, rules }, context) : undefined,
  };
};

const historyOf = (
  { ref, events, rules }: Pick<Subject, 'ref' | 'events' | 'rules'>,
  { policy, sha256 }: FoldContext,
): ResourceHistory => {
  const fold = createFold({ draft: emptyDraft(ref, rules), policy, sha256 });
  for (const sealed of events) fold.applyEvent(sealed);
  return fold.history();
};

const wholeHistoryNeeded: unique symbol = Symbol('whole history needed');

/** What the fold answers, or that it cannot from what is loaded. */
const orWholeHistory = <Answer>(fold: () => Answer): Answer | typeof wholeHistoryNeeded => {
  try {
    return fold();
  } catch (error) {
    if (error instanceof WholeHistoryNeeded) return wholeHistoryNeeded;
    throw error;
  }
};

const foldWith = (
  history: LoadedHistory | undefined,
  { ref, before, state, events, rules }: Subject,
  context: FoldContext,
): FoldedResource | HistoryRequest => {
  if (history !== undefined && !history.isWhole && history.events[0]?.sawAll !== true) return requestOf(ref, undefined);
  const isWhole = history?.isWhole === true;
  const draft = isWhole || state.heads.length === 0 ? emptyDraft(ref, rules) : draftOf(state, rules);
  const folded = orWholeHistory((): FoldedResource => {
    const recent =
      history === undefined || isWhole
        ? undefined
        : { events: history.events.map(({ sealed }) => sealed), closed: history.conflicts };
    const fold = createFold({ draft, policy: context.policy, sha256: context.sha256, recent });
    if (isWhole) for (const { sealed } of history.events) fold.applyEvent(sealed);
    const appended = events.map((sealed) => ({ sealed, sawAll: fold.applyEvent(sealed) }));
    fold.finish();
    return {
      state: stateOf(draft, state.effect),
      before,
      appended,
      closures: fold.closures,
      records: history?.conflicts ?? [],
      isWhole,
      history: isWhole || before === undefined ? fold.history : undefined,
    };
  });
  if (folded !== wholeHistoryNeeded) return folded;
  invariant(!isWhole, `${ref.resourceType} ${ref.resourceId} asks for more than its whole history`);
  return requestOf(ref, undefined);
};

const requestOf = ({ resourceType, resourceId }: ResourceRef, since: readonly Dot[] | undefined): HistoryRequest => ({
  resourceType,
  resourceId,
  since,
});

export const isHistoryRequest = (folded: FoldedResource | HistoryRequest): folded is HistoryRequest =>
  'since' in folded;
