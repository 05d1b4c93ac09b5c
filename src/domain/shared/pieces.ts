/**
 * A long text or list in pieces, for stores: a change somewhere in it leaves the pieces before and behind as they
 * are, so what is written is the size of a piece, however long the whole is.
 *
 * Nobody has to say what changed. The pieces of before are held against what is there now from both ends, which is a
 * comparison of memory and takes no time worth naming beside a commit; what differs in the middle is cut anew.
 */
import { sameJson } from './canonical-json.js';
import type { Json } from './json.js';

export type LongValue = string | readonly Json[];

/** Texts of so many code units are kept in pieces, and lists of so many items: a row of a shorter one costs less than a table of parts. */
export const longTextMin = 4_096;
export const longListMin = 64;

/**
 * Code units of a piece at most, for lists those of its JSON unless one item has more. A few go on a page of a
 * database, and the list of all pieces of a long text is still short: measured, 512 to 2,048 make no difference.
 */
export const pieceUnitsMax = 1_024;
/** A piece that would have less is joined with its neighbour. */
const pieceUnitsMin = 128;

export const isLong = (value: unknown): value is LongValue =>
  typeof value === 'string' ? value.length >= longTextMin : Array.isArray(value) && value.length >= longListMin;

/** How the pieces of a value come of those that it had before. */
export interface Recut {
  /** So many at the beginning, and so many at the end, stay. */
  readonly keptBefore: number;
  readonly keptAfter: number;
  /** What comes between, in pieces. */
  readonly fresh: readonly LongValue[];
}

/** @param lengths how many code units or items each piece of `before` has */
export const recut = (before: LongValue, lengths: readonly number[], now: LongValue): Recut => {
  const isSameForm = typeof before === typeof now;
  let [keptBefore, start] = isSameForm
    ? longestRun(lengths, now.length, (from, length) => isSamePart(before, from, now, from, length))
    : [0, 0];
  const rest = lengths.slice(keptBefore).reverse();
  const [same, kept] = isSameForm
    ? longestRun(rest, now.length - start, (from, length) =>
        isSamePart(before, before.length - from - length, now, now.length - from - length, length),
      )
    : [0, 0];
  let keptAfter = same;
  let end = now.length - kept;
  // What would be a small piece of its own goes with a neighbour, so that deletions do not leave crumbs.
  if (end > start && end - start < pieceUnitsMin && isSmall(now, start, end)) {
    if (keptBefore > 0) start -= lengths[(keptBefore -= 1)] as number;
    else if (keptAfter > 0) end += lengths[lengths.length - (keptAfter -= 1) - 1] as number;
  }
  return { keptBefore, keptAfter, fresh: start === end ? [] : cut(now.slice(start, end)) };
};

/** A value in pieces, each less than the largest that one may be, and about alike. */
export const cut = (value: LongValue): readonly LongValue[] =>
  typeof value === 'string' ? cutText(value) : cutList(value);

const cutText = (text: string): readonly string[] => {
  const count = Math.ceil(text.length / pieceUnitsMax);
  const pieces: string[] = [];
  let start = 0;
  for (let number = 1; number <= count; number += 1) {
    let end = number === count ? text.length : Math.round((text.length * number) / count);
    // A character of two code units stays whole, so that each piece is a text.
    if (end < text.length && isLowSurrogate(text.charCodeAt(end))) end += 1;
    if (end > start) pieces.push(text.slice(start, end));
    start = end;
  }
  return pieces;
};

const isLowSurrogate = (unit: number): boolean => unit >= 0xdc_00 && unit < 0xe0_00;

const cutList = (items: readonly Json[]): readonly (readonly Json[])[] => {
  const sizes = items.map(sizeOf);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const unitsMax = total / Math.ceil(total / pieceUnitsMax);
  const pieces: Json[][] = [];
  let units = Infinity;
  for (const [index, item] of items.entries()) {
    const size = sizes[index] as number;
    if (units + size > unitsMax) {
      pieces.push([]);
      units = 0;
    }
    pieces.at(-1)?.push(item);
    units += size;
  }
  return pieces;
};

/** About what an item weighs in JSON. */
const sizeOf = (item: Json): number => {
  if (typeof item === 'string') return item.length + 3;
  return typeof item === 'object' && item !== null ? JSON.stringify(item).length + 1 : 8;
};

const isSmall = (value: LongValue, start: number, end: number): boolean => {
  if (typeof value === 'string') return true;
  let units = 0;
  for (let at = start; at < end && units < pieceUnitsMin; at += 1) units += sizeOf(value[at] as Json);
  return units < pieceUnitsMin;
};

/** Memory is compared fast, but only in large parts: many pieces at once first, and then fewer. */
const strides: readonly number[] = [64, 8, 1];

/** How many pieces from the first one on are the same, and how long they are together. */
const longestRun = (
  lengths: readonly number[],
  room: number,
  isSame: (from: number, length: number) => boolean,
): readonly [count: number, length: number] => {
  let count = 0;
  let from = 0;
  for (const stride of strides)
    while (count + stride <= lengths.length) {
      let length = 0;
      for (let index = count; index < count + stride; index += 1) length += lengths[index] as number;
      if (from + length > room || !isSame(from, length)) break;
      from += length;
      count += stride;
    }
  return [count, from];
};

const isSamePart = (a: LongValue, fromA: number, b: LongValue, fromB: number, length: number): boolean => {
  if (typeof a === 'string' || typeof b === 'string')
    return a.slice(fromA, fromA + length) === b.slice(fromB, fromB + length);
  for (let at = 0; at < length; at += 1) if (!sameJson(a[fromA + at], b[fromB + at])) return false;
  return true;
};
