/**
 * How the shipped strategies are made: frozen, under a reserved name, and marked.
 *
 * A name and a version stand for what a strategy answers, on every replica. The mark shows
 * that an object with a reserved name really is that strategy: it is not enumerable, so
 * `{ ...lastWriteWins(), decide: mine }` loses it and is refused by the policy. A registered
 * symbol, so that two copies of the package in one program know each other's.
 */
import { deepFreeze } from '../shared/deep-freeze.js';
import type { JsonObject } from '../shared/json.js';
import type { AnyStrategy, GeneralStrategy } from './any-strategy.js';

/** Names that no strategy of one's own may take. */
export const shippedNames = [
  'last_write_wins',
  'priority_based',
  'user_choice',
  'three_way',
  'delete_wins',
  'update_wins',
  'restore',
  'detach',
  'cascade',
  'review',
  'minimum',
  'maximum',
  'union',
  'prefer_agent',
  'by_conflict',
  'by_field',
  'first_that_decides',
] as const;

/** The name of a strategy that comes with this package. */
export type ShippedName = (typeof shippedNames)[number];

/** Raised for all together, whenever any shipped strategy may answer differently. */
export const shippedVersion = 1;

const names: ReadonlySet<string> = new Set(shippedNames);
export const isShippedName = (name: string): name is ShippedName => names.has(name);

const mark: unique symbol = Symbol.for('reknit.shipped-strategy');

interface ShippedParts {
  readonly name: ShippedName;
  readonly options?: JsonObject;
  readonly usesBase?: boolean;
  readonly usesPriority?: boolean;
  readonly decide: GeneralStrategy['decide'];
}

export const shipped = ({
  name,
  options = {},
  usesBase = false,
  usesPriority = false,
  decide,
}: ShippedParts): GeneralStrategy => {
  const strategy = { name, version: shippedVersion, options: deepFreeze(options), usesBase, usesPriority, decide };
  return Object.freeze(Object.defineProperty(strategy, mark, { value: true }));
};

export const isShipped = (strategy: AnyStrategy): boolean => (strategy as { readonly [mark]?: true })[mark] === true;
