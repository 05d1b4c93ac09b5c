/**
 * Versions of a sequence's history: who had seen what, by places in a list of writes.
 *
 * A version is critical if every write has seen it or was seen by it (the event graph walker's
 * word): what comes before it needs no replay to place what comes after it.
 */
import type { FieldHistory } from '../field-kind.js';

/** For each write whether the version after it is critical. */
export const criticalVersions = ({ writes, isLinear, parentsOf }: FieldHistory): readonly boolean[] => {
  const { length } = writes;
  if (isLinear) return Array.from({ length }, () => true);
  const critical = Array.from({ length }, () => false);
  // All before it is seen: it is then the only one that nobody before the next has seen.
  const unseen = new Set<number>();
  for (let place = 0; place < length; place += 1) {
    for (const parent of parentsOf(place)) unseen.delete(parent);
    unseen.add(place);
    critical[place] = unseen.size === 1;
  }
  // All after it have seen it: none of them builds on anything earlier.
  let earliest = length;
  for (let place = length - 1; place >= 0; place -= 1) {
    if (earliest < place) critical[place] = false;
    const parents = parentsOf(place);
    if (parents.length === 0) earliest = -1;
    for (const parent of parents) if (parent < earliest) earliest = parent;
  }
  return critical;
};

export interface VersionDifference {
  /** Blocks that only the first version holds, the latest first. */
  readonly onlyFirst: readonly number[];
  /** Blocks that only the second version holds, the latest first. */
  readonly onlySecond: readonly number[];
}

const inFirst = 1;
const inSecond = 2;
const inBoth = 3;

/** Compares what two versions hold, as far back as they differ; each is named by its last blocks. */
export const differenceOf = (
  first: readonly number[],
  second: readonly number[],
  parentsOf: (block: number) => readonly number[],
): VersionDifference => {
  const onlyFirst: number[] = [];
  const onlySecond: number[] = [];
  const marks = new Map<number, number>();
  /** Blocks to look at, in ascending order; there are about as many as there are lines. */
  const open: number[] = [];
  let openDifferent = 0;
  const mark = (block: number, by: number): void => {
    const known = marks.get(block);
    if (known === undefined) {
      let at = open.length;
      while (at > 0 && (open[at - 1] as number) > block) at -= 1;
      open.splice(at, 0, block);
      marks.set(block, by);
      if (by !== inBoth) openDifferent += 1;
    } else if (known !== by && known !== inBoth) {
      marks.set(block, inBoth);
      openDifferent -= 1;
    }
  };
  for (const block of first) mark(block, inFirst);
  for (const block of second) mark(block, inSecond);
  while (openDifferent > 0) {
    const block = open.pop() as number;
    const by = marks.get(block) as number;
    if (by !== inBoth) openDifferent -= 1;
    if (by === inFirst) onlyFirst.push(block);
    else if (by === inSecond) onlySecond.push(block);
    for (const parent of parentsOf(block)) mark(parent, by);
  }
  return { onlyFirst, onlySecond };
};
