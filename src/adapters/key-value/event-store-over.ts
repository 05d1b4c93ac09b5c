/**
 * The store of a replica on any ordered key-value store: whoever has one implements four calls
 * (`KeyValueStore` of `reknit/application`, contract K1 to K11) and gets the whole port S1 to S15.
 *
 * The head, one small entry, is the version of the content: every commit is one conditional write
 * that finds the head as it was and leaves another, so any number of handles may share the data.
 */
import { resourceKeyOf } from '../../domain/resource/resource-key.js';
import type { HistoryRequest, LoadedHistory } from '../../domain/merge/loaded.js';
import type { ResourceKey } from '../../domain/resource/resource-key.js';
import type { UnitOfWork } from '../../domain/merge/unit-of-work.js';
import { checkArgument, checkMembers, hasMethods, isObject, type Members } from '../../domain/shared/check-argument.js';
import { ReknitError } from '../../domain/shared/errors.js';
import type { EventStore } from '../../application/ports/event-store.js';
import type { KeyValueStore } from '../../application/ports/key-value-store.js';
import { onOneVersion, storeCalls, translated } from './calls.js';
import type { Draft } from './draft.js';
import { readGaps, readReceipts, readRefusals } from './explained.js';
import { keys } from './keys.js';
import { expectedLease, takeLease } from './lease-entries.js';
import { load } from './load.js';
import { loadHistory } from './load-history.js';
import { loadWorld } from './load-world.js';
import { findPlaced, storedFrom } from './placed-events.js';
import { findConflicts, readConflicts } from './read-conflicts.js';
import { readEvents, readParked } from './read-events.js';
import { countAll, readAudit, readCut, readFacts, readReplicas } from './read-facts.js';
import { readResource, readResources } from './read-resources.js';
import { delayMsMax, watchHead } from './watch.js';
import { writeUnit } from './write-unit.js';

/** How often the database is looked at, and how often a write is tried. */
export interface KeyValueEventStoreOptions {
  /**
   * Milliseconds between looks for others' commits, while somebody listens; each look is one read of one key. A database
   * that tells of them itself (`watch`) is looked at 25 times less often, should a word of it be lost.
   */
  readonly watchIntervalMs?: number;
  /**
   * How often a reading begins again when other handles commit while it is under way, and a lease
   * is asked for again, before it fails with `storage_busy`: more than enough for a few dozen writers.
   */
  readonly attemptsMax?: number;
}

const members: Members<KeyValueEventStoreOptions> = { watchIntervalMs: true, attemptsMax: true };

/**
 * A replica's store on any key-value database.
 *
 * @param database is closed with the event store
 * @throws ReknitError `wrong_type`
 */
export const eventStoreOver = (database: KeyValueStore, options: KeyValueEventStoreOptions = {}): EventStore => {
  const isRight: boolean = isObject(options);
  checkArgument(isRight, 'eventStoreOver', 'options', 'an object: { watchIntervalMs, attemptsMax }');
  checkMembers('eventStoreOver', options, members);
  const { watchIntervalMs = 200, attemptsMax = 100 } = options;
  checkArgument(
    hasMethods(database, callsOfDatabase) && isObject(database.capabilities),
    'eventStoreOver',
    'database',
    `what implements KeyValueStore: capabilities, ${callsOfDatabase.join(', ')}`,
  );
  checkPositive('watchIntervalMs', watchIntervalMs, delayMsMax);
  checkPositive('attemptsMax', attemptsMax);
  const store = translated(database);
  const calls = storeCalls(store, attemptsMax);
  const { reading, alone, asking } = calls;
  const watch = store.capabilities.multiProcess
    ? watchHead(async () => (await store.getMany([keys.head]))[0], watchIntervalMs, store.watch)
    : undefined;

  const commit = async (work: UnitOfWork): Promise<'committed' | 'stale'> => {
    const lease = await expectedLease(work.fence, store);
    let draft = await calls.draft('seen');
    if (draft.head.audit.count !== work.basedOn) draft = await calls.draft('current');
    if (draft.head.audit.count !== work.basedOn) return 'stale';
    if ((await onOneVersion(draft, writeUnit(work, draft))) === undefined) return forgotten();
    const changes = draft.changes();
    const isWritten = await store.write({ ifUnchanged: [[keys.head, draft.headText], ...lease], changes });
    if (isWritten) {
      const after = changes[0]?.[1];
      calls.noteHead(after);
      watch?.noteOwn(draft.headText, after);
      return 'committed';
    }
    await expectedLease(work.fence, store);
    return forgotten();
  };
  const forgotten = (): 'stale' => {
    calls.noteHead(undefined);
    return 'stale';
  };

  return {
    capabilities: { ...store.capabilities, backup: false },
    facts: () => reading(readFacts),
    load: (request) => reading((draft) => load(request, draft)),
    loadHistories: (requests) => reading((draft) => loadHistories(requests, draft)),
    loadWorld: (request) => reading((draft) => loadWorld(request, draft)),
    commit: (work) => alone(() => commit(work)),
    readEvents: (query) => reading((draft) => readEvents(query, draft)),
    findEvents: ({ eventIds = [], dots = [] }) =>
      reading(async (draft) => (await findPlaced(eventIds, dots, draft)).map(storedFrom)),
    readResource: (ref) => reading((draft) => readResource(ref, draft)),
    readResources: (query) => reading((draft) => readResources(query, draft)),
    readConflicts: (query) => reading((draft) => readConflicts(query, draft)),
    findConflicts: (ids) => reading((draft) => findConflicts(ids, draft)),
    readAudit: (query) => reading((draft) => readAudit(query, draft)),
    readParked: (query) => reading((draft) => readParked(query, draft)),
    readCut: () => reading(readCut),
    readGaps: (replicaId) => reading((draft) => readGaps(replicaId, draft)),
    readReplicas: () => reading(readReplicas),
    readRefusals: (query) => reading((draft) => readRefusals(query, draft)),
    readReceipts: (remoteId, events) => reading((draft) => readReceipts(remoteId, events, draft)),
    readCursor: (remote) =>
      reading(async (draft) => {
        await draft.fetch([keys.cursor(remote)]);
        return draft.read(keys.cursor(remote));
      }),
    lease: (request) => asking(() => takeLease(request, store, attemptsMax)),
    counts: () => reading(countAll),
    watchOthers: (onCommit) => watch?.add(onCommit) ?? (() => undefined),
    backup: () =>
      asking(async () => {
        throw new ReknitError('backup_unsupported', 'this store cannot copy itself: export a bundle instead');
      }),
    declareIndexes: () => asking(async () => undefined),
    close: () => {
      watch?.stop();
      return calls.close();
    },
  };
};

const loadHistories = async (
  requests: readonly HistoryRequest[],
  draft: Draft,
): Promise<ReadonlyMap<ResourceKey, LoadedHistory>> => {
  const histories = new Map<ResourceKey, LoadedHistory>();
  for (const request of requests) histories.set(resourceKeyOf(request), await loadHistory(request, draft));
  return histories;
};

const callsOfDatabase = ['getMany', 'scan', 'write', 'close'] satisfies readonly (keyof KeyValueStore)[];

const checkPositive = (name: string, value: number, most = Number.MAX_SAFE_INTEGER): void => {
  if (Number.isSafeInteger(value) && value > 0 && value <= most) return;
  throw new ReknitError('wrong_type', `"${name}" must be a whole number from 1 to ${most}`, { member: name });
};
