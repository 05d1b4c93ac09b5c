/**
 * What the combinators share. A combinator is a strategy whose options list its parts by
 * name, version and options, so the fingerprint covers them too.
 */
import { strategyData, type AnyStrategy, type StrategyData } from './any-strategy.js';
import { invalidPolicy } from './invalid-policy.js';
import type { ConflictCase, Decision, MergeStrategy } from './merge-strategy.js';
import { isObject } from '../shared/check-argument.js';
import { checkStrategy } from './strategy-check.js';

/**
 * A part's own answer. A part that says it reads no base is shown none, as it would be shown
 * alone: that another part reads it must not change what this one answers.
 */
export const askPart = <Value>(part: AnyStrategy, conflict: ConflictCase<Value>): Decision<Value> => {
  const { decide } = part as MergeStrategy<Value>;
  return decide(part.usesBase || !conflict.hasBase ? conflict : withoutBase(conflict));
};

export const withoutBase = <Value>(conflict: ConflictCase<Value>): ConflictCase<Value> => {
  const { conflictId, conflictType, resourceType, resourceId, unit, siblings } = conflict;
  return { conflictId, conflictType, resourceType, resourceId, unit, siblings, hasBase: false };
};

/** The parts that were given by a key, with what the combinator derives from them. */
export const keyedParts = (
  combinator: string,
  given: Readonly<Record<string, AnyStrategy | undefined>>,
): KeyedParts => {
  if (!isObject(given)) throw invalidPolicy(`${combinator} takes an object of strategies`);
  const parts = new Map<string, AnyStrategy>();
  for (const [key, part] of Object.entries(given)) {
    if (part === undefined) continue;
    checkStrategy(part, `${combinator}, "${key}"`);
    parts.set(key, part);
  }
  if (parts.size === 0) throw invalidPolicy(`${combinator} needs at least one strategy to choose from`);
  const options = Object.fromEntries([...parts].map(([key, part]) => [key, strategyData(part)]));
  return { parts, options, ...claims([...parts.values()]) };
};

export interface KeyedParts {
  readonly parts: ReadonlyMap<string, AnyStrategy>;
  readonly options: Readonly<Record<string, StrategyData>>;
  readonly usesBase: boolean;
  readonly usesPriority: boolean;
}

/** A combinator reads what any of its parts reads. */
export const claims = (parts: readonly AnyStrategy[]): Pick<AnyStrategy, 'usesBase' | 'usesPriority'> => ({
  usesBase: parts.some(({ usesBase }) => usesBase),
  usesPriority: parts.some(({ usesPriority }) => usesPriority),
});
