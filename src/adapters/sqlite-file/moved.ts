/**
 * A file that is deleted, or replaced by another one, while it is open can still be written to, and all of it would be
 * gone with the last handle. SQLite looks for that itself, but not where it keeps a write-ahead log.
 */
import { statSync } from 'node:fs';
import type { Database as Driver } from 'better-sqlite3';
import { ReknitError } from '../../domain/shared/errors.js';

/** Answers how to refuse, with `storage_failed`, what would be written to a file that is not at its place any more. */
export const refuseMoved = ({ name, memory }: Pick<Driver, 'name' | 'memory'>): (() => void) => {
  if (memory) return () => undefined;
  const place = (): string | undefined => {
    const found = statSync(name, { bigint: true, throwIfNoEntry: false });
    return found === undefined ? undefined : `${found.dev}:${found.ino}`;
  };
  const opened = place();
  return () => {
    if (place() === opened) return;
    throw new ReknitError(
      'storage_failed',
      `${name} was deleted, or another file was put in its place, while it was open: nothing was written. ` +
        'Close it, and open it again',
      { file: name },
    );
  };
};
