/**
 * Rows of another program's table of events, read as they stand there. The file is opened
 * for reading alone, so nothing of the other program's is changed, not even its version.
 */
import { existsSync } from 'node:fs';
import type { Database as Driver } from 'better-sqlite3';
import { ReknitError } from '../../../domain/shared/errors.js';
import { openDriver } from '../../sqlite-file/driver.js';
import { translateError } from '../../sqlite-file/errors.js';
import { applicationId } from './schema.js';

const foreignTable = 'offline_events';
const columns = [
  'event_id',
  'agent_id',
  'resource_id',
  'resource_type',
  'operation',
  'timestamp',
  'payload',
  'status',
  'created_at',
] as const;

/** Values as SQLite has them: text, numbers, null, bytes. */
export type ForeignRow = Readonly<Record<(typeof columns)[number], unknown>>;

/** @throws `file_missing`, `table_missing`, `own_file`, and the codes of the store */
export function* readForeignRows(file: string): Generator<ForeignRow, void, undefined> {
  if (!existsSync(file)) throw new ReknitError('file_missing', `there is no file ${file}`, { file });
  let driver: Driver | undefined;
  try {
    driver = openDriver(file, { readonly: true, fileMustExist: true });
    checkTable(driver, file);
    const select = `SELECT ${columns.join(', ')} FROM ${foreignTable}`;
    yield* driver.prepare<[], ForeignRow>(`${select} ${rowOrder(driver)}`).iterate();
  } catch (error) {
    throw translateError(error);
  } finally {
    driver?.close();
  }
}

const checkTable = (driver: Driver, file: string): void => {
  if (driver.pragma('application_id', { simple: true }) === applicationId)
    throw new ReknitError(
      'own_file',
      `${file} is a file of reknit: exchange events with it instead of reading its table`,
      { file },
    );
  const found = driver.prepare<[string], string>('SELECT name FROM pragma_table_info(?)').pluck().all(foreignTable);
  if (found.length === 0) throw new ReknitError('table_missing', `${file} has no table ${foreignTable}`, { file });
  const missing = columns.filter((column) => !found.includes(column));
  if (missing.length > 0)
    throw new ReknitError('table_missing', `the table ${foreignTable} of ${file} lacks ${missing.join(', ')}`, {
      file,
      missing,
    });
};

/** A table without row numbers is read by its key, and a view as it comes. */
const rowOrder = (driver: Driver): string => {
  try {
    driver.prepare(`SELECT rowid FROM ${foreignTable} LIMIT 0`);
    return 'ORDER BY rowid';
  } catch {
    return '';
  }
};
