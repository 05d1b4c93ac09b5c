/** Long values in pieces, arguments of callers, lists under keys: each by itself. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { appendTo } from '../../src/domain/shared/append-to.js';
import { checkArgument, hasMethods, isIterable, isObject, isText } from '../../src/domain/shared/check-argument.js';
import { ReknitError } from '../../src/domain/shared/errors.js';
import type { Json } from '../../src/domain/shared/json.js';
import {
  cut,
  isLong,
  longListMin,
  longTextMin,
  pieceUnitsMax,
  recut,
  type LongValue,
} from '../../src/domain/shared/pieces.js';
import { err, ok } from '../../src/domain/shared/result.js';
import { propertyOptions } from '../support/property-options.js';

const joined = (pieces: readonly LongValue[], form: LongValue): LongValue =>
  typeof form === 'string'
    ? (pieces as readonly string[]).join('')
    : (pieces as readonly (readonly Json[])[]).flatMap((piece) => piece);

/** A text whose every place is another, so that no piece is like a neighbour. */
const textOf = (length: number, from = 0): string =>
  Array.from({ length }, (_, index) => String.fromCharCode(0x4e00 + ((index + from) % 20_000))).join('');
const itemsOf = (length: number, from = 0): readonly Json[] =>
  Array.from(
    { length },
    (_, index): Json => [`item ${index + from}`, { n: index + from }, index + from][index % 3] ?? 0,
  );

/** The pieces after a change, and how many of them are as they were. */
const changed = (before: LongValue, now: LongValue, pieces = cut(before)) => {
  const lengths = pieces.map(({ length }) => length);
  const { keptBefore, keptAfter, fresh } = recut(before, lengths, now);
  const after = [...pieces.slice(0, keptBefore), ...fresh, ...pieces.slice(pieces.length - keptAfter)];
  return { after, keptBefore, keptAfter, fresh, count: pieces.length };
};

describe('a value in pieces', () => {
  test('is long from so many code units or items on', () => {
    expect(isLong('x'.repeat(longTextMin))).toBe(true);
    expect(isLong('x'.repeat(longTextMin - 1))).toBe(false);
    expect(isLong(Array.from({ length: longListMin }, () => 1))).toBe(true);
    expect(isLong(Array.from({ length: longListMin - 1 }, () => 1))).toBe(false);
    expect([null, 1, {}, { length: 9_999 }, undefined].some(isLong)).toBe(false);
  });

  test.each([0, 1, 1_023, 1_024, 1_025, 2_048, 2_049, 10_000])(
    'a text of %i: pieces about alike, none too large',
    (length) => {
      const text = textOf(length);
      const pieces = cut(text) as readonly string[];
      const sizes = pieces.map((piece) => piece.length);

      expect(pieces.join('')).toBe(text);
      expect(pieces).toHaveLength(Math.ceil(length / pieceUnitsMax));
      if (length > 0) expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
    },
  );

  test('a character of two code units stays whole', () => {
    const text = `x${'\u{1F600}'.repeat(3_000)}`;
    const pieces = cut(text) as readonly string[];

    expect(pieces.join('')).toBe(text);
    expect(pieces.every((piece) => piece.isWellFormed())).toBe(true);
    expect(pieces.every((piece) => piece.length <= pieceUnitsMax + 1)).toBe(true);
    expect(cut('\u{1F600}')).toEqual(['\u{1F600}']);
    expect((cut(`\uD7FF${'\uE000'.repeat(1_024)}`) as readonly string[]).map(({ length }) => length)).toEqual([
      513, 512,
    ]);
  });

  test('a list: pieces by what their items weigh in JSON, and a heavy item by itself', () => {
    const heavy = 'x'.repeat(2_000);
    const mixed = [...itemsOf(300), heavy, { heavy }, [heavy], ...itemsOf(10)];
    const pieces = cut(mixed) as readonly (readonly Json[])[];

    expect(joined(pieces, [])).toEqual(mixed);
    expect(pieces.every((piece) => piece.length > 0)).toBe(true);
    expect(pieces.every((piece) => piece.length === 1 || JSON.stringify(piece).length <= pieceUnitsMax + 2)).toBe(true);
    expect(cut([])).toEqual([]);
    expect(cut([1, null, true])).toEqual([[1, null, true]]);
    expect(cut(Array.from({ length: 256 }, () => 1)).map(({ length }) => length)).toEqual([128, 128]);
    expect(cut(Array.from({ length: 128 }, () => 'x'.repeat(13))).map(({ length }) => length)).toEqual([64, 64]);
    expect(cut(Array.from({ length: 128 }, () => ['x'.repeat(11)])).map(({ length }) => length)).toEqual([64, 64]);
  });

  test('keeps what a change leaves as it was, at both ends', () => {
    const before = textOf(10_000);
    const inserted = changed(before, `${before.slice(0, 5_500)}new${before.slice(5_500)}`);
    const items = itemsOf(600);
    const replaced = changed(items, items.with(300, 'new'));

    expect(inserted).toMatchObject({ count: 10, keptBefore: 5, keptAfter: 4 });
    expect(joined(inserted.after, '')).toBe(`${before.slice(0, 5_500)}new${before.slice(5_500)}`);
    expect(replaced.keptBefore + replaced.keptAfter).toBe(replaced.count - 1);
    expect(joined(replaced.after, [])).toEqual(items.with(300, 'new'));
  });

  test('keeps all where nothing changed, and nothing where the form is another', () => {
    const [text, items] = [textOf(5_000), itemsOf(300)];

    for (const value of [text, items]) expect(changed(value, value)).toMatchObject({ keptAfter: 0, fresh: [] });
    expect(changed(text, text).keptBefore).toBe(5);
    expect(changed(text, items)).toMatchObject({ keptBefore: 0, keptAfter: 0, fresh: cut(items) });
    expect(changed(items, text)).toMatchObject({ keptBefore: 0, keptAfter: 0, fresh: cut(text) });
    expect(changed('', text)).toMatchObject({ keptBefore: 0, keptAfter: 0, fresh: cut(text) });
    expect(changed(text, '')).toMatchObject({ keptBefore: 0, keptAfter: 0, fresh: [] });
  });

  test('leaves no crumbs: what would be a small piece goes with a neighbour', () => {
    const text = textOf(4_096);
    const atEnd = changed(text, `${text}${textOf(127, 9_000)}`);
    const atStart = changed(text, `${textOf(127, 9_000)}${text}`);
    const large = changed(text, `${text}${textOf(128, 9_000)}`);
    const items = itemsOf(300);

    expect(atEnd).toMatchObject({ keptBefore: 3, keptAfter: 0 });
    expect(atStart).toMatchObject({ keptBefore: 0, keptAfter: 3 });
    expect(large).toMatchObject({ keptBefore: 4, keptAfter: 0 });
    for (const { after } of [atEnd, atStart, large]) expect(after.every(({ length }) => length >= 128)).toBe(true);
    const count = cut(items).length;
    expect(changed(items, [...items, 1])).toMatchObject({ keptBefore: count - 1, keptAfter: 0 });
    expect(changed(items, [1, ...items])).toMatchObject({ keptBefore: 0, keptAfter: count - 1 });
    expect(changed(items, [...items, 'x'.repeat(200)])).toMatchObject({ keptBefore: count, keptAfter: 0 });
    expect(changed(items, [...items, ...Array.from({ length: 16 }, () => 1)])).toMatchObject({ keptBefore: count });
    expect(changed(items, [...items, ...Array.from({ length: 15 }, () => 1)])).toMatchObject({ keptBefore: count - 1 });
    expect(changed('x'.repeat(10), 'x'.repeat(11))).toMatchObject({
      keptBefore: 0,
      keptAfter: 0,
      fresh: ['x'.repeat(11)],
    });
  });

  test('takes no part of what is there twice for both', () => {
    const same = 'x'.repeat(4_096);

    expect(joined(changed(same, same.slice(0, 3_000)).after, '')).toBe(same.slice(0, 3_000));
    expect(joined(changed(same, same + same).after, '')).toBe(same + same);
  });

  test('is the value after any change of a piece in the midst of hundreds', () => {
    const text = textOf(150_000);
    const at = fc.nat({ max: text.length });

    fc.assert(
      fc.property(at, fc.nat({ max: 2_000 }), fc.nat({ max: 2_000 }), (from, gone, come) => {
        const now = `${text.slice(0, from)}${textOf(come, 7)}${text.slice(from + gone)}`;
        const { after, keptBefore, keptAfter, count } = changed(text, now);
        expect(joined(after, '') === now).toBe(true);
        expect(keptBefore + keptAfter).toBeGreaterThanOrEqual(count - 5);
      }),
      propertyOptions({ numRuns: 40 }),
    );
  });
});

describe('an argument', () => {
  test('that is not right is refused by the name of its place, with what it must be', () => {
    expect(() => checkArgument(true, 'open', 'file', 'a path')).not.toThrow();
    expect(() => checkArgument(false, 'open', 'file', 'a path')).toThrow(
      new ReknitError('wrong_type', 'open: "file" must be a path', { member: 'file' }),
    );
  });

  test('is what it is', () => {
    const own = { read: () => 1, write: () => 2, size: 3 };

    expect([{}, [], new Map()].every(isObject)).toBe(true);
    expect([null, undefined, 'x', 1, () => 1].some(isObject)).toBe(false);
    expect(isText('x')).toBe(true);
    expect(['', 1, null, ['x'], undefined].some(isText)).toBe(false);
    expect(hasMethods(own, ['read', 'write'])).toBe(true);
    expect(hasMethods(own, ['read', 'size'])).toBe(false);
    expect(hasMethods(own, ['read', 'missing'])).toBe(false);
    expect(hasMethods(null, [])).toBe(false);
    expect([[], new Set(), (function* some() {})()].every(isIterable)).toBe(true);
    expect(['text', {}, null, 1].some(isIterable)).toBe(false);
  });
});

test('an item goes to the end of the list under its key', () => {
  const lists = new Map([['a', [1]]]);
  appendTo(lists, 'a', 2);
  appendTo(lists, 'b', 3);

  expect([...lists]).toEqual([
    ['a', [1, 2]],
    ['b', [3]],
  ]);
});

test('what can fail is a value', () => {
  expect(ok(1)).toEqual({ ok: true, value: 1 });
  expect(err('no')).toEqual({ ok: false, error: 'no' });
});
