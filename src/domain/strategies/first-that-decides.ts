/** Asks its strategies in turn and takes the first decision; undecided where none has one. */
import { strategyData, type AnyStrategy, type CombinedStrategy } from './any-strategy.js';
import { askPart, claims } from './combinator-parts.js';
import { invalidPolicy } from './invalid-policy.js';
import { undecided } from './merge-strategy.js';
import { shipped } from './shipped-strategy.js';
import { checkStrategy } from './strategy-check.js';

/** The first decision among these strategies, in this order. */
export const firstThatDecides = <const Strategies extends readonly AnyStrategy[]>(
  ...strategies: Strategies
): CombinedStrategy<Strategies[number]> => {
  if (strategies.length === 0) throw invalidPolicy('firstThatDecides needs at least one strategy to ask');
  strategies.forEach((strategy, index) => checkStrategy(strategy, `firstThatDecides, strategy ${index + 1}`));
  return shipped({
    name: 'first_that_decides',
    options: { strategies: strategies.map(strategyData) },
    ...claims(strategies),
    decide: (conflict) => {
      for (const strategy of strategies) {
        const decision = askPart(strategy, conflict);
        // An answer that is none of the four is passed on, so that its author hears of it.
        if (!('undecided' in decision)) return decision;
      }
      return undecided;
    },
  });
};
