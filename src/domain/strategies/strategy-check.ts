/**
 * What a definition checks of a strategy before it accepts it at some place. A strategy that
 * could never answer there, or that goes by another's name, would otherwise show up as a
 * conflict that stays pending, or as replicas that differ under one fingerprint.
 */
import { jsonProblem } from '../shared/json-check.js';
import { isJsonObject } from '../shared/json.js';
import { strategyData, type AnyStrategy, type StrategyData } from './any-strategy.js';
import { invalidPolicy } from './invalid-policy.js';
import { isShipped, isShippedName } from './shipped-strategy.js';
import { shown } from '../shared/shown.js';

const nameCharsMax = 200;

/** A strategy, whatever it decides. @param place where it stands, for the message */
export const checkStrategy = (strategy: AnyStrategy, place: string): void => {
  const problem = strategyProblem(strategy);
  if (problem !== undefined) throw invalidPolicy(`${place}: ${problem}`, { place });
};

/** A strategy at a place where values, or existence, are decided. */
export const checkValueStrategy = (strategy: AnyStrategy, place: string): void => {
  checkStrategy(strategy, place);
  if (dependencyOnly.has(strategy.name))
    throw invalidPolicy(
      `${place}: "${strategy.name}" decides dependencies only: give it to a reference as onDelete, or as byConflict.dependency`,
      { place },
    );
};

/** A strategy at a place where dependencies are decided. */
export const checkDependencyStrategy = (strategy: AnyStrategy, place: string): void => {
  checkStrategy(strategy, place);
  if (!canDecideDependencies(strategyData(strategy)))
    throw invalidPolicy(
      `${place}: "${strategy.name}" never decides a dependency: use restore(), detach(), cascade() or review()`,
      { place },
    );
};

const dependencyOnly: ReadonlySet<string> = new Set(['restore', 'detach', 'cascade']);
const dependencyCapable: ReadonlySet<string> = new Set([...dependencyOnly, 'review', 'user_choice']);

/**
 * Whether a dependency is any of this strategy's business. A shipped strategy for values has
 * no opinion on one, so the next level of the policy is asked; a custom one may have.
 */
export const canDecideDependencies = (strategy: StrategyData): boolean => {
  if (!isShippedName(strategy.name)) return true;
  if (strategy.name === 'by_conflict') {
    const part = strategy.options['dependency'] ?? strategy.options['otherwise'];
    return part !== undefined && canDecideDependencies(part as StrategyData);
  }
  return dependencyCapable.has(strategy.name) || partsOf(strategy).some(canDecideDependencies);
};

/** Whether data alone can rebuild it: it is shipped, and so are all its parts. */
export const isShippedThroughout = (strategy: StrategyData): boolean =>
  isShippedName(strategy.name) && partsOf(strategy).every(isShippedThroughout);

/** The parts of a combinator, as it lists them in its options; none for other strategies. */
const partsOf = ({ name, options }: StrategyData): readonly StrategyData[] => {
  switch (name) {
    case 'by_conflict':
    case 'by_field':
      return Object.values(options as Readonly<Record<string, StrategyData>>);
    case 'first_that_decides':
      return options['strategies'] as unknown as readonly StrategyData[];
    default:
      return [];
  }
};

const strategyProblem = (strategy: AnyStrategy): string | undefined => {
  if (!isJsonObject(strategy) || typeof strategy.decide !== 'function')
    return 'that is no strategy: use a shipped one, such as lastWriteWins(), or defineStrategy({ name, version, decide })';
  const problem = descriptionProblem(strategy);
  if (problem !== undefined) return problem;
  return isShippedName(strategy.name) && !isShipped(strategy)
    ? `"${strategy.name}" is the name of a shipped strategy, and this is another: give it a name of its own with defineStrategy`
    : undefined;
};

/** What is wrong with a strategy's name, version, options or claims. */
export const descriptionProblem = (
  strategy: Readonly<Record<keyof Omit<AnyStrategy, 'decide'>, unknown>>,
): string | undefined => {
  const { name, version, options, usesBase, usesPriority } = strategy;
  if (typeof name !== 'string' || name === '' || name.length > nameCharsMax || !name.isWellFormed())
    return `a strategy's name is a text of 1 to ${nameCharsMax} characters, not ${shown(name)}`;
  if (!Number.isSafeInteger(version) || (version as number) < 1)
    return `the version of "${name}" must be a whole number from 1, raised whenever it may answer differently, not ${String(version)}`;
  if (!isJsonObject(options))
    return `the options of "${name}" must be a JSON object, so that the fingerprint covers them`;
  if (typeof usesBase !== 'boolean' || typeof usesPriority !== 'boolean')
    return `usesBase and usesPriority of "${name}" must be true or false`;
  return jsonProblem(options, `the options of "${name}"`);
};
