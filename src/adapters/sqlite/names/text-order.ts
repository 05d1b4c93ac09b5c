/**
 * Order by UTF-16 code units (S9) in a database that compares the bytes of UTF-8.
 *
 * The two differ in one thing: UTF-16 puts characters beyond U+FFFF, whose surrogates begin at
 * U+D800, before those from U+E000 to U+FFFF. A text with neither sorts alike in both and needs
 * nothing. For others a key is stored, with U+E000 in front of the former and U+E001 in front
 * of the latter: keys and plain texts together sort by UTF-8 as the texts do by UTF-16.
 */
const apart = /[\u{10000}-\u{10ffff}\ue000-\uffff]/u;
const eachApart = /[\u{10000}-\u{10ffff}\ue000-\uffff]/gu;

/** The key to sort by; undefined where that is the text itself. */
export const sortKeyOf = (text: string): string | undefined =>
  apart.test(text)
    ? text.replace(eachApart, (character) => (character.length === 2 ? '\ue000' : '\ue001') + character)
    : undefined;
