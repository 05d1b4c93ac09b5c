/**
 * The database driver, loaded when the first file is opened. It is native code that is built for one
 * version of Node, and an optional dependency: who keeps no file does without it, a hub in memory and
 * a program for browsers included, and who needs it is told what to install.
 *
 * Loaded the CommonJS way, because opening a file is synchronous; waiting for it at the top of a module would
 * keep the whole package from being `require`d.
 */
import { createRequire } from 'node:module';
import type Database from 'better-sqlite3';
import { ReknitError } from '../../domain/shared/errors.js';

type Driver = typeof Database;

const require = createRequire(import.meta.url);
let loaded: Driver | undefined;

/**
 * Opens a file with the driver.
 *
 * @throws ReknitError `sqlite_unavailable` where the driver is not installed, or not for this version of Node
 */
export const openDriver = (file: string, options: Database.Options = {}): Database.Database => {
  try {
    loaded ??= require('better-sqlite3') as Driver;
    return new loaded(file, options);
  } catch (error) {
    throw isMissingDriver(error) ? unavailable(error) : error;
  }
};

/** Whether SQLite itself said so. */
export const isSqliteError = (error: unknown): error is InstanceType<Driver['SqliteError']> =>
  loaded !== undefined && error instanceof loaded.SqliteError;

/** The package is not there, or its native part is not, or is for another version of Node; the latter is found out late. */
const isMissingDriver = (error: unknown): boolean =>
  error instanceof Error &&
  (('code' in error && (error.code === 'MODULE_NOT_FOUND' || error.code === 'ERR_DLOPEN_FAILED')) ||
    error.message.startsWith('Could not locate the bindings file'));

const unavailable = (cause: unknown): ReknitError =>
  new ReknitError(
    'sqlite_unavailable',
    'SQLite could not be loaded: run "npm install better-sqlite3", or "npm rebuild better-sqlite3" after changing the version of Node; without a file, or with a store of your own, it is not needed',
    {},
    { cause },
  );
