/**
 * Last write wins, the default: the sibling that is last by (timestamp, counter, replicaId,
 * seq), R2. The dot at its end makes the order total, so there is no tie to break.
 *
 * It is an order to agree on, not a causal one: a write that has seen another is no sibling
 * of it, whatever their clocks say.
 */
import { lastOf } from '../causality/last-write.js';
import type { GeneralStrategy } from './any-strategy.js';
import { undecided, type Sibling } from './merge-strategy.js';
import { shipped } from './shipped-strategy.js';

/** The last write among those that are eligible; undecided where none is. */
export const lastWriteAmong = <Value>(
  siblings: readonly Sibling<Value>[],
): { readonly winner: Sibling<Value> } | typeof undecided => {
  const winner = lastOf(siblings, (sibling) => sibling);
  return winner === undefined ? undecided : { winner };
};

/** A dependency is no choice between values, so there it is undecided. */
export const lastWriteWins = (): GeneralStrategy =>
  shipped({
    name: 'last_write_wins',
    decide: ({ unit, siblings }) => (unit.kind === 'dependency' ? undecided : lastWriteAmong(siblings)),
  });
