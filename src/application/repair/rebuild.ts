/**
 * Repairs damaged data by making it anew (I18): what is intact is taken over, what is damaged or
 * missing is fetched from a remote, and what nobody has is named. The damaged store is only read,
 * so a repair that breaks off has changed nothing.
 *
 * States, conflicts and indexes are derived again. The audit trail is taken over as it is, with
 * one entry added that names the damage. Where a number of its own is lost, the replica goes on
 * under another id, as a restored backup does (R8): so no number is ever given twice.
 */
import type { ReplicaId, SealedEvent } from '../../domain/events/event.js';
import type { ReplicaFacts } from '../../domain/merge/loaded.js';
import { parseEventOrThrow } from '../../domain/events/parse.js';
import type { AdoptedPolicy, Receipt } from '../../domain/merge/unit-of-work.js';
import { createAuditTrail } from '../audit-trail.js';
import { orElse, walkEvents } from '../damage/walk-events.js';
import { takeNewIdentity } from '../identity/take-new-identity.js';
import type { MergeDeps } from '../merge-driver.js';
import type { EventStore, StoredEvent } from '../ports/event-store.js';
import type { Remote } from '../ports/remote.js';
import { verifyReplica } from '../verifying/verify.js';
import { copyTrail } from './copy-trail.js';
import { fetchWanted } from './fetch-wanted.js';
import { findIdentity } from './identity-found.js';
import { refillStore } from './refill-store.js';
import type { RepairProgress, RepairReport } from './repair-report.js';
import { beginTrail, soundClock, soundLastSeq, takeOverFacts } from './take-over.js';
import { createWanted, isHashDamagedAlone } from './wanted.js';

/** What is made anew, and from where. */
export interface RebuildRequest {
  readonly damaged: EventStore;
  /** Who has what is missing; without it only what is intact is kept. */
  readonly remote?: Remote;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: RepairProgress) => void;
}

const lostNamedMax = 1_000;

/**
 * Makes a damaged replica anew from what is intact and what a remote has (I18).
 *
 * @param deps over a store that holds nothing yet, under the policy that is to be in force
 */
export const rebuildReplica = async (deps: MergeDeps, request: RebuildRequest): Promise<RepairReport> => {
  const { damaged, remote, signal, onProgress } = request;
  const { store, policy, system } = deps;
  const { facts, replicaId: foundId, auditDamaged } = await findIdentity(damaged, system.sha256);
  const replicaId = foundId ?? system.randomId();
  const syncedSeq = facts?.syncedSeq ?? 0;
  const replica: ReplicaFacts = {
    replicaId: replicaId as ReplicaId,
    clock: soundClock(facts?.replica, system.clock()),
    lastSeq: 0,
    offeredSeq: 0,
    ...(facts?.replica?.clockOffsetMs === undefined ? {} : { clockOffsetMs: facts.replica.clockOffsetMs }),
  };
  const adopted: AdoptedPolicy = { fingerprint: policy.fingerprint, data: policy.data, rederiveFrom: undefined };
  await copyTrail(damaged, store, replica, adopted);
  if ((await store.facts()).replica === undefined) await beginTrail(deps, replica, adopted);

  const wanted = createWanted(system.sha256);
  const lastRemote = await orElse(() => damaged.readCursor('last remote'), undefined);
  const waiting: SealedEvent[] = [];
  const refused: SealedEvent[] = [];
  let kept = 0;
  let restored = 0;
  let ownMax = 0;
  const tell = (): void => onProgress?.({ kept, restored });
  const put = async (
    events: readonly SealedEvent[],
    receipts: readonly Receipt[],
    isApplied: boolean,
  ): Promise<void> => {
    for (const { event } of events) if (event.replicaId === replicaId) ownMax = Math.max(ownMax, event.seq);
    wanted.found(events.map(({ dot }) => dot));
    await refillStore(deps, { replicaId, syncedSeq }, events, receipts, isApplied);
  };

  for await (const { intact, damaged: broken, missing } of walkEvents(damaged, system.sha256, signal)) {
    const sound: StoredEvent[] = [...intact];
    for (const stored of broken)
      if (isHashDamagedAlone(stored.sealed, system.sha256)) sound.push(mended(stored, system.sha256));
      else wanted.addDamaged(stored.sealed);
    missing.forEach(wanted.addMissing);
    kept += sound.length;
    for (const { sealed, place } of sound)
      if (place === 'parked') waiting.push(sealed);
      else if (place === 'refused') refused.push(sealed);
    const applied = sound.filter(({ place }) => place === 'applied' || place === 'variant').map(({ sealed }) => sealed);
    await put(applied, await receiptsOf(damaged, lastRemote, applied), true);
    tell();
  }
  if (remote !== undefined)
    await fetchWanted(
      deps,
      remote,
      { replicaId, wanted },
      async (events, receipts) => {
        restored += events.length;
        await put(events, receipts, true);
        tell();
      },
      signal,
    );
  await put(waiting, await receiptsOf(damaged, lastRemote, waiting), false);
  for (const { event } of refused) if (event.replicaId === replicaId) ownMax = Math.max(ownMax, event.seq);
  wanted.found(refused.map(({ dot }) => dot));

  const lost = wanted.list();
  const lastSeq = soundLastSeq(facts?.replica, ownMax, lost.length);
  await takeOverFacts(deps, { damaged, replica, refused, lastSeq, syncedSeq, scope: facts?.scope ?? '' }, [
    {
      type: 'ReplicaRepaired',
      kept,
      restored,
      lostCount: lost.length,
      lost: lost.slice(0, lostNamedMax).map(({ dot }) => dot),
      auditDamaged,
    },
  ]);
  const isWhole = facts !== undefined && !facts.isCopy && (await isOwnWhole(store, replicaId, lastSeq));
  const id = isWhole ? replicaId : await takeNewIdentity(deps, system.randomId(), []);
  const audit = createAuditTrail({ store, sha256: system.sha256 });
  return {
    replicaId: id,
    ...(id === foundId || foundId === undefined ? {} : { formerReplicaId: foundId }),
    kept,
    restored,
    lost: lost.slice(0, lostNamedMax),
    lostCount: lost.length,
    auditDamaged,
    verification: await verifyReplica({ store, policy, system, audit }, signal === undefined ? {} : { signal }),
  };
};

const mended = (stored: StoredEvent, sha256: MergeDeps['system']['sha256']): StoredEvent => {
  const parsed = parseEventOrThrow(stored.sealed.event, sha256);
  return { ...stored, sealed: parsed };
};

const receiptsOf = async (
  damaged: EventStore,
  remoteId: string | undefined,
  events: readonly SealedEvent[],
): Promise<readonly Receipt[]> => {
  if (remoteId === undefined || events.length === 0) return [];
  const receipts = await orElse(() => damaged.readReceipts(remoteId, events), new Map<string, string>());
  return events.flatMap(({ dot, hash }) => {
    const receipt = receipts.get(hash);
    return receipt === undefined ? [] : [{ remoteId, dot, hash, receipt }];
  });
};

const isOwnWhole = async (store: EventStore, replicaId: string, lastSeq: number): Promise<boolean> =>
  ((await store.readCut())[replicaId] ?? 0) >= lastSeq;
