/**
 * Is this JSON that everyone reads back as the same bytes?
 *
 * What JSON cannot carry there and back is refused: lone surrogates, NaN and infinities,
 * negative zero, integers beyond 2^53, `undefined`, class instances, and the keys through
 * which a careless reader would be polluted.
 */
import { eventLimits } from '../events/limits.js';
import { shown } from './shown.js';

export interface JsonFault {
  readonly code: 'bad_json' | 'too_deep' | 'too_large';
  /** In words, with the place of the fault. */
  readonly message: string;
}

/** What is wrong with the value, in words and with its place; nothing when it is fine. */
export const jsonProblem = (value: unknown, place: string, depth = 0): string | undefined =>
  jsonFault(value, place, depth)?.message;

/** The same, with the kind of fault. */
export const jsonFault = (
  value: unknown,
  place: string,
  depth = 0,
  budget: Budget = { left: containersMax },
): JsonFault | undefined => {
  const found = search(value, depth, budget);
  return found && { code: found.code, message: `${place}${wayTo(found)} ${found.says}` };
};

/** What is wrong, and the members and places that lead to it, the innermost first; none for what is no single value's fault. */
interface Found {
  readonly code: JsonFault['code'];
  readonly says: string;
  readonly way: (string | number)[];
}

/** Members may have names of any length, so it is cut. */
const wayTo = ({ code, way }: Found): string =>
  code !== 'bad_json' || way.length === 0 ? '' : ` at ${shown(way.toReversed().join('.'))}`;

/** It knows no place: the way to a fault is put together on the way back, so that sound values pay nothing for it. */
const search = (value: unknown, depth: number, budget: Budget): Found | undefined => {
  switch (typeof value) {
    case 'string':
      return value.isWellFormed() ? undefined : bad('holds a lone surrogate, which UTF-8 cannot carry');
    case 'boolean':
      return undefined;
    case 'number':
      return numberFault(value);
    case 'object':
      break;
    default:
      return bad(`is ${typeof value}, which JSON cannot carry`);
  }
  if (value === null) return undefined;
  budget.left -= 1;
  if (budget.left < 0)
    return { code: 'too_large', says: 'holds more lists and objects than fit into an event', way: [] };
  if (depth >= eventLimits.depthMax)
    return { code: 'too_deep', says: `is nested deeper than ${eventLimits.depthMax} levels`, way: [] };
  return Array.isArray(value) ? arrayFault(value, depth, budget) : objectFault(value, depth, budget);
};

/** How many lists and objects may come yet: some that hold each other many times over are endless without being deep. */
interface Budget {
  left: number;
}

/** Each is two characters at least. */
export const containersMax = eventLimits.eventBytesMax / 2;

const bad = (says: string): Found => ({ code: 'bad_json', says, way: [] });

const within = (member: string | number, found: Found): Found => {
  found.way.push(member);
  return found;
};

const numberFault = (value: number): Found | undefined => {
  if (!Number.isFinite(value)) return bad(`is ${value}, which JSON cannot carry`);
  if (Object.is(value, -0)) return bad('is negative zero, which JSON does not carry back');
  if (Number.isInteger(value) && !Number.isSafeInteger(value))
    return bad('is an integer beyond 2^53, which is not carried exactly: write it as a string');
  return undefined;
};

const arrayFault = (value: readonly unknown[], depth: number, budget: Budget): Found | undefined => {
  for (let index = 0; index < value.length; index += 1) {
    const fault = search(value[index], depth + 1, budget);
    if (fault !== undefined) return within(index, fault);
  }
  return undefined;
};

const objectFault = (value: object, depth: number, budget: Budget): Found | undefined => {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    // An object of another realm (a vm context, a test runner) has a plain prototype of its own.
    if (Object.getPrototypeOf(prototype) !== null || prototypeName(prototype) !== 'Object')
      return bad(`is an instance of ${prototypeName(prototype)}, not plain JSON`);
  }
  const keys = Object.keys(value);
  if (keys.length > eventLimits.keysMax)
    return { code: 'too_large', says: `has more than ${eventLimits.keysMax} members`, way: [] };
  for (const key of keys) {
    const badKey = keyFault(key);
    if (badKey !== undefined) return bad(badKey);
    const fault = search((value as Record<string, unknown>)[key], depth + 1, budget);
    if (fault !== undefined) return within(key, fault);
  }
  return undefined;
};

const prototypeName = (prototype: unknown): string =>
  (prototype as { constructor?: { name?: string } }).constructor?.name ?? 'a class';

/** What is wrong with the name of a member, whatever it holds. */
export const keyProblem = (key: string, place: string): string | undefined => {
  const says = keyFault(key);
  return says && `${place} ${says}`;
};

const keyFault = (key: string): string | undefined => {
  if (forbiddenKeys.has(key)) return `has a member named "${key}", which is refused for safety`;
  if (!key.isWellFormed()) return 'has a member whose name holds a lone surrogate';
  return undefined;
};

const forbiddenKeys: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);
