/**
 * The sibling of the highest priority (R22) wins; among equals, the last write. A sibling's
 * priority is its own past's, so what happens later never changes an old decision.
 */
import type { GeneralStrategy } from './any-strategy.js';
import { lastWriteAmong } from './last-write-wins.js';
import { undecided } from './merge-strategy.js';
import { shipped } from './shipped-strategy.js';

const rankByName: Readonly<Record<string, number>> = { low: 0, medium: 1, high: 2, critical: 3 };

/** What a write has for which nobody named a priority. */
export const mediumPriority = 1;

/** A priority as a number, so that names and numbers compare; undefined where the value is no priority. */
export const priorityRank = (value: unknown): number | undefined => {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && Object.hasOwn(rankByName, value) ? rankByName[value] : undefined;
};

export const priorityBased = (): GeneralStrategy =>
  shipped({
    name: 'priority_based',
    usesPriority: true,
    decide: ({ unit, siblings }) => {
      if (unit.kind === 'dependency') return undecided;
      const highest = Math.max(...siblings.map(({ priority }) => priority));
      return lastWriteAmong(siblings.filter(({ priority }) => priority === highest));
    },
  });
