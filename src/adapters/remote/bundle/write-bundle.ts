/**
 * Writes a bundle to a file or a stream, no faster than it is taken, and without holding
 * more than a batch. A file is replaced in one step: a crash leaves the old one, or none.
 */
import type { Writable } from 'node:stream';
import type { ReknitEvent } from '../../../domain/events/event.js';
import { bundleError } from './bundle-error.js';
import { untilAborted, type Chunks } from './chunks.js';
import { replaceFile } from './durable-file.js';
import { encodedEvents, gzipped } from './encode-bundle.js';

export interface WriteBundleOptions {
  /** By default a file whose name ends in `.gz` is compressed, and nothing else. */
  readonly gzip?: boolean;
  readonly signal?: AbortSignal;
}

/**
 * @param target the path of a file, or a stream, which is left open: it is the caller's
 * @throws `bundle_unwritable`; the signal's reason; what the source of the events throws
 */
export const writeBundle = async (
  target: string | Writable,
  events: AsyncIterable<readonly ReknitEvent[]>,
  { gzip, signal }: WriteBundleOptions = {},
): Promise<{ readonly events: number }> => {
  let count = 0;
  const plain = encodedEvents(untilAborted(events, signal), (added) => {
    count += added;
  });
  const chunks = (gzip ?? isNamedGzip(target)) ? gzipped(plain) : plain;
  await (typeof target === 'string' ? replaceFile(target, chunks) : writeToStream(target, chunks));
  return { events: count };
};

export const isNamedGzip = (target: string | Writable): boolean => typeof target === 'string' && target.endsWith('.gz');

const writeToStream = async (target: Writable, chunks: Chunks): Promise<void> => {
  // A stream that fails tells its writer, and everybody else by an event that must not go unheard.
  const ignore = (): void => undefined;
  target.on('error', ignore);
  try {
    for await (const chunk of chunks) await writeChunk(target, chunk);
  } finally {
    target.off('error', ignore);
  }
};

/** Waits until the chunk has left, so that nothing piles up before a slow reader. */
const writeChunk = (target: Writable, chunk: Uint8Array): Promise<void> =>
  new Promise((resolve, reject) => {
    target.write(chunk, (error) => {
      if (error === null || error === undefined) resolve();
      else
        reject(bundleError('bundle_unwritable', `the stream takes no more of the bundle: ${error.message}`, {}, error));
    });
  });
