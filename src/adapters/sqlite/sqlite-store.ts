/**
 * The store of a replica in one SQLite file. Several processes may use the file at once: each
 * sees the others' commits, and one writes at a time.
 *
 * Nothing is decided here: each call goes to the module that knows its tables.
 */
import { resolve } from 'node:path';
import type { Durability, EventStore } from '../../application/ports/event-store.js';
import type { ReplicaFacts } from '../../domain/merge/loaded.js';
import { resourceKeyOf } from '../../domain/resource/resource-key.js';
import { checkArgument, checkMembers, isObject, isText, type Members } from '../../domain/shared/check-argument.js';
import { invariant } from '../../domain/shared/invariant.js';
import { backupTo } from './file/backup.js';
import { baseOn, type Base } from './base.js';
import { storeCalls } from './calls.js';
import { connectionOn, type Connection } from '../sqlite-file/connection.js';
import { countAll } from './reading/counts.js';
import { areDeclared, declareIndexes } from './file/declared-indexes.js';
import { translateError } from '../sqlite-file/errors.js';
import { readGaps, readRefusals } from './rows/explained.js';
import { readFacts, readMeta } from './file/file-facts.js';
import { findEvents } from './reading/find-events.js';
import { loadHistory } from './reading/histories.js';
import { leaseUnchanged, takeLease } from './rows/lease-rows.js';
import { load } from './reading/load.js';
import { openDatabase } from './file/open-database.js';
import { readAudit } from './reading/read-audit.js';
import { readReceipts } from './rows/receipts.js';
import { readCut, readReplicas } from './reading/read-cut.js';
import { findConflicts, readConflicts } from './reading/read-conflicts.js';
import { readEvents } from './reading/read-events.js';
import { readParked } from './reading/read-parked.js';
import { readResources } from './reading/read-resources.js';
import { findResource } from './rows/resource-rows.js';
import { watchDataVersion } from '../sqlite-file/watch.js';
import { loadWorld } from './reading/world.js';
import { writeUnit } from './writing/write-unit.js';

/** Which file, how durable, and with which bounds. */
export interface SqliteStoreOptions {
  readonly file: string;
  /** `power` unless said otherwise: what is acknowledged survives the loss of power. */
  readonly durability?: Durability;
  readonly readOnly?: boolean;
  /** How long a commit waits for other processes before it gives up with `storage_busy`; 5 s. */
  readonly busyTimeoutMs?: number;
  /**
   * How long calls, one after the other, keep the process from everything else, besides the time that one takes; 25 ms.
   * With `Infinity` each is answered at once, and always in the same order, as a simulation wants it.
   */
  readonly turnAfterMs?: number;
  /** How often `watchOthers` looks for other processes' commits; 100 ms, which nobody notices and costs nothing. */
  readonly watchIntervalMs?: number;
  /** A bound on the file's size: what does not fit is refused with `storage_full`. None unless given. */
  readonly fileBytesMax?: number;
}

const members: Members<SqliteStoreOptions> = {
  file: true,
  durability: true,
  readOnly: true,
  busyTimeoutMs: true,
  turnAfterMs: true,
  watchIntervalMs: true,
  fileBytesMax: true,
};

/** Opens a replica's store in an SQLite file, or makes the file. */
export const openSqliteStore = (options: SqliteStoreOptions): EventStore => {
  checkArgument(isObject(options) && isText(options.file), 'openSqliteStore', 'file', 'the path of a file');
  checkMembers('openSqliteStore', options, members);
  const {
    durability = 'power',
    readOnly = false,
    busyTimeoutMs = 5_000,
    turnAfterMs = 25,
    watchIntervalMs = 100,
    fileBytesMax,
  } = options;
  const driver = openDatabase({ file: resolve(options.file), durability, readOnly, fileBytesMax });
  const connection = connectionOn(driver);
  const base = baseOrClosed(connection);
  const watch = watchDataVersion(connection, watchIntervalMs);
  const calls = storeCalls(base, { readOnly, busyTimeoutMs, durability, turnAfterMs });
  const { reading, writing } = calls;

  /** Nothing leaves before it is durable: so says a mark, and the mark has to be durable itself (R7). */
  const offers = ({ offeredSeq }: ReplicaFacts): boolean =>
    durability === 'process' && offeredSeq > (readMeta(connection).replica?.offeredSeq ?? 0);

  return {
    capabilities: { multiProcess: true, durability, backup: true },
    facts: () => reading(() => readFacts(connection)),
    load: (request) => reading(() => load(request, base)),
    loadHistories: (requests) =>
      reading(() => new Map(requests.map((request) => [resourceKeyOf(request), loadHistory(request, base)]))),
    loadWorld: (request) => reading(() => loadWorld(request, base)),
    commit: async (work) =>
      (await writing(
        () => writeUnit(work, base),
        () => offers(work.replica),
      )) ?? 'stale',
    readEvents: (query) => reading(() => readEvents(query, base)),
    findEvents: (wanted) => reading(() => findEvents(wanted, base)),
    readResource: (ref) => reading(() => findResource(ref, base)),
    readResources: (query) => reading(() => readResources(query, base)),
    readConflicts: (query) => reading(() => readConflicts(query, base)),
    findConflicts: (ids) => reading(() => findConflicts(ids, base)),
    readAudit: (query) => reading(() => readAudit(query, base)),
    readParked: (query) => reading(() => readParked(query, base)),
    readCut: () => reading(() => readCut(base)),
    readGaps: (replicaId) => reading(() => readGaps(replicaId, base)),
    readReplicas: () => reading(() => readReplicas(base)),
    readRefusals: (query) => reading(() => readRefusals(query, base)),
    readReceipts: (remoteId, events) => reading(() => readReceipts(remoteId, events, base)),
    readCursor: (remote) =>
      reading(() => connection.values<string>('SELECT cursor FROM remote_cursor WHERE remote = ?').get(remote)),
    lease: async (request) => {
      const lease =
        (await reading(() => leaseUnchanged(connection, request))) ??
        (await writing(() => takeLease(connection, request)));
      invariant(lease !== undefined, `the lease ${request.name} was not written`);
      return lease;
    },
    counts: () => reading(() => countAll(base)),
    checkStructure: async () => {
      const found = await reading(() => connection.values<string>('PRAGMA integrity_check').all());
      return found.filter((message) => message !== 'ok');
    },
    watchOthers: (onCommit) => calls.now(() => watch.add(onCommit)),
    backup: async (destination) => {
      calls.now(() => undefined);
      await backupTo(driver, destination).catch((error: unknown) => {
        throw translateError(error);
      });
    },
    declareIndexes: async (indexes) => {
      if ((await reading(() => areDeclared(indexes, base))) || readOnly) return;
      await writing(() => declareIndexes(indexes, base));
    },
    close: async () => {
      calls.close();
      watch.stop();
      driver.close();
    },
  };
};

/** What cannot be read leaves nothing open. */
const baseOrClosed = (connection: Connection): Base => {
  try {
    return baseOn(connection);
  } catch (error) {
    connection.driver.close();
    throw translateError(error);
  }
};
