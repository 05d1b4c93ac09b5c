/** Strategies by kind of conflict, as a resource or a policy lists them, each checked for its place. */
import type { AnyStrategy } from './any-strategy.js';
import { checkConflictTypes } from './by-conflict.js';
import type { ConflictType, MergeStrategy } from './merge-strategy.js';
import { checkDependencyStrategy, checkValueStrategy } from './strategy-check.js';

/** A definition's or policy's strategies by kind of conflict. */
export type StrategyByConflict = { readonly [Kind in ConflictType]?: MergeStrategy };

export const checkByConflict = (given: StrategyByConflict, place: string): void => {
  checkConflictTypes(given, place);
  for (const [kind, strategy] of Object.entries(given) as [ConflictType, AnyStrategy | undefined][]) {
    if (strategy === undefined) continue;
    if (kind === 'dependency') checkDependencyStrategy(strategy, `${place}.${kind}`);
    else checkValueStrategy(strategy, `${place}.${kind}`);
  }
};
