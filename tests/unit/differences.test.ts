/** What the program marks as different, and what it leaves out. */
import fc from 'fast-check';
import colors from 'picocolors';
import { expect, test } from 'vitest';
import { differencesBetween, markedDifferences } from '../../src/cli/output/differences.js';
import { visibleValue } from '../../src/cli/output/visible.js';
import { propertyOptions } from '../support/property-options.js';

const plain = colors.createColors(false);
const marked = (from: string, to: string): string => markedDifferences(differencesBetween(from, to), plain);

test('the parts of a difference put together give both values', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (from, to) => {
      const parts = differencesBetween(from, to);
      const without = (kind: 'added' | 'removed'): string =>
        parts.flatMap((part) => (part.kind === kind ? [] : [part.text])).join('');

      expect([without('added'), without('removed')]).toEqual([visibleValue(from), visibleValue(to)]);
    }),
    propertyOptions(),
  );
});

test('texts are compared character by character, other values as a whole', () => {
  expect(marked('merge offline', 'merge online')).toBe('merge o[-ff-]{+n+}line');
  expect(markedDifferences(differencesBetween(12, 13), plain)).toBe('[-12-]{+13+}');
  expect(marked('todo', 'done')).toBe('[-todo-]{+done+}');
});

test('what is equal around a difference is left out of long texts, unless wanted', () => {
  const parts = differencesBetween(`${'a'.repeat(500)}x${'b'.repeat(500)}`, `${'a'.repeat(500)}y${'b'.repeat(500)}`);

  expect(markedDifferences(parts, plain)).toBe(`…${'a'.repeat(40)}[-x-]{+y+}${'b'.repeat(40)}…`);
  expect(markedDifferences(parts, plain, { isWhole: true })).toHaveLength(1_000 + '[-x-]{+y+}'.length);
});
