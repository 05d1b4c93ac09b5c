/**
 * Opens a replica's file, or makes a new one: checks whose it is, sets what the guarantees
 * rest on, and reads back what matters, since SQLite ignores a setting it does not know.
 *
 * A log that a crash has left behind is made durable before anything read from it can be sent
 * (I11): what the last process wrote may so far be in the system's memory only.
 */
import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Database as Driver } from 'better-sqlite3';
import type { Durability } from '../../../application/ports/event-store.js';
import { ReknitError } from '../../../domain/shared/errors.js';
import { invariant } from '../../../domain/shared/invariant.js';
import { openDriver } from '../../sqlite-file/driver.js';
import { harden, patiently, refuseOldSqlite, setSync } from '../../sqlite-file/settings.js';
import { translateError } from '../../sqlite-file/errors.js';
import { checkFile, refuseNewer } from '../../sqlite-file/file-check.js';
import { versionOf } from '../../sqlite-file/migrate.js';
import { migrate, migrations } from './migrations.js';
import { applicationId } from './schema.js';

export interface DatabaseOptions {
  readonly file: string;
  readonly durability: Durability;
  readonly readOnly: boolean;
  /** Beyond this size writes are refused with `storage_full`. */
  readonly fileBytesMax: number | undefined;
}

/** Reads wait for nobody but whoever recovers or closes the file, which is quick. */
const lockTimeoutMs = 200;
/** A log is cut back to this after a large import. */
const walBytesKept = 16 * 1024 * 1024;
const pageBytes = 4096;

export const openDatabase = (options: DatabaseOptions): Driver => {
  const { file, readOnly } = options;
  if (!existsSync(dirname(file)))
    throw new ReknitError('storage_failed', `there is no folder ${dirname(file)}: make it first`, { file });
  const kind = checkFile(file, { applicationId, versionMax: migrations.length });
  if (readOnly && kind !== 'ours')
    throw new ReknitError('database_missing', `there is no replica in ${file} to read: open it for writing first`, {
      file,
    });
  const hasLog = existsSync(`${file}-wal`) && statSync(`${file}-wal`).size > 0;
  let driver: Driver | undefined;
  try {
    driver = openDriver(file, { readonly: readOnly, timeout: lockTimeoutMs });
    refuseOldSqlite(driver);
    harden(driver);
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

const checkVersion = (driver: Driver, file: string): void => {
  const version = versionOf(driver);
  refuseNewer(file, version, migrations.length);
  if (version < migrations.length)
    throw new ReknitError('database_older', `${file} has an older schema (${version}): open it for writing once`, {
      file,
      version,
    });
};
