/**
 * Whether an event is what was once stored: its canonical form still has the hash that was
 * stored with it. Nothing else can change an event, since events are never changed.
 */
import type { SealedEvent } from '../../domain/events/event.js';
import { canonicalEvent } from '../../domain/events/canonical-event.js';
import { isReknitError, ReknitError } from '../../domain/shared/errors.js';
import type { Sha256 } from '../../domain/shared/sha256.js';

export const isIntact = ({ event, hash }: SealedEvent, sha256: Sha256): boolean => hashOf(event, sha256) === hash;

/** Undefined where a member has become something that has no canonical form. */
export const hashOf = (event: SealedEvent['event'], sha256: Sha256): string | undefined => {
  try {
    return sha256(canonicalEvent(event));
  } catch {
    return undefined;
  }
};

export const eventDamaged = ({ dot, event }: SealedEvent): ReknitError =>
  new ReknitError(
    'event_damaged',
    `event ${event.eventId} (${dot}) is not what was stored: "reknit repair" or repairReplica fetches it anew`,
    { dot, eventId: event.eventId },
  );

/** What a store throws where it cannot read what it holds. */
export const isDamage = (error: unknown): boolean => isReknitError(error, 'storage_corrupt', 'event_damaged');
