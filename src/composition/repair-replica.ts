/**
 * `repairReplica`: makes a damaged file whole again, from itself and from whoever has what it
 * lacks. It works on a closed file, since a damaged one may well not open.
 */
import { nodeSystem } from '../adapters/system/index.js';
import {
  defaultMergeLimits,
  rebuildReplica,
  type EventStore,
  type Logger,
  type Remote,
  type RepairProgress,
  type RepairReport,
  type WallClock,
} from '../application/index.js';
import { checkArgument, isObject, isText } from '../domain/shared/check-argument.js';
import { defaultPolicy, isReknitError, policyFromData, ReknitError, type Policy } from '../domain/index.js';

/** Which file is repaired, and from where what is missing comes. */
export interface RepairOptions {
  readonly file: string;
  /** A hub, another replica or a bundle that has what is missing; it is not closed. */
  readonly from?: Remote;
  /** The policy to derive states under; without it the one that stands in the file. */
  readonly policy?: Policy;
  readonly clock?: WallClock;
  readonly logger?: Logger;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: RepairProgress) => void;
}

/** What came of it, and where the damaged file is now. */
export interface FileRepairReport extends RepairReport {
  readonly damagedFile: string;
}

/**
 * Replaces a damaged file by what is intact in it and what `from` gives back. The damaged file
 * is kept beside it. Every other program has to have closed the file.
 *
 * @throws ReknitError `storage_busy` while the file is in use, `file_missing`, `policy_missing`,
 *   and the codes of the store where nothing at all can be read, or nothing written
 */
export const repairReplica = async (options: RepairOptions): Promise<FileRepairReport> => {
  checkArgument(isObject(options) && isText(options.file), 'repairReplica', 'file', 'the path of a file');
  const { file, from, signal, onProgress } = options;
  const { openSqliteStore, startRepair } = await import('../adapters/sqlite/index.js');
  const files = startRepair(file);
  const open: EventStore[] = [];
  try {
    const damaged = openDamaged(() => openSqliteStore({ file: files.damaged, readOnly: true }), file);
    open.push(damaged);
    const policy = options.policy ?? (await policyIn(damaged));
    const system = nodeSystem({
      ...(options.clock === undefined ? {} : { clock: options.clock }),
      ...(options.logger === undefined ? {} : { logger: options.logger }),
    });
    // It is synced as a whole before it takes the place of the other.
    const store = openSqliteStore({ file: files.repaired, durability: 'process' });
    open.push(store);
    const report = await rebuildReplica(
      { store, policy, system, limits: defaultMergeLimits },
      {
        damaged,
        ...(from === undefined ? {} : { remote: from }),
        ...(signal === undefined ? {} : { signal }),
        ...(onProgress === undefined ? {} : { onProgress }),
      },
    );
    for (const each of open.splice(0)) await each.close();
    files.replace();
    return { ...report, damagedFile: files.damaged };
  } finally {
    for (const each of open) await each.close();
    files.end();
  }
};

/** What cannot even be opened is told as such: to run this again, as the store's own words have it, would lead nowhere. */
const openDamaged = (open: () => EventStore, file: string): EventStore => {
  try {
    return open();
  } catch (cause) {
    if (!isReknitError(cause, 'storage_corrupt')) throw cause;
    throw new ReknitError(
      'storage_corrupt',
      `nothing can be read from ${file}, so there is nothing to repair: restore a backup, or begin a new file and sync it with whoever has the data`,
      { file },
      { cause },
    );
  }
};

const policyIn = async (store: EventStore): Promise<Policy> => {
  try {
    const { policy } = await store.facts();
    return policy === undefined ? defaultPolicy : policyFromData(policy.data);
  } catch (error) {
    if (isReknitError(error) && error.code !== 'storage_corrupt' && error.code !== 'policy_missing') throw error;
    throw new ReknitError(
      'policy_missing',
      'which policy this data was under cannot be read from it: name the policy',
      {},
      { cause: error },
    );
  }
};
