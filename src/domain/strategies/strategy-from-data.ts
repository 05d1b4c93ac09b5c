/**
 * A shipped strategy from its data: how a stored policy comes back to life. A custom strategy
 * is code, and code is not stored; whoever opens the file brings it.
 */
import { isJsonObject, type Json, type JsonObject } from '../shared/json.js';
import type { AnyStrategy, GeneralStrategy, StrategyData } from './any-strategy.js';
import { byConflict } from './by-conflict.js';
import { byField } from './by-field.js';
import { cascade, detach, restore, review } from './dependency.js';
import { deleteWins, updateWins } from './existence.js';
import { maximum, minimum } from './extremes.js';
import { firstThatDecides } from './first-that-decides.js';
import { invalidPolicy, policyMissing } from './invalid-policy.js';
import { lastWriteWins } from './last-write-wins.js';
import { preferAgent } from './prefer-agent.js';
import { priorityBased } from './priority-based.js';
import { isShippedName, shippedVersion, type ShippedName } from './shipped-strategy.js';
import { threeWay } from './three-way.js';
import { union } from './union.js';
import { userChoice } from './user-choice.js';
import { shown } from '../shared/shown.js';

/** Strategies within strategies; far more than anyone means, far less than the stack holds. */
const nestingMax = 32;

/** What was stored is shipped, and so are its parts: it fits a field of any type. */
export const strategyFromData = (data: StrategyData): GeneralStrategy => rebuild(data, 0);

const rebuild = (data: Json | undefined, depth: number): GeneralStrategy => {
  if (!isJsonObject(data) || typeof data['name'] !== 'string')
    throw invalidPolicy(`a strategy as data is { name, version, options }, not ${shown(data)}`);
  const { name, version = shippedVersion, options = {}, ...rest } = data;
  if (!isShippedName(name))
    throw policyMissing(`the strategy "${name}" is code, not data: load the module that defines the policy`, {
      name,
      version,
    });
  if (version !== shippedVersion)
    throw invalidPolicy(
      `"${name}" is known here in version ${shippedVersion}, not ${shown(version)}: use the version of reknit that wrote it`,
      { name, version },
    );
  if (!isJsonObject(options) || Object.keys(rest).length > 0)
    throw invalidPolicy(`"${name}" as data is { name, version, options } with an object of options`, { name });
  if (depth > nestingMax) throw invalidPolicy(`strategies are nested deeper than ${nestingMax} levels`);
  return builders[name](options, depth);
};

type Builder = (options: JsonObject, depth: number) => GeneralStrategy;

const withoutOptions =
  (build: () => GeneralStrategy): Builder =>
  (options) => {
    const strategy = build();
    checkMembers(options, strategy.name);
    return strategy;
  };

/** An option that is not known cannot be left out: it would have meant something. */
const checkMembers = (options: JsonObject, name: string, ...known: readonly string[]): void => {
  const unknown = Object.keys(options).find((key) => !known.includes(key));
  if (unknown !== undefined) throw invalidPolicy(`"${name}" has no option "${unknown}"`, { name });
};

const parts = (options: JsonObject, depth: number): Readonly<Record<string, GeneralStrategy>> =>
  Object.fromEntries(Object.entries(options).map(([key, part]) => [key, rebuild(part, depth + 1)]));

const listOf = (options: JsonObject, key: string, name: string): readonly Json[] => {
  checkMembers(options, name, key);
  const list = options[key];
  if (!Array.isArray(list)) throw invalidPolicy(`"${name}" needs the option "${key}", a list`, { name });
  return list as readonly Json[];
};

const builders: Readonly<Record<ShippedName, Builder>> = {
  last_write_wins: withoutOptions(lastWriteWins),
  priority_based: withoutOptions(priorityBased),
  user_choice: withoutOptions(userChoice),
  three_way: withoutOptions(threeWay),
  delete_wins: withoutOptions(deleteWins),
  update_wins: withoutOptions(updateWins),
  restore: withoutOptions(restore),
  detach: withoutOptions(detach),
  cascade: withoutOptions(cascade),
  review: withoutOptions(review),
  minimum: withoutOptions(minimum),
  maximum: withoutOptions(maximum),
  union: withoutOptions(union),
  prefer_agent: (options) => preferAgent(listOf(options, 'agents', 'prefer_agent') as readonly string[]),
  by_conflict: (options, depth) => byConflict(parts(options, depth)),
  by_field: (options, depth) => byField(parts(options, depth)) as AnyStrategy as GeneralStrategy,
  first_that_decides: (options, depth) =>
    firstThatDecides(...listOf(options, 'strategies', 'first_that_decides').map((part) => rebuild(part, depth + 1))),
};
