/**
 * A dot names one event: which replica, and the how-manieth of its events.
 *
 * Dots have one total order (R1): by replica in UTF-16 code units, then by number. It is
 * the canonical order everywhere two replicas must list things alike, so it never uses a
 * locale or a database's collation.
 */
import type { Dot, ReplicaId } from '../events/event.js';

/** A dot, taken apart. */
export interface DotParts {
  readonly replicaId: ReplicaId;
  readonly seq: number;
}

/** The dot of a replica's event. */
export const dotOf = (replicaId: ReplicaId, seq: number): Dot => `${replicaId}:${seq}` as Dot;

/** Splits at the last colon, since a replica id may hold colons itself; undefined where the text is no dot. */
export const parseDot = (text: string): DotParts | undefined => {
  const colon = text.lastIndexOf(':');
  if (colon < 1) return undefined;
  const digits = text.slice(colon + 1);
  const seq = Number(digits);
  if (!Number.isSafeInteger(seq) || seq < 1 || String(seq) !== digits) return undefined;
  return { replicaId: text.slice(0, colon) as ReplicaId, seq };
};

/** Whether the text names one event of one replica. */
export const isDot = (text: string): text is Dot => parseDot(text) !== undefined;

/** The order of R1, for sorting. */
export const compareDots = (a: string, b: string): number => {
  if (a === b) return 0;
  const colonA = a.lastIndexOf(':');
  const colonB = b.lastIndexOf(':');
  const shared = Math.min(colonA, colonB);
  for (let index = 0; index < shared; index += 1) {
    const difference = a.charCodeAt(index) - b.charCodeAt(index);
    if (difference !== 0) return difference;
  }
  return colonA - colonB || Number(a.slice(colonA + 1)) - Number(b.slice(colonB + 1));
};
