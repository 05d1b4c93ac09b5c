/** Small graphs of who had seen whom, for properties of parts that know no events. */
import fc from 'fast-check';

/** Who had seen whom: for each place the places before it that its author had merged. */
export const shape = fc.array(fc.array(fc.nat({ max: 30 }), { minLength: 1, maxLength: 3 }), { maxLength: 12 });

/** Who had seen whom, by places; parents come first. */
export interface Graph {
  readonly parentsOf: (place: number) => readonly number[];
  readonly hasSeen: (later: number, earlier: number) => boolean;
  readonly isLinear: boolean;
  readonly length: number;
}

/** A graph of a shape. */
export const graphFrom = (given: readonly (readonly number[])[]): Graph => {
  const seen: Set<number>[] = [];
  const parents: number[][] = [];
  for (const [place, wanted] of given.entries()) {
    const picked = [...new Set(wanted.map((one) => one % (place + 1)).filter((one) => one < place))];
    const own = picked.filter((one) => !picked.some((other) => seen[other]?.has(one)));
    parents.push(own.sort((a, b) => a - b));
    seen.push(new Set(own.flatMap((one) => [one, ...(seen[one] ?? [])])));
  }
  const hasSeen = (later: number, earlier: number) => seen[later]?.has(earlier) === true;
  return {
    parentsOf: (place) => parents[place] ?? [],
    hasSeen,
    isLinear: seen.every(({ size }, place) => size === place),
    length: given.length,
  };
};
