/**
 * Another strategy for each field or group, for a type's or the policy's own strategy;
 * `otherwise` for the rest and for existence, undecided without one. A dependency goes by the
 * field that refers. Where a resource is declared, strategies at its fields say the same and
 * are checked against their types.
 */
import type { AnyStrategy } from './any-strategy.js';
import { askPart, keyedParts } from './combinator-parts.js';
import { undecided, type MergeStrategy, type Unit } from './merge-strategy.js';
import { shipped } from './shipped-strategy.js';

/** Asks the strategy for the field or group at hand, else `otherwise`, else nobody. */
export const byField = (strategies: Readonly<Record<string, AnyStrategy>>): MergeStrategy => {
  const { parts, ...derived } = keyedParts('byField', strategies);
  return shipped({
    name: 'by_field',
    ...derived,
    decide: (conflict) => {
      const name = nameOf(conflict.unit);
      const part = (name === undefined ? undefined : parts.get(name)) ?? parts.get('otherwise');
      return part === undefined ? undecided : askPart(part, conflict);
    },
  });
};

const nameOf = (unit: Unit): string | undefined => {
  switch (unit.kind) {
    case 'field':
    case 'dependency':
      return unit.field;
    case 'group':
      return unit.group;
    case 'resource':
    case 'existence':
      return undefined;
  }
};
