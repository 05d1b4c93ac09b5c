/**
 * The log of what is written here: recording needs no network, and what was recorded is told
 * apart from what a remote has durably.
 */
import type { EventId, ReknitEvent, SealedEvent } from '../domain/events/event.js';
import type { ReplicaFacts } from '../domain/merge/loaded.js';
import type { Change } from '../domain/resource/change.js';
import { uniqueRefs } from '../domain/resource/resource-key.js';
import { ReknitError } from '../domain/shared/errors.js';
import { checkChanges, checkLimit, checkObject, checkSeq, checkTexts } from './argument-checks.js';
import { commitNotes } from './commit-notes.js';
import { eventPages } from './pages.js';
import type { EventQuery, StoredEvent } from './ports/event-store.js';
import { recordGroup, type RecordDeps } from './recording/record-group.js';
import type { WriteRequest } from './recording/write-request.js';
import { createWriteQueue } from './recording/write-queue.js';

/** What the log of a replica's own events is made of. */
export interface OfflineEventLogDeps extends RecordDeps {
  readonly agentId: string;
}

/** What this replica records, and how far it has left. */
export interface OfflineEventLog {
  /** Records one change; resolves when it is durable. Refusals are `ReknitError`s, and then nothing is written. */
  readonly logEvent: (change: Change, agentId?: string) => Promise<ReknitEvent>;
  /** Records several, all or none. */
  readonly logEvents: (changes: readonly Change[], agentId?: string) => Promise<readonly ReknitEvent[]>;
  /** Decided inside the transaction, from the state at that moment. */
  readonly write: (request: WriteRequest) => Promise<readonly ReknitEvent[]>;
  /** Own events that no remote has durably, the oldest first. */
  readonly getUnsyncedEvents: (options?: { readonly limit?: number }) => Promise<readonly ReknitEvent[]>;
  /**
   * Notes that a remote has these events durably; they were offered, so they never change
   * again. As the log is synced in order, everything before the last of them counts too.
   *
   * @returns how many events are not `local_only` any more
   */
  readonly markSynced: (eventIds: readonly string[], remote?: string) => Promise<number>;
  /** Sets the durable mark that own events up to this number may leave (R7); before their first byte does. */
  readonly markOffered: (upToSeq: number, to: string) => Promise<void>;
  readonly query: (query?: Partial<EventQuery>) => AsyncIterable<StoredEvent>;
  readonly idle: () => Promise<void>;
}

/** Writes in one transaction; more wait for the next. */
const groupMax = 500;
const pageSize = 2_000;

/** Records into a store, writes made side by side together. */
export const createOfflineEventLog = (deps: OfflineEventLogDeps): OfflineEventLog => {
  const { store } = deps;
  const queue = createWriteQueue<WriteRequest, readonly ReknitEvent[]>(
    (requests) => recordGroup(deps, requests),
    groupMax,
  );

  const logEvents: OfflineEventLog['logEvents'] = async (changes, agentId = deps.agentId) => {
    checkChanges(changes);
    return queue.add({ resources: uniqueRefs(changes), changes: () => changes, agentId });
  };

  async function* query(partial: Partial<EventQuery> = {}): AsyncIterable<StoredEvent> {
    for await (const page of eventPages(store, { after: 0, limit: pageSize, ...partial })) yield* page;
  }

  return {
    logEvent: async (change, agentId) => {
      const [event] = await logEvents([change], agentId);
      if (event === undefined) throw new ReknitError('nothing_recorded', 'the change recorded nothing');
      return event;
    },
    logEvents,
    write: (request) => queue.add(request),
    getUnsyncedEvents: async (options = {}) => {
      checkObject(options, 'options');
      checkLimit(options.limit);
      const limit = Math.min(options.limit ?? 10_000, Number.MAX_SAFE_INTEGER);
      const { items } = await store.readEvents({ after: 0, limit, localOnly: true });
      return items.map(({ sealed }) => sealed.event);
    },
    markSynced: async (eventIds, remote = 'a remote') => {
      checkTexts(eventIds, 'eventIds');
      const { replica } = await store.facts();
      const stored = await store.findEvents({ eventIds: eventIds as readonly EventId[] });
      const own = stored.map(({ sealed }) => sealed).filter(({ event }) => event.replicaId === replica?.replicaId);
      const upTo = own.reduce((most: number, sealed: SealedEvent) => Math.max(most, sealed.event.seq), 0);
      if (upTo === 0) return 0;
      const before = (await store.counts()).localOnly;
      await commitNotes(deps, (work) => ({ ...work, replica: offeredUpTo(work.replica, upTo), syncedSeq: upTo }), [
        { type: 'EventsSynced', count: own.length, with: remote },
      ]);
      return before - (await store.counts()).localOnly;
    },
    markOffered: async (upToSeq, to) => {
      checkSeq(upToSeq, 'upToSeq');
      const { replica } = await store.facts();
      if (replica === undefined || replica.offeredSeq >= upToSeq) return;
      await commitNotes(deps, (work) => ({ ...work, replica: offeredUpTo(work.replica, upToSeq) }), [
        { type: 'EventsOffered', upTo: upToSeq, to },
      ]);
    },
    query,
    idle: queue.idle,
  };
};

/** What was offered once stays so; a number of an id that was given up meanwhile may be higher than any of the new one. */
const offeredUpTo = (replica: ReplicaFacts, seq: number): ReplicaFacts => ({
  ...replica,
  offeredSeq: Math.max(replica.offeredSeq, Math.min(seq, replica.lastSeq)),
});
