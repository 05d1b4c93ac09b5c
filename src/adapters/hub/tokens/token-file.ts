/**
 * The token list as a file: read whole, written whole, and replaced in one step, so that a reader
 * never sees half of it. Two programs that change it at one time take turns.
 */
import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { ReknitError } from '../../../domain/shared/errors.js';
import { parseTokenRecord, type TokenRecord } from './token-record.js';

const format = 'reknit-hub-tokens';
const version = 1;
/** Whoever holds the lock that long was killed. */
const lockMsMax = 10_000;
const lockPauseMs = 20;

/** No file is an empty list. A damaged one is an error, since an empty list would be a guess. */
export const readTokenFile = (file: string): readonly TokenRecord[] => {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    if (hasCode(cause, 'ENOENT')) return [];
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ReknitError('bad_token_file', `${file} cannot be read: ${reason}`, { file }, { cause });
  }
  const damaged = (cause?: unknown): ReknitError =>
    new ReknitError('bad_token_file', `${file} is no list of tokens: bring it back from a backup`, { file }, { cause });
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (cause) {
    throw damaged(cause);
  }
  const { format: found, version: foundVersion, tokens } = (content ?? {}) as Record<string, unknown>;
  if (found !== format || foundVersion !== version || !Array.isArray(tokens)) throw damaged();
  return tokens.map((input) => {
    const record = parseTokenRecord(input);
    if (record === undefined) throw damaged();
    return record;
  });
};

/** Changes the list; nobody else changes it meanwhile. */
export const changeTokenFile = async <Value>(
  file: string,
  change: (tokens: readonly TokenRecord[]) => { readonly tokens: readonly TokenRecord[]; readonly value: Value },
): Promise<Value> => {
  const lock = `${file}.lock`;
  await takeLock(lock);
  try {
    const { tokens, value } = change(readTokenFile(file));
    const next = `${file}.${randomBytes(6).toString('hex')}`;
    const descriptor = openSync(next, 'wx', 0o600);
    try {
      writeSync(descriptor, `${JSON.stringify({ format, version, tokens }, undefined, 2)}\n`);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(next, file);
    return value;
  } finally {
    rmSync(lock, { force: true });
  }
};

/** Changes whenever the file was replaced; undefined where there is none. */
export const fileStamp = (file: string): string | undefined => {
  const stats = statSync(file, { throwIfNoEntry: false });
  return stats === undefined ? undefined : `${stats.ino}:${stats.mtimeMs}:${stats.size}`;
};

const takeLock = async (lock: string): Promise<void> => {
  for (;;) {
    try {
      closeSync(openSync(lock, 'wx', 0o600));
      return;
    } catch (cause) {
      if (!hasCode(cause, 'EEXIST')) throw cause;
    }
    const takenMs = statSync(lock, { throwIfNoEntry: false })?.mtimeMs;
    if (takenMs !== undefined && Date.now() - takenMs > lockMsMax) rmSync(lock, { force: true });
    await new Promise((resolve) => setTimeout(resolve, lockPauseMs));
  }
};

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;
