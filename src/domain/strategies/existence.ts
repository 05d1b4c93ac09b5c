/**
 * Whether a resource lives when one side deleted it and another went on writing it. Both
 * answer that question alone. Two people who resolved it differently make another kind of
 * conflict, `concurrent_resolution`, and are not overruled here.
 */
import type { GeneralStrategy } from './any-strategy.js';
import { lastWriteAmong } from './last-write-wins.js';
import { undecided } from './merge-strategy.js';
import { shipped, type ShippedName } from './shipped-strategy.js';

const existenceStrategy = (name: ShippedName, favoured: 'alive' | 'deleted'): GeneralStrategy =>
  shipped({
    name,
    decide: ({ conflictType, unit, siblings }) =>
      conflictType === 'delete_update' && unit.kind === 'existence'
        ? lastWriteAmong(siblings.filter(({ value }) => (value as unknown) === favoured))
        : undecided,
  });

/** A deletion prevails over concurrent writes. */
export const deleteWins = (): GeneralStrategy => existenceStrategy('delete_wins', 'deleted');

/** Concurrent writes prevail over a deletion. */
export const updateWins = (): GeneralStrategy => existenceStrategy('update_wins', 'alive');
