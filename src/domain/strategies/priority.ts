/**
 * Priorities by name or number, made comparable (R22): low, medium, high and critical are
 * 0, 1, 2 and 3.
 */
const rankByName: Readonly<Record<string, number>> = { low: 0, medium: 1, high: 2, critical: 3 };

/** What a write has for which nobody named a priority. */
export const mediumPriority = 1;

/** A priority as a number; undefined where the value is no priority. */
export const priorityRank = (value: unknown): number | undefined => {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && Object.hasOwn(rankByName, value) ? rankByName[value] : undefined;
};
