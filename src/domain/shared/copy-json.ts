/**
 * A copy of a value that a caller keeps and may change later: what is decided and stored is
 * what was handed over, at that moment.
 *
 * It judges nothing. What is no plain JSON is given back as it is, and so is what is nested so
 * deep, or holds itself so often, that it may never end: the parser refuses it with its reason.
 */
import { eventLimits } from '../events/limits.js';
import { containersMax } from './json-check.js';

export const copyJson = <Value>(value: Value): Value => {
  const copy = copyWithin(value, 0, { left: containersMax });
  return copy === endless ? value : (copy as Value);
};

const endless = Symbol('endless');

const copyWithin = (value: unknown, depth: number, budget: { left: number }): unknown => {
  if (typeof value !== 'object' || value === null) return value;
  budget.left -= 1;
  // A payload is one level further out than its fields' values.
  if (depth > eventLimits.depthMax + 1 || budget.left < 0) return endless;
  return Array.isArray(value) ? copyList(value, depth, budget) : copyObject(value, depth, budget);
};

const copyList = (list: readonly unknown[], depth: number, budget: { left: number }): unknown => {
  const items: unknown[] = [];
  for (const item of list) {
    const copy = copyWithin(item, depth + 1, budget);
    if (copy === endless) return endless;
    items.push(copy);
  }
  return items;
};

const copyObject = (object: object, depth: number, budget: { left: number }): unknown => {
  const prototype: unknown = Object.getPrototypeOf(object);
  if (prototype !== null && prototype !== Object.prototype) return object;
  const members: [string, unknown][] = [];
  for (const [key, member] of Object.entries(object)) {
    const copy = copyWithin(member, depth + 1, budget);
    if (copy === endless) return endless;
    members.push([key, copy]);
  }
  // Defines each member, `__proto__` included, which an assignment would take for a prototype.
  return Object.fromEntries(members);
};
