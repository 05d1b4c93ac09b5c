/**
 * Asking a strategy, on frozen copies, and reading its answer: exactly one of the four that
 * a decision can be. A throw or anything else is no answer, and never stops the model
 * (R19, R24).
 */
import type { Json } from '../../../src/domain/shared/json.js';
import type { ConflictCase, DependencyAction, MergeStrategy } from '../../../src/domain/strategies/merge-strategy.js';

/** An answer that is at least well formed. */
export type Answer =
  | { readonly kind: 'winner'; readonly dot: unknown }
  | { readonly kind: 'value'; readonly value: Json | undefined }
  | { readonly kind: 'apply'; readonly action: DependencyAction };

/** R24: exactly one of winner, value, apply and undecided; R19: a throw is no answer. */
export const answerOf = (strategy: MergeStrategy, conflict: ConflictCase): Answer | undefined => {
  let answer: unknown;
  try {
    answer = strategy.decide(frozen(structuredClone(conflict)));
  } catch {
    return undefined;
  }
  if (typeof answer !== 'object' || answer === null) return undefined;
  const { winner, value, apply } = answer as { winner?: { dot?: unknown } | null; value?: unknown; apply?: unknown };
  const given = ['winner', 'value', 'apply', 'undecided'].filter((member) => member in answer);
  if (given.length !== 1) return undefined;
  if (given[0] === 'winner') return { kind: 'winner', dot: winner?.dot };
  if (given[0] === 'value') return value === undefined || isJson(value) ? { kind: 'value', value } : undefined;
  return apply === 'restore' || apply === 'detach' || apply === 'cascade'
    ? { kind: 'apply', action: apply }
    : undefined;
};

/** What JSON carries there and back. */
const isJson = (value: unknown): value is Json => {
  if (value === null || typeof value === 'boolean') return true;
  if (typeof value === 'string') return value.isWellFormed();
  if (typeof value === 'number')
    return Number.isFinite(value) && !Object.is(value, -0) && (!Number.isInteger(value) || Number.isSafeInteger(value));
  if (Array.isArray(value)) return Array.from(value).every(isJson);
  if (typeof value !== 'object') return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return (
    (prototype === Object.prototype || prototype === null) &&
    Object.entries(value).every(([key, member]) => key.isWellFormed() && isJson(member))
  );
};

const frozen = <Value>(value: Value): Value => {
  if (typeof value === 'object' && value !== null) {
    Object.values(value).forEach(frozen);
    Object.freeze(value);
  }
  return value;
};
