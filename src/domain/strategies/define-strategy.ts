/**
 * A merge strategy of one's own. Its name, version and options stand for its code in the
 * policy's fingerprint and in every audit entry, so the version is raised with each change
 * of what it answers. `strategyLaws` of `reknit/testing` checks that it keeps the laws.
 */
import { checkMembers, isObject, type Members } from '../shared/check-argument.js';
import { deepFreeze } from '../shared/deep-freeze.js';
import type { JsonObject, Json } from '../shared/json.js';
import { canonicalJson } from '../shared/canonical-json.js';
import { invalidPolicy } from './invalid-policy.js';
import type { ConflictCase, Decision, MergeStrategy } from './merge-strategy.js';
import { isShippedName } from './shipped-strategy.js';
import { descriptionProblem } from './strategy-check.js';

/** What one says of a strategy. */
export interface StrategyDefinition<Value = Json> {
  readonly name: string;
  readonly version: number;
  readonly options?: JsonObject;
  /** Whether `decide` reads `base`; true unless said otherwise. Saying no makes merging cheaper. */
  readonly usesBase?: boolean;
  /** Whether `decide` reads `priority`; true unless said otherwise. */
  readonly usesPriority?: boolean;
  /** The value's type is what the parameter or the place says, never what one answer happens to be. */
  readonly decide: (conflict: ConflictCase<Value>) => Decision<NoInfer<Value>>;
}

const members: Members<StrategyDefinition> = {
  name: true,
  version: true,
  options: true,
  usesBase: true,
  usesPriority: true,
  decide: true,
};

/** A strategy of one's own; throws `invalid_policy` where it could not be told from another, or is asynchronous. */
export const defineStrategy = <Value = Json>(definition: StrategyDefinition<Value>): MergeStrategy<Value> => {
  if (!isObject(definition)) throw invalidPolicy('defineStrategy takes an object: { name, version, decide }');
  checkMembers('defineStrategy', definition, members);
  const { name, version, options = {}, usesBase = true, usesPriority = true, decide } = definition;
  const problem = descriptionProblem({ name, version, options, usesBase, usesPriority }) ?? ownProblem(name, decide);
  if (problem !== undefined) throw invalidPolicy(problem, { name });
  return Object.freeze({ name, version, options: ownCopy(options), usesBase, usesPriority, decide });
};

const ownProblem = (name: string, decide: unknown): string | undefined => {
  if (isShippedName(name)) return `"${name}" is the name of a shipped strategy: choose another`;
  if (typeof decide !== 'function') return `"${name}" needs a function decide(conflict)`;
  return Object.prototype.toString.call(decide) === '[object AsyncFunction]'
    ? `decide of "${name}" is asynchronous, and strategies are synchronous: look up beforehand what it needs and put it into the options`
    : undefined;
};

/** What the fingerprint covered must not change afterwards through the caller's own object. */
const ownCopy = (options: JsonObject): JsonObject => deepFreeze(JSON.parse(canonicalJson(options)) as JsonObject);
