/**
 * How long to wait after a try that failed: exponential with full jitter, so that a thousand
 * replicas that lost one hub do not come back in step. What the remote asks for (Retry-After)
 * is a floor, and the cap holds for everything else.
 */
import type { Chance } from '../ports/timers.js';

export interface RetryOptions {
  /** The bound of the first wait; it doubles with each failure in a row. */
  readonly firstDelayMs: number;
  readonly delayMsMax: number;
}

export const defaultRetry: RetryOptions = { firstDelayMs: 500, delayMsMax: 60_000 };

/** A remote may ask for so much and no more: a wrong header must not end the sync for a year. */
const retryAfterMsMax = 60 * 60_000;
/** Beyond so many doublings any cap is reached. */
const doublingsMax = 30;

/** @param failures failed tries in a row, this one included */
export const delayAfter = (
  failures: number,
  { firstDelayMs, delayMsMax }: RetryOptions,
  chance: Chance,
  retryAfterMs: number | undefined,
): number => {
  const bound = Math.min(delayMsMax, firstDelayMs * 2 ** Math.min(Math.max(failures, 1) - 1, doublingsMax));
  const jittered = Math.floor(chance() * bound);
  if (retryAfterMs === undefined || !(retryAfterMs > 0)) return jittered;
  // All who were told the same moment spread out after it.
  return Math.min(retryAfterMs, retryAfterMsMax) + jittered;
};
