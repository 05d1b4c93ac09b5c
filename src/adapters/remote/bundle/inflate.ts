/**
 * The bytes of a bundle, whether it is compressed or not: that shows in its first two bytes,
 * and names lie. Compressed data may have any number of members one after the other.
 *
 * What could be inflated is given before a missing end is reported. Zeros after the end are
 * reported like one: they are what a lost write leaves behind, and what stands after them
 * would never be found.
 */
import { createGunzip } from 'node:zlib';
import { bundleError } from './bundle-error.js';
import { chunkBytes, through, type Chunks } from './chunks.js';

const magic = [0x1f, 0x8b] as const;
const inflatedChunkBytes = 128 * 1024;

export const isGzip = (start: Uint8Array): boolean => start[0] === magic[0] && start[1] === magic[1];

export async function* inflated(
  source: AsyncIterable<Uint8Array | string>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const chunks = bytesOf(source);
  const { start, isOver } = await firstBytes(chunks, magic.length);
  const whole = isOver ? only(start) : startingWith(start, chunks);
  try {
    if (isGzip(start)) yield* gunzipped(whole);
    else yield* whole;
  } finally {
    await chunks.return();
  }
}

/** In portions that are quickly worked through, however much is given at once. A stream that was told an encoding gives text. */
async function* bytesOf(source: AsyncIterable<Uint8Array | string>): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const given of source) {
    const bytes = typeof given === 'string' ? Buffer.from(given) : given;
    for (let start = 0; start < bytes.length; start += chunkBytes) yield bytes.subarray(start, start + chunkBytes);
  }
}

const firstBytes = async (
  chunks: AsyncGenerator<Uint8Array, void, undefined>,
  count: number,
): Promise<{ readonly start: Uint8Array; readonly isOver: boolean }> => {
  let start: Uint8Array = new Uint8Array();
  while (start.length < count) {
    const next = await chunks.next();
    if (next.done === true) return { start, isOver: true };
    start = start.length === 0 ? next.value : Buffer.concat([start, next.value]);
  }
  return { start, isOver: false };
};

async function* only(chunk: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield chunk;
}

async function* startingWith(start: Uint8Array, rest: Chunks): AsyncGenerator<Uint8Array, void, undefined> {
  yield start;
  yield* rest;
}

async function* gunzipped(chunks: Chunks): AsyncGenerator<Uint8Array, void, undefined> {
  const input: Input = { bytes: 0, zerosHeld: 0, hasEnded: false };
  const gunzip = createGunzip({ chunkSize: inflatedChunkBytes });
  const last: Uint8Array[] = [];
  try {
    for await (const chunk of through(gunzip, withZerosApart(chunks, input))) {
      if (input.hasEnded) last.push(chunk);
      else yield chunk;
    }
  } catch (error) {
    if (!isDamage(error)) throw error;
    if (input.hasEnded) throw truncated('the end of its compressed data is missing', error);
    throw bundleError(
      'bundle_corrupt',
      'the compressed data of the bundle is damaged: take another copy of it',
      {},
      error,
    );
  }
  yield* last;
  if (gunzip.bytesWritten < input.bytes) throw truncated('zeros stand after the end of its compressed data');
}

interface Input {
  bytes: number;
  /** Zeros that may turn out to be the last bytes. */
  zerosHeld: number;
  hasEnded: boolean;
}

/** A member ends with its size in four bytes, that of an empty one with nine zeros. */
const zerosAtEndMax = 9;

/**
 * Gives zeros at the end separately. They are the last bytes of the size, or what a lost
 * write left in the place of data: inflated, that would be letters that nobody wrote.
 */
async function* withZerosApart(chunks: Chunks, input: Input): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of chunks) {
    input.bytes += chunk.length;
    const size = chunk.findLastIndex((byte) => byte !== 0) + 1;
    if (size > 0) {
      for (; input.zerosHeld > 0; input.zerosHeld -= Math.min(input.zerosHeld, chunkBytes))
        yield Buffer.alloc(Math.min(input.zerosHeld, chunkBytes));
      yield chunk.subarray(0, size);
    }
    input.zerosHeld += chunk.length - size;
  }
  input.hasEnded = true;
  if (input.zerosHeld > 0 && input.zerosHeld <= zerosAtEndMax) yield Buffer.alloc(input.zerosHeld);
}

const isDamage = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('Z_');

const truncated = (what: string, cause?: unknown): Error =>
  bundleError(
    'bundle_truncated',
    `the bundle is cut off: ${what}. What came before was read; take a complete copy for the rest`,
    {},
    cause,
  );
