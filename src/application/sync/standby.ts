/**
 * While another process syncs this file: looks now and then whether it still does, takes over where it does not, and
 * answers those who asked for a round when that one has sent what was recorded here before.
 */
import type { Condition } from './condition.js';
import type { ExchangeDeps } from './exchange.js';
import type { Leadership } from './leadership.js';
import { needs, type SyncSignal, type SyncState } from './machine.js';
import { recordedSoFar, type RecordedDeps } from './recorded.js';
import type { Caller, Rounds } from './rounds.js';
import { emptyReport } from './status.js';

export interface Standby {
  readonly enter: () => void;
  /** Has the other process sent what somebody waits for, or does it hold the lease no longer? */
  readonly look: () => Promise<void>;
  /** Answers who waits once that one has sent it, unless it becomes our turn. */
  readonly answerLater: (caller: Caller) => Promise<void>;
}

export interface StandbyDeps {
  readonly deps: RecordedDeps & Pick<ExchangeDeps, 'system'>;
  readonly leadership: Leadership;
  readonly rounds: Rounds;
  readonly condition: Condition;
  readonly isAutomatic: boolean;
  readonly state: () => SyncState;
  readonly send: (signal: SyncSignal) => void;
  readonly refresh: () => Promise<void>;
  /** Sets the timer for the next look. */
  readonly lookLater: () => void;
}

export const createStandby = (given: StandbyDeps): Standby => {
  const { deps, leadership, rounds, condition, isAutomatic, state, send, refresh, lookLater } = given;
  const { waiting } = rounds;

  const look = async (): Promise<void> => {
    if (state() !== 'standby') return;
    try {
      await refresh();
      if (!isAutomatic && waiting.size === 0) {
        send('gaveUp');
        return;
      }
      const isOurs = await leadership.acquire();
      if (state() !== 'standby') {
        if (isOurs && needs[state()].lease === 'released') await leadership.release();
        return;
      }
      if (isOurs) {
        send('leaseFree');
        return;
      }
    } catch (error) {
      deps.system.logger.debug('who syncs this file could not be found out', { error: String(error) });
    }
    if (state() === 'standby') lookLater();
  };

  const answerLater = async (caller: Caller): Promise<void> => {
    try {
      const isSent = await recordedSoFar(deps);
      // Until then it may have become our turn after all, or the caller has left.
      await condition.until(async () => !waiting.has(caller) || state() !== 'standby' || isSent());
      if (state() !== 'standby' || !waiting.delete(caller)) return;
      caller.resolve(emptyReport);
    } catch (error) {
      if (waiting.delete(caller)) caller.reject(error);
    }
    if (!isAutomatic && waiting.size === 0) send('gaveUp');
  };

  return {
    enter: () => {
      for (const caller of waiting) void answerLater(caller);
      void look();
    },
    look,
    answerLater,
  };
};
