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
import { witness } from '../clock/hybrid-clock.js';
import { msToTimestamp, timestampToMs } from '../clock/timestamp.js';
import { evaluate, type Evaluation } from '../conflict/evaluate.js';
import type { Dot, ResourceRef, SealedEvent } from '../events/event.js';
import { refOf, type ResourceKey } from '../resource/resource-key.js';
import { viewOf } from '../resource/view.js';
import { invariant } from '../shared/invariant.js';
import { batchActs } from './batch-acts.js';
import { collectConflicts, standingsOf } from './batch-conflicts.js';
import { decideDependencies, type WorldRequest } from './dependencies.js';
import { foldBatch, type FoldedBatch } from './fold-batch.js';
import { limitParking } from './limit-parking.js';
import type { AppliedEvent, HistoryRequest, Loaded, ReplicaFacts } from './loaded.js';
import type { MergeContext, MergeInput } from './merge-input.js';
import type { RefoldedResource } from './refold-resource.js';
import { triage, type Triage } from './triage.js';
import type { StoredResource, UnitOfWork } from './unit-of-work.js';

export interface MergeReport {
  readonly applied: number;
  /** Of the applied events, those that had not seen all that their resource held. */
  readonly concurrent: number;
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

  const folds = foldBatch(sorted, isFuture, input, context);
  if (folds.needs.length > 0 || folds.statesNeeded.length > 0) return needsOf(folds);

  const evaluations = new Map<ResourceKey, Evaluation>();
  for (const [key, folded] of folds.folded) {
    const evaluation = input.progress?.evaluations.get(folded) ?? evaluate(folded.state, policy, sha256);
    evaluations.set(key, evaluation);
    input.progress?.evaluations.set(folded, evaluation);
  }
  const dependencies = decideDependencies(
    { folded: folds.folded, evaluations, world, histories, rederived: input.rederive ?? [] },
    context,
  );
  if (dependencies.type === 'needs')
    return { type: 'needs', histories: dependencies.histories, world: dependencies.world };

  const conflicts = collectConflicts(folds.folded, evaluations, context);
  const resources = new Map<ResourceKey, StoredResource>();
  for (const [key, { state: folded }] of folds.folded) {
    const effect = dependencies.effects.has(key) ? dependencies.effects.get(key) : folded.effect;
    const state = effect === folded.effect ? folded : { ...folded, effect };
    const evaluation = evaluations.get(key);
    invariant(evaluation !== undefined, `${key} was folded and not evaluated`);
    resources.set(key, {
      state,
      view: viewOf(state, evaluation, policy.rulesFor(state.resourceType), dependencies.pending.get(key) ?? 0),
    });
  }
  for (const [key, stored] of dependencies.neighbours) resources.set(key, stored);

  const { park, refused, newlyParked } = limitParking(sorted, folds.refolded, loaded, context);
  const unpark = [...sorted.unpark, ...folds.refolded.flatMap((refolded) => refolded.unpark)];
  const withdrawn = folds.refolded.flatMap((refolded) => refolded.withdrawn);
  const acts: AuditAct[] = [
    ...input.acts,
    ...(withdrawn.length === 0 ? [] : [{ type: 'EventsWithdrawn', dots: withdrawn } as const]),
    ...batchActs(sorted, folds.appended, park, unpark, origin.type, sha256),
    ...conflicts.flatMap((changes) => changes.acts),
    ...dependencies.acts,
  ];
  const report: MergeReport = {
    applied: folds.appended.length,
    concurrent: folds.appended.reduce((count, { sawAll }) => (sawAll ? count : count + 1), 0),
    duplicates: sorted.duplicates,
    parked: newlyParked,
    refused,
    conflictIds: [
      ...conflicts.flatMap(({ touched }) => touched.map(({ conflictId }) => conflictId)),
      ...dependencies.records.filter(({ isStanding }) => isStanding).map(({ conflictId }) => conflictId),
    ],
    changed: [...resources.values()].map(({ state }) => refOf(state)),
  };
  const isNothing =
    acts.length === 0 && folds.appended.length === 0 && park.length === 0 && folds.refolded.length === 0;
  if (isNothing) return { type: 'done', unitOfWork: undefined, report };

  const variants = evidenceOf(sorted, folds.refolded, loaded);
  return {
    type: 'done',
    report,
    unitOfWork: {
      basedOn: loaded.audit.count,
      // Mostly nothing was released, and the list is as the fold made it.
      append:
        unpark.length === 0
          ? folds.appended
          : folds.appended.map((applied) => ({
              ...applied,
              isLocal: isOwnAndNew(applied.sealed, origin, unpark, loaded.replica),
            })),
      resources: [...resources.values()],
      conflicts: [...conflicts.flatMap(({ records }) => records), ...dependencies.records],
      removedConflicts: [...conflicts.flatMap(({ removed }) => removed), ...dependencies.removed],
      ...standingsOf(conflicts, dependencies.sides, hasDisputes(resources)),
      park,
      unpark,
      ...(withdrawn.length === 0 ? {} : { withdraw: withdrawn }),
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
const futureOf = (
  { batch, origin }: MergeInput,
  { nowMs, aheadMsMax }: MergeContext,
): ((sealed: SealedEvent) => boolean) => {
  // Text order is time order.
  const latest = msToTimestamp(nowMs + Math.min(aheadMsMax, Number.MAX_SAFE_INTEGER));
  const recorded = new Set(origin.type === 'local' ? batch.map(({ dot }) => dot) : []);
  return ({ event, dot }) => event.timestamp > latest && !recorded.has(dot);
};

/**
 * Recorded now, or released: an own event waits only while one that it builds on is withdrawn (R9), and so was not
 * accepted yet. What others wrote may be released by the same commit.
 */
const isOwnAndNew = (
  { dot, event }: SealedEvent,
  origin: MergeInput['origin'],
  unpark: readonly Dot[],
  { replicaId }: ReplicaFacts,
): boolean => event.replicaId === replicaId && (origin.type === 'local' || unpark.includes(dot));

const hasDisputes = (resources: ReadonlyMap<ResourceKey, StoredResource>): boolean => {
  for (const { state } of resources.values()) if (state.effect?.disputes === true) return true;
  return false;
};

const needsOf = ({ needs, statesNeeded }: FoldedBatch): MergeResult => ({
  type: 'needs',
  histories: needs,
  world: statesNeeded.length > 0 ? { resources: statesNeeded, referrersOf: [] } : undefined,
});

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

const replicaAfter = (
  replica: ReplicaFacts,
  origin: MergeInput['origin'],
  appended: readonly AppliedEvent[],
  { nowMs, aheadMsMax }: MergeContext,
): ReplicaFacts => {
  if (origin.type === 'local') return { ...replica, clock: origin.clock, lastSeq: origin.lastSeq };
  // Only the latest time can move the clock, and text order is time order. None is further ahead
  // than it may be, since such events wait.
  let latest: SealedEvent['event'] | undefined;
  for (const { sealed } of appended) {
    const { event } = sealed;
    const isLater =
      latest === undefined ||
      event.timestamp > latest.timestamp ||
      (event.timestamp === latest.timestamp && event.counter > latest.counter);
    if (isLater) latest = event;
  }
  if (latest === undefined) return replica;
  const reading = { wallMs: timestampToMs(latest.timestamp) ?? 0, counter: latest.counter };
  const clock = witness(replica.clock, reading, nowMs, aheadMsMax);
  return clock === replica.clock ? replica : { ...replica, clock };
};
