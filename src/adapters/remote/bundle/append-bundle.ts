/**
 * Appends events to a bundle file so that they are durable, or the file is as it was. The
 * file must not be written by anybody else meanwhile.
 *
 * What a crash left at the end goes first: it was never acknowledged, and would spoil what
 * is put behind it. A plain file is cut off after its last whole line. Where a compressed
 * one ended before cannot be seen, so its whole lines are written anew.
 */
import { isUtf8 } from 'node:buffer';
import { open, truncate, type FileHandle } from 'node:fs/promises';
import { isReknitError } from '../../../domain/shared/errors.js';
import { bundleError, writeFailure } from './bundle-error.js';
import type { BundleEnd } from './bundle-file.js';
import { fileChunks, type Chunks } from './chunks.js';
import { replaceFile, syncFolderOf } from './durable-file.js';
import { gzipped, gzippedMember } from './encode-bundle.js';
import { isWholeObject } from './half-line.js';
import { inflated } from './inflate.js';
import { maxLineBytesByDefault } from './read-bundle.js';

export interface AppendOptions {
  readonly gzip: boolean;
  /** How the file ends. */
  readonly end: BundleEnd;
  /** Told when what was written could neither be made durable nor taken back. */
  readonly onSpoilt: () => void;
}

export const appendDurably = async (
  file: string,
  lines: string,
  { gzip, end, onSpoilt }: AppendOptions,
): Promise<void> => {
  try {
    if (end.tail === 'torn')
      await (end.place === undefined ? rewriteWholeLines(file) : truncate(file, end.place.offset));
    const text = Buffer.from(end.tail === 'open' ? `\n${lines}` : lines);
    const bytes = gzip ? await gzippedMember(text) : text;
    const handle = await open(file, 'a');
    try {
      await writeOrTakeBack(appendHandle(handle), bytes, onSpoilt);
    } finally {
      await handle.close();
    }
    await syncFolderOf(file);
  } catch (error) {
    throw writeFailure(error, file);
  }
};

/** Makes durable what is there, by whomever it was written. */
export const makeDurable = async (file: string): Promise<void> => {
  try {
    const handle = await open(file, 'r+');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
    await syncFolderOf(file);
  } catch (error) {
    throw writeFailure(error, file);
  }
};

/** What appending does with an open file. */
export interface AppendHandle {
  readonly size: () => Promise<number>;
  readonly writeFile: (bytes: Uint8Array) => Promise<void>;
  readonly sync: () => Promise<void>;
  readonly truncate: (size: number) => Promise<void>;
}

const appendHandle = (handle: FileHandle): AppendHandle => ({
  size: async () => (await handle.stat()).size,
  writeFile: (bytes) => handle.writeFile(bytes),
  sync: () => handle.sync(),
  truncate: (size) => handle.truncate(size),
});

/** After a failed sync the file looks written and may not be: found there later, it would pass for durable. */
export const writeOrTakeBack = async (handle: AppendHandle, bytes: Uint8Array, onSpoilt: () => void): Promise<void> => {
  const size = await handle.size();
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } catch (error) {
    try {
      await handle.truncate(size);
      await handle.sync();
    } catch {
      onSpoilt();
    }
    throw error;
  }
};

const rewriteWholeLines = (file: string): Promise<void> =>
  replaceFile(file, gzipped(wholeLines(inflated(fileChunks(file)))));

/** The bytes of all lines that are whole, though the data has no end. */
async function* wholeLines(chunks: Chunks): AsyncGenerator<Uint8Array, void, undefined> {
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  try {
    for await (const chunk of chunks) {
      const cut = chunk.lastIndexOf(0x0a) + 1;
      if (cut > 0) {
        yield* held;
        yield chunk.subarray(0, cut);
        held = [];
        heldBytes = 0;
      }
      held.push(chunk.subarray(cut));
      heldBytes += chunk.length - cut;
      if (heldBytes > maxLineBytesByDefault)
        throw bundleError('bundle_corrupt', 'the bundle ends with something that is no line: take another copy of it');
    }
  } catch (error) {
    if (!isReknitError(error, 'bundle_truncated')) throw error;
    const open = Buffer.concat(held);
    if (isUtf8(open) && isWholeObject(open.toString('utf8'))) yield Buffer.from(`${open.toString('utf8')}\n`);
  }
}
