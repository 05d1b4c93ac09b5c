/**
 * A copy of a file that is in use: consistent, complete or not there at all, and marked as a
 * copy, so that whoever opens it takes a replica id of its own (R8).
 *
 * It is made beside its destination and put there when it is on the disk, so a crash leaves no
 * copy that looks whole. Pages are copied in portions, between which others are served; a copy
 * that other processes' commits make start anew too often is finished in one go.
 */
import { closeSync, existsSync, fsyncSync, linkSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Database as Driver } from 'better-sqlite3';
import { ReknitError } from '../../../domain/shared/errors.js';
import { openDriver } from '../../sqlite-file/driver.js';

const pagesPerPortion = 2_000;
const restartsMax = 3;
const allPages = 0x7fff_ffff;

export const backupTo = async (driver: Driver, destination: string): Promise<void> => {
  const target = resolve(destination);
  if (existsSync(target)) throw exists(target);
  if (!existsSync(dirname(target)))
    throw new ReknitError('storage_failed', `there is no folder ${dirname(target)}: make it first`, { file: target });
  const partial = `${target}.partial-${process.pid}`;
  try {
    rmSync(partial, { force: true });
    await copyPages(driver, partial);
    markAsCopy(partial);
    syncToDisk(partial);
    putInPlace(partial, target);
    syncToDisk(dirname(target));
  } finally {
    for (const suffix of ['', '-journal', '-wal', '-shm']) rmSync(`${partial}${suffix}`, { force: true });
  }
};

const copyPages = async (driver: Driver, partial: string): Promise<void> => {
  let left = Number.POSITIVE_INFINITY;
  let restarts = 0;
  await driver.backup(partial, {
    progress: ({ remainingPages }) => {
      if (remainingPages >= left) restarts += 1;
      left = remainingPages;
      return restarts > restartsMax ? allPages : pagesPerPortion;
    },
  });
};

/** As a file without a log beside it, which can be moved about alone. */
const markAsCopy = (partial: string): void => {
  const copy = openDriver(partial);
  try {
    copy.pragma('journal_mode = DELETE');
    copy.pragma('synchronous = FULL');
    copy.prepare('UPDATE meta SET is_copy = 1').run();
  } finally {
    copy.close();
  }
};

const syncToDisk = (path: string): void => {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
};

/** A link fails where something stands already; where a file system has no links, a rename has to do. */
const putInPlace = (partial: string, target: string): void => {
  try {
    linkSync(partial, target);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw exists(target);
    renameSync(partial, target);
  }
};

const exists = (file: string): ReknitError =>
  new ReknitError('file_exists', `${file} is there already: name another file, or remove it first`, { file });
