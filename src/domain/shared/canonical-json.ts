/**
 * The one canonical encoding: JSON without white space, object keys in the order of their
 * UTF-16 code units, numbers and strings as ECMAScript writes them (as RFC 8785 does).
 * Every hash and every comparison of values goes through it.
 *
 * Members whose value is `undefined` are left out, as JSON does.
 */
export const canonicalJson = (value: unknown): string => {
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) {
    let text = '[';
    for (let index = 0; index < value.length; index += 1) {
      if (index > 0) text += ',';
      text += canonicalJson(value[index]);
    }
    return `${text}]`;
  }
  const object = value as Record<string, unknown>;
  const keys = Object.keys(object);
  if (keys.length > 1) keys.sort();
  let text = '{';
  for (const key of keys) {
    const member = object[key];
    if (member === undefined) continue;
    if (text.length > 1) text += ',';
    // Texts and numbers are what most members are, and need no further call.
    text +=
      typeof member === 'object' && member !== null
        ? `${JSON.stringify(key)}:${canonicalJson(member)}`
        : `${JSON.stringify(key)}:${JSON.stringify(member) ?? 'null'}`;
  }
  return `${text}}`;
};

/** Equal by canonical form; two absent values are equal, absent and null are not. */
export const sameJson = (a: unknown, b: unknown): boolean => {
  if (a === b) return true;
  if (a === undefined || b === undefined || a === null || b === null) return false;
  if (typeof a !== 'object' || typeof b !== 'object') return false;
  return canonicalJson(a) === canonicalJson(b);
};
