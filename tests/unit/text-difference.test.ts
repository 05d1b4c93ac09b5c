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
