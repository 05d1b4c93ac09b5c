/**
 * What callers hand in at a door, checked before anything is read or written. Not every caller has
 * a compiler, and a `TypeError` from deep inside says neither which argument is wrong nor what it
 * should be.
 */
import { ReknitError } from './errors.js';

/** Refuses what is not right, by the name of the function and the member. */
export function checkArgument(isRight: boolean, place: string, member: string, what: string): asserts isRight {
  if (!isRight) throw new ReknitError('wrong_type', `${place}: "${member}" must be ${what}`, { member });
}

/** The members of options, each by its name: a table, so that the compiler names what is forgotten. */
export type Members<Options> = Readonly<Record<keyof Options & string, true>>;

/**
 * Refuses a member by another name, which would be passed over without a word: what was meant by it would not happen,
 * and nobody would say so.
 *
 * @param place what is asked for the member, such as the name of a function
 * @param known has the members that there are, whatever they hold: a table of them, or their defaults
 * @throws ReknitError `unknown_option`
 */
export const checkMembers = (place: string, given: unknown, known: object): void => {
  const unknown = Object.keys(given ?? {}).find((name) => !Object.hasOwn(known, name));
  if (unknown === undefined) return;
  const accepted = Object.keys(known).join(', ');
  throw new ReknitError('unknown_option', `${place} has no "${unknown}": it can hold ${accepted}`, { member: unknown });
};

/** Anything with members: lists and instances of classes too. */
export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** A text with something in it, such as a path. */
export const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

/** Whether all of these members are functions. */
export const hasMethods = (value: unknown, names: readonly string[]): boolean =>
  isObject(value) && names.every((name) => typeof value[name] === 'function');

/** A text is iterable too, letter by letter, which nobody means. */
export const isIterable = (value: unknown): value is Iterable<unknown> => isObject(value) && Symbol.iterator in value;
