/** How a connection behaves, with defaults, and refused early where it makes no sense. */
import { type Members } from '../../domain/shared/check-argument.js';
import { ReknitError } from '../../domain/shared/errors.js';
import type { ResourceRef } from '../../domain/events/event.js';
import { isJsonObject } from '../../domain/shared/json.js';
import { checkObjectOf, checkObject, checkRef, checkTexts } from '../argument-checks.js';
import { alwaysOnline, type Connectivity } from '../ports/connectivity.js';
import type { SyncScope } from '../ports/remote.js';
import type { System } from '../ports/system.js';
import type { Chance, Timers } from '../ports/timers.js';
import { defaultRetry, type RetryOptions } from './backoff.js';

/** How a replica exchanges events with a remote. */
export interface ConnectOptions {
  /** Stays in step by itself, from now until it is closed. Without it events are exchanged when asked. */
  readonly live?: boolean;
  /** Only this part, widened by the types that the policy refers to (R38). */
  readonly subscribe?: SyncScope;
  readonly retry?: Partial<RetryOptions>;
  /** How long changes that follow another one are gathered before they are sent; the first leaves at once. 10 ms. */
  readonly gatherMs?: number;
  /** How often a remote without a subscription is asked; 30 s. With one it is asked in full every tenth time. */
  readonly intervalMs?: number;
  /** After how long another process takes over from one that died; 15 s. */
  readonly leaseMs?: number;
  readonly timers?: Timers;
  readonly chance?: Chance;
  readonly connectivity?: Connectivity;
}

export interface ConnectSettings {
  readonly isAutomatic: boolean;
  readonly subscribe: SyncScope | undefined;
  readonly retry: RetryOptions;
  readonly gatherMs: number;
  readonly intervalMs: number;
  readonly leaseMs: number;
  readonly timers: Timers | undefined;
  readonly chance: Chance;
  readonly connectivity: Connectivity;
}

const members: Members<ConnectOptions> = {
  live: true,
  subscribe: true,
  retry: true,
  gatherMs: true,
  intervalMs: true,
  leaseMs: true,
  timers: true,
  chance: true,
  connectivity: true,
};

export const settingsOf = (options: ConnectOptions, system: System): ConnectSettings => {
  checkObjectOf(options, 'options', members);
  checkObject(options.subscribe, 'subscribe');
  checkObjectOf(options.retry, 'retry', { firstDelayMs: true, delayMsMax: true } satisfies Members<RetryOptions>);
  checkScope(options.subscribe);
  const timers = options.timers ?? system.timers;
  const isAutomatic = options.live === true;
  if (isAutomatic && timers === undefined)
    throw new ReknitError('timers_missing', 'a live connection needs timers: pass them as an option', {});
  const settings: ConnectSettings = {
    isAutomatic,
    subscribe: options.subscribe,
    retry: {
      firstDelayMs: options.retry?.firstDelayMs ?? defaultRetry.firstDelayMs,
      delayMsMax: options.retry?.delayMsMax ?? defaultRetry.delayMsMax,
    },
    gatherMs: options.gatherMs ?? 10,
    intervalMs: options.intervalMs ?? 30_000,
    leaseMs: options.leaseMs ?? 15_000,
    timers,
    // In the middle, where nobody gave any: waits grow as they should, only in step with others'.
    chance: options.chance ?? system.chance ?? (() => 0.5),
    connectivity: options.connectivity ?? system.connectivity ?? alwaysOnline,
  };
  const { retry, gatherMs, intervalMs, leaseMs } = settings;
  checkDuration(gatherMs, 'gatherMs', 0);
  for (const [member, value] of Object.entries({ ...retry, intervalMs, leaseMs })) checkDuration(value, member, 1);
  return settings;
};

/** Timers of all platforms run at once what is asked for later than in some 24 days; multiples have to fit too. */
const durationMsMax = 200_000_000;

/** Without a wait there would be no end of tries. */
const checkDuration = (value: unknown, member: string, least: number): void => {
  if (typeof value === 'number' && value >= least && value <= durationMsMax) return;
  throw new ReknitError(
    'wrong_type',
    `"${member}" must be a number of milliseconds from ${least} up to ${durationMsMax}`,
    { member },
  );
};

/** A member by another name would ask for everything without a word. */
const checkScope = (scope: SyncScope | undefined): void => {
  if (scope === undefined) return;
  const { resourceTypes, resources, ...others } = scope;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined)
    throw new ReknitError('wrong_type', `"subscribe" holds resourceTypes and resources, and no "${unknown}"`, {
      member: unknown,
    });
  if (resourceTypes !== undefined) checkTexts(resourceTypes, 'resourceTypes');
  if (resources === undefined) return;
  if (!Array.isArray(resources)) throw notRefs();
  for (const ref of resources as readonly unknown[]) {
    if (!isJsonObject(ref)) throw notRefs();
    checkRef(ref as unknown as ResourceRef);
  }
};

const notRefs = (): ReknitError =>
  new ReknitError('wrong_type', '"resources" must be a list of { resourceType, resourceId }', { member: 'resources' });
