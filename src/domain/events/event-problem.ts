/** What is wrong with what claims to be an event: each member by itself, then those that are optional or unknown. */
import { isDot } from '../causality/dot.js';
import { timestampToMs } from '../clock/timestamp.js';
import { jsonFault, keyProblem } from '../shared/json-check.js';
import { isJsonObject } from '../shared/json.js';
import { shown } from '../shared/shown.js';
import { requiredMembers } from './canonical-event.js';
import type { Operation } from './event.js';
import type { EventError, EventErrorCode } from './event-error.js';
import { eventLimits } from './limits.js';

const operations: ReadonlySet<string> = new Set<Operation>(['create', 'update', 'delete', 'resolve']);
const priorityNames: ReadonlySet<string> = new Set(['low', 'medium', 'high', 'critical']);
/** Words that choose a side of a conflict; an event of that name could not be chosen (R32). */
const reservedEventIds: ReadonlySet<string> = new Set(['local', 'remote']);

/** Why an event was refused; `member` says where, as far as one member is to blame. */
export const refusal = (code: EventErrorCode, message: string, member?: string): EventError =>
  member === undefined ? { code, message } : { code, message, member };

/** The first thing that is wrong, by the order in which members are looked at; undefined for a sound event. */
export const eventProblem = (input: unknown): EventError | undefined => {
  if (!isJsonObject(input)) return refusal('not_an_event', 'an event is a JSON object');
  return (
    idProblem(input, 'eventId') ??
    idProblem(input, 'replicaId') ??
    idProblem(input, 'agentId') ??
    idProblem(input, 'resourceType') ??
    idProblem(input, 'resourceId') ??
    countProblem(input, 'seq', 1, Number.MAX_SAFE_INTEGER) ??
    countProblem(input, 'counter', 0, eventLimits.counterMax) ??
    countProblem(input, 'schemaVersion', 0, 0x7fff_ffff) ??
    namesProblem(input) ??
    operationProblem(input['operation']) ??
    timestampProblem(input['timestamp']) ??
    dotsProblem(input, 'parents', eventLimits.parentsMax) ??
    payloadProblem(input) ??
    optionalProblem(input)
  );
};

const missing = (member: string): EventError => refusal('missing_member', `the event has no "${member}"`, member);

const idProblem = (input: Readonly<Record<string, unknown>>, member: string): EventError | undefined => {
  const value = input[member];
  if (value === undefined) return missing(member);
  if (typeof value !== 'string' || value === '')
    return refusal('wrong_type', `"${member}" must be a text that is not empty`, member);
  if (value.length > eventLimits.idCharsMax)
    return refusal('too_large', `"${member}" is longer than ${eventLimits.idCharsMax} characters`, member);
  return value.isWellFormed() ? undefined : refusal('bad_json', `"${member}" holds a lone surrogate`, member);
};

const namesProblem = (input: Readonly<Record<string, unknown>>): EventError | undefined => {
  if (reservedEventIds.has(input['eventId'] as string))
    return refusal(
      'reserved_id',
      `"${String(input['eventId'])}" chooses a side of a conflict: give the event another id`,
      'eventId',
    );
  // The type is the first half of a resource's key, and NUL is what ends it there.
  if ((input['resourceType'] as string).includes('\u0000'))
    return refusal('wrong_type', '"resourceType" must not hold the NUL character', 'resourceType');
  return undefined;
};

const countProblem = (
  input: Readonly<Record<string, unknown>>,
  member: string,
  least: number,
  most: number,
): EventError | undefined => {
  const value = input[member];
  if (value === undefined) return missing(member);
  return Number.isInteger(value) && !Object.is(value, -0) && (value as number) >= least && (value as number) <= most
    ? undefined
    : refusal('wrong_type', `"${member}" must be a whole number from ${least} to ${most}`, member);
};

const operationProblem = (value: unknown): EventError | undefined => {
  if (value === undefined) return missing('operation');
  return typeof value === 'string' && operations.has(value)
    ? undefined
    : refusal(
        'unknown_operation',
        `"operation" must be create, update, delete or resolve, not ${shown(value)}`,
        'operation',
      );
};

const timestampProblem = (value: unknown): EventError | undefined => {
  if (value === undefined) return missing('timestamp');
  return typeof value === 'string' && timestampToMs(value) !== undefined
    ? undefined
    : refusal(
        'bad_timestamp',
        `"timestamp" must be a real time in the form 2026-02-02T10:00:00.000Z, not ${shown(value)}`,
        'timestamp',
      );
};

const dotsProblem = (
  input: Readonly<Record<string, unknown>>,
  member: string,
  most: number,
): EventError | undefined => {
  const value = input[member];
  if (value === undefined) return missing(member);
  if (!Array.isArray(value)) return refusal('wrong_type', `"${member}" must be a list of dots`, member);
  if (value.length > most) return refusal('too_large', `"${member}" names more than ${most} events`, member);
  for (const dot of value as readonly unknown[])
    if (typeof dot !== 'string' || !isDot(dot) || dot.length > eventLimits.idCharsMax + 20 || !dot.isWellFormed())
      return refusal('bad_parents', `"${member}" holds ${shown(dot)}, which is no dot (replicaId:seq)`, member);
  const dots = value as readonly string[];
  // Most events have one parent, which can be no duplicate.
  const twice = dots.length > 1 && new Set(dots).size < dots.length ? duplicateIn(dots) : undefined;
  if (twice !== undefined) return refusal('bad_parents', `"${member}" names ${twice} twice`, member);
  if (member === 'parents' && dots.length > 0 && dots.includes(`${String(input['replicaId'])}:${String(input['seq'])}`))
    return refusal('bad_parents', 'an event cannot be its own parent', member);
  return undefined;
};

const duplicateIn = (dots: readonly string[]): string | undefined =>
  dots.find((dot, index) => dots.indexOf(dot) < index);

const payloadProblem = (input: Readonly<Record<string, unknown>>): EventError | undefined => {
  const { payload, operation } = input;
  if (payload === undefined) return missing('payload');
  if (payload === null)
    return operation === 'resolve' || operation === 'delete'
      ? undefined
      : refusal('wrong_type', `"payload" of a ${String(operation)} must be an object of fields`, 'payload');
  if (!isJsonObject(payload)) return refusal('wrong_type', '"payload" must be an object of fields', 'payload');
  if (operation === 'delete' && Object.keys(payload).length > 0)
    return refusal('wrong_type', '"payload" of a delete must be empty', 'payload');
  return jsonRefusal(payload, 'payload');
};

const jsonRefusal = (value: unknown, member: string): EventError | undefined => {
  const fault = jsonFault(value, `"${member}"`);
  return fault === undefined ? undefined : refusal(fault.code, fault.message, member);
};

/** Optional members, and those of a newer version, which only have to be sound JSON. */
const optionalProblem = (input: Readonly<Record<string, unknown>>): EventError | undefined => {
  const keys = Object.keys(input);
  if (keys.length === requiredMembers.size) return undefined;
  if (keys.length > eventLimits.keysMax)
    return refusal('too_large', `the event has more than ${eventLimits.keysMax} members`);
  for (const key of keys) {
    if (requiredMembers.has(key)) continue;
    const badKey = keyProblem(key, 'the event');
    if (badKey !== undefined) return refusal('bad_json', badKey, key);
    const problem = jsonRefusal(input[key], key) ?? knownOptionalProblem(input, key);
    if (problem !== undefined) return problem;
  }
  return undefined;
};

const knownOptionalProblem = (input: Readonly<Record<string, unknown>>, member: string): EventError | undefined => {
  const value = input[member];
  const wrong = (what: string): EventError => refusal('wrong_type', `"${member}" must be ${what}`, member);
  switch (member) {
    case 'priority':
      return (typeof value === 'string' && priorityNames.has(value)) || typeof value === 'number'
        ? undefined
        : wrong('low, medium, high, critical or a number');
    case 'conflictId':
      return typeof value === 'string' && value.length <= eventLimits.idCharsMax
        ? undefined
        : wrong('the id of a conflict');
    case 'note':
      return typeof value === 'string' && value.length <= eventLimits.noteCharsMax
        ? undefined
        : wrong(`a text of at most ${eventLimits.noteCharsMax} characters`);
    case 'was':
      return typeof value === 'string' && isDot(value) ? undefined : wrong('a dot (replicaId:seq)');
    case 'sees':
      return dotsProblem(input, 'sees', eventLimits.seesMax);
    case 'dependsOn':
      return Array.isArray(value) && value.length <= eventLimits.dependsOnMax && value.every(isResourceRef)
        ? undefined
        : wrong('a list of { resourceType, resourceId }');
    default:
      return undefined;
  }
};

const isResourceRef = (value: unknown): boolean =>
  isJsonObject(value) &&
  idProblem(value, 'resourceType') === undefined &&
  idProblem(value, 'resourceId') === undefined &&
  Object.keys(value).length === 2;
