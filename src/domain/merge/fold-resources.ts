/**
 * Applies a batch's events to one resource: on its state where nothing is concurrent, with
 * the recent or the whole history where something is, and from scratch where a dot turned
 * out to be void.
 */
import { compareDots } from '../causality/dot.js';
import type { ConflictRecord } from '../conflict/conflict-record.js';
import type { Dot, ResourceRef, SealedEvent } from '../events/event.js';
import { draftOf, stateOf } from '../resource/draft.js';
import { WholeHistoryNeeded, type Closure } from '../resource/evolve-context.js';
import { createFold, historyNeeded, type FoldStep } from '../resource/fold.js';
import { resourceKeyOf } from '../resource/resource-key.js';
import type { ResourceHistory } from '../resource/history.js';
import { initialState, type ResourceState } from '../resource/state.js';
import { appendTo } from '../shared/append-to.js';
import type { Sha256 } from '../shared/sha256.js';
import type { Policy } from '../strategies/policy.js';
import type { AppliedEvent, HistoryRequest, KnownDot, LoadedHistory, ParkedEvent, VoidNode } from './loaded.js';
import type { Fork } from './triage.js';

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

/** Folds new events into a resource, or says what history that needs. */
export const foldInto = (
  ref: ResourceRef,
  before: ResourceState | undefined,
  events: readonly SealedEvent[],
  history: LoadedHistory | undefined,
  context: FoldContext,
): FoldedResource | HistoryRequest => {
  const { policy } = context;
  const rules = policy.rulesFor(ref.resourceType);
  const state = before ?? initialState(ref);
  if (history === undefined) {
    const needed = historyNeeded(state, events, rules);
    if (needed !== 'none') return requestOf(ref, needed === 'whole' ? undefined : needed.since);
  }
  if (history !== undefined && !history.isWhole && history.events[0]?.sawAll !== true) return requestOf(ref, undefined);
  try {
    const isWhole = history?.isWhole === true;
    const draft = draftOf(isWhole ? initialState(ref) : state, rules);
    const recent =
      history === undefined || isWhole ? undefined : { events: history.events.map(({ sealed }) => sealed), closed: history.conflicts };
    const fold = createFold({ draft, ...context, ...(recent === undefined ? {} : { recent }) });
    if (isWhole) for (const { sealed } of history.events) fold.apply({ type: 'event', sealed });
    const appended = events.map((sealed) => ({ sealed, sawAll: fold.apply({ type: 'event', sealed }).sawAll }));
    fold.finish();
    return {
      state: { ...stateOf(draft), effect: state.effect },
      before,
      appended,
      closures: fold.closures,
      records: history?.conflicts ?? [],
      isWhole,
      history: isWhole || before === undefined ? fold.history : undefined,
    };
  } catch (error) {
    if (error instanceof WholeHistoryNeeded && history?.isWhole !== true) return requestOf(ref, undefined);
    throw error;
  }
};

const requestOf = ({ resourceType, resourceId }: ResourceRef, since: readonly Dot[] | undefined): HistoryRequest => ({
  resourceType,
  resourceId,
  since,
});

export const isHistoryRequest = (folded: FoldedResource | HistoryRequest): folded is HistoryRequest => 'since' in folded;

export interface RefoldedResource extends FoldedResource {
  readonly voids: readonly VoidNode[];
  /** One variant of each void. */
  readonly variants: readonly SealedEvent[];
  /** Events that wait from now on, or for something else than before. */
  readonly park: readonly ParkedEvent[];
  /** What waited before, whatever became of it. */
  readonly wasParked: ReadonlySet<Dot>;
  readonly unpark: readonly Dot[];
  /** Parked events that are variants of a void: evidence from now on. */
  readonly evidence: readonly SealedEvent[];
}

export const isRefolded = (folded: FoldedResource): folded is RefoldedResource => 'voids' in folded;

/** Folds a resource anew because of its voids (R5, R6): what waits is looked at again too. */
export const refold = (
  ref: ResourceRef,
  before: ResourceState | undefined,
  newcomers: readonly SealedEvent[],
  forks: readonly Fork[],
  history: LoadedHistory,
  known: ReadonlyMap<Dot, KnownDot>,
  isFuture: (sealed: SealedEvent) => boolean,
  context: FoldContext,
): RefoldedResource => {
  const key = resourceKeyOf(ref);
  const voids = voidsOf(ref, forks, history);
  const wasParked = new Map(history.parked.map((parked) => [parked.sealed.dot, parked]));
  const wasApplied = new Set(history.events.map(({ sealed }) => sealed.dot));
  const steps: { readonly dot: Dot; readonly parents: readonly Dot[]; readonly step: FoldStep }[] = [];
  for (const { node, variant } of voids.values())
    steps.push({ dot: node.dot, parents: node.parents, step: { type: 'void', sealed: variant, parents: node.parents } });
  for (const sealed of [...history.events.map((applied) => applied.sealed), ...history.parked.map((parked) => parked.sealed), ...newcomers])
    if (!voids.has(sealed.dot)) steps.push({ dot: sealed.dot, parents: sealed.event.parents, step: { type: 'event', sealed } });

  const draft = draftOf(initialState(ref), context.policy.rulesFor(ref.resourceType));
  const fold = createFold({ draft, ...context });
  const applied = new Set<Dot>();
  const appended: AppliedEvent[] = [];
  let open = steps;
  for (let progress = true; progress; ) {
    progress = false;
    const later: typeof steps = [];
    for (const entry of open) {
      const waits = !entry.parents.every((parent) => applied.has(parent)) || (entry.step.type === 'event' && isFuture(entry.step.sealed) && !wasApplied.has(entry.dot));
      if (waits) {
        later.push(entry);
        continue;
      }
      const { sawAll } = fold.apply(entry.step);
      applied.add(entry.dot);
      progress = true;
      if (entry.step.type === 'event' && !wasApplied.has(entry.dot)) appended.push({ sealed: entry.step.sealed, sawAll });
    }
    open = later;
  }
  fold.finish();

  const ownDots = new Set(steps.map(({ dot }) => dot));
  const waiting = open.flatMap(({ dot, step }): readonly ParkedEvent[] => {
    if (step.type === 'void') return [];
    const missing = step.sealed.event.parents.filter((parent) => !applied.has(parent));
    const isInvalid = missing.some((parent) => !ownDots.has(parent) && isElsewhere(parent, key, known, wasParked.get(dot)));
    return [{ sealed: step.sealed, reason: isInvalid ? 'invalid_parent' : missing.length > 0 ? 'parents' : 'future', missing }];
  });
  const stillParked = new Set(waiting.map(({ sealed }) => sealed.dot));
  return {
    state: { ...stateOf(draft), hasVoids: true, effect: before?.effect },
    before,
    appended,
    closures: fold.closures,
    records: history.conflicts,
    isWhole: true,
    history: fold.history,
    voids: [...voids.values()].map(({ node }) => ({ ...node, isApplied: applied.has(node.dot) })),
    variants: [...voids.values()].map(({ variant }) => variant),
    park: waiting.filter((parked) => !isSameWait(wasParked.get(parked.sealed.dot), parked)),
    wasParked: new Set(wasParked.keys()),
    unpark: [...wasParked.keys()].filter((dot) => !stillParked.has(dot)),
    evidence: history.parked.flatMap(({ sealed }) => (voids.has(sealed.dot) ? [sealed] : [])),
  };
};

/** What else is missing does not matter to an event that can never be applied. */
const isSameWait = (before: ParkedEvent | undefined, { reason, missing }: ParkedEvent): boolean =>
  before?.reason === reason && (reason === 'invalid_parent' || sameDots(before.missing, missing));

const sameDots = (some: readonly Dot[], others: readonly Dot[]): boolean =>
  some.length === others.length && some.every((dot) => others.includes(dot));

const isElsewhere = (
  parent: Dot,
  key: ReturnType<typeof resourceKeyOf>,
  known: ReadonlyMap<Dot, KnownDot>,
  parked: ParkedEvent | undefined,
): boolean => {
  const places = known.get(parent)?.appliedIn;
  if (places === undefined) return parked?.reason === 'invalid_parent';
  return places.length > 0 && !places.includes(key);
};

interface VoidHere {
  readonly node: VoidNode;
  readonly variant: SealedEvent;
}

/** The voids of one resource: for each void dot the parents that all its variants there share. */
const voidsOf = (ref: ResourceRef, forks: readonly Fork[], history: LoadedHistory): ReadonlyMap<Dot, VoidHere> => {
  const isHere = ({ event }: SealedEvent): boolean => event.resourceType === ref.resourceType && event.resourceId === ref.resourceId;
  const forked = new Set(forks.map(({ dot }) => dot));
  const variants = new Map<Dot, SealedEvent[]>();
  const note = (sealed: SealedEvent): void => {
    if (!isHere(sealed)) return;
    if (variants.get(sealed.dot)?.some(({ hash }) => hash === sealed.hash) !== true) appendTo(variants, sealed.dot, sealed);
  };
  history.variants.forEach(note);
  for (const { sealed } of [...history.events, ...history.parked]) if (forked.has(sealed.dot)) note(sealed);
  for (const fork of forks) fork.variants.forEach(note);

  const voids = new Map<Dot, VoidHere>();
  for (const [dot, [first, ...others]] of variants) {
    if (first === undefined) continue;
    const shared = first.event.parents.filter((parent) => others.every(({ event }) => event.parents.includes(parent)));
    const node = { resourceType: ref.resourceType, resourceId: ref.resourceId, dot, parents: shared.sort(compareDots), isApplied: false };
    voids.set(dot, { node, variant: first });
  }
  return voids;
};
