/** Keeps at most one subscription open for a connection, and tells the machine how it stands. */
import { msToTimestamp } from '../../domain/clock/timestamp.js';
import type { Exchange } from './exchange.js';
import { failureOf, kindOf, retryAfterMsOf, toStatusError } from './failures.js';
import { openLive, type Live } from './live.js';
import type { SyncSignal } from './machine.js';

export interface LiveLink {
  /** Opens it, where the remote has one. */
  readonly open: () => void;
  readonly close: () => void;
}

/** @param refresh counts anew what there is to tell */
export const createLiveLink = (
  exchange: Exchange,
  send: (signal: SyncSignal) => void,
  refresh: () => Promise<void>,
): LiveLink => {
  const { remote, memory, tell, deps } = exchange;
  let live: Live | undefined;

  return {
    open: () => {
      const { greeted } = memory;
      if (live !== undefined || remote.live === undefined || greeted === undefined) {
        send('inStep');
        return;
      }
      const opened: Live = openLive(exchange, greeted.hello, {
        onStarted: () => send('inStep'),
        onNews: () => {
          tell({ lastSyncedAt: msToTimestamp(deps.system.clock()) });
          void refresh();
        },
        onEnd: (error) => {
          if (live !== opened) return;
          live = undefined;
          const failure = failureOf(error ?? new Error('the subscription ended'), undefined);
          const kind = kindOf(failure);
          memory.retryAfterMs = retryAfterMsOf(failure);
          if (kind !== 'leaseLost') tell({ error: toStatusError(failure) });
          send(kind === 'failed' ? 'liveEnded' : kind);
        },
      });
      live = opened;
    },
    close: () => {
      const open = live;
      live = undefined;
      open?.close();
    },
  };
};
