/**
 * Text from events, made safe to look at. A value can hold characters that move the cursor,
 * change the colours or turn the reading direction around, and so make a line say something
 * that is not in it; each is shown by its code instead. Programs get the text as it is.
 */
import { canonicalJson, type Json } from '../../index.js';

// Control characters, marks of direction, line separators, and what has no width at all.
// oxlint-disable-next-line no-control-regex
const unsafe = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu;
const short: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

export const visible = (text: string): string =>
  text.toWellFormed().replace(unsafe, (character) => short[character] ?? codeOf(character));

const codeOf = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** A value as people read it: text without quotes where nothing is unclear without them. */
export const visibleValue = (value: Json | undefined): string => {
  if (value === undefined) return '(absent)';
  const isPlainText = typeof value === 'string' && /^\S(?:.*\S)?$/su.test(value) && !isJsonText(value);
  return visible(isPlainText ? value : canonicalJson(value));
};

/** A text that would read like another value, such as "12" or "null". */
const isJsonText = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

export const shortened = (text: string, charactersMax: number): string => {
  const characters = Array.from(text);
  return characters.length <= charactersMax ? text : `${characters.slice(0, charactersMax - 1).join('')}…`;
};
