/**
 * Last write wins, the default: the sibling that is last by (timestamp, counter, replicaId,
 * seq), R2. The dot at its end makes the order total, so there is no tie to break.
 *
 * It is an order to agree on, not a causal one: a write that has seen another is no sibling
 * of it, whatever their clocks say.
 */
import type { GeneralStrategy } from './any-strategy.js';
import { undecided, type Sibling } from './merge-strategy.js';
import { shipped } from './shipped-strategy.js';

/** What an event and a sibling have in common. */
export interface LastWriteStamp {
  readonly timestamp: string;
  readonly counter: number;
  readonly replicaId: string;
  readonly seq: number;
}

export const compareLastWrite = (a: LastWriteStamp, b: LastWriteStamp): number => {
  if (a.timestamp !== b.timestamp) return a.timestamp < b.timestamp ? -1 : 1;
  if (a.counter !== b.counter) return a.counter - b.counter;
  if (a.replicaId !== b.replicaId) return a.replicaId < b.replicaId ? -1 : 1;
  return a.seq - b.seq;
};

/** The last of one or more writes. */
export const lastWriteOf = <Write extends LastWriteStamp>(writes: readonly Write[]): Write =>
  writes.reduce((last, write) => (compareLastWrite(last, write) < 0 ? write : last));

/** The last write among those that are eligible; undecided where none is. */
export const lastWriteAmong = <Value>(
  siblings: readonly Sibling<Value>[],
): { readonly winner: Sibling<Value> } | typeof undecided =>
  siblings.length === 0 ? undecided : { winner: lastWriteOf(siblings) };

/** A dependency is no choice between values, so there it is undecided. */
export const lastWriteWins = (): GeneralStrategy =>
  shipped({
    name: 'last_write_wins',
    decide: ({ unit, siblings }) => (unit.kind === 'dependency' ? undecided : lastWriteAmong(siblings)),
  });
