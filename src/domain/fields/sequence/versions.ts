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

/**
 * The writes of a part of the list, parents first, with lines of writes kept together: each change
 * from one line to another is a walk back and forth, and a line in one piece is typing in one run.
 */
export const lineByLine = (
  from: number,
  to: number,
  parentsOf: (place: number) => readonly number[],
): readonly number[] => {
  const waits = new Map<number, number>();
  const children = new Map<number, number[]>();
  const open: number[] = [];
  for (let place = to - 1; place >= from; place -= 1) {
    let missing = 0;
    for (const parent of parentsOf(place)) {
      if (parent < from) continue;
      missing += 1;
      const known = children.get(parent);
      if (known === undefined) children.set(parent, [place]);
      else known.push(place);
    }
    if (missing === 0) open.push(place);
    else waits.set(place, missing);
  }
  const ordered: number[] = [];
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    ordered.push(place);
    for (const child of children.get(place) ?? []) {
      const missing = (waits.get(child) ?? 0) - 1;
      waits.set(child, missing);
      if (missing === 0) open.push(child);
    }
  }
  return ordered;
};

export interface VersionDifference {
  /** Writes that only the first version holds, the latest first. */
  readonly onlyFirst: readonly number[];
  /** Writes that only the second version holds, the latest first. */
  readonly onlySecond: readonly number[];
}

const inFirst = 1;
const inSecond = 2;
const inBoth = 3;

/** Compares what two versions hold, as far back as they differ. Places before `floor` are in both. */
export const differenceOf = (
  first: readonly number[],
  second: readonly number[],
  floor: number,
  parentsOf: (place: number) => readonly number[],
): VersionDifference => {
  const onlyFirst: number[] = [];
  const onlySecond: number[] = [];
  const marks = new Map<number, number>();
  /** Places to look at, in ascending order; there are about as many as there are lines. */
  const open: number[] = [];
  let openDifferent = 0;
  const mark = (place: number, by: number): void => {
    if (place < floor) return;
    const known = marks.get(place);
    if (known === undefined) {
      let at = open.length;
      while (at > 0 && (open[at - 1] as number) > place) at -= 1;
      open.splice(at, 0, place);
      marks.set(place, by);
      if (by !== inBoth) openDifferent += 1;
    } else if (known !== by && known !== inBoth) {
      marks.set(place, inBoth);
      openDifferent -= 1;
    }
  };
  for (const place of first) mark(place, inFirst);
  for (const place of second) mark(place, inSecond);
  while (openDifferent > 0) {
    const place = open.pop() as number;
    const by = marks.get(place) as number;
    if (by !== inBoth) openDifferent -= 1;
    if (by === inFirst) onlyFirst.push(place);
    else if (by === inSecond) onlySecond.push(place);
    for (const parent of parentsOf(place)) mark(parent, by);
  }
  return { onlyFirst, onlySecond };
};
