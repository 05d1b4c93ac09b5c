/** Opens a hub's file, or makes a new one; what the guarantees rest on is set and read back. */
import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Database as Driver } from 'better-sqlite3';
import { ReknitError } from '../../../../domain/shared/errors.js';
import { invariant } from '../../../../domain/shared/invariant.js';
import { openDriver } from '../../../sqlite-file/driver.js';
import { translateError } from '../../../sqlite-file/errors.js';
import { checkFile, refuseNewer } from '../../../sqlite-file/file-check.js';
import { migrateTo, versionOf } from '../../../sqlite-file/migrate.js';
import { harden, patiently, refuseOldSqlite, setSync } from '../../../sqlite-file/settings.js';
import { applicationId, migrations } from './schema.js';

/** Whoever holds the file longer is waited for without holding up this process. */
const lockTimeoutMs = 50;
/** A log is cut back to this after a large batch. */
const walBytesKept = 16 * 1024 * 1024;

export const openHubFile = (file: string): Driver => {
  if (!existsSync(dirname(file)))
    throw new ReknitError('storage_failed', `there is no folder ${dirname(file)}: make it first`, { file });
  checkFile(file, { applicationId, versionMax: migrations.length });
  const hasLog = existsSync(`${file}-wal`) && statSync(`${file}-wal`).size > 0;
  let driver: Driver | undefined;
  try {
    const opened = (driver = openDriver(file, { timeout: lockTimeoutMs }));
    refuseOldSqlite(opened);
    harden(opened);
    // Made in one transaction before the log is switched on, so that the file itself says whose it is from the start.
    patiently(() => migrateTo(opened, migrations, applicationId));
    refuseNewer(file, versionOf(opened), migrations.length);
    patiently(() =>
      invariant(
        opened.pragma('journal_mode = WAL', { simple: true }) === 'wal',
        `${file} cannot keep a write-ahead log`,
      ),
    );
    opened.pragma(`journal_size_limit = ${walBytesKept}`);
    setSync(opened, 'power');
    // What a crash has left behind is made durable before anybody is told of it.
    if (hasLog) opened.pragma('wal_checkpoint(PASSIVE)');
    return opened;
  } catch (error) {
    driver?.close();
    throw translateError(error);
  }
};
