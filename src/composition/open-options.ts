/** What `openReplica` takes; everything has a default but the agent. */
import type {
  AdoptionProgress,
  Durability,
  EventStore,
  Logger,
  MergeLimits,
  WallClock,
  RandomId,
} from '../application/index.js';
import { eventLimits, ReknitError, type Policy } from '../domain/index.js';

/** How a replica is opened. */
export interface OpenOptions {
  /** Who writes, unless told otherwise write by write. */
  readonly agentId: string;
  /** The SQLite file; without it, and without a store, the replica lives in memory. */
  readonly file?: string;
  /** Any other store. */
  readonly store?: EventStore;
  /** Without it the policy stored with the data, or the default policy for new data. */
  readonly policy?: Policy;
  /** For a new replica; 128 random bits otherwise. */
  readonly replicaId?: string;
  /** Milliseconds since 1970. */
  readonly clock?: WallClock;
  /** New unique ids, for events and replicas. */
  readonly ids?: RandomId;
  readonly logger?: Logger;
  /** `power` (the default) survives a power cut; `process` is faster and may lose what was never sent to one. */
  readonly durability?: Durability;
  /** Whether foreign events are applied while a remote merges under another policy; `warn` applies them. */
  readonly onPolicyMismatch?: 'warn' | 'hold';
  readonly limits?: Partial<MergeLimits>;
  /** Opens for reading alone; nothing is written, not even a first replica id. */
  readonly readOnly?: boolean;
  /** Told while states are derived anew under another policy. */
  readonly onRederive?: (progress: AdoptionProgress) => void;
  readonly signal?: AbortSignal;
}

/** Refuses at the door what would be found out later, half way or by everyone else. */
export const checkOpenOptions = (options: OpenOptions): void => {
  const given = (typeof options === 'object' && options !== null ? options : {}) as Readonly<Record<string, unknown>>;
  if (!isId(given['agentId'])) throw wrong('agentId', 'a text: who writes here');
  for (const [member, { fits, what }] of Object.entries(accepted))
    if (given[member] !== undefined && !fits(given[member])) throw wrong(member, what);
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
  file: { fits: isText, what: 'the path of a file' },
  replicaId: { fits: isId, what: `a text of at most ${eventLimits.idCharsMax} characters` },
  policy: { fits: isPolicy, what: 'a policy: make one with definePolicy' },
  clock: { fits: isFunction, what: 'a function that gives milliseconds since 1970' },
  ids: { fits: isFunction, what: 'a function that gives new ids' },
  store: { fits: hasMethods('facts', 'load', 'commit', 'close'), what: 'a store: what implements EventStore' },
  logger: { fits: hasMethods('debug', 'info', 'warn', 'error'), what: 'an object with debug, info, warn and error' },
  limits: { fits: isLimits, what: 'an object of whole numbers from 0 up' },
  readOnly: { fits: (value) => typeof value === 'boolean', what: 'true or false' },
  onRederive: { fits: isFunction, what: 'a function' },
  signal: { fits: hasMethods('throwIfAborted'), what: 'an AbortSignal' },
  durability: isOneOf('power', 'process'),
  onPolicyMismatch: isOneOf('warn', 'hold'),
};

const wrong = (member: string, what: string): ReknitError =>
  new ReknitError('wrong_type', `openReplica: "${member}" must be ${what}`, { member });
