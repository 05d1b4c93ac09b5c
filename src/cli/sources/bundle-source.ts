/**
 * A bundle as input: a file or the standard input, compressed or not. What was complete
 * before the data broke off, or before the user interrupted, is taken; the reason is told
 * after it.
 */
import { open, stat } from 'node:fs/promises';
import { readBundle, type BundleLine } from '../../adapters/remote/bundle/index.js';
import { nodeSystem } from '../../adapters/system/index.js';
import { ReknitError } from '../../index.js';
import type { Session } from '../session.js';

export interface BundleSource {
  readonly lines: AsyncIterable<readonly BundleLine[]>;
  /** Why reading ended early; undefined where it did not. */
  readonly failure: () => Error | undefined;
}

/** @param path `-` is the standard input */
export const bundleSource = async (path: string, session: Pick<Session, 'input' | 'signal'>): Promise<BundleSource> => {
  const { signal } = session;
  if (path !== '-') await refuseUnreadable(path);
  let failure: Error | undefined;
  async function* lines(): AsyncGenerator<readonly BundleLine[]> {
    try {
      const bytes = path === '-' ? session.input : path;
      yield* readBundle(bytes, { sha256: nodeSystem().sha256, signal });
    } catch (error) {
      failure = signal.aborted ? undefined : error instanceof Error ? error : new Error(String(error));
    }
  }
  return { lines: lines(), failure: () => failure };
};

const refuseUnreadable = async (path: string): Promise<void> => {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw new ReknitError('bundle_not_found', `there is no file ${path}`, { file: path });
  if (found.isDirectory())
    throw new ReknitError('bundle_unreadable', `${path} is a folder: name a file`, { file: path });
  if (found.isFile() && (await isDatabase(path)))
    throw new ReknitError(
      'not_a_bundle',
      `${path} is a database and no bundle: meet a replica's file by "reknit sync --with"`,
      {
        file: path,
      },
    );
};

/** A replica's file is easily named here, and each of its lines would be refused. */
const isDatabase = async (path: string): Promise<boolean> => {
  const file = await open(path).catch(() => undefined);
  if (file === undefined) return false; // Reading will say why.
  try {
    const { buffer } = await file.read(Buffer.alloc(databaseMark.length));
    return buffer.toString('latin1') === databaseMark;
  } finally {
    await file.close();
  }
};

const databaseMark = 'SQLite format 3\0';
