/** Strategies, combinators, definitions and policies: what an embedder says about merging. */
export type { WriteOrder } from '../causality/last-write.js';
export { compareWrites, lastOf } from '../causality/last-write.js';
export type { AnyStrategy, GeneralStrategy, StrategyData } from './any-strategy.js';
export { strategyData } from './any-strategy.js';
export type { ByConflict } from './by-conflict.js';
export { byConflict, conflictTypes } from './by-conflict.js';
export type { StrategyByConflict } from './by-conflict-rules.js';
export { byField } from './by-field.js';
export { defaultPolicy } from './default-policy.js';
export type { PolicyOptions } from './define-policy.js';
export { definePolicy } from './define-policy.js';
export type { StrategyDefinition } from './define-strategy.js';
export { defineStrategy } from './define-strategy.js';
export { cascade, detach, restore, review } from './dependency.js';
export { deleteWins, updateWins } from './existence.js';
export { maximum, minimum } from './extremes.js';
export { firstThatDecides } from './first-that-decides.js';
export { lastWriteWins } from './last-write-wins.js';
export type {
  ConflictCase,
  ConflictType,
  Decision,
  DependencyAction,
  MergeStrategy,
  Sibling,
  Unit,
} from './merge-strategy.js';
export { undecided } from './merge-strategy.js';
export type { Policy, ReferenceRule, TypeRules, UnitRule } from './policy.js';
export { policyFromData } from './policy-from-data.js';
export { preferAgent } from './prefer-agent.js';
export { mediumPriority, priorityRank } from './priority.js';
export { priorityBased } from './priority-based.js';
export type { StrategyOutcome, ValueCheck } from './run-strategy.js';
export { runStrategy } from './run-strategy.js';
export type { ShippedName } from './shipped-strategy.js';
export { shippedNames } from './shipped-strategy.js';
export { strategyFromData } from './strategy-from-data.js';
export { threeWay } from './three-way.js';
export { union } from './union.js';
export { userChoice } from './user-choice.js';
