/**
 * Three-way merge of a unit as one value, against the value at its siblings' common ancestor
 * (R21): if all siblings that differ from it agree, theirs; else undecided, and so without a
 * base. Existence whose base is "alive" goes to the delete, as the side that changed it: combine
 * it with `byConflict` where that is not meant.
 */
import { sameJson } from '../shared/canonical-json.js';
import type { GeneralStrategy } from './any-strategy.js';
import { lastWriteAmong } from './last-write-wins.js';
import { undecided } from './merge-strategy.js';
import { shipped } from './shipped-strategy.js';

/** What all who changed the common base changed it to, where they agree. */
export const threeWay = (): GeneralStrategy =>
  shipped({
    name: 'three_way',
    usesBase: true,
    decide: ({ unit, siblings, hasBase, base }) => {
      if (!hasBase || unit.kind === 'dependency') return undecided;
      const changed = siblings.filter(({ value }) => !sameJson(value, base));
      return changed.every(({ value }) => sameJson(value, changed[0]?.value)) ? lastWriteAmong(changed) : undecided;
    },
  });
