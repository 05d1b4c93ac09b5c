/**
 * What a hub is made of, checked once when it is made. Not every embedder has a compiler, and a
 * bound that is undefined or no number bounds nothing: what is wrong is refused with its name.
 */
import { checkMembers, type Members } from '../../domain/shared/check-argument.js';
import { ReknitError } from '../../domain/shared/errors.js';
import { defaultHubLimits, type HubLimits, type HubOptions } from './options.js';
import { receiptKeyBytesMin } from './receipts/receipts.js';

const wrong = (member: string, what: string): never => {
  throw new ReknitError('wrong_type', `"${member}" must be ${what}`, { member });
};

const optionsOfHub = ['log', 'authenticate', 'receiptKey'] as const;
const partsOfLog = ['facts', 'append', 'read', 'markAt', 'heads', 'watch', 'counts', 'parked', 'dropParked', 'close'];
const audiences: readonly unknown[] = ['loopback', 'anyone', 'nobody'];
/** Without a path, as browsers send it. */
const originForm = /^[a-z][a-z0-9+.-]*:\/\/[^/?#@\s]+$/;
const pathForm = /^(?:\/[\w.~-]+)*$/;

const members: Members<HubOptions> = {
  log: true,
  authenticate: true,
  watchTokens: true,
  basePath: true,
  logger: true,
  receiptKey: true,
  policyFingerprint: true,
  limits: true,
  parkedMsMax: true,
  allowedOrigins: true,
  metrics: true,
  addressOf: true,
  clock: true,
};

export const checkHubOptions = (options: HubOptions): void => {
  if (typeof options !== 'object' || options === null)
    wrong('options', `an object with ${optionsOfHub.join(', ')} at least`);
  checkMembers('createHub', options, members);
  const {
    log,
    authenticate,
    watchTokens,
    basePath = '',
    receiptKey,
    allowedOrigins = [],
    metrics,
    parkedMsMax = 1,
  } = options;
  const isLog = partsOfLog.every((part) => typeof (log as unknown as Record<string, unknown>)?.[part] === 'function');
  if (!isLog) wrong('log', 'a log, such as openSqliteHubLog or createMemoryHubLog makes');
  if (typeof authenticate !== 'function') wrong('authenticate', 'a function that answers who comes with a token');
  if (watchTokens !== undefined && typeof watchTokens !== 'function') wrong('watchTokens', 'a function');
  if (!(receiptKey instanceof Uint8Array) || receiptKey.length < receiptKeyBytesMin)
    wrong('receiptKey', `${receiptKeyBytesMin} bytes or more, such as openReceiptKey reads from a file`);
  if (typeof basePath !== 'string' || !pathForm.test(basePath)) wrong('basePath', 'empty, or a path such as /sync');
  if (!Array.isArray(allowedOrigins) || !allowedOrigins.every((origin) => originForm.test(String(origin))))
    wrong('allowedOrigins', 'a list of origins such as https://app.example, each without a path or a slash at its end');
  if (typeof parkedMsMax !== 'number' || !(parkedMsMax >= 1))
    wrong('parkedMsMax', 'a number of milliseconds from 1 up');
  if (metrics !== undefined && !audiences.includes(metrics)) wrong('metrics', `one of ${audiences.join(', ')}`);
};

/** Those that may be 0, which means at once, or none; of anything else none at all would be served. */
const mayBeNothing: ReadonlySet<string> = new Set<keyof HubLimits>([
  'skewMsMax',
  'recheckMs',
  'tailPauseMs',
  'tailPauseMsPerHundred',
  'drainMsMax',
]);

/** With the defaults for what is not given, or given as undefined. */
export const hubLimitsOf = (given: Partial<HubLimits> = {}): HubLimits => {
  const limits: Record<string, number> = { ...defaultHubLimits };
  if (typeof given !== 'object' || given === null) wrong('limits', 'an object');
  for (const [name, value] of Object.entries(given) as [string, unknown][]) {
    if (value === undefined) continue;
    if (!Object.hasOwn(defaultHubLimits, name))
      wrong(`limits.${name}`, `left out: the limits are ${Object.keys(defaultHubLimits).join(', ')}`);
    const least = mayBeNothing.has(name) ? 0 : 1;
    if (typeof value !== 'number' || !Number.isFinite(value) || value < least)
      wrong(`limits.${name}`, `a number from ${least} up`);
    limits[name] = value as number;
  }
  for (const pool of ['bodiesBytesPerAddressMax', 'bodiesBytesMax'])
    if ((limits[pool] ?? 0) < (limits['bodyBytesMax'] ?? 0))
      wrong(`limits.${pool}`, 'no less than bodyBytesMax, or the largest body would never be read');
  if ((limits['socketsBufferedBytesMax'] ?? 0) < 2 * (limits['pageBytesMax'] ?? 0))
    wrong('limits.socketsBufferedBytesMax', 'no less than two of pageBytesMax, or no page would ever be sent');
  return limits as unknown as HubLimits;
};
