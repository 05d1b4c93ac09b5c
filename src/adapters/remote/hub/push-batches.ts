/**
 * Events as bodies that fit a hub's limits, by count and by size. Each is written out once, and no earlier than the body
 * that it stands in is asked for, so the hub need not wait for all of them.
 */
import type { SealedEvent } from '../../../domain/events/event.js';
import type { PushOptions, RemoteLimits } from '../../../application/ports/remote.js';

export interface PushBatch {
  readonly parts: readonly string[];
  readonly body: string;
}

/** Larger bodies gain nothing, and cost more when they are cut off. In UTF-16 units. */
const bodyCharsMax = 4_000_000;
/** A unit of UTF-16 takes three bytes of UTF-8 at most; most take one, so a body may be cut smaller later. */
const bytesPerCharUsual = 1.25;

/** What stands in a body for each event. */
export function* eventParts(
  events: readonly SealedEvent[],
  { receipts }: PushOptions,
): Generator<string, void, undefined> {
  for (const [index, { event }] of events.entries()) {
    const receipt = receipts?.[index];
    const proof = receipt === undefined ? '' : `,"receipt":${JSON.stringify(receipt)}`;
    yield `{"event":${JSON.stringify(event)}${proof}}`;
  }
}

/** The same for each refusal that is given back. */
export const refusalParts = (receipts: readonly string[]): readonly string[] =>
  receipts.map((refused) => JSON.stringify({ refused }));

export function* batchesOf(
  replicaId: string,
  all: Iterable<string>,
  isRetry: boolean,
  limits: Pick<RemoteLimits, 'bodyBytesMax' | 'eventsMax'>,
): Generator<PushBatch, void, undefined> {
  const charsMax = Math.min(bodyCharsMax, Math.floor(limits.bodyBytesMax / bytesPerCharUsual));
  const batch = (parts: readonly string[]): PushBatch => ({
    parts,
    body: `{"replicaId":${JSON.stringify(replicaId)},"events":[${parts.join(',')}]${isRetry ? ',"retry":true' : ''}}`,
  });
  let parts: string[] = [];
  let chars = 0;
  for (const part of all) {
    if (parts.length >= limits.eventsMax || (parts.length > 0 && chars + part.length > charsMax)) {
      yield batch(parts);
      parts = [];
      chars = 0;
    }
    parts.push(part);
    chars += part.length + 1;
  }
  if (parts.length > 0) yield batch(parts);
}
