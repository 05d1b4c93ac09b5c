/**
 * Opens a replica's file, or makes a new one: checks whose it is, sets what the guarantees
 * rest on, and reads back what matters, since SQLite ignores a setting it does not know.
 *
 * A log that a crash has left behind is made durable before anything read from it can be sent
 * (I11): what the last process wrote may so far be in the system's memory only.
 */
import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import Database, { type Database as Driver } from 'better-sqlite3';
import type { Durability } from '../../application/ports/event-store.js';
import { ReknitError } from '../../domain/shared/errors.js';
import { invariant } from '../../domain/shared/invariant.js';
import { isBusy, translateError } from './errors.js';
import { checkFile, refuseNewer } from './file-check.js';
import { migrate, migrations, versionOf } from './migrations.js';

export interface DatabaseOptions {
  readonly file: string;
  readonly durability: Durability;
  readonly readOnly: boolean;
  /** Beyond this size writes are refused with `storage_full`. */
  readonly fileBytesMax: number | undefined;
}

/** Earlier versions can lose commits when a log is reset by one process while another reads it. */
const oldestSqlite = [3, 51, 3] as const;
/** Reads wait for nobody but whoever recovers or closes the file, which is quick. */
const lockTimeoutMs = 200;
const openAttemptsMax = 50;
const openPauseMs = 20;
/** A log is cut back to this after a large import. */
const walBytesKept = 16 * 1024 * 1024;
const pageBytes = 4096;

/** In the values of `PRAGMA synchronous`. */
const fullSync = 2;
const normalSync = 1;

export const openDatabase = (options: DatabaseOptions): Driver => {
  const { file, readOnly } = options;
  if (!existsSync(dirname(file)))
    throw new ReknitError('storage_failed', `there is no folder ${dirname(file)}: make it first`, { file });
  const kind = checkFile(file, migrations.length);
  if (readOnly && kind !== 'ours')
    throw new ReknitError('database_missing', `there is no replica in ${file} to read: open it for writing first`, {
      file,
    });
  const hasLog = existsSync(`${file}-wal`) && statSync(`${file}-wal`).size > 0;
  let driver: Driver | undefined;
  try {
    driver = new Database(file, { readonly: readOnly, timeout: lockTimeoutMs });
    refuseOldSqlite(driver);
    driver.pragma('trusted_schema = OFF');
    driver.pragma('cell_size_check = ON');
    driver.pragma('temp_store = MEMORY');
    if (options.fileBytesMax !== undefined)
      driver.pragma(`max_page_count = ${Math.max(1, Math.floor(options.fileBytesMax / pageBytes))}`);
    if (readOnly) checkVersion(driver, file);
    else prepareForWriting(driver, options, hasLog);
    return driver;
  } catch (error) {
    driver?.close();
    throw translateError(error);
  }
};

const prepareForWriting = (driver: Driver, { file, durability }: DatabaseOptions, hasLog: boolean): void => {
  // Made in one transaction before the log is switched on, so that the file itself says whose it is from the start.
  patiently(() => migrate(driver));
  checkVersion(driver, file);
  patiently(() =>
    invariant(driver.pragma('journal_mode = WAL', { simple: true }) === 'wal', `${file} cannot keep a write-ahead log`),
  );
  driver.pragma(`journal_size_limit = ${walBytesKept}`);
  setSync(driver, 'power');
  if (hasLog) driver.pragma('wal_checkpoint(PASSIVE)');
  setSync(driver, durability);
};

/** How a commit is made durable from now on. */
export const setSync = (driver: Driver, durability: Durability): void => {
  const wanted = durability === 'power' ? fullSync : normalSync;
  driver.pragma(`synchronous = ${wanted}`);
  // Where the system's own way to sync does not reach the disk, on macOS, this one does.
  driver.pragma(`fullfsync = ${durability === 'power' ? 'ON' : 'OFF'}`);
  driver.pragma('checkpoint_fullfsync = ON');
  const actual = driver.pragma('synchronous', { simple: true });
  invariant(actual === wanted, `synchronous is ${String(actual)} and should be ${wanted}`);
};

const checkVersion = (driver: Driver, file: string): void => {
  const version = versionOf(driver);
  refuseNewer(file, version, migrations.length);
  if (version < migrations.length)
    throw new ReknitError('database_older', `${file} has an older schema (${version}): open it for writing once`, {
      file,
      version,
    });
};

const refuseOldSqlite = (driver: Driver): void => {
  const version = String(driver.prepare('SELECT sqlite_version()').pluck().get());
  if (isAtLeast(version.split('.').map(Number), oldestSqlite)) return;
  throw new ReknitError(
    'sqlite_too_old',
    `SQLite ${version} has bugs that lose data: ${oldestSqlite.join('.')} or later is needed`,
    { version },
  );
};

export const isAtLeast = (version: readonly number[], least: readonly number[]): boolean => {
  for (const [index, wanted] of least.entries()) {
    const part = version[index] ?? 0;
    if (part !== wanted) return part > wanted;
  }
  return true;
};

/** Processes that open a new file at the same moment get in each other's way for an instant. */
const patiently = (run: () => void): void => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      run();
      return;
    } catch (error) {
      if (!isBusy(error) || attempt === openAttemptsMax) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, openPauseMs);
    }
  }
};
