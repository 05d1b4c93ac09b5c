/**
 * Is this JSON that everyone reads back as the same bytes?
 *
 * What JSON cannot carry there and back is refused: lone surrogates, NaN and infinities,
 * negative zero, integers beyond 2^53, `undefined`, class instances, and the keys through
 * which a careless reader would be polluted.
 */
import { eventLimits } from '../events/limits.js';

const forbiddenKeys = new Set(['__proto__', 'constructor', 'prototype']);

/** What is wrong with the value, in words and with its place; nothing when it is fine. */
export const jsonProblem = (value: unknown, place: string, depth = 0): string | undefined => {
  switch (typeof value) {
    case 'string':
      return value.isWellFormed() ? undefined : `${place} holds a lone surrogate, which UTF-8 cannot carry`;
    case 'boolean':
      return undefined;
    case 'number':
      return numberProblem(value, place);
    case 'object':
      break;
    default:
      return `${place} is ${typeof value}, which JSON cannot carry`;
  }
  if (value === null) return undefined;
  if (depth >= eventLimits.depthMax) return `${place} is nested deeper than ${eventLimits.depthMax} levels`;
  return Array.isArray(value) ? arrayProblem(value, place, depth) : objectProblem(value, place, depth);
};

const numberProblem = (value: number, place: string): string | undefined => {
  if (!Number.isFinite(value)) return `${place} is ${value}, which JSON cannot carry`;
  if (Object.is(value, -0)) return `${place} is negative zero, which JSON does not carry back`;
  if (Number.isInteger(value) && !Number.isSafeInteger(value))
    return `${place} is an integer beyond 2^53, which is not carried exactly: write it as a string`;
  return undefined;
};

const arrayProblem = (value: readonly unknown[], place: string, depth: number): string | undefined => {
  for (let index = 0; index < value.length; index += 1) {
    const problem = jsonProblem(value[index], place, depth + 1);
    if (problem !== undefined) return problem;
  }
  return undefined;
};

const objectProblem = (value: object, place: string, depth: number): string | undefined => {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    // An object of another realm (a vm context, a test runner) has a plain prototype of its own.
    if (Object.getPrototypeOf(prototype) !== null || prototypeName(prototype) !== 'Object')
      return `${place} is an instance of ${prototypeName(prototype)}, not plain JSON`;
  }
  const keys = Object.keys(value);
  if (keys.length > eventLimits.keysMax) return `${place} has more than ${eventLimits.keysMax} members`;
  for (const key of keys) {
    const problem = keyProblem(key, place) ?? jsonProblem((value as Record<string, unknown>)[key], place, depth + 1);
    if (problem !== undefined) return problem;
  }
  return undefined;
};

const prototypeName = (prototype: unknown): string =>
  (prototype as { constructor?: { name?: string } }).constructor?.name ?? 'a class';

export const keyProblem = (key: string, place: string): string | undefined => {
  if (forbiddenKeys.has(key)) return `${place} has a member named "${key}", which is refused for safety`;
  if (!key.isWellFormed()) return `${place} has a member whose name holds a lone surrogate`;
  return undefined;
};
