/**
 * A hub's log in one SQLite file. Several hub processes may use the file at once: one appends at a
 * time, positions are given inside the commit, and each process notices the others' commits.
 */
import { resolve } from 'node:path';
import { admit } from '../../../../application/hub/admit.js';
import { dropWaiting } from '../../../../application/hub/drop-waiting.js';
import { defaultParkingLimits, type ParkingLimits } from '../../../../application/hub/parking-limits.js';
import { answered } from '../../../../application/hub/questions.js';
import type { HubLog, HubSubmission, HubVerdict } from '../../../../application/ports/hub-log.js';
import {
  checkArgument,
  checkMembers,
  isObject,
  isText,
  type Members,
} from '../../../../domain/shared/check-argument.js';
import { ReknitError } from '../../../../domain/shared/errors.js';
import { connectionOn } from '../../../sqlite-file/connection.js';
import { isBusy, isSyncFailure, translateError } from '../../../sqlite-file/errors.js';
import { watchDataVersion } from '../../../sqlite-file/watch.js';
import { createListeners } from '../listeners.js';
import { randomText } from '../random-text.js';
import { groupCommit } from './group-commit.js';
import { hubBaseOn } from './hub-base.js';
import { knowledgeOf } from './knowledge.js';
import { openHubFile } from './open-hub-file.js';
import { readCounts, readEntries, readFacts, readHeads, readMark } from './read-log.js';
import { chosenParked, readParked } from './read-parked.js';
import { writeAdmission } from './write-admission.js';

/** Which file, with which patience and bounds. */
export interface SqliteHubLogOptions {
  readonly file: string;
  readonly parking?: Partial<ParkingLimits>;
  /** How long a commit waits for other processes before it gives up with `storage_busy`; 5 s. */
  readonly busyTimeoutMs?: number;
  /** How often other processes' commits are looked for while somebody watches; 20 ms, a microsecond each. */
  readonly watchIntervalMs?: number;
  /**
   * How much of what was appended last is kept in memory, in UTF-16 units of canonical form; 8 Mi, which is some 25,000
   * events of usual size. Who is connected is served from it.
   */
  readonly recentCharsMax?: number;
}

/** A hub's log in a file, with what its operator may do to it. */
export interface SqliteHubLog extends HubLog {
  /**
   * Says that history was replaced: for an operator who has put back a backup. Replicas then read from
   * the beginning, and push what the backup lacks. Answers the new epoch.
   */
  readonly bumpEpoch: () => Promise<string>;
}

interface Append {
  readonly batch: readonly HubSubmission[];
  readonly receivedAt: string;
}

/** Events in one commit; more would hold up readers and the other processes for too long. */
const commitEventsMax = 5_000;
/** Pauses between attempts grow to this: short enough that a waiting writer gets its turn. */
const pauseMsMax = 20;
const recentCharsUsual = 8 * 1024 * 1024;

const members: Members<SqliteHubLogOptions> = {
  file: true,
  parking: true,
  busyTimeoutMs: true,
  watchIntervalMs: true,
  recentCharsMax: true,
};

/** Opens a hub's log in an SQLite file, or makes the file; several processes may share it. */
export const openSqliteHubLog = (options: SqliteHubLogOptions): SqliteHubLog => {
  checkArgument(isObject(options) && isText(options.file), 'openSqliteHubLog', 'file', 'the path of a file');
  checkMembers('openSqliteHubLog', options, members);
  checkMembers('openSqliteHubLog, parking,', options.parking, defaultParkingLimits);
  const { busyTimeoutMs = 5_000, watchIntervalMs = 20, recentCharsMax = recentCharsUsual } = options;
  const limits = { ...defaultParkingLimits, ...options.parking };
  const driver = openHubFile(resolve(options.file));
  const connection = connectionOn(driver);
  const base = hubBaseOn(connection, recentCharsMax);
  const knowledge = knowledgeOf(base);
  const others = watchDataVersion(connection, watchIntervalMs);
  const listeners = createListeners();
  let isClosed = false;
  let hasLostSync = false;

  const refuseClosed = (): void => {
    if (isClosed) throw new ReknitError('log_closed', 'the log is closed: open it again');
  };

  /** Another process's lock is waited for without holding up this process. */
  const patiently = async <Value>(run: () => Value): Promise<Value> => {
    const giveUpMs = Date.now() + busyTimeoutMs;
    for (let pauseMs = 1; ; pauseMs = Math.min(pauseMs * 2, pauseMsMax)) {
      try {
        return run();
      } catch (error) {
        hasLostSync ||= isSyncFailure(error);
        base.forgetAll();
        if (!isBusy(error) || Date.now() >= giveUpMs) throw translateError(error);
      }
      await new Promise((done) => setTimeout(done, pauseMs));
    }
  };
  const reading = async <Value>(read: () => Value): Promise<Value> => {
    refuseClosed();
    return patiently(() => {
      refuseClosed();
      return connection.reading(read);
    });
  };
  const writing = <Value>(write: () => Value): Promise<Value> =>
    patiently(() => {
      // What an fsync that failed has left on the disk nobody knows; another that succeeds would hide it.
      if (hasLostSync)
        throw new ReknitError('storage_failed', 'the disk has failed to sync: open the log again and verify it');
      return connection.writing(() => ({ value: write() }));
    }).then((written) => (written as { readonly value: Value }).value);

  const commit = async (appends: readonly Append[]): Promise<readonly (readonly HubVerdict[])[]> => {
    let entries = 0;
    const verdicts = await writing(() => {
      entries = 0;
      return appends.map(({ batch, receivedAt }) => {
        const admission = answered(admit(batch, limits), knowledge);
        entries += admission.entries.length;
        writeAdmission(admission, receivedAt, base);
        base.recent.add(admission.entries, receivedAt);
        return admission.verdicts;
      });
    });
    if (entries > 0) listeners.notify();
    return verdicts;
  };
  const commits = groupCommit(commit, ({ batch }: Append) => batch.length, commitEventsMax);

  return {
    facts: () => reading(() => readFacts(base)),
    append: async (batch, receivedAt) => {
      refuseClosed();
      return batch.length === 0 ? [] : commits.add({ batch, receivedAt });
    },
    read: (query) => reading(() => readEntries(query, base)),
    markAt: (position) => reading(() => readMark(position, base)),
    heads: (replicaIds, at = []) => reading(() => readHeads(replicaIds, at, base)),
    watch: (onAppend) => {
      refuseClosed();
      const stops = [listeners.add(onAppend), others.add(onAppend)];
      return () => {
        for (const stop of stops) stop();
      };
    },
    counts: () => reading(() => readCounts(base)),
    parked: (query) => reading(() => readParked(query, base)),
    dropParked: async (choice, receivedAt) => {
      refuseClosed();
      let count = 0;
      for (let more = true; more;) {
        const { chosen, entries } = await writing(() => {
          const events = chosenParked(choice, commitEventsMax, base);
          const dropped = answered(dropWaiting(events, limits), knowledge);
          writeAdmission(dropped, receivedAt, base);
          base.recent.add(dropped.entries, receivedAt);
          return { chosen: events.length, entries: dropped.entries.length };
        });
        count += chosen;
        more = chosen === commitEventsMax;
        if (entries > 0) listeners.notify();
      }
      return count;
    },
    bumpEpoch: async () => {
      refuseClosed();
      const epoch = randomText();
      await writing(() => connection.statement('UPDATE meta SET epoch = ?').run(epoch));
      return epoch;
    },
    close: async () => {
      if (isClosed) return;
      isClosed = true;
      others.stop();
      listeners.clear();
      // What was taken on is finished: its callers wait for it.
      await commits.idle();
      driver.close();
    },
  };
};
