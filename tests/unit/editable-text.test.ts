/** A value as a line that a person edits: it reads back as it was, and no terminal obeys anything in it. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { visible } from '../../src/cli/output/visible.js';
import { editableText, valueOfText } from '../../src/cli/review/value-text.js';
import type { Json } from '../../src/index.js';
import { propertyOptions } from '../support/property-options.js';

/** Letters, and what moves a cursor, turns a direction, ends a line or is half a character. */
const hostileText = fc
  .array(
    fc.oneof(
      fc.string(),
      fc.constantFrom(
        '\u001b]0;x\u0007',
        '\u001b[2J',
        '\u009b',
        '\u007f',
        '\u202e',
        '\u2028',
        '\t',
        '\n',
        '\ud800',
        '"',
      ),
    ),
    { maxLength: 5 },
  )
  .map((parts) => parts.join(''));

test('what is edited is safe to look at, and means the same', () => {
  fc.assert(
    fc.property(fc.oneof(hostileText, fc.record({ text: hostileText }), fc.array(hostileText)), (value: Json) => {
      const text = editableText(value);

      expect(visible(text)).toBe(text);
      expect(valueOfText(text)).toEqual(value);
    }),
    propertyOptions(),
  );
});

test('a plain text is edited without quotes', () => {
  expect(editableText('merge offline')).toBe('merge offline');
  expect(editableText('12')).toBe('"12"');
  expect(editableText('\u001b[2Jdone')).toBe(String.raw`"\u001b[2Jdone"`);
  expect(editableText('\u202edone')).toBe(String.raw`"\u202edone"`);
});
