/** A value as a line that a person can edit, and back: a text without quotes where that cannot be misread. */
import { isReknitError, type ConflictView, type Json } from '../../index.js';
import { visible } from '../output/visible.js';

const isPlain = (value: Json): value is string => typeof value === 'string' && parsed(value) === undefined;

/** JSON, unless the text is none: then `undefined`. */
const parsed = (text: string): { readonly value: Json } | undefined => {
  try {
    return { value: JSON.parse(text) as Json };
  } catch {
    return undefined;
  }
};

/**
 * A text with what cannot be typed in a line, or what a terminal would obey, is edited as JSON: there each such
 * character stands by its code, which reads back as the character.
 */
export const editableText = (value: Json | undefined): string => {
  if (value === undefined) return '';
  return isPlain(value) && visible(value) === value ? value : visible(JSON.stringify(value));
};

export const valueOfText = (text: string): Json => parsed(text)?.value ?? text;

/** What is wrong with a text as the value of what a conflict is about; undefined where nothing is. */
export const textProblem = (
  { unit }: ConflictView,
  text: string,
  check: (value: Json) => string | undefined,
): string | undefined => {
  if (text === '') return 'Type a value: JSON, or a text; "" is the empty text.';
  const value = valueOfText(text);
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  if ((unit.kind === 'group' || unit.kind === 'resource') && !isObject)
    return 'It must be a JSON object of the fields.';
  try {
    return check(value);
  } catch (error) {
    if (isReknitError(error)) return error.message;
    throw error;
  }
};
