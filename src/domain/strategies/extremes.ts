/**
 * The least or the greatest of the values: of numbers by size, of texts by UTF-16 code units,
 * which for ISO dates and times of one form is their order in time. Mixed or other types have
 * no order that everyone would expect, so they are undecided; so is existence, whose "alive"
 * and "deleted" are no texts to compare.
 */
import type { GeneralStrategy } from './any-strategy.js';
import { lastWriteAmong } from './last-write-wins.js';
import { undecided } from './merge-strategy.js';
import { shipped, type ShippedName } from './shipped-strategy.js';

/** The least value. */
export const minimum = (): GeneralStrategy => extreme('minimum', (a, b) => a < b);

/** The greatest value. */
export const maximum = (): GeneralStrategy => extreme('maximum', (a, b) => a > b);

type Ordered = number | string;

const extreme = (name: ShippedName, isBetter: (a: Ordered, b: Ordered) => boolean): GeneralStrategy =>
  shipped({
    name,
    decide: ({ unit, siblings }) => {
      if (unit.kind === 'existence' || unit.kind === 'dependency') return undecided;
      const values = ordered(siblings.map(({ value }) => value));
      if (values === undefined) return undecided;
      const best = values.reduce((a, b) => (isBetter(b, a) ? b : a));
      return lastWriteAmong(siblings.filter(({ value }) => (value as unknown) === best));
    },
  });

/** The values, if all are numbers or all are texts. */
const ordered = (values: readonly unknown[]): readonly Ordered[] | undefined => {
  const type = typeof values[0];
  if (type !== 'number' && type !== 'string') return undefined;
  return values.every((value) => typeof value === type) ? (values as readonly Ordered[]) : undefined;
};
