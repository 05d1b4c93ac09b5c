/** The one timer that the machine's state asks for: it is set when a state is entered, and gone when it is left. */
import { delayAfter } from './backoff.js';
import type { Exchange } from './exchange.js';
import { leaseExtensionsPerTtl } from './leadership.js';
import type { Needs, SyncSignal } from './machine.js';
import type { ConnectSettings } from './options.js';

export interface StateTimer {
  /** How long to wait before the next try; undefined where nobody would try by itself. */
  readonly delayMsBefore: (kind: Needs['timer'], failures: number) => number | undefined;
  /** @param delayMs how long to wait after a failure */
  readonly start: (kind: Needs['timer'], delayMs?: number) => void;
  readonly stop: () => void;
}

/** With a subscription a whole round is made this many times less often: it finds what no page tells. */
const turnsWithLive = 10;

/** @param look at who holds the lease */
export const createStateTimer = (
  { remote, memory }: Exchange,
  settings: ConnectSettings,
  send: (signal: SyncSignal) => void,
  look: () => void,
): StateTimer => {
  const { isAutomatic, timers } = settings;
  let stopTimer: (() => void) | undefined;

  const stop = (): void => {
    stopTimer?.();
    stopTimer = undefined;
  };

  return {
    delayMsBefore: (kind, failures) => {
      if (!isAutomatic || (kind !== 'retry' && kind !== 'slowRetry')) return undefined;
      const { retry, chance } = settings;
      return delayAfter(kind === 'slowRetry' ? Infinity : failures, retry, chance, memory.retryAfterMs);
    },
    start: (kind, delayMs) => {
      stop();
      if (timers === undefined) return;
      if (delayMs !== undefined) stopTimer = timers.after(delayMs, () => send('delayPassed'));
      if (kind === 'lease') stopTimer = timers.after(settings.leaseMs / leaseExtensionsPerTtl, look);
      if (kind !== 'turn' || !isAutomatic) return;
      // What is not taken is offered again as often as a remote without a subscription is asked.
      const turns = remote.live === undefined || memory.untaken.length > 0 ? 1 : turnsWithLive;
      stopTimer = timers.after(settings.intervalMs * turns, () => send('due'));
    },
    stop,
  };
};
