/**
 * The one way in: from anything to an event that is safe to store, hash and merge.
 *
 * Nothing here depends on what is already known, on arrival order, on the policy or on who
 * asks (R4), so every replica accepts and refuses the same events. Parents that do not fit
 * are found later, by the merge, which knows the ancestors.
 */
import { compareDots, dotOf, isDot } from '../causality/dot.js';
import { timestampToMs } from '../clock/timestamp.js';
import { canonicalJson, canonicalJsonUnescaped } from '../shared/canonical-json.js';
import { ReknitError } from '../shared/errors.js';
import { jsonFault, keyProblem } from '../shared/json-check.js';
import { isJsonObject } from '../shared/json.js';
import { err, ok, type Result } from '../shared/result.js';
import type { Sha256 } from '../shared/sha256.js';
import { duplicateKey } from './duplicate-key.js';
import type { ContentHash, Dot, Operation, ReknitEvent, SealedEvent } from './event.js';
import type { EventError, EventErrorCode } from './event-error.js';
import { eventLimits } from './limits.js';
import { shown } from '../shared/shown.js';

const operations: ReadonlySet<string> = new Set<Operation>(['create', 'update', 'delete', 'resolve']);
const priorityNames: ReadonlySet<string> = new Set(['low', 'medium', 'high', 'critical']);
/** Words that choose a side of a conflict; an event of that name could not be chosen (R32). */
const reservedEventIds: ReadonlySet<string> = new Set(['local', 'remote']);

/**
 * Checks one value, for example from `JSON.parse`, and seals it with the hash of its
 * canonical form. The value is not copied: treat it as immutable from here on.
 */
export const parseEvent = (input: unknown, sha256: Sha256): Result<SealedEvent, EventError> => {
  const problem = eventProblem(input);
  return problem === undefined ? seal(input as ReknitEvent, sha256) : err(problem);
};

/**
 * The same for who cannot go on without the event.
 *
 * @throws ReknitError with the code of the refusal
 */
export const parseEventOrThrow = (input: unknown, sha256: Sha256): SealedEvent => {
  const parsed = parseEvent(input, sha256);
  if (parsed.ok) return parsed.value;
  const { code, message, member } = parsed.error;
  throw new ReknitError(code, message, { member });
};

/** One line of a bundle; finds duplicate keys too, which `JSON.parse` lets pass in silence. */
export const parseEventLine = (line: string, sha256: Sha256): Result<SealedEvent, EventError> => {
  let input: unknown;
  try {
    input = JSON.parse(line);
  } catch (cause) {
    return err(refusal('bad_json', `the line is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`));
  }
  const problem = eventProblem(input);
  if (problem !== undefined) return err(problem);
  const event = withSortedDots(input as ReknitEvent);
  // In JSON without a backslash no text holds anything that has to be escaped.
  const canonical = line.includes('\\') ? canonicalEvent(event) : canonicalUnescaped(event);
  // Canonical form only reorders: a compact line of the same length has lost no member.
  if (canonical.length !== line.length) {
    const key = duplicateKey(line);
    if (key !== undefined) return err(refusal('duplicate_key', `the member "${key}" stands twice in one object`, key));
  }
  return sealCanonical(event, canonical, sha256);
};

/**
 * The canonical form of an event: the base of its hash, and of every comparison with another.
 * Most events have the required members alone, whose canonical order is known beforehand.
 */
export const canonicalEvent = (event: ReknitEvent): string => {
  if (Object.keys(event).length !== requiredMembers.size) return canonicalJson(event);
  return `{"agentId":${JSON.stringify(event.agentId)},"counter":${event.counter},"eventId":${JSON.stringify(event.eventId)},"operation":"${event.operation}","parents":${JSON.stringify(event.parents)},"payload":${canonicalJson(event.payload)},"replicaId":${JSON.stringify(event.replicaId)},"resourceId":${JSON.stringify(event.resourceId)},"resourceType":${JSON.stringify(event.resourceType)},"schemaVersion":${event.schemaVersion},"seq":${event.seq},"timestamp":"${event.timestamp}"}`;
};

/** The same for an event none of whose texts needs an escape. */
const canonicalUnescaped = (event: ReknitEvent): string => {
  if (Object.keys(event).length !== requiredMembers.size) return canonicalJsonUnescaped(event);
  const { parents } = event;
  let dots = '';
  for (let index = 0; index < parents.length; index += 1) dots += `${index > 0 ? ',' : ''}"${parents[index]}"`;
  return `{"agentId":"${event.agentId}","counter":${event.counter},"eventId":"${event.eventId}","operation":"${event.operation}","parents":[${dots}],"payload":${canonicalJsonUnescaped(event.payload)},"replicaId":"${event.replicaId}","resourceId":"${event.resourceId}","resourceType":"${event.resourceType}","schemaVersion":${event.schemaVersion},"seq":${event.seq},"timestamp":"${event.timestamp}"}`;
};

const seal = (input: ReknitEvent, sha256: Sha256): Result<SealedEvent, EventError> => {
  const event = withSortedDots(input);
  return sealCanonical(event, canonicalEvent(event), sha256);
};

/**
 * Parents and `sees` in the order of R1. They are sets, so their order carries nothing; in the
 * canonical form they have one, or the same event written by two programs would be a fork.
 */
const withSortedDots = (event: ReknitEvent): ReknitEvent => {
  const parents = sortedDots(event.parents);
  const sees = event.sees === undefined ? undefined : sortedDots(event.sees);
  if (parents === event.parents && sees === event.sees) return event;
  return sees === undefined ? { ...event, parents } : { ...event, parents, sees };
};

const sortedDots = (dots: readonly Dot[]): readonly Dot[] => {
  for (let index = 1; index < dots.length; index += 1)
    if (compareDots(dots[index - 1] as Dot, dots[index] as Dot) >= 0) return [...dots].sort(compareDots);
  return dots;
};

const sealCanonical = (event: ReknitEvent, canonical: string, sha256: Sha256): Result<SealedEvent, EventError> => {
  // A UTF-16 unit is at most three bytes of UTF-8, so most events need no count.
  if (canonical.length * 3 > eventLimits.eventBytesMax && utf8Bytes(canonical) > eventLimits.eventBytesMax)
    return err(
      refusal(
        'too_large',
        `the event is larger than ${eventLimits.eventBytesMax} bytes: split it, or store a reference`,
      ),
    );
  return ok({ event, dot: dotOf(event.replicaId, event.seq), hash: sha256(canonical) as ContentHash });
};

const utf8Bytes = (text: string): number => {
  let bytes = text.length;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit > 0x7f) bytes += unit > 0x7ff && (unit < 0xd800 || unit > 0xdfff) ? 2 : 1;
  }
  return bytes;
};

const refusal = (code: EventErrorCode, message: string, member?: string): EventError =>
  member === undefined ? { code, message } : { code, message, member };

const eventProblem = (input: unknown): EventError | undefined => {
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

const requiredMembers: ReadonlySet<string> = new Set([
  'eventId', 'replicaId', 'seq', 'agentId', 'resourceType', 'resourceId', 'operation', 'timestamp', 'counter', 'parents', 'payload', 'schemaVersion',
]); // prettier-ignore

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
      return Array.isArray(value) && value.length <= eventLimits.seesMax && value.every(isResourceRef)
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
