/** What is handed in to open a replica, wherever it runs. */
import { eventLimits } from '../../domain/events/limits.js';
import { checkMembers } from '../../domain/shared/check-argument.js';
import { ReknitError } from '../../domain/shared/errors.js';
import type { EventStore } from '../ports/event-store.js';

/**
 * Refuses at the door what would be found out later, half way or by everyone else.
 *
 * @param place by which the data is named where it is opened
 */
export const checkOpenOptions = (options: object, place: 'file' | 'name'): void => {
  const given = (typeof options === 'object' && options !== null ? options : {}) as Readonly<Record<string, unknown>>;
  const elsewhere: readonly string[] = place === 'file' ? ofPlaces.name : ofPlaces.file;
  const known = [...others, ...Object.keys(accepted)].filter((member) => !elsewhere.includes(member));
  // Where the data is to lie would be passed over without a word, and it would lie in memory.
  checkMembers('openReplica', given, Object.fromEntries(known.map((member) => [member, true])));
  if (!isId(given['agentId'])) throw wrong('agentId', 'a text: who writes here');
  for (const [member, { fits, what }] of Object.entries(accepted))
    if (given[member] !== undefined && !fits(given[member])) throw wrong(member, what);
  if (given['store'] !== undefined) checkStore(given['store']);
  if (given['store'] !== undefined && given['file'] !== undefined)
    throw wrong('file', 'left out where a store is given: the data is kept in one of them');
};

/** What every store has; a table, so that the compiler names what is forgotten here. */
const storeMembers: Readonly<Record<Exclude<keyof EventStore, 'lease' | 'checkStructure'>, 'object' | 'function'>> = {
  capabilities: 'object',
  facts: 'function',
  load: 'function',
  loadHistories: 'function',
  loadWorld: 'function',
  commit: 'function',
  readEvents: 'function',
  findEvents: 'function',
  readResource: 'function',
  readResources: 'function',
  readConflicts: 'function',
  findConflicts: 'function',
  readAudit: 'function',
  readParked: 'function',
  readCut: 'function',
  readGaps: 'function',
  readReplicas: 'function',
  readRefusals: 'function',
  readReceipts: 'function',
  readCursor: 'function',
  counts: 'function',
  watchOthers: 'function',
  backup: 'function',
  declareIndexes: 'function',
  close: 'function',
};

const checkStore = (store: unknown): void => {
  const members = (typeof store === 'object' && store !== null ? store : {}) as Readonly<Record<string, unknown>>;
  for (const [member, type] of Object.entries(storeMembers))
    if (typeof members[member] !== type || members[member] === null)
      throw wrong('store', `a store: what implements EventStore, and "${member}" is missing`);
};

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
const isId = (value: unknown): boolean =>
  isText(value) && value.isWellFormed() && value.length <= eventLimits.idCharsMax;
const isFunction = (value: unknown): boolean => typeof value === 'function';
const isOneOf = (...words: readonly string[]) => ({
  fits: (value: unknown) => words.some((word) => word === value),
  what: `one of ${words.join(', ')}`,
});
const isPolicy = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'rulesFor' in value && 'fingerprint' in value;

const hasMethods =
  (...names: readonly string[]) =>
  (value: unknown): boolean =>
    typeof value === 'object' &&
    value !== null &&
    names.every((name) => isFunction((value as Readonly<Record<string, unknown>>)[name]));
const isLimits = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  Object.values(value).every((limit) => limit === Infinity || (Number.isSafeInteger(limit) && Number(limit) >= 0));

const accepted: Readonly<Record<string, { readonly fits: (value: unknown) => boolean; readonly what: string }>> = {
  // SQLite's word for memory would make a file of that name, and data that was meant to go would stay.
  file: {
    fits: (value) => isText(value) && value !== ':memory:',
    what: 'the path of a file: leave it out for a replica in memory',
  },
  name: { fits: isText, what: 'the name of a database of this origin' },
  replicaId: { fits: isId, what: `a text of at most ${eventLimits.idCharsMax} characters` },
  policy: { fits: isPolicy, what: 'a policy: make one with definePolicy' },
  clock: { fits: isFunction, what: 'a function that gives milliseconds since 1970' },
  ids: { fits: isFunction, what: 'a function that gives new ids' },
  logger: { fits: hasMethods('debug', 'info', 'warn', 'error'), what: 'an object with debug, info, warn and error' },
  limits: { fits: isLimits, what: 'an object of whole numbers from 0 up' },
  readOnly: { fits: (value) => typeof value === 'boolean', what: 'true or false' },
  onRederive: { fits: isFunction, what: 'a function' },
  signal: { fits: hasMethods('throwIfAborted'), what: 'an AbortSignal' },
  busyTimeoutMs: {
    fits: (value) => typeof value === 'number' && value >= 0,
    what: 'milliseconds from 0 up',
  },
  durability: isOneOf('power', 'process'),
  onPolicyMismatch: isOneOf('warn', 'hold'),
};

/** Looked at by themselves. */
const others: readonly string[] = ['agentId', 'store'];
/** Each platform has one place, and what goes with it. */
const ofPlaces = { file: ['file', 'busyTimeoutMs'], name: ['name'] } as const;

const wrong = (member: string, what: string): ReknitError =>
  new ReknitError('wrong_type', `openReplica: "${member}" must be ${what}`, { member });
