/**
 * A value as a message shows it: short, and without failing on what JSON cannot say, such as a
 * list within lists ten thousand deep.
 */
const charsMax = 200;

export const shown = (value: unknown): string => {
  const text = textOf(value);
  return text.length <= charsMax ? text : `${text.slice(0, charsMax).toWellFormed()}…`;
};

const textOf = (value: unknown): string => {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return Array.isArray(value) ? 'a list' : `a value of the type ${typeof value}`;
  }
};
