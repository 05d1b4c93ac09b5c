/** What `text.edit` records: the new text in few splices, in time that does not grow with the square of the texts. */
import fc from 'fast-check';
import { text } from 'reknit';
import { expect, test } from 'vitest';
import { splicesBetween } from '../../src/domain/fields/text-difference.js';
import { propertyOptions } from '../support/property-options.js';

const applied = (before: string, splices: ReturnType<typeof splicesBetween>): string =>
  splices.reduce((now, [index, count, inserted]) => {
    const next = now.slice(0, index) + inserted + now.slice(index + count);
    expect(next.isWellFormed()).toBe(true);
    return next;
  }, before);

const words = (count: number): string =>
  Array.from({ length: count }, (_, index) => `w${(index * 7_919) % 100_003}`).join(' ');

test('whatever two texts are, the splices make the one of the other, and cut no character in half', () => {
  const letters = fc.constantFrom('a', 'b', '😀', '😁', '\n', 'long word ');
  const texts = fc.string({ unit: letters, maxLength: 40 });
  const edits = fc.array(fc.record({ at: fc.nat({ max: 9_000 }), count: fc.nat({ max: 400 }), put: texts }), {
    maxLength: 6,
  });
  fc.assert(
    fc.property(texts, fc.nat({ max: 300 }), edits, (seed, times, changes) => {
      // Long ones too, which are cut into pieces first.
      const before = Array.from({ length: times }, (_, index) => `${seed}${index}`).join('');
      const letter = Array.from(before);
      for (const { at, count, put } of changes) letter.splice(at, count, ...Array.from(put));
      const after = letter.join('');

      expect(applied(before, splicesBetween(before, after))).toBe(after);
    }),
    propertyOptions(),
  );
});

test('of short texts the splices are the least that does it, and whole characters', () => {
  expect(splicesBetween('abcdef', 'abXdef')).toEqual([[2, 1, 'X']]);
  expect(splicesBetween('abcdef', 'abcdef')).toEqual([]);
  expect(splicesBetween('', 'abc')).toEqual([[0, 0, 'abc']]);
  expect(splicesBetween('abc', '')).toEqual([[0, 3, '']]);
  expect(splicesBetween('aaa', 'aaaa')).toEqual([[3, 0, 'a']]);
  expect(splicesBetween('abab', 'ab')).toEqual([[2, 2, '']]);
  expect(splicesBetween('one two three', 'One two 3')).toEqual([
    [0, 1, 'O'],
    [8, 5, '3'],
  ]);
  // These share their first code unit, and those their second.
  expect(splicesBetween('a😀b', 'a😁b')).toEqual([[1, 2, '😁']]);
  expect(splicesBetween('a\u{1f600}b', 'a\u{1fa00}b')).toEqual([[1, 2, '\u{1fa00}']]);
  expect(splicesBetween('😀😀', '😀')).toEqual([[2, 2, '']]);
});

test('of long texts they are exact around pieces that stand once in both', () => {
  const before = words(3_000);
  const places = [12, 6_000, 13_000];
  const after = places.reduceRight((now, at) => `${now.slice(0, at)}#${now.slice(at)}`, before);

  expect(before.length * after.length).toBeGreaterThan(4_000_000);
  expect(splicesBetween(before, `${after}!`)).toEqual([
    [12, 0, '#'],
    [6_001, 0, '#'],
    [13_002, 0, '#'],
    [before.length + 3, 0, '!'],
  ]);
  expect(splicesBetween(`${after}!`, before)).toEqual([
    [12, 1, ''],
    [6_000, 1, ''],
    [13_000, 1, ''],
    [before.length, 1, ''],
  ]);
});

test('of blocks that changed places the smaller ones move', () => {
  const [a, b, c, d] = [2_000, 4_000, 3_000, 9_000].map((length, index) =>
    words(9_000).slice(index * 10_000, index * 10_000 + length),
  ) as [string, string, string, string];
  const volume = (before: string, after: string) =>
    splicesBetween(before, after).reduce((sum, [, count, inserted]) => sum + count + inserted.length, 0);

  // What moves is deleted and inserted, and what surrounds it to the next whole piece at most.
  for (const [before, after, moved] of [
    [[a, b, d], [b, a, d], 2_000],
    [[b, a, d], [a, b, d], 2_000],
    [[b, c, a, d], [c, a, b, d], 4_000],
    [[d, a, b, c], [a, b, c, d], 9_000],
    [[a, b, c, d], [a, c, b, d], 3_000],
  ] as const) {
    expect(applied(before.join(''), splicesBetween(before.join(''), after.join('')))).toBe(after.join(''));
    expect(volume(before.join(''), after.join(''))).toBeLessThan(2 * moved + 200);
    expect(volume(before.join(''), after.join(''))).toBeGreaterThan(2 * moved - 200);
  }
});

test('pieces that stand several times say nothing about what went where', () => {
  const part = words(40).slice(0, 8 * 32);
  const before = `<${part.repeat(20)}>`;
  const after = `[${part.repeat(21)}]`;

  expect(before.length * after.length).toBeGreaterThan(4_000_000);
  expect(splicesBetween(before, after).map(([at, count, put]) => [at, count, put.length])).toEqual([
    [0, before.length, after.length],
  ]);
});

test('no cut parts a character, wherever the pieces of a long text begin', () => {
  const faces = Array.from({ length: 1_500 }, (_, index) => String.fromCodePoint(0x1f300 + ((index * 7) % 1_499))).join('');

  for (const start of ['', 'a'])
    for (const middle of ['', 'b']) {
      const before = `<${start}${faces}${middle}${faces.slice(0, 900)}>`;
      const after = `[[${faces}-${faces.slice(0, 900)}]`;
      expect(before.length * after.length).toBeGreaterThan(4_000_000);
      expect(applied(before, splicesBetween(before, after))).toBe(after);
    }
}); // prettier-ignore

test('few edits far apart in a long text stay few, and a part that moved leaves the rest alone', () => {
  const before = words(20_000);
  const edited = `X${before.slice(0, 5_000)}new ${before.slice(5_100, 60_000)}${before.slice(60_010)}Y`;
  const moved = before.slice(100_000) + before.slice(0, 100_000);

  const splices = splicesBetween(before, edited);
  expect(applied(before, splices)).toBe(edited);
  expect(splices.length).toBeLessThan(10);
  expect(JSON.stringify(splices).length).toBeLessThan(200);
  expect(JSON.stringify(splicesBetween(before, moved)).length).toBeLessThan(45_000);
});

test('two long texts that have nothing in common take no minute', () => {
  const before = words(20_000);
  const after = Array.from(before).reverse().join('');

  const started = performance.now();
  const splices = splicesBetween(before, after);

  expect(applied(before, splices)).toBe(after);
  // It was a minute for half of it; this leaves a busy machine a hundred times what it takes.
  expect(performance.now() - started).toBeLessThan(5_000);
});

test.each([undefined, null, 7, {}, 'half \ud83d'])('text.edit(%j) says what it takes', (given) => {
  expect(() => text.edit(given as never)).toThrow(expect.objectContaining({ code: 'wrong_type' }));
});
