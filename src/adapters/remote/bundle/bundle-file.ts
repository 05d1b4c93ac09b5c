/**
 * A bundle file that others append to while it is read: what it is like now, its lines from
 * a place on, and how it ends. How it ends decides whether one may append to it as it is.
 */
import { open, stat } from 'node:fs/promises';
import { isReknitError } from '../../../domain/shared/errors.js';
import { bundleError, readFailure, systemCodeOf } from './bundle-error.js';
import { fileChunks, untilAborted } from './chunks.js';
import { isGzip } from './inflate.js';
import { isHalfLine } from './half-line.js';
import { createLineSplitter, type TextLine } from './line-splitter.js';
import { maxLineBytesByDefault, textLines } from './read-bundle.js';

/** Tells whether a file is still the same one, and whether it has changed. */
export interface FileState {
  /** Another one if the file was replaced; the same one may be a new file in an old one's place. */
  readonly identity: string;
  readonly size: number;
  readonly modified: string;
}

/** The beginning of a line. */
export interface Place {
  readonly line: number;
  /** In the file as it is stored, compressed or not. */
  readonly offset: number;
}

export const startOfFile: Place = { line: 1, offset: 0 };

export interface BundleEnd {
  readonly tail:
    /** Nothing is amiss. */
    | 'whole'
    /** The last line has no end, and needs one before the next. */
    | 'open'
    /** The last line, or the compressed data, breaks off in the middle, and is not part of the bundle. */
    | 'torn';
  /** Where the next reading can start; undefined where only the beginning is good for that. */
  readonly place: Place | undefined;
}

/** Undefined if there is none. */
export const fileState = async (file: string): Promise<FileState | undefined> => {
  try {
    const found = await stat(file, { bigint: true });
    if (!found.isFile()) throw bundleError('not_a_bundle', `${file} is not a file`, { file });
    return { identity: `${found.dev}:${found.ino}`, size: Number(found.size), modified: String(found.mtimeNs) };
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return undefined;
    throw readFailure(error, file);
  }
};

export const isFileGzip = async (file: string): Promise<boolean> => isGzip(await bytesAt(file, 0, 2));

/**
 * The bytes before an offset, to see later whether they still stand there: a file that was
 * written over may have the same identity, and so may one that came into another's place.
 */
export const bytesBefore = async (file: string, offset: number): Promise<string> => {
  const start = Math.max(0, offset - markBytes);
  return (await bytesAt(file, start, offset - start)).toString('latin1');
};

/** Of compressed data the checksum is among them, of a line something that only it has. */
const markBytes = 512;

const bytesAt = async (file: string, position: number, length: number): Promise<Buffer> => {
  try {
    const handle = await open(file, 'r');
    try {
      const bytes = Buffer.alloc(length);
      const { bytesRead } = await handle.read(bytes, 0, length, position);
      return bytes.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw readFailure(error, file);
  }
};

/**
 * Gives the lines, and returns how the file ends. Half a line at the end is not given: it is
 * being written, or was left by a crash.
 */
export async function* linesFrom(
  file: string,
  from: Place,
  signal: AbortSignal | undefined,
): AsyncGenerator<readonly TextLine[], BundleEnd, undefined> {
  const isCompressed = await isFileGzip(file);
  const splitter = createLineSplitter(maxLineBytesByDefault, from.line);
  const bytes = { read: 0 };
  let tail: BundleEnd['tail'] = 'whole';
  try {
    for await (const lines of textLines(
      untilAborted(counted(fileChunks(file, from.offset), bytes), signal),
      splitter,
    )) {
      const last = lines.at(-1);
      const isTorn = last?.isOpen === true && !isCompressed && isHalfLine(last);
      tail = isTorn ? 'torn' : last?.isOpen === true ? 'open' : 'whole';
      if (!isTorn) yield lines;
    }
  } catch (error) {
    if (!isReknitError(error, 'bundle_truncated')) throw error;
    return { tail: 'torn', place: undefined };
  }
  if (!isCompressed) return { tail, place: { line: splitter.nextLine(), offset: from.offset + splitter.bytesEnded() } };
  return { tail, place: { line: splitter.nextLine(), offset: from.offset + bytes.read } };
}

async function* counted(
  chunks: AsyncIterable<Uint8Array>,
  bytes: { read: number },
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of chunks) {
    bytes.read += chunk.length;
    yield chunk;
  }
}
