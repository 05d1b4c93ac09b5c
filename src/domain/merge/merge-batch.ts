/**
 * The heart: from what is loaded and a batch of events to a unit of work.
 *
 * It reads in stages. Triage says what is new and what can be applied. Each resource folds
 * its new events, and says which history that needs where something is concurrent. Then
 * conflicts are decided, first within each resource, then between resources. The result is
 * a value; nothing is written here, and the same input gives the same output.
 */
import type { AuditAct } from '../audit/audit-act.js';
import { appendEntry } from '../audit/audit-chain.js';
import { witness, type ClockReading } from '../clock/hybrid-clock.js';
import { msToTimestamp, timestampToMs } from '../clock/timestamp.js';
import { conflictChanges, type ConflictChanges } from '../conflict/conflict-changes.js';
import { isPending, type StandingConflict } from '../conflict/conflict-record.js';
import { evaluate, type Evaluation } from '../conflict/evaluate.js';
import type { Dot, ResourceRef, SealedEvent } from '../events/event.js';
import { refOfKey, type ResourceKey } from '../resource/resource-key.js';
import type { ResourceState } from '../resource/state.js';
import { viewOf } from '../resource/view.js';
import type { Sha256 } from '../shared/sha256.js';
import type { Policy } from '../strategies/policy.js';
import { decideDependencies, type DependencyWorld, type WorldRequest } from './dependencies.js';
import { foldInto, isHistoryRequest, refold, type FoldedResource, type RefoldedResource } from './fold-resources.js';
import type { AppliedEvent, HistoryRequest, Loaded, LoadedHistory, ParkedEvent, ReplicaFacts } from './loaded.js';
import { triage, type Triage } from './triage.js';
import type { EventStanding, StoredResource, UnitOfWork } from './unit-of-work.js';

export interface MergeContext {
  readonly policy: Policy;
  readonly sha256: Sha256;
  readonly nowMs: number;
  /** Events further ahead of the wall clock than this wait (R10). */
  readonly aheadMsMax: number;
  /** Events that may wait in all; more are refused, so that strangers cannot fill the disk. */
  readonly parkedMax: number;
}

export interface MergeInput {
  readonly loaded: Loaded;
  readonly batch: readonly SealedEvent[];
  readonly histories: ReadonlyMap<ResourceKey, LoadedHistory>;
  /** Neighbours of the batch's resources by reference, as far as they were asked for. */
  readonly world: DependencyWorld;
  /** Where the events come from: recorded here, with the clock and number that they leave behind, or received. */
  readonly origin: { readonly type: 'local'; readonly clock: ClockReading; readonly lastSeq: number } | { readonly type: 'received' };
  /** Acts that are to stand in the same audit entry, for example refusals of unreadable events. */
  readonly acts: readonly AuditAct[];
  readonly progress?: MergeProgress;
  /** Resources to derive again from their whole history, for example under another policy (R40). */
  readonly rederive?: readonly ResourceKey[];
}

/**
 * What rounds of the same merge need not do again. It belongs to whoever carries the merge
 * through, for one set of loaded things, and means nothing with another.
 */
export interface MergeProgress {
  sorted: Triage | undefined;
  /** Finished folds, each with the history that it had. */
  readonly folded: Map<ResourceKey, { readonly result: FoldedResource; readonly history: LoadedHistory | undefined }>;
}

export const startProgress = (): MergeProgress => ({ sorted: undefined, folded: new Map() });

export interface MergeReport {
  readonly applied: number;
  readonly duplicates: number;
  readonly parked: number;
  /** New events for which there was no room to wait. */
  readonly refused: readonly SealedEvent[];
  /** Conflicts that were detected, or got another answer. */
  readonly conflictIds: readonly string[];
  readonly changed: readonly ResourceRef[];
}

export type MergeResult =
  | { readonly type: 'needs'; readonly histories: readonly HistoryRequest[]; readonly world: WorldRequest | undefined }
  | { readonly type: 'done'; readonly unitOfWork: UnitOfWork | undefined; readonly report: MergeReport };

export const mergeBatch = (input: MergeInput, context: MergeContext): MergeResult => {
  const { loaded, batch, histories, world, origin } = input;
  const { policy, sha256 } = context;
  const isFuture = futureOf(input, context);
  const sorted = input.progress?.sorted ?? triage(loaded, batch, { isFuture });
  if (input.progress !== undefined) input.progress.sorted = sorted;

  const folds = foldAll(sorted, isFuture, input, context);
  if (folds.needs.length > 0 || folds.statesNeeded.length > 0) return needsOf(folds);

  const evaluations = new Map<ResourceKey, Evaluation>();
  for (const [key, { state }] of folds.folded) evaluations.set(key, evaluate(state, policy, sha256));
  const dependencies = decideDependencies(
    { folded: folds.folded, evaluations, world, histories, rederived: input.rederive ?? [] },
    context,
  );
  if (dependencies.type === 'needs') return { type: 'needs', histories: dependencies.histories, world: dependencies.world };

  const conflicts = collectConflicts(folds.folded, evaluations, context);
  const resources = new Map<ResourceKey, StoredResource>();
  for (const [key, { state: folded }] of folds.folded) {
    const effect = dependencies.effects.has(key) ? dependencies.effects.get(key) : folded.effect;
    const state = effect === folded.effect ? folded : { ...folded, effect };
    const evaluation = evaluations.get(key) as Evaluation;
    resources.set(key, { state, view: viewOf(state, evaluation, policy.rulesFor(state.resourceType), dependencies.pending.get(key) ?? 0) });
  }
  for (const [key, stored] of dependencies.neighbours) resources.set(key, stored);

  const { park, refused, newlyParked } = limitParking(sorted, folds.refolded, loaded, context);
  const unpark = [...sorted.unpark, ...folds.refolded.flatMap((refolded) => refolded.unpark)];
  const acts = [
    ...input.acts,
    ...actsOf(sorted, folds.appended, park, unpark, origin.type, sha256),
    ...conflicts.flatMap((changes) => changes.acts),
    ...dependencies.acts,
  ];
  const report: MergeReport = {
    applied: folds.appended.length,
    duplicates: sorted.duplicates,
    parked: newlyParked,
    refused,
    conflictIds: [
      ...conflicts.flatMap(({ touched }) => touched.map(({ conflictId }) => conflictId)),
      ...dependencies.records.filter(({ isStanding }) => isStanding).map(({ conflictId }) => conflictId),
    ],
    changed: [...resources.keys()].map(refOfKey),
  };
  const isNothing = acts.length === 0 && folds.appended.length === 0 && park.length === 0 && folds.refolded.length === 0;
  if (isNothing) return { type: 'done', unitOfWork: undefined, report };

  const variants = evidenceOf(sorted, folds.refolded, loaded);
  return {
    type: 'done',
    report,
    unitOfWork: {
      basedOn: loaded.audit.count,
      append: folds.appended.map((applied) => ({ ...applied, isLocal: origin.type === 'local' })),
      resources: [...resources.values()],
      conflicts: [...conflicts.flatMap(({ records }) => records), ...dependencies.records],
      removedConflicts: [...conflicts.flatMap(({ removed }) => removed), ...dependencies.removed],
      ...standingsOf(conflicts),
      park,
      unpark,
      voids: folds.refolded.flatMap(({ voids }) => voids),
      variants,
      replica: replicaAfter(loaded.replica, origin, folds.appended, context),
      audit: appendEntry(loaded.audit, msToTimestamp(context.nowMs), policy.fingerprint, acts, sha256),
    },
  };
};

/**
 * R10. What is recorded here is never held here, also when the wall clock was set back behind the
 * replica's own: it would vanish from its author's sight, and the next write would not have seen it (R4).
 */
const futureOf = ({ batch, origin }: MergeInput, { nowMs, aheadMsMax }: MergeContext): ((sealed: SealedEvent) => boolean) => {
  // Text order is time order.
  const latest = msToTimestamp(nowMs + Math.min(aheadMsMax, Number.MAX_SAFE_INTEGER));
  const recorded = new Set(origin.type === 'local' ? batch.map(({ dot }) => dot) : []);
  return ({ event, dot }) => event.timestamp > latest && !recorded.has(dot);
};

const needsOf = ({ needs, statesNeeded }: Folds): MergeResult => ({
  type: 'needs',
  histories: needs,
  world: statesNeeded.length > 0 ? { resources: statesNeeded, referrersOf: [] } : undefined,
});

interface Folds {
  readonly folded: ReadonlyMap<ResourceKey, FoldedResource>;
  readonly refolded: readonly RefoldedResource[];
  readonly appended: readonly AppliedEvent[];
  readonly needs: readonly HistoryRequest[];
  /** Resources that a fork reaches and that no event of the batch names. */
  readonly statesNeeded: readonly ResourceKey[];
}

const foldAll = (sorted: Triage, isFuture: (sealed: SealedEvent) => boolean, input: MergeInput, context: MergeContext): Folds => {
  const { loaded, histories, world, rederive = [], progress } = input;
  const folded = new Map<ResourceKey, FoldedResource>();
  const refolded: RefoldedResource[] = [];
  const needs: HistoryRequest[] = [];
  const statesNeeded: ResourceKey[] = [];
  const anew = new Map(sorted.refold);
  for (const [key, events] of sorted.ready) {
    const history = histories.get(key);
    const done = progress?.folded.get(key);
    const result =
      done !== undefined && done.history === history
        ? done.result
        : foldInto(refOfKey(key), loaded.states.get(key), events, history, context);
    if (isHistoryRequest(result)) needs.push(result);
    else {
      folded.set(key, result);
      progress?.folded.set(key, { result, history });
    }
  }
  for (const key of rederive) {
    if (sorted.ready.has(key) || sorted.refold.has(key)) continue;
    const history = histories.get(key);
    if (history?.isWhole !== true) needs.push({ ...refOfKey(key), since: undefined });
    else if (history.voids.length > 0) anew.set(key, []);
    else folded.set(key, foldInto(refOfKey(key), loaded.states.get(key), [], history, context) as FoldedResource);
  }
  for (const [key, events] of anew) {
    const ref = refOfKey(key);
    const history = histories.get(key);
    const before = loaded.states.get(key) ?? world.resources.get(key)?.state;
    if (before === undefined && !world.resources.has(key)) statesNeeded.push(key);
    if (history?.isWhole !== true) needs.push({ ...ref, since: undefined });
    else {
      const result = refold(ref, before, events, sorted.forks, history, loaded.known, isFuture, context);
      folded.set(key, result);
      refolded.push(result);
    }
  }
  return { folded, refolded, appended: inOrder(sorted.order, folded, refolded), needs, statesNeeded };
};

/** Events in the order in which they became ready, so that a log reads as it came. */
const inOrder = (
  order: readonly ResourceKey[],
  folded: ReadonlyMap<ResourceKey, FoldedResource>,
  refolded: readonly RefoldedResource[],
): readonly AppliedEvent[] => {
  const ordered: AppliedEvent[] = [];
  const places = new Map<ResourceKey, number>();
  for (const key of order) {
    const place = places.get(key) ?? 0;
    places.set(key, place + 1);
    const applied = folded.get(key)?.appended[place];
    if (applied !== undefined) ordered.push(applied);
  }
  for (const { appended } of refolded) for (const applied of appended) ordered.push(applied);
  return ordered;
};

const collectConflicts = (
  folded: ReadonlyMap<ResourceKey, FoldedResource>,
  evaluations: ReadonlyMap<ResourceKey, Evaluation>,
  context: MergeContext,
): readonly ConflictChanges[] => {
  const all: ConflictChanges[] = [];
  for (const [key, { before, closures, records, isWhole, appended }] of folded) {
    const standing = evaluations.get(key)?.conflicts ?? [];
    const own = records.filter(({ unit }) => unit.kind !== 'dependency');
    // What is on record was perhaps decided under another policy (R40): that is what stood before.
    const standingBefore = isWhole ? own.filter(({ isStanding }) => isStanding) : conflictsIn(before, context);
    if (standing.length === 0 && standingBefore.length === 0 && closures.length === 0 && records.length === 0) continue;
    const closers = new Set(closures.map(({ closer }) => closer.dot));
    const events = new Map<Dot, SealedEvent['event']>();
    if (closers.size > 0) for (const { sealed } of appended) if (closers.has(sealed.dot)) events.set(sealed.dot, sealed.event);
    const changes = conflictChanges(
      { standing: standingBefore, records: own, isWhole },
      standing,
      closures,
      (dot) => events.get(dot)?.conflictId,
      (dot) => events.has(dot),
    );
    if (changes !== undefined) all.push(changes);
  }
  return all;
};

const conflictsIn = (state: ResourceState | undefined, { policy, sha256 }: MergeContext): readonly StandingConflict[] => {
  if (state === undefined) return [];
  return isContested(state) ? evaluate(state, policy, sha256).conflicts : [];
};

const isContested = (state: ResourceState): boolean => {
  if (state.existence.length > 1) return true;
  for (const { siblings } of state.units.values()) if (siblings.length > 1) return true;
  return false;
};

/** Which events are now part of a pending or a decided conflict, and which left one. */
const standingsOf = (conflicts: readonly ConflictChanges[]): Pick<UnitOfWork, 'standings' | 'recount'> => {
  const standings = new Map<Dot, EventStanding>();
  const recount: Dot[] = [];
  for (const { standing, touched, closed, left } of conflicts) {
    const pending = new Set(standing.filter(isPending).flatMap(({ siblings }) => siblings));
    const decided = new Set([...standing, ...closed].flatMap(({ siblings }) => siblings));
    for (const { siblings } of [...touched, ...closed, { siblings: left }])
      for (const dot of siblings) {
        if (pending.has(dot)) standings.set(dot, 'conflict');
        else if (decided.has(dot)) standings.set(dot, 'resolved');
        else recount.push(dot);
      }
  }
  return { standings, recount };
};

interface Parking {
  readonly park: readonly ParkedEvent[];
  readonly refused: readonly SealedEvent[];
  readonly newlyParked: number;
}

/** New events wait only while there is room; those that waited before go on waiting. */
const limitParking = (
  sorted: Triage,
  refolded: readonly RefoldedResource[],
  loaded: Loaded,
  { parkedMax }: MergeContext,
): Parking => {
  const wanted = [...sorted.park, ...refolded.flatMap((resource) => resource.park)];
  const before = new Set(loaded.parked.map(({ sealed }) => sealed.dot));
  for (const { wasParked } of refolded) for (const dot of wasParked) before.add(dot);
  const room = Math.max(parkedMax - loaded.parkedCount, 0);
  const park: ParkedEvent[] = [];
  const refused: SealedEvent[] = [];
  let newlyParked = 0;
  for (const parked of wanted) {
    const isNew = !before.has(parked.sealed.dot);
    if (isNew && newlyParked >= room) {
      refused.push(parked.sealed);
      continue;
    }
    if (isNew) newlyParked += 1;
    park.push(parked);
  }
  return { park, refused, newlyParked };
};

const evidenceOf = (sorted: Triage, refolded: readonly RefoldedResource[], loaded: Loaded): readonly SealedEvent[] => {
  const evidence: SealedEvent[] = [];
  for (const { dot, variants } of sorted.forks) {
    const stored = loaded.known.get(dot)?.hashes ?? [];
    evidence.push(...variants.filter(({ hash }) => !stored.includes(hash)));
  }
  for (const { evidence: unparked } of refolded)
    for (const sealed of unparked) if (!evidence.some(({ hash }) => hash === sealed.hash)) evidence.push(sealed);
  return evidence;
};

const actsOf = (
  sorted: Triage,
  appended: readonly AppliedEvent[],
  park: readonly ParkedEvent[],
  unpark: readonly Dot[],
  origin: MergeInput['origin']['type'],
  sha256: Sha256,
): readonly AuditAct[] => {
  const acts: AuditAct[] = [];
  if (appended.length > 0) {
    const type = origin === 'local' ? 'EventsRecorded' : 'EventsReceived';
    acts.push({ type, count: appended.length, digest: sha256(appended.map(({ sealed }) => sealed.hash).join('\n')) });
  }
  for (const { dot, hashes, reusedId, variants } of sorted.forks) {
    acts.push({ type: 'ForkFound', dot, hashes });
    if (reusedId !== undefined) acts.push({ type: 'EventIdReused', eventId: reusedId, dots: variants.map((variant) => variant.dot) });
  }
  for (const { eventId, dots } of sorted.twins) acts.push({ type: 'TwinsFound', eventId, dots });
  const waiting = park.filter(({ reason }) => reason === 'parents');
  if (waiting.length > 0) acts.push({ type: 'EventsParked', count: waiting.length, first: waiting[0]?.sealed.dot as Dot });
  for (const { sealed, reason, missing } of park)
    if (reason !== 'parents') acts.push({ type: 'EventHeld', dot: sealed.dot, reason, missing });
  if (unpark.length > 0) acts.push({ type: 'EventsReleased', count: unpark.length });
  return acts;
};

const replicaAfter = (
  replica: ReplicaFacts,
  origin: MergeInput['origin'],
  appended: readonly AppliedEvent[],
  { nowMs, aheadMsMax }: MergeContext,
): ReplicaFacts => {
  if (origin.type === 'local') return { ...replica, clock: origin.clock, lastSeq: origin.lastSeq };
  let { clock } = replica;
  let latest = '';
  // Only the latest times can move the clock, and text order is time order.
  for (const { sealed } of appended) {
    const { timestamp, counter } = sealed.event;
    if (timestamp < latest) continue;
    latest = timestamp;
    clock = witness(clock, { wallMs: timestampToMs(timestamp) ?? 0, counter }, nowMs, aheadMsMax);
  }
  return clock === replica.clock ? replica : { ...replica, clock };
};

