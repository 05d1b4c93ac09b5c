/**
 * Puts a repaired database into the place of a damaged one, of which a copy is kept, byte for
 * byte, with its log. Nobody else may have the file open: whoever had would go on writing to
 * what is not there any more.
 */
import {
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Database as Driver } from 'better-sqlite3';
import { checkArgument, isText } from '../../../domain/shared/check-argument.js';
import { ReknitError } from '../../../domain/shared/errors.js';
import { openDriver } from '../../sqlite-file/driver.js';
import { isBusy, translateError } from '../../sqlite-file/errors.js';

/** A damaged file that was set aside, and the one that is made instead. */
export interface FileUnderRepair {
  /** The copy: to be read, and what is left of the damaged file in the end. */
  readonly damaged: string;
  /** Where the repaired one is to be made. */
  readonly repaired: string;
  /** Takes the place of the damaged file; both stores must be closed. */
  readonly replace: () => void;
  /** Removes what is not needed any more; without `replace` the copy too. */
  readonly end: () => void;
}

const sideFiles = ['-wal', '-shm', '-journal'] as const;

/** Sets a damaged file aside, so that a repaired one can take its place. */
export const startRepair = (file: string): FileUnderRepair => {
  checkArgument(isText(file), 'startRepair', 'file', 'the path of a file');
  const target = resolve(file);
  if (!existsSync(target)) throw new ReknitError('file_missing', `there is no file ${target} to repair`, { file });
  const [damaged, repaired] = [freeNameBeside(target, 'damaged'), freeNameBeside(target, 'repairing')];
  for (const suffix of ['', '-wal', '-journal'])
    if (existsSync(`${target}${suffix}`))
      copyFileSync(`${target}${suffix}`, `${damaged}${suffix}`, constants.COPYFILE_FICLONE);
  let isReplaced = false;
  try {
    refuseWhileInUse(target);
  } catch (error) {
    removeDatabase(damaged);
    throw error;
  }
  const before = stampOf(target);
  return {
    damaged,
    repaired,
    replace: () => {
      if (stampOf(target) !== before) throw inUse(target);
      refuseWhileInUse(target);
      for (const path of [damaged, repaired]) sync(path);
      for (const suffix of sideFiles) rmSync(`${target}${suffix}`, { force: true });
      renameSync(repaired, target);
      sync(dirname(target));
      isReplaced = true;
    },
    end: () => {
      removeDatabase(repaired);
      // Reading it has made these, or they are what the damaged file had.
      if (isReplaced) for (const suffix of sideFiles) removeEmpty(`${damaged}${suffix}`, suffix === '-shm');
      else removeDatabase(damaged);
    },
  };
};

/** Any other connection keeps a lock as long as it is open. */
const refuseWhileInUse = (file: string): void => {
  let driver: Driver | undefined;
  try {
    driver = openDriver(file, { timeout: 0, fileMustExist: true });
    driver.pragma('locking_mode = EXCLUSIVE');
    driver.exec('BEGIN IMMEDIATE; ROLLBACK');
  } catch (error) {
    // What else is wrong with it is what the repair is for.
    if (isBusy(error)) throw inUse(file, error);
  } finally {
    closeQuietly(driver);
  }
};

const closeQuietly = (driver: Driver | undefined): void => {
  try {
    driver?.close();
  } catch {
    // A damaged file may not close in order; its copy was made before.
  }
};

const inUse = (file: string, error?: unknown): ReknitError =>
  new ReknitError(
    'storage_busy',
    `${file} is in use: close every program that has it open, and repair it then`,
    { file },
    { cause: translateError(error) },
  );

const stampOf = (file: string): string =>
  ['', '-wal'].map((suffix) => statSync(`${file}${suffix}`, { throwIfNoEntry: false })?.mtimeMs ?? 0).join(' ');

const freeNameBeside = (file: string, word: string): string => {
  for (let count = 1; ; count += 1) {
    const name = `${file}.${word}${count === 1 ? '' : `-${count}`}`;
    if (['', ...sideFiles].every((suffix) => !existsSync(`${name}${suffix}`))) return name;
  }
};

const removeEmpty = (file: string, isScratch: boolean): void => {
  if (isScratch || statSync(file, { throwIfNoEntry: false })?.size === 0) rmSync(file, { force: true });
};

const removeDatabase = (file: string): void => {
  for (const suffix of ['', ...sideFiles]) rmSync(`${file}${suffix}`, { force: true });
};

const sync = (path: string): void => {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
};
