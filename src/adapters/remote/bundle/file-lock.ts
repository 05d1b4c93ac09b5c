/**
 * One writer at a time for a bundle that several programs append to. Two would not disturb
 * each other's lines, but the one that finds half a line must know whether that was left by
 * a crash or is being written now.
 *
 * The lock is a file beside the bundle that names its holder. What a dead holder left is
 * taken away, by one waiter at a time, since a second could take away its successor's.
 */
import { randomBytes } from 'node:crypto';
import { open, readFile, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { bundleError, systemCodeOf, writeFailure } from './bundle-error.js';

export interface LockOptions {
  readonly signal: AbortSignal | undefined;
  /** How long to wait for another writer. */
  readonly waitMsMax: number;
}

/** A page of events is written in far less; who has held the lock for so long is dead, or on a machine that sleeps. */
const holdMsMax = 10 * 60_000;
/** A lock that does not name its holder is being made at this moment, or its maker died at it. */
const namelessMsMax = 10_000;
const retryMs = 20;

export const withFileLock = async <Value>(
  file: string,
  { signal, waitMsMax }: LockOptions,
  run: () => Promise<Value>,
): Promise<Value> => {
  const lock = `${file}.lock`;
  const deadlineMs = performance.now() + waitMsMax;
  while (!(await tryToLock(lock, file))) {
    if (performance.now() > deadlineMs)
      throw bundleError('bundle_busy', `another program is writing to ${file}; if none is, delete ${lock}`, {
        file,
        lock,
      });
    if (!(await removeIfStale(lock))) await delay(retryMs);
    signal?.throwIfAborted();
  }
  try {
    return await run();
  } finally {
    await rm(lock, { force: true });
  }
};

const tryToLock = async (lock: string, file: string): Promise<boolean> => {
  try {
    const handle = await open(lock, 'wx');
    try {
      await handle.writeFile(
        JSON.stringify({ host: hostname(), pid: process.pid, token: randomBytes(8).toString('hex') }),
      );
    } finally {
      await handle.close();
    }
    return true;
  } catch (error) {
    // Windows refuses so while another program is deleting the file.
    if (systemCodeOf(error) === 'EEXIST' || (process.platform === 'win32' && systemCodeOf(error) === 'EPERM'))
      return false;
    throw writeFailure(error, file);
  }
};

const removeIfStale = async (lock: string): Promise<boolean> => {
  if (!(await isStale(lock))) return false;
  const remover = `${lock}.stale`;
  // Nobody stays here for longer than this takes; a file of that name which does was left by a crash.
  if (!(await tryToLock(remover, lock))) return false;
  try {
    // Another waiter may have been here first, and what lies there now may be a living holder's.
    if (await isStale(lock)) await rm(lock, { force: true });
    return true;
  } finally {
    await rm(remover, { force: true });
  }
};

const isStale = async (lock: string): Promise<boolean> => {
  try {
    const holder = holderIn(await readFile(lock, 'utf8'));
    const ageMs = Date.now() - (await stat(lock)).mtimeMs;
    if (holder === undefined) return ageMs > namelessMsMax;
    return ageMs > holdMsMax || (holder.host === hostname() && !isAlive(holder.pid));
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return false;
    throw error;
  }
};

const holderIn = (text: string): { readonly host: string; readonly pid: number } | undefined => {
  try {
    const { host, pid } = JSON.parse(text) as { readonly host?: unknown; readonly pid?: unknown };
    return typeof host === 'string' && typeof pid === 'number' ? { host, pid } : undefined;
  } catch {
    return undefined;
  }
};

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCodeOf(error) !== 'ESRCH';
  }
};
