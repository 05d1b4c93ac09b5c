/**
 * Is this JSON that everyone reads back as the same bytes?
 *
 * What JSON cannot carry there and back is refused: lone surrogates, NaN and infinities,
 * negative zero, integers beyond 2^53, `undefined`, class instances, and the keys through
 * which a careless reader would be polluted.
 */
import { eventLimits } from '../events/limits.js';

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
  switch (typeof value) {
    case 'string':
      return value.isWellFormed() ? undefined : bad(`${place} holds a lone surrogate, which UTF-8 cannot carry`);
    case 'boolean':
      return undefined;
    case 'number':
      return numberFault(value, place);
    case 'object':
      break;
    default:
      return bad(`${place} is ${typeof value}, which JSON cannot carry`);
  }
  if (value === null) return undefined;
  budget.left -= 1;
  if (budget.left < 0)
    return { code: 'too_large', message: `${place} holds more lists and objects than fit into an event` };
  if (depth >= eventLimits.depthMax)
    return { code: 'too_deep', message: `${place} is nested deeper than ${eventLimits.depthMax} levels` };
  return Array.isArray(value) ? arrayFault(value, place, depth, budget) : objectFault(value, place, depth, budget);
};

/** How many lists and objects may come yet: some that hold each other many times over are endless without being deep. */
interface Budget {
  left: number;
}

/** Each is two characters at least. */
export const containersMax = eventLimits.eventBytesMax / 2;

const bad = (message: string): JsonFault => ({ code: 'bad_json', message });

const numberFault = (value: number, place: string): JsonFault | undefined => {
  if (!Number.isFinite(value)) return bad(`${place} is ${value}, which JSON cannot carry`);
  if (Object.is(value, -0)) return bad(`${place} is negative zero, which JSON does not carry back`);
  if (Number.isInteger(value) && !Number.isSafeInteger(value))
    return bad(`${place} is an integer beyond 2^53, which is not carried exactly: write it as a string`);
  return undefined;
};

const arrayFault = (value: readonly unknown[], place: string, depth: number, budget: Budget): JsonFault | undefined => {
  for (let index = 0; index < value.length; index += 1) {
    const fault = jsonFault(value[index], place, depth + 1, budget);
    if (fault !== undefined) return fault;
  }
  return undefined;
};

const objectFault = (value: object, place: string, depth: number, budget: Budget): JsonFault | undefined => {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    // An object of another realm (a vm context, a test runner) has a plain prototype of its own.
    if (Object.getPrototypeOf(prototype) !== null || prototypeName(prototype) !== 'Object')
      return bad(`${place} is an instance of ${prototypeName(prototype)}, not plain JSON`);
  }
  const keys = Object.keys(value);
  if (keys.length > eventLimits.keysMax)
    return { code: 'too_large', message: `${place} has more than ${eventLimits.keysMax} members` };
  for (const key of keys) {
    const badKey = keyProblem(key, place);
    if (badKey !== undefined) return bad(badKey);
    const fault = jsonFault((value as Record<string, unknown>)[key], place, depth + 1, budget);
    if (fault !== undefined) return fault;
  }
  return undefined;
};

const prototypeName = (prototype: unknown): string =>
  (prototype as { constructor?: { name?: string } }).constructor?.name ?? 'a class';

/** What is wrong with the name of a member, whatever it holds. */
export const keyProblem = (key: string, place: string): string | undefined => {
  if (forbiddenKeys.has(key)) return `${place} has a member named "${key}", which is refused for safety`;
  if (!key.isWellFormed()) return `${place} has a member whose name holds a lone surrogate`;
  return undefined;
};

const forbiddenKeys: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);
