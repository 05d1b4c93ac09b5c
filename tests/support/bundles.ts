/** Bundles for tests: events to put into them, their bytes in every form, and what reading them gives. */
import fc from 'fast-check';
import { Writable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import {
  readBundle,
  writeBundle,
  type BundleLine,
  type ReadBundleOptions,
} from '../../src/adapters/remote/bundle/index.js';
import { nodeSystem } from '../../src/adapters/system/index.js';
import type { ReknitEvent, SealedEvent } from '../../src/domain/events/event.js';
import { parseEvent } from '../../src/domain/events/parse.js';
import type { Json } from '../../src/domain/shared/json.js';
import { jsonValues } from '../../src/testing/arbitraries/json-values.js';
import { eventOf } from './histories/event-builder.js';
import { fields, replicaIds } from './histories/vocabulary.js';

export const { sha256 } = nodeSystem();

export const sealedOf = (event: unknown): SealedEvent => {
  const result = parseEvent(event, sha256);
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
};

/** The n-th event of a replica, which creates a resource of its own. */
export const eventNumber = (seq: number, replicaId = 'laptop', title: Json = `title ${seq}`): ReknitEvent =>
  eventOf(`${replicaId}:${seq}`, 'create', { title }, [], {
    resource: { resourceType: 'task', resourceId: `task-${replicaId}-${seq}` },
  });

export const eventNumbers = (from: number, upTo: number): readonly ReknitEvent[] =>
  Array.from({ length: upTo - from + 1 }, (_, index) => eventNumber(from + index));

export const plainBundle = (events: readonly ReknitEvent[]): Buffer =>
  Buffer.from(events.map((event) => `${JSON.stringify(event)}\n`).join(''));

/** Valid events with any values, some with members that nobody knows, in whatever order their members have. */
export const arbitraryEvents = (maxLength = 20): fc.Arbitrary<readonly ReknitEvent[]> =>
  fc
    .array(
      fc.record({
        replicaId: fc.constantFrom(...replicaIds),
        payload: fc.dictionary(fc.constantFrom(...fields), jsonValues(), { maxKeys: 3, noNullPrototype: true }),
        unknown: fc.option(jsonValues(), { nil: undefined, freq: 3 }),
        isReversed: fc.boolean(),
      }),
      { maxLength },
    )
    .map((parts) =>
      parts.map(({ replicaId, payload, unknown, isReversed }, index) => {
        const event = eventOf(
          `${replicaId}:${index + 1}`,
          'update',
          payload,
          index === 0 ? [] : [`${replicaId}:${index}`],
        );
        const members = Object.entries(unknown === undefined ? event : { ...event, 'a later member': unknown });
        return Object.fromEntries(isReversed ? members.reverse() : members) as unknown as ReknitEvent;
      }),
    );

/** Cuts bytes at the given places, which may be anywhere, also beyond the end or several times the same. */
export async function* cutInto(bytes: Uint8Array, places: readonly number[]): AsyncGenerator<Uint8Array> {
  const cuts = [...places.map((place) => place % (bytes.length + 1)), 0, bytes.length].sort((a, b) => a - b);
  for (const [index, start] of cuts.slice(0, -1).entries()) yield bytes.subarray(start, cuts[index + 1]);
}

export async function* inBatches<Item>(items: readonly Item[], size = 3): AsyncGenerator<readonly Item[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}

export interface ReadingOutcome {
  readonly lines: readonly BundleLine[];
  /** What it ended with, if not well. */
  readonly error: unknown;
}

export const readAll = async (
  source: string | Uint8Array | AsyncIterable<Uint8Array | string>,
  options: Partial<ReadBundleOptions> = {},
): Promise<ReadingOutcome> => {
  const lines: BundleLine[] = [];
  try {
    const opened = source instanceof Uint8Array ? cutInto(source, []) : source;
    for await (const batch of readBundle(opened, { sha256, ...options })) lines.push(...batch);
    return { lines, error: undefined };
  } catch (error) {
    return { lines, error };
  }
};

export const eventsIn = (lines: readonly BundleLine[]): readonly ReknitEvent[] =>
  lines.flatMap(({ result }) => (result.ok ? [result.value.event] : []));

/** The bytes that a bundle is written as. */
export const bytesOf = async (events: readonly ReknitEvent[], gzip: boolean, batchSize?: number): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  const target = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      chunks.push(chunk);
      setImmediate(done);
    },
  });
  await writeBundle(target, inBatches(events, batchSize), { gzip });
  return Buffer.concat(chunks);
};

export const asGzip = (bytes: Uint8Array | string, isGzip: boolean): Buffer =>
  isGzip ? gzipSync(bytes) : Buffer.from(bytes);
