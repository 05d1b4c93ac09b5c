/**
 * Any text and number as a piece of a key: printable ASCII, in the order that the port states.
 *
 * A text's pieces compare as its UTF-16 code units do (R1), and a space, which no piece holds and
 * which stands before every character of one, ends it: so a list of texts compares piece by piece.
 */

/** Of the characters between, each stands for itself. */
const firstPlain = 0x22;
const lastPlain = 0x7d;
const plain = /^["-}]*$/;

/** Twelve more bits than a code unit has, in characters that stand in order: "0" to "o". */
const wide = (unit: number): string =>
  `~${String.fromCharCode(0x30 + (unit >> 12), 0x30 + ((unit >> 6) & 63), 0x30 + (unit & 63))}`;
const narrow = (unit: number): string => `!${String.fromCharCode(firstPlain + unit)}`;

export const textKey = (text: string): string => {
  if (plain.test(text)) return `${text} `;
  let key = '';
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    key += unit < firstPlain ? narrow(unit) : unit > lastPlain ? wide(unit) : text[index];
  }
  return `${key} `;
};

/** Undoes `textKey` for the piece that begins there; answers it and where the next one begins. */
export const readText = (key: string, start: number): readonly [text: string, next: number] => {
  const end = key.indexOf(' ', start);
  const piece = key.slice(start, end);
  if (!piece.includes('!') && !piece.includes('~')) return [piece, end + 1];
  const text = piece.replace(/!(.)|~(...)/g, (_whole, low: string | undefined, high: string | undefined) => {
    if (low !== undefined) return String.fromCharCode(low.charCodeAt(0) - firstPlain);
    const digit = (index: number): number => (high ?? '').charCodeAt(index) - 0x30;
    return String.fromCharCode((digit(0) << 12) | (digit(1) << 6) | digit(2));
  });
  return [text, end + 1];
};

/** The number of digits first, so that texts compare as the numbers do. */
export const numberKey = (value: number): string => {
  const digits = value.toString(36);
  return `${digits.length.toString(36)}${digits}`;
};

export const readNumber = (key: string, start: number): number => Number.parseInt(key.slice(start + 1), 36);

/** A time as its digits, each taken from nine: later ones stand first. */
export const latestFirst = (timestamp: string): string =>
  timestamp.replace(/\D/g, '').replace(/\d/g, (digit) => String(9 - Number(digit)));

/** Keys that begin so. */
export const startingWith = (prefix: string): { readonly from: string; readonly before: string } => ({
  from: prefix,
  // Where a piece or a number begins, no key has two tildes: the first would be followed by a digit of a wide one.
  before: `${prefix}~~`,
});

/** The first key that can stand after this one. */
export const justAfter = (key: string): string => `${key} `;
