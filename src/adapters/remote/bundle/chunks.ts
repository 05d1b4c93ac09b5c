/**
 * Bytes as they come, one chunk after the other: nothing reads ahead of whoever takes them,
 * and that alone is what bounds memory from a file to its lines, a compressed one included.
 */
import { open } from 'node:fs/promises';
import { Readable, type Transform } from 'node:stream';
import { readFailure } from './bundle-error.js';

export type Chunks = AsyncIterable<Uint8Array>;

/** Fewer and larger chunks gain nothing more; smaller ones cost a turn of the event loop each. */
export const chunkBytes = 64 * 1024;

/** A file from a position on. Also reads what is no regular file, such as a pipe, from its start. */
export async function* fileChunks(file: string, start = 0): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    const handle = await open(file, 'r');
    try {
      for (let position = start; ;) {
        const chunk = Buffer.allocUnsafeSlow(chunkBytes);
        const { bytesRead } = await handle.read(chunk, 0, chunkBytes, start === 0 ? null : position);
        if (bytesRead === 0) return;
        position += bytesRead;
        yield chunk.subarray(0, bytesRead);
      }
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw readFailure(error, file);
  }
}

/** The same chunks until the signal; a source that gives nothing for long is left behind. */
export async function* untilAborted<Item>(
  source: AsyncIterable<Item>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Item, void, undefined> {
  if (signal === undefined) return yield* source;
  signal.throwIfAborted();
  const iterator = source[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await nextOrAbort(iterator, signal);
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    // A stream that is stuck ends only so; anything else that is stuck would never answer, and nobody waits for it.
    if (signal.aborted && source instanceof Readable) source.destroy();
    const closing = iterator.return?.();
    if (signal.aborted) closing?.catch(() => undefined);
    else await closing;
  }
}

const nextOrAbort = <Item>(
  iterator: AsyncIterator<Item>,
  signal: AbortSignal,
): Promise<IteratorResult<Item, unknown>> =>
  new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', stop, { once: true });
    void iterator
      .next()
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', stop));
  });

/**
 * Takes each chunk through a transform and everything that comes of it out again before the
 * next one goes in. A pipe would lose what was still buffered when the transform fails.
 * Ends early where the transform does.
 */
export async function* through(transform: Transform, chunks: Chunks): AsyncGenerator<Uint8Array, void, undefined> {
  let wake = (): void => undefined;
  let failure: Error | undefined;
  let hasEnded = false;
  transform.on('readable', () => wake());
  transform.on('end', () => {
    hasEnded = true;
    wake();
  });
  transform.on('error', (error) => {
    failure = error;
    wake();
  });

  async function* output(isDone: () => boolean): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      const chunk = transform.read() as Uint8Array | null;
      if (chunk !== null) yield chunk;
      else if (failure !== undefined) throw failure;
      else if (hasEnded || isDone()) return;
      else
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
  }

  try {
    for await (const chunk of chunks) {
      let isTaken = false;
      transform.write(chunk, () => {
        isTaken = true;
        wake();
      });
      yield* output(() => isTaken);
      if (hasEnded) return;
    }
    transform.end();
    yield* output(() => false);
  } finally {
    transform.destroy();
  }
}
