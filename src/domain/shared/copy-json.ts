/**
 * A copy of a value that a caller keeps and may change later: what is decided and stored is
 * what was handed over, at that moment.
 *
 * It judges nothing. What is no plain JSON, or nested so deep that it may never end, is given
 * back as it is, for the parser to refuse with its reason.
 */
import { eventLimits } from '../events/limits.js';

export const copyJson = <Value>(value: Value): Value => {
  const copy = copyWithin(value, 0);
  return copy === tooDeep ? value : (copy as Value);
};

const tooDeep = Symbol('too deep');

const copyWithin = (value: unknown, depth: number): unknown => {
  if (typeof value !== 'object' || value === null) return value;
  // A payload is one level further out than its fields' values; all at once, since a ring branches for ever.
  if (depth > eventLimits.depthMax + 1) return tooDeep;
  if (Array.isArray(value)) {
    const items: unknown[] = [];
    for (const item of value) {
      const copy = copyWithin(item, depth + 1);
      if (copy === tooDeep) return tooDeep;
      items.push(copy);
    }
    return items;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) return value;
  const members: [string, unknown][] = [];
  for (const [key, member] of Object.entries(value)) {
    const copy = copyWithin(member, depth + 1);
    if (copy === tooDeep) return tooDeep;
    members.push([key, copy]);
  }
  // Defines each member, `__proto__` included, which an assignment would take for a prototype.
  return Object.fromEntries(members);
};
