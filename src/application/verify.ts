/**
 * Checks that what is stored is what was written: every event against its hash, the audit
 * chain link by link, and every state and conflict against a fold of the log from scratch.
 */
import { isOpen, type ConflictRecord } from '../domain/conflict/conflict-record.js';
import type { AuditHead, ChainProblem } from '../domain/audit/audit-chain.js';
import type { ResourceRef, SealedEvent } from '../domain/events/event.js';
import { parseDot } from '../domain/causality/dot.js';
import { foldSealed } from '../domain/merge/fold-events.js';
import type { LoadedHistory } from '../domain/merge/loaded.js';
import { canonicalResource } from '../domain/resource/canonical.js';
import { refOf, refOfKey, resourceKeyOf, uniqueRefs, type ResourceKey } from '../domain/resource/resource-key.js';
import { appendTo } from '../domain/shared/append-to.js';
import { canonicalJson } from '../domain/shared/canonical-json.js';
import { isReknitError } from '../domain/shared/errors.js';
import type { Policy } from '../domain/strategies/policy.js';
import { checkAuditHead, checkFunctionOrNone, checkObject, checkSignal } from './argument-checks.js';
import type { AuditTrail } from './audit-trail.js';
import { isDamage } from './damage/intact.js';
import { sturdyPages } from './damage/sturdy-pages.js';
import { walkEvents } from './damage/walk-events.js';
import { resourcePages } from './pages.js';
import type { EventStore } from './ports/event-store.js';
import type { System } from './ports/system.js';

/** One thing that is not as it was written. */
export type VerificationProblem =
  | { readonly type: 'EventChanged'; readonly dot: string; readonly eventId: string }
  /** The structure of the file is damaged, in the words of its database. */
  | { readonly type: 'StorageDamaged'; readonly message: string }
  | ({ readonly type: 'StateDiffers' } & ResourceRef)
  | { readonly type: 'SequenceGap'; readonly replicaId: string; readonly seq: number }
  | { readonly type: 'Audit'; readonly problem: ChainProblem };

/** What a verification found. */
export interface Verification {
  readonly ok: boolean;
  readonly events: number;
  readonly resources: number;
  readonly auditEntries: number;
  /** Damaged audit entries that a repair has named: known, and no problem of this verification. */
  readonly knownAuditDamage: readonly number[];
  /** The first ones; `problemCount` counts all. */
  readonly problems: readonly VerificationProblem[];
  readonly problemCount: number;
  /** Keep it elsewhere, and hand it to a later verification. */
  readonly auditHead: AuditHead;
}

export interface VerifyDeps {
  readonly store: EventStore;
  readonly policy: Policy;
  readonly system: System;
  readonly audit: AuditTrail;
}

/** What a verification is held against, and how it is followed. */
export interface VerifyOptions {
  /** A head of the audit trail that was kept elsewhere. */
  readonly auditHead?: AuditHead;
  readonly onProgress?: (done: { readonly events: number; readonly resources: number }) => void;
  readonly signal?: AbortSignal;
}

const problemsMax = 1_000;
const pageSize = 2_000;
const foldChunk = 200;

export const verifyReplica = async (deps: VerifyDeps, options: VerifyOptions = {}): Promise<Verification> => {
  checkObject(options, 'options');
  checkAuditHead(options.auditHead);
  checkSignal(options.signal);
  checkFunctionOrNone(options.onProgress, 'onProgress');
  const { store, system, audit } = deps;
  const problems: VerificationProblem[] = [];
  let problemCount = 0;
  const report = (problem: VerificationProblem): void => {
    problemCount += 1;
    if (problems.length < problemsMax) problems.push(problem);
  };

  for (const message of (await store.checkStructure?.()) ?? []) report({ type: 'StorageDamaged', message });
  let events = 0;
  for await (const { intact, damaged, missing } of walkEvents(store, system.sha256, options.signal)) {
    for (const { sealed } of damaged) report(changed(sealed));
    for (const dot of missing) {
      const { replicaId = '', seq = 0 } = parseDot(dot) ?? {};
      report({ type: 'SequenceGap', replicaId, seq });
    }
    events += intact.length + damaged.length;
    options.onProgress?.({ events, resources: 0 });
  }

  await checkOwnSequence(store, report);
  const resources = await checkStates(
    deps,
    report,
    (done) => options.onProgress?.({ events, resources: done }),
    options.signal,
  );
  const chain = await audit.verify(options.auditHead);
  if (chain.problem !== undefined) report({ type: 'Audit', problem: chain.problem });
  return {
    ok: problemCount === 0,
    events,
    resources,
    auditEntries: chain.entries,
    knownAuditDamage: chain.knownDamage,
    problems,
    problemCount,
    auditHead: await audit.head(),
  };
};

const changed = ({ dot, event }: SealedEvent): VerificationProblem => ({
  type: 'EventChanged',
  dot,
  eventId: event.eventId,
});

/** This replica's own events are numbered without gaps. */
const checkOwnSequence = async (store: EventStore, report: (problem: VerificationProblem) => void): Promise<void> => {
  const { replica } = await store.facts();
  if (replica === undefined) return;
  const prefix = (await store.readCut())[replica.replicaId] ?? 0;
  if (prefix < replica.lastSeq) report({ type: 'SequenceGap', replicaId: replica.replicaId, seq: prefix + 1 });
};

const checkStates = async (
  { store, policy, system }: VerifyDeps,
  report: (problem: VerificationProblem) => void,
  onProgress: (done: number) => void,
  signal: AbortSignal | undefined,
): Promise<number> => {
  const { hasReferences } = await store.loadWorld({ resources: [], referrersOf: [] });
  let done = 0;
  // What resources refer to each other must be folded together; otherwise a part at a time is enough.
  const chunk = hasReferences ? Infinity : foldChunk;
  let waiting: ResourceRef[] = [];
  const check = async (): Promise<void> => {
    signal?.throwIfAborted();
    await compareAll({ store, policy, system }, waiting, report);
    done += waiting.length;
    waiting = [];
    onProgress(done);
  };
  for await (const refs of allResources(store)) {
    waiting.push(...refs);
    if (waiting.length >= chunk) await check();
  }
  if (waiting.length > 0) await check();
  return done;
};

/** Resources by id; where a state cannot be read, those that the events name, which takes longer. */
async function* allResources(store: EventStore): AsyncIterable<readonly ResourceRef[]> {
  const seen = new Set<ResourceKey>();
  try {
    for await (const page of resourcePages(store, { includeDeleted: true, orderBy: 'id', limit: foldChunk })) {
      for (const { state } of page) seen.add(resourceKeyOf(state));
      yield page.map(({ state }) => refOf(state));
    }
    return;
  } catch (error) {
    if (!isDamage(error)) throw error;
  }
  for await (const { items } of sturdyPages((query) => store.readEvents(query), pageSize)) {
    const fresh = items.filter(({ place }) => place === 'applied').map(({ sealed }) => refOf(sealed.event));
    const refs = uniqueRefs(fresh).filter((ref) => !seen.has(resourceKeyOf(ref)));
    for (const ref of refs) seen.add(resourceKeyOf(ref));
    yield refs;
  }
}

/** Where a part cannot be compared as a whole, because something in it is damaged, each resource alone. */
const compareAll = async (
  deps: Omit<VerifyDeps, 'audit'>,
  refs: readonly ResourceRef[],
  report: (problem: VerificationProblem) => void,
): Promise<void> => {
  const found: VerificationProblem[] = [];
  try {
    await compare(deps, await historiesOf(deps.store, refs), (problem) => found.push(problem));
    found.forEach(report);
  } catch (error) {
    if (isReknitError(error) && !isDamage(error)) throw error;
    const [only, ...others] = refs;
    if (only === undefined) return;
    if (others.length === 0) report({ type: 'StateDiffers', ...only });
    else for (const ref of refs) await compareAll(deps, [ref], report);
  }
};

const historiesOf = async (
  store: EventStore,
  refs: readonly ResourceRef[],
): Promise<ReadonlyMap<ResourceKey, LoadedHistory>> => {
  const histories = new Map<ResourceKey, LoadedHistory>();
  for (let start = 0; start < refs.length; start += foldChunk) {
    const requests = refs.slice(start, start + foldChunk).map((ref) => ({ ...ref, since: undefined }));
    for (const [key, history] of await store.loadHistories(requests)) histories.set(key, history);
  }
  return histories;
};

const compare = async (
  { store, policy, system }: Omit<VerifyDeps, 'audit'>,
  histories: ReadonlyMap<ResourceKey, LoadedHistory>,
  report: (problem: VerificationProblem) => void,
): Promise<void> => {
  const batch = [...histories.values()].flatMap((history) => [
    ...history.events.map(({ sealed }) => sealed),
    ...history.variants,
  ]);
  const voids = [...histories.values()].flatMap((history) => history.voids.map(({ dot }) => dot));
  const elsewhere = voids.length === 0 ? [] : await store.findEvents({ dots: voids });
  for (const { sealed } of elsewhere) if (!batch.some(({ hash }) => hash === sealed.hash)) batch.push(sealed);
  const folded = foldSealed(batch, policy, system.sha256);
  const expected = new Map(folded.resources.map(({ state, view }) => [resourceKeyOf(state), { state, view }]));
  const records = new Map<ResourceKey, ConflictRecord[]>();
  for (const record of folded.conflicts) appendTo(records, resourceKeyOf(record), record);
  for (const [key, history] of histories) {
    const stored = await store.readResource(refOfKey(key));
    const fresh = expected.get(key);
    if (stored === undefined || fresh === undefined) {
      report({ type: 'StateDiffers', ...refOfKey(key) });
      continue;
    }
    const own = records.get(key) ?? [];
    const isSame =
      canonicalJson(canonicalResource(stored.state, stored.view, history.conflicts)) ===
        canonicalJson(canonicalResource(fresh.state, fresh.view, own)) &&
      stored.view.pendingConflicts === own.filter(isOpen).length &&
      stored.view.updatedAt === fresh.view.updatedAt &&
      stored.view.updatedBy === fresh.view.updatedBy;
    if (!isSame) report({ type: 'StateDiffers', ...refOfKey(key) });
  }
};
