/** Values as they are sent: in lists their beginning, elsewhere whole up to a size, and beyond it where the rest is. */
import type { Json } from '../../../domain/shared/json.js';
import type { ShownValue, ValuePreview } from '../api/index.js';

/** About a line on a large screen. */
const previewCharsMax = 120;

export const previewOf = (value: Json): ValuePreview => {
  const text = JSON.stringify(value);
  return { text: beginningOf(text, previewCharsMax), length: text.length };
};

export const shownOf = (value: Json, wholeAt: string, wholeCharsMax: number): ShownValue => {
  const text = JSON.stringify(value);
  return text.length <= wholeCharsMax
    ? { value }
    : { text: beginningOf(text, previewCharsMax), length: text.length, wholeAt };
};

/** Never half a character. */
const beginningOf = (text: string, chars: number): string => {
  const last = text.charCodeAt(chars - 1);
  const isHalf = text.length > chars && last >= 0xd8_00 && last <= 0xdb_ff;
  return text.slice(0, isHalf ? chars - 1 : chars);
};
