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

export async function* inflated(source: AsyncIterable<Uint8Array | string>): AsyncGenerator<Uint8Array, void, undefined> {
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
  let bytesGiven = 0;
  async function* counted(): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const chunk of chunks) {
      bytesGiven += chunk.length;
      yield chunk;
    }
  }
  const gunzip = createGunzip({ chunkSize: inflatedChunkBytes });
  try {
    yield* through(gunzip, counted());
  } catch (error) {
    throw gunzipFailure(error);
  }
  if (gunzip.bytesWritten < bytesGiven) throw truncated('zeros stand after the end of its compressed data');
}

const gunzipFailure = (error: unknown): unknown => {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (typeof code !== 'string' || !code.startsWith('Z_')) return error;
  return code === 'Z_BUF_ERROR'
    ? truncated('its compressed data has no end', error)
    : bundleError('bundle_corrupt', 'the compressed data of the bundle is damaged: take another copy of it', { zlibCode: code }, error);
};

const truncated = (what: string, cause?: unknown): Error =>
  bundleError('bundle_truncated', `the bundle is cut off: ${what}. What came before was read; take a complete copy for the rest`, {}, cause);
