/**
 * What turns one text into another, in few splices.
 *
 * The exact answer takes time that grows with the square of what differs: a minute for two
 * unlike texts of fifty thousand characters, during which a program does nothing else. So long
 * texts are first cut where they are surely equal, at pieces that occur once in the old text and
 * stand in the new one in the same order; what lies between is compared exactly, or replaced as
 * a whole where it is long and unlike. That takes time in proportion to the texts.
 */
import diff from 'fast-diff';
import { joinSplices, type Splice } from './sequence/splices.js';

/** Pairs of characters that are compared exactly: two texts of 2,000, some tens of milliseconds at worst. */
const pairsMax = 4_000_000;
/** Long enough to be the same piece and no coincidence, short enough that an edit spoils few of them. */
const pieceChars = 32;

type Part = readonly [operation: number, text: string];

/** The splices that make `after` of `before`, in the order in which they are applied. */
export const splicesBetween = (before: string, after: string): readonly Splice<string>[] => {
  const splices: Splice<string>[] = [];
  let index = 0;
  for (const [operation, part] of partsBetween(before, after)) {
    if (operation === diff.INSERT) {
      splices.push([index, 0, part]);
      index += part.length;
    } else if (operation === diff.DELETE) splices.push([index, part.length, '']);
    else index += part.length;
  }
  return joinSplices(splices) as readonly Splice<string>[];
};

const partsBetween = (before: string, after: string): readonly Part[] => {
  const start = sharedStart(before, after);
  const end = sharedEnd(before, after, start);
  const [old, fresh] = [before.slice(start, before.length - end), after.slice(start, after.length - end)];
  const parts: Part[] = [[diff.EQUAL, before.slice(0, start)]];
  let [oldAt, freshAt] = [0, 0];
  for (const [oldPiece, freshPiece] of isShort(old, fresh) ? [] : anchors(old, fresh)) {
    parts.push(...gap(old.slice(oldAt, oldPiece), fresh.slice(freshAt, freshPiece)));
    parts.push([diff.EQUAL, old.slice(oldPiece, oldPiece + pieceChars)]);
    [oldAt, freshAt] = [oldPiece + pieceChars, freshPiece + pieceChars];
  }
  parts.push(...gap(old.slice(oldAt), fresh.slice(freshAt)));
  return parts;
};

const isShort = (old: string, fresh: string): boolean => old.length * fresh.length <= pairsMax;

const gap = (old: string, fresh: string): readonly Part[] =>
  old === fresh
    ? [[diff.EQUAL, old]]
    : isShort(old, fresh)
      ? diff(old, fresh)
      : [
          [diff.DELETE, old],
          [diff.INSERT, fresh],
        ];

/** Where pieces of the old text stand in the new one: most of those that keep their order, from the first on. */
const anchors = (old: string, fresh: string): readonly (readonly [old: number, fresh: number])[] => {
  const places = new Map<string, number | undefined>();
  for (let at = 0; at + pieceChars <= old.length; at += pieceChars) {
    const piece = old.slice(at, at + pieceChars);
    places.set(piece, places.has(piece) ? undefined : at);
  }
  const found: (readonly [old: number, fresh: number])[] = [];
  for (let at = 0; at + pieceChars <= fresh.length;) {
    const piece = fresh.slice(at, at + pieceChars);
    const place = places.get(piece);
    if (place === undefined || splitsPair(piece)) at += 1;
    else {
      found.push([place, at]);
      at += pieceChars;
    }
  }
  return longestRising(found);
};

/** The longest chain whose old places rise, as the new ones do already (patience sorting). */
const longestRising = (
  found: readonly (readonly [old: number, fresh: number])[],
): readonly (readonly [old: number, fresh: number])[] => {
  const tops: number[] = [];
  const before: (number | undefined)[] = [];
  for (const [index, [place]] of found.entries()) {
    let [low, high] = [0, tops.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((found[tops[middle] as number]?.[0] ?? 0) < place) low = middle + 1;
      else high = middle;
    }
    before[index] = tops[low - 1];
    tops[low] = index;
  }
  const chain: (readonly [old: number, fresh: number])[] = [];
  for (let index = tops.at(-1); index !== undefined; index = before[index]) {
    const anchor = found[index];
    if (anchor !== undefined) chain.push(anchor);
  }
  return chain.reverse();
};

const isHigh = (text: string, at: number): boolean => (text.charCodeAt(at) & 0xfc00) === 0xd800;
const isLow = (text: string, at: number): boolean => (text.charCodeAt(at) & 0xfc00) === 0xdc00;

/** Characters of two code units stay whole on both sides of every cut. */
const splitsPair = (piece: string): boolean => isLow(piece, 0) || isHigh(piece, piece.length - 1);

const sharedStart = (before: string, after: string): number => {
  const most = Math.min(before.length, after.length);
  let start = 0;
  while (start < most && before.charCodeAt(start) === after.charCodeAt(start)) start += 1;
  return start > 0 && isHigh(before, start - 1) ? start - 1 : start;
};

const sharedEnd = (before: string, after: string, start: number): number => {
  const most = Math.min(before.length, after.length) - start;
  let end = 0;
  while (end < most && before.charCodeAt(before.length - 1 - end) === after.charCodeAt(after.length - 1 - end))
    end += 1;
  return end > 0 && isLow(before, before.length - end) ? end - 1 : end;
};
