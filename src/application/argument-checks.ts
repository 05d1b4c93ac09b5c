/**
 * Arguments as callers hand them in. Not every caller has a compiler: values come from forms,
 * command lines and plain JavaScript. What is wrong is refused here with its name, before
 * anything is read or written, and not found out half way as a `TypeError`.
 */
import { isDot } from '../domain/causality/dot.js';
import type { ResourceRef } from '../domain/events/event.js';
import type { Change } from '../domain/resource/change.js';
import { checkMembers } from '../domain/shared/check-argument.js';
import { ReknitError } from '../domain/shared/errors.js';
import { isJsonObject } from '../domain/shared/json.js';

const refuse = (member: string, what: string): never => {
  throw new ReknitError('wrong_type', `"${member}" must be ${what}`, { member });
};

export const checkText = (value: unknown, member: string): void => {
  if (typeof value !== 'string' || value === '') refuse(member, 'a text that is not empty');
};

export const checkRef = ({ resourceType, resourceId }: ResourceRef): void => {
  checkText(resourceType, 'resourceType');
  checkText(resourceId, 'resourceId');
};

/** A limit, or none. */
export const checkLimit = (value: unknown): void => {
  if (value !== undefined && value !== Infinity && (!Number.isSafeInteger(value) || (value as number) < 0))
    refuse('limit', 'a whole number from 0 up');
};

/** Of something that there has to be one of at least. */
export const checkCount = (value: unknown, member: string): void => {
  if (!Number.isSafeInteger(value) || (value as number) < 1) refuse(member, 'a whole number from 1 up');
};

export const checkOneOf = (value: unknown, member: string, accepted: readonly string[]): void => {
  if (value !== undefined && !accepted.some((one) => one === value)) refuse(member, `one of ${accepted.join(', ')}`);
};

/** Options, a query: an object, or nothing at all. */
export const checkObject = (value: unknown, member: string): void => {
  if (value !== undefined && !isJsonObject(value)) refuse(member, 'an object');
};

/** The same, with these members and no others: a list that was asked for `type` would hold everything. */
export const checkObjectOf = (value: unknown, member: string, known: Readonly<Record<string, true>>): void => {
  checkObject(value, member);
  checkMembers(`"${member}"`, value, known);
};

/** Which fields hold which values: equality is all there is, and an operator would be a value that nothing has. */
export const checkWhere = (where: unknown): void => {
  checkObject(where, 'where');
  for (const [field, wanted] of Object.entries(where ?? {})) {
    const operator = isJsonObject(wanted) ? Object.keys(wanted).find((name) => name.startsWith('$')) : undefined;
    if (operator !== undefined)
      throw new ReknitError(
        'reserved_operator',
        `"where" compares "${field}" with a value, or with any of a list, and knows no "${operator}": filter what the list gives`,
        { field, operator },
      );
  }
};

/** A text, or none. */
export const checkTextOrNone = (value: unknown, member: string): void => {
  if (value !== undefined && typeof value !== 'string') refuse(member, 'a text');
};

export const checkSignal = (value: unknown): void => {
  const isSignal = typeof value === 'object' && value !== null && 'throwIfAborted' in value;
  if (value !== undefined && !isSignal) refuse('signal', 'an AbortSignal');
};

export const checkFunctionOrNone = (value: unknown, member: string): void => {
  if (value !== undefined) checkFunction(value, member);
};

/** Of a list: where the page before it ended. */
export const checkCursor = (value: unknown): void => {
  checkObject(value, 'after');
  if (!isJsonObject(value)) return;
  if (!isRef(value)) refuse('after', 'the last resource that was seen: { resourceType, resourceId, updatedAt }');
  checkTextOrNone(value['updatedAt'], 'after.updatedAt');
};

export const checkRemote = (value: unknown): void => {
  const remote = value as { readonly [member: string]: unknown } | null | undefined;
  const isRemote =
    typeof value === 'object' &&
    typeof remote?.['capabilities'] === 'object' &&
    ['hello', 'pull', 'push', 'close'].every((member) => typeof remote[member] === 'function');
  if (!isRemote) refuse('remote', 'what replicaRemote, bundleRemote and their like make');
};

export const checkAuditHead = (value: unknown): void => {
  if (value === undefined) return;
  const isHead = isJsonObject(value) && Number.isSafeInteger(value['count']) && typeof value['hash'] === 'string';
  if (!isHead) refuse('auditHead', 'a head of the audit trail: { count, hash }');
};

/** Members that are there but undefined count as not given, as everywhere in JavaScript; a default must not be lost to one. */
export const withoutUndefined = <Options extends object>(options: Options): Options =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Options;

export const checkFunction = (value: unknown, member: string): void => {
  if (typeof value !== 'function') refuse(member, 'a function');
};

/** A text is iterable too, letter by letter, which nobody means. */
export const checkEvents = (events: unknown): void => {
  const isIterable =
    typeof events === 'object' && events !== null && (Symbol.iterator in events || Symbol.asyncIterator in events);
  if (!isIterable) refuse('events', 'an iterable or an async iterable of event objects');
};

export const checkTexts = (values: unknown, member: string): void => {
  if (!Array.isArray(values) || values.some((value) => typeof value !== 'string')) refuse(member, 'a list of texts');
};

export const checkSeq = (value: unknown, member: string): void => {
  if (!Number.isSafeInteger(value) || (value as number) < 0) refuse(member, 'the number of an event');
};

const operations = ['create', 'update', 'delete', 'resolve'];

export const checkChange = (change: unknown): void => {
  if (!isJsonObject(change))
    return refuse('changes', 'a list of what write.create, write.update and write.delete make');
  const { operation, payload, options, resourceType, resourceId } = change as {
    readonly [Member in keyof Change]?: unknown;
  };
  checkRef({ resourceType, resourceId } as ResourceRef);
  if (operation === undefined) refuse('operation', `one of ${operations.join(', ')}`);
  checkOneOf(operation, 'operation', operations);
  if (!isJsonObject(payload) && !(payload === null && operation === 'resolve'))
    refuse('payload', 'an object from field to value');
  if (!isJsonObject(options)) return refuse('options', 'an object');
  checkSeen(options['seen']);
  checkTextOrNone(options['eventId'], 'eventId');
  checkTextOrNone(options['ruleId'], 'ruleId');
  const { dependsOn } = options;
  if (dependsOn !== undefined && (!Array.isArray(dependsOn) || !dependsOn.every(isRef)))
    refuse('dependsOn', 'a list of { resourceType, resourceId }');
};

export const checkChanges = (changes: unknown): void => {
  if (!Array.isArray(changes))
    return refuse('changes', 'a list of what write.create, write.update and write.delete make');
  for (const change of changes) checkChange(change);
};

const checkSeen = (seen: unknown): void => {
  if (seen === undefined) return;
  if (!Array.isArray(seen) || seen.some((dot) => typeof dot !== 'string'))
    return refuse('seen', 'the heads of a view: a list of dots (replicaId:seq)');
  const strange = (seen as readonly string[]).find((dot) => !isDot(dot));
  if (strange !== undefined)
    throw new ReknitError(
      'unknown_seen',
      `"${strange}" in "seen" is no dot (replicaId:seq): pass the heads of a view`,
      { dot: strange },
    );
};

const isRef = (value: unknown): boolean =>
  isJsonObject(value) &&
  [value['resourceType'], value['resourceId']].every((text) => typeof text === 'string' && text !== '');
