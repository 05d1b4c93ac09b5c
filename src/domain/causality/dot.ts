/**
 * A dot names one event: whose it is, and its number among that replica's events.
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

/** Splits at the last colon, since a replica id may hold colons itself; undefined for what is no dot. */
export const parseDot = (text: unknown): DotParts | undefined => {
  if (typeof text !== 'string') return undefined;
  const colon = colonOf(text);
  const seq = colon < 1 ? 0 : seqAfter(text, colon);
  return seq === 0 ? undefined : { replicaId: text.slice(0, colon) as ReplicaId, seq };
};

/** Whether this is a text that names one event of one replica. */
export const isDot = (text: unknown): text is Dot => {
  if (typeof text !== 'string') return false;
  const colon = colonOf(text);
  return colon >= 1 && seqAfter(text, colon) !== 0;
};

/** The order of R1, for sorting. */
export const compareDots = (a: string, b: string): number => {
  if (a === b) return 0;
  const colonA = colonOf(a);
  const colonB = colonOf(b);
  const shared = Math.min(colonA, colonB);
  for (let index = 0; index < shared; index += 1) {
    const difference = a.charCodeAt(index) - b.charCodeAt(index);
    if (difference !== 0) return difference;
  }
  return colonA - colonB || seqAfter(a, colonA) - seqAfter(b, colonB);
};

/** The order of R1 for whatever carries a dot. */
export const byDot = (a: { readonly dot: string }, b: { readonly dot: string }): number => compareDots(a.dot, b.dot);

// What follows reads by hand: every event's parents are checked and compared so, and searching
// and cutting by the string's own methods costs several times as much.

const colonCode = 0x3a;
const zeroCode = 0x30;

/** Where the last colon stands; -1 where there is none. */
const colonOf = (text: string): number => {
  let index = text.length - 1;
  while (index >= 0 && text.charCodeAt(index) !== colonCode) index -= 1;
  return index;
};

/** The number after the colon, in its one decimal form; 0, which numbers no event, for anything else. */
const seqAfter = (text: string, colon: number): number => {
  if (text.charCodeAt(colon + 1) === zeroCode) return 0;
  let seq = 0;
  for (let index = colon + 1; index < text.length; index += 1) {
    const digit = text.charCodeAt(index) - zeroCode;
    if (digit < 0 || digit > 9) return 0;
    seq = seq * 10 + digit;
  }
  return seq <= Number.MAX_SAFE_INTEGER ? seq : 0;
};
