/**
 * Runs a strategy so that nothing it does can stop or spoil a merge (R24): its input is
 * frozen, what it throws is caught, and what it returns is checked before anyone uses it.
 * Whatever is wrong becomes `failed`, and the conflict stays pending with the message.
 *
 * Values that it returns are copied, in canonical order of members, so that an object which
 * the strategy keeps and changes later is not the one that was decided.
 */
import { eventLimits } from '../events/limits.js';
import { canonicalJson } from '../shared/canonical-json.js';
import { deepFreeze } from '../shared/deep-freeze.js';
import { jsonProblem } from '../shared/json-check.js';
import { isJsonObject, type Json, type JsonObject } from '../shared/json.js';
import { withoutBase } from './combinator-parts.js';
import type { ConflictCase, Decision, DependencyAction, MergeStrategy, Unit } from './merge-strategy.js';

/** A strategy's answer, checked. */
export type StrategyOutcome =
  | { readonly type: 'winner'; readonly dot: string }
  | { readonly type: 'value'; readonly value: Json | undefined }
  | { readonly type: 'apply'; readonly action: DependencyAction }
  | { readonly type: 'undecided' }
  | { readonly type: 'failed'; readonly message: string };

/** The declared check of a field's value, as `TypeRules` has it. */
export interface ValueCheck {
  readonly validate: (field: string, value: unknown) => string | undefined;
}

/** There is one at the most: strategies are synchronous, and those within a combinator decide in its name. */
let deciding: string | undefined;

/** The name of the strategy that is being asked right now; for refusing what no strategy may do. */
export const decidingStrategy = (): string | undefined => deciding;

/** Asks a strategy as the merge does. */
export const runStrategy = <Value>(
  strategy: MergeStrategy<Value>,
  conflict: ConflictCase<Value>,
  check?: ValueCheck,
): StrategyOutcome => {
  deciding = strategy.name;
  try {
    const shown = frozenCase(strategy.usesBase || !conflict.hasBase ? conflict : withoutBase(conflict));
    return outcomeOf(strategy.decide(shown), shown, check);
  } catch (thrown) {
    return failed(`it threw: ${textOf(thrown)}`);
  } finally {
    deciding = undefined;
  }
};

/** The facts are copied and frozen; the values in them are immutable anyway and are frozen where they are. */
const frozenCase = <Value>(conflict: ConflictCase<Value>): ConflictCase<Value> => {
  const siblings = conflict.siblings.map((sibling) => {
    deepFreeze(sibling.value);
    return Object.freeze({ ...sibling });
  });
  deepFreeze(conflict.unit);
  deepFreeze(conflict.base);
  return Object.freeze({ ...conflict, siblings: Object.freeze(siblings) });
};

const outcomeOf = <Value>(
  answer: Decision<Value>,
  conflict: ConflictCase<Value>,
  check?: ValueCheck,
): StrategyOutcome => {
  if (isThenable(answer)) {
    // Whatever becomes of it is too late; a rejection that nobody handles would end the program.
    answer.then(undefined, () => undefined);
    return failed('it returned a promise, and strategies are synchronous: look up beforehand what it needs');
  }
  if (!isJsonObject(answer)) return failed(`it returned ${nameOf(answer)}, which is no decision`);
  const members = Object.keys(answer);
  const decision = answer as { readonly [member in (typeof decisions)[number]]?: unknown };
  if (members.length !== 1 || !decisions.some((member) => member === members[0]))
    return failed(`it returned { ${members.join(', ')} }; a decision is exactly one of ${decisions.join(', ')}`);
  switch (members[0] as (typeof decisions)[number]) {
    case 'winner':
      return winnerOutcome(decision.winner, conflict);
    case 'value':
      return valueOutcome(decision.value, conflict.unit, check);
    case 'apply':
      return applyOutcome(decision.apply, conflict.unit);
    case 'undecided':
      return decision.undecided === true ? { type: 'undecided' } : failed('it returned undecided, but not as true');
  }
};

const decisions = ['winner', 'value', 'apply', 'undecided'] as const;

const winnerOutcome = (winner: unknown, { siblings, unit }: ConflictCase<unknown>): StrategyOutcome => {
  if (unit.kind === 'dependency')
    return failed(`it returned a winner; a dependency is decided by { apply: ${actionList} }`);
  const dot = isJsonObject(winner) ? winner['dot'] : undefined;
  return siblings.some((sibling) => sibling.dot === dot)
    ? { type: 'winner', dot: dot as string }
    : failed(
        `its winner is ${isJsonObject(winner) ? `"${textOf(dot)}", which is` : `${nameOf(winner)},`} none of the siblings`,
      );
};

const actions: Readonly<Record<DependencyAction, true>> = { restore: true, detach: true, cascade: true };
const actionList = Object.keys(actions).join(' | ');

const applyOutcome = (action: unknown, unit: Unit): StrategyOutcome => {
  if (unit.kind !== 'dependency') return failed('it returned apply, which decides dependencies only');
  return typeof action === 'string' && Object.hasOwn(actions, action)
    ? { type: 'apply', action: action as DependencyAction }
    : failed(`it returned { apply: ${textOf(action)} }; it can be ${actionList}`);
};

const valueOutcome = (value: unknown, unit: Unit, check: ValueCheck | undefined): StrategyOutcome => {
  // A field's value stands one level deep in a payload; a group's or a resource's is one.
  const depth = unit.kind === 'field' ? 1 : 0;
  const isAbsent = value === undefined && (unit.kind === 'field' || unit.kind === 'group' || unit.kind === 'resource');
  const problem = isAbsent ? undefined : (misfit(value, unit) ?? jsonProblem(value, 'its value', depth));
  if (problem !== undefined) return failed(problem);
  if (value === undefined) return { type: 'value', value };
  const form = canonicalJson(value);
  if (form.length > eventLimits.eventBytesMax)
    return failed(`its value is longer than ${eventLimits.eventBytesMax} characters, and no event could carry it`);
  const copy = deepFreeze(JSON.parse(form) as Json);
  const refusal = check === undefined ? undefined : refusalOf(copy, unit, check);
  return refusal === undefined ? { type: 'value', value: copy } : failed(`its value does not fit: ${refusal}`);
};

/** Why this value cannot be that unit's, whatever is declared. */
const misfit = (value: unknown, unit: Unit): string | undefined => {
  switch (unit.kind) {
    case 'field':
      return undefined;
    case 'existence':
      return value === 'alive' || value === 'deleted'
        ? undefined
        : `existence is "alive" or "deleted", not ${nameOf(value)}`;
    case 'dependency':
      return `it returned a value; a dependency is decided by { apply: ${actionList} }`;
    case 'resource':
      return isJsonObject(value) ? undefined : `a whole resource is an object of its fields, not ${nameOf(value)}`;
    case 'group': {
      if (!isJsonObject(value)) return `the group "${unit.group}" is an object of its fields, not ${nameOf(value)}`;
      const foreign = Object.keys(value).find((field) => !unit.fields.includes(field));
      return foreign === undefined ? undefined : `the group "${unit.group}" has no field "${foreign}"`;
    }
  }
};

const refusalOf = (value: Json, unit: Unit, { validate }: ValueCheck): string | undefined => {
  if (unit.kind === 'field') return validate(unit.field, value);
  if (unit.kind !== 'group' && unit.kind !== 'resource') return undefined;
  for (const [field, member] of Object.entries(value as JsonObject)) {
    const problem = validate(field, member);
    if (problem !== undefined) return `${field}: ${problem}`;
  }
  return undefined;
};

const isThenable = (answer: unknown): answer is PromiseLike<unknown> =>
  typeof answer === 'object' && answer !== null && typeof (answer as { readonly then?: unknown }).then === 'function';

const messageCharsMax = 500;

const failed = (message: string): StrategyOutcome => ({
  type: 'failed',
  message: message.slice(0, messageCharsMax).toWellFormed(),
});

const nameOf = (value: unknown): string => {
  if (value === null || value === undefined) return String(value);
  return Array.isArray(value)
    ? 'an array'
    : typeof value === 'object'
      ? 'an object'
      : `${typeof value} ${textOf(value)}`;
};

/** Anything can be thrown or returned, things that cannot be shown included. */
const textOf = (value: unknown): string => {
  try {
    return value instanceof Error ? value.message : String(value);
  } catch {
    return 'something that cannot be shown as text';
  }
};
