/**
 * The one canonical encoding: JSON without white space, object keys in the order of their
 * UTF-16 code units, numbers and strings as ECMAScript writes them (as RFC 8785 does).
 * Every hash and every comparison of values goes through it.
 *
 * Members whose value is `undefined` are left out, as JSON does.
 */
export const canonicalJson = (value: unknown): string =>
  isObject(value) && isInOrder(value) ? JSON.stringify(value) : canonicalText(value, quotedWithEscapes);

/** The same for a value none of whose texts, names of members included, holds anything that JSON escapes. */
export const canonicalJsonUnescaped = (value: unknown): string => canonicalText(value, quotedAsItIs);

type Quote = (text: string) => string;

const quotedAsItIs: Quote = (text) => `"${text}"`;

/** A call of the platform costs more than looking through a text of so many units. */
const shortUnits = 40;

/** A text as JSON has it. */
export const quotedWithEscapes: Quote = (text) => {
  if (text.length > shortUnits) return JSON.stringify(text);
  for (let index = 0; index < text.length; index += 1)
    if (mayNeedEscape(text.charCodeAt(index))) return JSON.stringify(text);
  return `"${text}"`;
};

/** Control signs, the quotation mark, the backslash, and halves of a pair, which are escaped where the other half is missing. */
const mayNeedEscape = (unit: number): boolean =>
  unit < 0x20 || unit === 0x22 || unit === 0x5c || (unit >= 0xd800 && unit <= 0xdfff);

const canonicalText = (value: unknown, quote: Quote): string => {
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : 'null';
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) {
    let text = '[';
    for (let index = 0; index < value.length; index += 1) {
      if (index > 0) text += ',';
      text += canonicalText(value[index], quote);
    }
    return `${text}]`;
  }
  const object = value as Record<string, unknown>;
  const keys = Object.keys(object);
  if (!isSorted(keys)) keys.sort();
  let text = '{';
  for (const key of keys) {
    const member = object[key];
    if (member === undefined) continue;
    if (text.length > 1) text += ',';
    // Texts are what most members are, and need no further call.
    text += `${quote(key)}:${typeof member === 'string' ? quote(member) : canonicalText(member, quote)}`;
  }
  return `${text}}`;
};

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** Whether the platform, which takes members as they stand, writes the same: it is much faster at the whole than at each text. */
const isInOrder = (value: object): boolean => {
  if (Array.isArray(value)) return value.every((item) => !isObject(item) || isInOrder(item));
  const keys = Object.keys(value);
  return (
    isSorted(keys) &&
    keys.every((key) => {
      const member = (value as Record<string, unknown>)[key];
      return !isObject(member) || isInOrder(member);
    })
  );
};

/** Members mostly stand in order already, and seeing that costs less than sorting them. */
const isSorted = (keys: readonly string[]): boolean => {
  for (let index = 1; index < keys.length; index += 1)
    if ((keys[index - 1] as string) > (keys[index] as string)) return false;
  return true;
};

/** Equal by canonical form; two absent values are equal, absent and null are not. */
export const sameJson = (a: unknown, b: unknown): boolean => {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object') return false;
  return canonicalJson(a) === canonicalJson(b);
};
