/** The key of the receipts in a file of its own beside the database, readable by its owner alone. */
import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, linkSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { checkArgument, isText } from '../../../domain/shared/check-argument.js';
import { ReknitError } from '../../../domain/shared/errors.js';

const keyBytes = 32;

/** Reads the key; makes one where there is none. */
export const openReceiptKey = (file: string): Uint8Array => {
  checkArgument(isText(file), 'openReceiptKey', 'file', 'the path of a file');
  return readKey(file) ?? makeKey(file);
};

const readKey = (file: string): Uint8Array | undefined => {
  let text: string;
  try {
    text = readFileSync(file, 'utf8').trim();
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw unreadable(file, cause);
  }
  if (/^[0-9a-f]{64}$/.test(text)) return Buffer.from(text, 'hex');
  throw new ReknitError('bad_key_file', `${file} does not hold the key of a hub: bring it back from a backup`, {
    file,
  });
};

const unreadable = (file: string, cause: unknown): ReknitError => {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new ReknitError('bad_key_file', `${file} cannot be read: ${reason}`, { file }, { cause });
};

const makeKey = (file: string): Uint8Array => {
  if (!existsSync(dirname(file)))
    throw new ReknitError('bad_key_file', `there is no folder ${dirname(file)}: make it first`, { file });
  const own = `${file}.${randomBytes(6).toString('hex')}`;
  const descriptor = openSync(own, 'wx', 0o600);
  try {
    writeSync(descriptor, `${randomBytes(keyBytes).toString('hex')}\n`);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  try {
    // Unlike a rename, this fails where another process was quicker; then its key is everyone's.
    linkSync(own, file);
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')) throw cause;
  } finally {
    rmSync(own);
  }
  const key = readKey(file);
  if (key === undefined) throw new ReknitError('bad_key_file', `${file} was taken away while it was made`, { file });
  return key;
};
