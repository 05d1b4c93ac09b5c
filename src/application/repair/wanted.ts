/**
 * What a repair looks for: events whose rows are damaged, and numbers that lead to nothing.
 *
 * A damaged row has the hash of what once stood in it, or the content that once had another
 * hash. Which of both is right tells whoever has the event: an event is taken back under one
 * of these hashes alone, so that nobody can put another content into the place of a damaged one.
 */
import { compareDots } from '../../domain/causality/dot.js';
import type { Dot, EventId, SealedEvent } from '../../domain/events/event.js';
import type { Sha256 } from '../../domain/shared/sha256.js';
import { hashOf } from '../damage/intact.js';
import type { LostEvent } from './repair-report.js';

export interface Wanted {
  readonly addDamaged: (sealed: SealedEvent) => void;
  readonly addMissing: (dot: Dot) => void;
  /** Whether this is one of those that are looked for. */
  readonly fits: (sealed: SealedEvent) => boolean;
  readonly found: (dots: Iterable<Dot>) => void;
  readonly size: () => number;
  /** By number. */
  readonly list: () => readonly LostEvent[];
}

interface Trace {
  readonly eventId: EventId | undefined;
  /** Undefined where nothing is known of the content. */
  readonly hashes: readonly string[] | undefined;
}

export const createWanted = (sha256: Sha256): Wanted => {
  const traces = new Map<Dot, Trace>();
  return {
    addDamaged: ({ dot, hash, event }) => {
      const actual = hashOf(event, sha256);
      traces.set(dot, { eventId: event.eventId, hashes: [hash, ...(actual === undefined ? [] : [actual])] });
    },
    addMissing: (dot) => {
      if (!traces.has(dot)) traces.set(dot, { eventId: undefined, hashes: undefined });
    },
    fits: ({ dot, hash }) => {
      const trace = traces.get(dot);
      return trace !== undefined && (trace.hashes?.includes(hash) ?? true);
    },
    found: (dots) => {
      for (const dot of dots) traces.delete(dot);
    },
    size: () => traces.size,
    list: () =>
      [...traces]
        .sort(([a], [b]) => compareDots(a, b))
        .map(([dot, { eventId }]) => ({ dot, ...(eventId === undefined ? {} : { eventId }) })),
  };
};

const bitsMax = 16;

/**
 * A hash is changed altogether by any change of what is hashed. One that differs from the
 * actual hash in a few bits is damaged itself, and the event is what it was.
 */
export const isHashDamagedAlone = ({ hash, event }: SealedEvent, sha256: Sha256): boolean => {
  const actual = hashOf(event, sha256);
  if (actual === undefined || actual.length !== hash.length) return false;
  let bits = 0;
  for (let index = 0; index < hash.length; index += 1) {
    let differing = Number.parseInt(hash[index] ?? '', 16) ^ Number.parseInt(actual[index] ?? '', 16);
    for (; differing > 0; differing >>= 1) bits += differing & 1;
  }
  return bits <= bitsMax;
};
