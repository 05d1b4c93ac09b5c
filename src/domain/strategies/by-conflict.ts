/** Another strategy for each kind of conflict; undecided where a kind has none and there is no `otherwise`. */
import type { AnyStrategy, CombinedStrategy } from './any-strategy.js';
import { askPart, keyedParts } from './combinator-parts.js';
import { isObject } from '../shared/check-argument.js';
import { invalidPolicy } from './invalid-policy.js';
import { undecided, type ConflictType } from './merge-strategy.js';
import { shipped } from './shipped-strategy.js';

/** A strategy for each kind of conflict. */
export type ByConflict<Strategy> = { readonly [Kind in ConflictType | 'otherwise']?: Strategy };

/** Complete by type, so that a new kind of conflict cannot be forgotten here. */
const kinds: Readonly<Record<ConflictType, true>> = {
  concurrent_modification: true,
  delete_update: true,
  create_create: true,
  dependency: true,
  concurrent_resolution: true,
};

/** Every kind of conflict. */
export const conflictTypes = Object.keys(kinds) as readonly ConflictType[];

/** Refuses a key that names no kind of conflict: it would never apply. */
export const checkConflictTypes = (given: object, place: string, ...also: readonly string[]): void => {
  if (!isObject(given)) throw invalidPolicy(`${place} is an object, from a kind of conflict to a strategy`, { place });
  for (const key of Object.keys(given))
    if (!Object.hasOwn(kinds, key) && !also.includes(key))
      throw invalidPolicy(`${place}: "${key}" is no kind of conflict: use ${[...conflictTypes, ...also].join(', ')}`, {
        place,
      });
};

/** Asks the strategy for the kind of conflict at hand, else `otherwise`, else nobody. */
export const byConflict = <const Strategies extends ByConflict<AnyStrategy>>(
  strategies: Strategies,
): CombinedStrategy<Strategies[keyof Strategies]> => {
  checkConflictTypes(strategies, 'byConflict', 'otherwise');
  const { parts, ...derived } = keyedParts('byConflict', strategies);
  return shipped({
    name: 'by_conflict',
    ...derived,
    decide: (conflict) => {
      const part = parts.get(conflict.conflictType) ?? parts.get('otherwise');
      return part === undefined ? undecided : askPart(part, conflict);
    },
  });
};
