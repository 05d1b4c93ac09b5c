/**
 * The model's own orders, encoding and hash. They repeat what the domain has, on purpose:
 * an arbiter that borrowed them would agree with a mistake in them.
 */
import { createHash } from 'node:crypto';
import type { ReknitEvent } from '../../../src/domain/events/event.js';

/** By UTF-16 code units, as JavaScript compares strings. */
export const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

export const dotOf = (event: ReknitEvent): string => `${event.replicaId}:${event.seq}`;

/** R1: by replica, then by number; a replica id may hold colons, so the last one splits. */
export const byDot = (a: string, b: string): number => {
  if (a === b) return 0;
  const [replicaA, seqA] = [a.slice(0, a.lastIndexOf(':')), Number(a.slice(a.lastIndexOf(':') + 1))];
  const [replicaB, seqB] = [b.slice(0, b.lastIndexOf(':')), Number(b.slice(b.lastIndexOf(':') + 1))];
  return byText(replicaA, replicaB) || seqA - seqB;
};

/** R2: the later write comes last. */
export const byLastWrite = (a: ReknitEvent, b: ReknitEvent): number =>
  byText(a.timestamp, b.timestamp) || a.counter - b.counter || byDot(dotOf(a), dotOf(b));

export const lastWriteOf = (events: readonly ReknitEvent[]): ReknitEvent | undefined =>
  [...events].sort(byLastWrite).at(-1);

/** Each dot once, in the order of R1. */
export const sortedDots = (dots: Iterable<string>): string[] => [...new Set(dots)].sort(byDot);

/** R1: canonical JSON. An absent value has a text of its own, which no JSON value has (R24). */
export const canonical = (value: unknown): string => {
  if (value === undefined) return 'absent';
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => byText(a, b))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`);
  return `{${members.join(',')}}`;
};

export const hashOf = (value: unknown): string => createHash('sha256').update(canonical(value), 'utf8').digest('hex');

/** Groups in the order in which their keys first occur. */
export const groupBy = <Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> => {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
};
