/**
 * Brings a store into the states that the cases ask about, by real merges: what a store is
 * given in the field is what a merge decides. Conflicts stay pending, so that there are some.
 */
import { defaultMergeLimits, runMerge, type MergeJob } from '../../application/merge-driver.js';
import type { EventStore } from '../../application/ports/event-store.js';
import { silentLogger } from '../../application/ports/system.js';
import { appendEntry } from '../../domain/audit/audit-chain.js';
import { timestampToMs } from '../../domain/clock/timestamp.js';
import type { ReplicaId, SealedEvent } from '../../domain/events/event.js';
import type { MergeReport } from '../../domain/merge/merge-batch.js';
import type { ReplicaFacts } from '../../domain/merge/loaded.js';
import type { UnitOfWork } from '../../domain/merge/unit-of-work.js';
import { portableSha256 } from '../../domain/shared/sha256.js';
import { definePolicy, userChoice, type Policy } from '../../domain/strategies/index.js';
import { eventOf } from '../contract-story.js';

export const policy: Policy = definePolicy({ name: 'contract', version: 1, default: userChoice() });

export const nowMs = timestampToMs('2026-11-22T12:00:00.000Z') ?? 0;

/** Merges events that come from elsewhere. */
export const receive = (
  store: EventStore,
  events: readonly SealedEvent[],
  job: Partial<MergeJob> = {},
): Promise<MergeReport> =>
  runMerge(
    {
      store,
      policy,
      system: { clock: () => nowMs, randomId: () => 'random', sha256: portableSha256, logger: silentLogger },
      limits: defaultMergeLimits,
    },
    { batch: events, origin: { type: 'received' }, ...job },
  );

/** Merges events that are recorded here, by the replica that the last of them names. */
export const record = (store: EventStore, events: readonly SealedEvent[]): Promise<MergeReport> => {
  const last = events.at(-1)?.event;
  const replica = { replicaId: last?.replicaId ?? ('' as ReplicaId), lastSeq: last?.seq ?? 0 };
  return receive(store, events, {
    origin: { type: 'local', clock: { wallMs: nowMs, counter: 0 }, lastSeq: replica.lastSeq },
    complete: (work) => ({ ...work, replica: { ...work.replica, ...replica } }),
  });
};

/** A unit of work that writes an entry into the trail and whatever else is given. */
export const unitOn = async (store: EventStore, parts: Partial<UnitOfWork> = {}): Promise<UnitOfWork> => {
  const { audit, replica = someone } = await store.facts();
  return {
    basedOn: audit.count,
    append: [],
    resources: [],
    conflicts: [],
    removedConflicts: [],
    standings: new Map(),
    recount: [],
    park: [],
    unpark: [],
    voids: [],
    variants: [],
    replica,
    audit: appendEntry(audit, '2026-11-22T12:00:00.000Z', policy.fingerprint, [], portableSha256),
    ...parts,
  };
};

export const someone: ReplicaFacts = {
  replicaId: 'here' as ReplicaId,
  clock: { wallMs: nowMs, counter: 3 },
  lastSeq: 0,
  offeredSeq: 0,
};

type Three = readonly [SealedEvent, SealedEvent, SealedEvent];

/** Two people who did not see each other's change: a conflict that waits for one of them. */
export const quarrel = (resourceId = 'one'): Three => [
  eventOf('ann', 1, resourceId, []),
  eventOf('ann', 2, resourceId, ['ann:1']),
  eventOf('bob', 1, resourceId, ['ann:1']),
];

/** The same dot with two contents (R5), and an event that comes after it. */
export const fork = (): Three => [
  eventOf('eve', 1, 'forked', [], { eventId: 'told to ann' }),
  eventOf('eve', 1, 'forked', [], { eventId: 'told to bob', payload: { title: 'another' } }),
  eventOf('ann', 1, 'forked', ['eve:1']),
];
