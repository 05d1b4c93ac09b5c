/**
 * The sibling of the highest priority (R22) wins; among equals, the last write. A sibling's
 * priority is its own past's, so what happens later never changes an old decision.
 */
import type { GeneralStrategy } from './any-strategy.js';
import { lastWriteAmong } from './last-write-wins.js';
import { undecided } from './merge-strategy.js';
import { shipped } from './shipped-strategy.js';

/** The write of the highest priority; among equals, the last. */
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
