/** Events as bodies that fit a hub's limits, by count and by size; each is written out once. */
import type { SealedEvent } from '../../../domain/events/event.js';
import type { PushOptions, RemoteLimits } from '../../../application/ports/remote.js';

export interface PushBatch {
  readonly count: number;
  readonly body: string;
}

/** Larger bodies gain nothing, and cost more when they are cut off. In UTF-16 units. */
const bodyCharsMax = 4_000_000;
/** A unit of UTF-16 takes three bytes of UTF-8 at most; most take one, so a body may be cut smaller later. */
const bytesPerCharUsual = 1.25;

export const batchesOf = (
  replicaId: string,
  events: readonly SealedEvent[],
  options: PushOptions,
  limits: Pick<RemoteLimits, 'bodyBytesMax' | 'eventsMax'>,
): readonly PushBatch[] => {
  const charsMax = Math.min(bodyCharsMax, Math.floor(limits.bodyBytesMax / bytesPerCharUsual));
  const batches: PushBatch[] = [];
  let parts: string[] = [];
  let chars = 0;
  const flush = (): void => {
    if (parts.length === 0) return;
    const retry = options.isRetry === true ? ',"retry":true' : '';
    batches.push({
      count: parts.length,
      body: `{"replicaId":${JSON.stringify(replicaId)},"events":[${parts.join(',')}]${retry}}`,
    });
    parts = [];
    chars = 0;
  };
  for (const [index, { event }] of events.entries()) {
    const receipt = options.receipts?.[index];
    const proof = receipt === undefined ? '' : `,"receipt":${JSON.stringify(receipt)}`;
    const part = `{"event":${JSON.stringify(event)}${proof}}`;
    if (parts.length >= limits.eventsMax || (parts.length > 0 && chars + part.length > charsMax)) flush();
    parts.push(part);
    chars += part.length + 1;
  }
  flush();
  return batches;
};
