/** Events as the bytes of a bundle: one JSON object a line, its members in the order that the event has them in. */
import { promisify } from 'node:util';
import { createGzip, gzip } from 'node:zlib';
import type { ReknitEvent } from '../../../domain/events/event.js';
import { chunkBytes, through, type Chunks } from './chunks.js';

/** The line without its end. */
export const lineOf = (event: ReknitEvent): string => JSON.stringify(event);

/** In chunks of about one size, whatever the batches' is. */
export async function* encodedEvents(
  batches: AsyncIterable<readonly ReknitEvent[]>,
  onEvents: (count: number) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  let text = '';
  for await (const events of batches) {
    for (const event of events) {
      text += `${lineOf(event)}\n`;
      if (text.length < chunkBytes) continue;
      yield Buffer.from(text);
      text = '';
    }
    onEvents(events.length);
  }
  if (text !== '') yield Buffer.from(text);
}

export const gzipped = (chunks: Chunks): AsyncGenerator<Uint8Array, void, undefined> =>
  through(createGzip({ chunkSize: chunkBytes }), chunks);

/** One member of a compressed bundle, which may stand after any other. */
export const gzippedMember: (bytes: Uint8Array) => Promise<Uint8Array> = promisify(gzip);
