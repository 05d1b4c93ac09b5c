/** What the driver throws, as the closed set of errors that the port promises (S10). */
import { ReknitError } from '../../domain/shared/errors.js';
import { isSqliteError } from './driver.js';

export type StorageErrorCode =
  | 'storage_full'
  | 'storage_busy'
  | 'storage_read_only'
  | 'storage_corrupt'
  | 'storage_failed';

const meanings: Readonly<Record<StorageErrorCode, string>> = {
  storage_full: 'there is no room for what was to be written: free some, and try again',
  storage_busy: 'another program holds the file: try again, or close that program',
  storage_read_only: 'the file can be read only: open a file that can be written',
  storage_corrupt: 'the file is damaged: keep it, and run "reknit repair", or restore a backup',
  storage_failed: 'the database failed',
};

/** The driver names neither the file nor the reason: most often its folder may not be written to. */
const cannotOpen = 'the file cannot be opened or made: check its folder and the permissions';

export const translateError = (error: unknown): unknown => {
  if (!isSqliteError(error)) return error;
  const code = isForeignSchema(error) ? 'storage_corrupt' : codeOf(error.code);
  const meaning = error.code.startsWith('SQLITE_CANTOPEN') ? cannotOpen : meanings[code];
  return new ReknitError(code, `${meaning} (${error.message})`, { sqlite: error.code }, { cause: error });
};

export const isBusy = (error: unknown): boolean => isSqliteError(error) && codeOf(error.code) === 'storage_busy';

/** After it nobody knows what is on the disk, and trying again would hide that. */
export const isSyncFailure = (error: unknown): boolean =>
  isSqliteError(error) && (error.code === 'SQLITE_IOERR_FSYNC' || error.code === 'SQLITE_IOERR_DIR_FSYNC');

/** Our statements name what our layout has: what is not there was changed, as by a bit that flipped in its text. */
const isForeignSchema = ({ code, message }: { readonly code: string; readonly message: string }): boolean =>
  code === 'SQLITE_ERROR' && /^no such (?:column|table|index|collation)|has no column named|malformed/i.test(message);

const codeOf = (sqlite: string): StorageErrorCode => {
  if (sqlite === 'SQLITE_FULL') return 'storage_full';
  if (sqlite.startsWith('SQLITE_BUSY') || sqlite.startsWith('SQLITE_LOCKED')) return 'storage_busy';
  if (sqlite.startsWith('SQLITE_READONLY') && sqlite !== 'SQLITE_READONLY_DBMOVED') return 'storage_read_only';
  if (sqlite.startsWith('SQLITE_CORRUPT') || sqlite === 'SQLITE_NOTADB') return 'storage_corrupt';
  return 'storage_failed';
};
