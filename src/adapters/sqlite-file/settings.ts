/**
 * What the guarantees of a file rest on, set and read back, since SQLite ignores a setting that it
 * does not know.
 */
import type { Database as Driver } from 'better-sqlite3';
import type { Durability } from '../../application/ports/event-store.js';
import { ReknitError } from '../../domain/shared/errors.js';
import { invariant } from '../../domain/shared/invariant.js';
import { isBusy } from './errors.js';

/** Earlier versions can lose commits when a log is reset by one process while another reads it. */
const oldestSqlite = [3, 51, 3] as const;
const openAttemptsMax = 50;
const openPauseMs = 20;

/** In the values of `PRAGMA synchronous`. */
const fullSync = 2;
const normalSync = 1;

/** What a file holds is data: nothing in its schema is run, and a damaged page is found early. */
export const harden = (driver: Driver): void => {
  driver.pragma('trusted_schema = OFF');
  driver.pragma('cell_size_check = ON');
  driver.pragma('temp_store = MEMORY');
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

export const refuseOldSqlite = (driver: Driver): void => {
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
export const patiently = (run: () => void): void => {
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
