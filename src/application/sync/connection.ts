/**
 * A connection to one remote: drives the machine. It makes true what the machine's state needs
 * (a round, a subscription, a timer, the lease), feeds back what happens, and answers who waits.
 */
import { BehaviorSubject, type Observable } from 'rxjs';
import type { ReknitEvent } from '../../domain/events/event.js';
import { msToTimestamp } from '../../domain/clock/timestamp.js';
import { ReknitError } from '../../domain/shared/errors.js';
import { checkSignal } from '../argument-checks.js';
import type { Remote } from '../ports/remote.js';
import type { Refusals, RejectedOwnEvent } from '../refusals.js';
import type { Upkeep } from '../upkeep.js';
import { delayAfter } from './backoff.js';
import type { Exchange, ExchangeDeps, Greeted } from './exchange.js';
import { failureOf, kindOf, retryAfterMsOf, toStatusError } from './failures.js';
import { createLeadership } from './leadership.js';
import { openLive, type Live } from './live.js';
import { machineAtRest, needs, step, type SyncMachine, type SyncSignal, type SyncState } from './machine.js';
import type { ConnectSettings } from './options.js';
import { createOrigins } from './origins.js';
import { plainUpkeep } from './plain-upkeep.js';
import { pushAll } from './push.js';
import { runRound } from './round.js';
import {
  emptyReport,
  statusAtRest,
  type RefusedEvent,
  type SyncPhase,
  type SyncReport,
  type SyncStatus,
} from './status.js';

export interface SyncConnection {
  readonly status: SyncStatus;
  readonly status$: Observable<SyncStatus>;
  /**
   * One round: pull until there is no more, then push. Rounds asked for meanwhile share the next
   * one. Where another process syncs this file, resolves when that one has sent what was recorded
   * here before the call.
   */
  readonly now: (options?: { readonly signal?: AbortSignal }) => Promise<SyncReport>;
  /** Resolves when the remote has durably what was recorded here before the call; a live connection goes on trying. */
  readonly synced: (options?: { readonly signal?: AbortSignal }) => Promise<void>;
  readonly pause: () => void;
  readonly resume: () => void;
  /** Ends it, and the remote's connection with it. What was exchanged is kept. */
  readonly close: () => Promise<void>;
  /** Own events that the remote refused (R9); each delays no other. */
  readonly rejected: {
    readonly list: () => Promise<readonly RejectedOwnEvent[]>;
    /** Sends it once more at the next round. */
    readonly retry: (eventId: string) => Promise<void>;
    /** Records its change anew on what stands now. */
    readonly reissue: (eventId: string) => Promise<ReknitEvent>;
    /** Leaves it out for good. */
    readonly shelve: (eventId: string) => Promise<void>;
  };
}

export interface ConnectionDeps extends ExchangeDeps {
  readonly upkeep?: Upkeep;
  readonly refusals?: Pick<Refusals, 'listRejected' | 'retry' | 'reissue' | 'shelve'>;
  /** Tells of every commit here, by this process or another; answers how to stop. */
  readonly onChange?: (listener: (origin: 'local' | 'process') => void) => () => void;
  /** Names this process among those that share the store. */
  readonly holder?: string;
}

interface Waiter {
  readonly resolve: (report: SyncReport) => void;
  readonly reject: (error: unknown) => void;
  readonly signal: AbortSignal | undefined;
}

interface Round {
  readonly controller: AbortController;
  readonly waiters: Set<Waiter>;
}

const phases: Readonly<Record<SyncState, SyncPhase>> = {
  offline: 'offline',
  standby: 'standby',
  connecting: 'connecting',
  pulling: 'pulling',
  pushing: 'pushing',
  sending: 'pushing',
  live: 'live',
  backoff: 'backoff',
  unauthorized: 'unauthorized',
  refused: 'refused',
  paused: 'offline',
  closed: 'offline',
};

/** With a subscription a whole round is made this many times less often: it finds what no page tells. */
const turnsWithLive = 10;

export const createConnection = (deps: ConnectionDeps, remote: Remote, settings: ConnectSettings): SyncConnection => {
  const { store, system } = deps;
  const { isAutomatic, timers } = settings;
  const upkeep = deps.upkeep ?? plainUpkeep(deps);
  const refusals = deps.refusals ?? noRefusals;
  const subject = new BehaviorSubject<SyncStatus>(statusAtRest);
  const tell = (change: Partial<SyncStatus>): void => subject.next({ ...subject.value, ...change });

  let machine: SyncMachine = machineAtRest;
  /** For after an `await`, where the compiler still believes what it saw before. */
  const stateNow = (): SyncState => machine.state;
  let current: Round | undefined;
  let windingDown: Promise<unknown> = Promise.resolve();
  let live: Live | undefined;
  let greeted: Greeted | undefined;
  let retryAfterMs: number | undefined;
  let stopTimer: (() => void) | undefined;
  let stopGathering: (() => void) | undefined;
  let isClosing = false;
  /** Own events that the remote does not take, without having told everyone. */
  let untaken: readonly RefusedEvent[] = [];
  const waiting = new Set<Waiter>();
  /** Those who wait for a mark to move, not for a round. */
  const listeners = new Set<() => void>();

  const leadership = createLeadership({
    store,
    name: remote.address === undefined ? undefined : `sync ${remote.address}`,
    holder: deps.holder ?? '',
    ttlMs: settings.leaseMs,
    clock: system.clock,
    timers,
    logger: system.logger,
    onLost: () => send('leaseLost'),
    onSyncer: (syncer) => tell({ syncer }),
  });

  const exchange: Exchange = {
    deps,
    upkeep,
    remote,
    subscribe: settings.subscribe,
    origins: createOrigins(),
    tell,
    fence: leadership.fence,
    inTurn: createTurns(),
    memory: { scope: undefined, cursor: undefined },
  };

  const signals: SyncSignal[] = [];
  let isStepping = false;
  /** One signal after the other: what a step sets off may signal again. */
  const send = (signal: SyncSignal): void => {
    signals.push(signal);
    if (isStepping) return;
    isStepping = true;
    try {
      for (let next = signals.shift(); next !== undefined; next = signals.shift()) {
        const before = machine;
        machine = step(before, next);
        if (machine.state !== before.state) entered(before.state, machine.state);
      }
    } finally {
      isStepping = false;
    }
  };

  const entered = (from: SyncState, to: SyncState): void => {
    const { round, live: wantsLive, timer, lease } = needs[to];
    stopTimer?.();
    stopTimer = undefined;
    const delayMs = timer === 'retry' || timer === 'slowRetry' ? delayBefore(timer) : undefined;
    const retryAt = delayMs === undefined ? undefined : msToTimestamp(system.clock() + delayMs);
    // What a round that was asked for came to can still be read when its connection is closed.
    if (isAutomatic || to !== 'closed') tell({ phase: phases[to], retryAt });
    if (round === 'none' && current !== undefined) callOff(reasonFor(to));
    if (wantsLive === 'closed') closeLive();
    // A round now and then holds the lease while it runs; who stays in step holds it all the time.
    if (lease === 'released' || (!isAutomatic && to === 'live')) void leadership.release();
    startTimer(timer, delayMs);
    if (to === 'connecting') startRound();
    if (to === 'sending') startSending();
    if (to === 'live') {
      if (wantsLive === 'open' && isAutomatic) startLive();
      else send('inStep');
    }
    if (to === 'standby') {
      takeBack();
      void lookAround();
    }
    if (from === 'standby') for (const listener of listeners) listener();
    for (const listener of listeners) listener();
  };

  /** Where nobody would try again by itself, there is no wait either. */
  const delayBefore = (timer: 'retry' | 'slowRetry'): number | undefined => {
    if (!isAutomatic) return undefined;
    const { retry, chance } = settings;
    return delayAfter(timer === 'slowRetry' ? Infinity : machine.failures, retry, chance, retryAfterMs);
  };

  const startTimer = (kind: (typeof needs)[SyncState]['timer'], delayMs?: number): void => {
    if (timers === undefined) return;
    if (delayMs !== undefined) stopTimer = timers.after(delayMs, () => send('delayPassed'));
    if (kind === 'lease') stopTimer = timers.after(settings.leaseMs / 3, () => void lookAround());
    if (kind !== 'turn' || !isAutomatic) return;
    const turns = remote.live === undefined ? 1 : turnsWithLive;
    stopTimer = timers.after(settings.intervalMs * turns, () => send('due'));
  };

  /** In standby: has the other process sent what somebody waits for, or does it hold the lease no longer? */
  const lookAround = async (): Promise<void> => {
    if (machine.state !== 'standby') return;
    try {
      await refresh();
      for (const listener of listeners) listener();
      if (!isAutomatic && waiting.size === 0) {
        send('gaveUp');
        return;
      }
      const isOurs = await leadership.acquire();
      if (machine.state !== 'standby') {
        if (isOurs && needs[stateNow()].lease === 'released') await leadership.release();
        return;
      }
      if (isOurs) {
        send('leaseFree');
        return;
      }
    } catch (error) {
      system.logger.debug('who syncs this file could not be found out', { error: String(error) });
    }
    if (machine.state === 'standby') {
      stopTimer?.();
      startTimer('lease');
    }
  };

  const reasonFor = (state: SyncState): unknown => {
    if (state === 'closed') return closedError();
    if (state === 'paused') return pausedError();
    if (state === 'standby')
      return new ReknitError('lease_lost', 'another process has taken over the sync of this data');
    return new ReknitError('remote_unreachable', 'there is no network: what was exchanged is kept');
  };

  /** The round goes on to its next stop and is told there; what it still says means nothing. */
  const callOff = (reason: unknown): void => {
    const round = current;
    if (round === undefined) return;
    current = undefined;
    round.controller.abort(reason);
    for (const waiter of round.waiters) {
      // Another process goes on: they wait for that one.
      if (machine.state === 'standby') waiting.add(waiter);
      else waiter.reject(reason);
    }
    round.waiters.clear();
  };

  const takeBack = (): void => {
    for (const waiter of waiting) void waitForOther(waiter);
  };

  const run = (body: (round: Round) => Promise<() => void>): void => {
    const round: Round = { controller: new AbortController(), waiters: new Set(waiting) };
    waiting.clear();
    current = round;
    const before = windingDown;
    windingDown = (async () => {
      await before;
      try {
        round.controller.signal.throwIfAborted();
        if (!(await leadership.acquire())) {
          if (current !== round) return;
          current = undefined;
          for (const waiter of round.waiters) waiting.add(waiter);
          send('leaseDenied');
          return;
        }
        const finish = await body(round);
        if (current === round) finish();
      } catch (error) {
        if (current === round) await failed(round, error);
      }
    })();
  };

  const startRound = (): void =>
    run(async (round) => {
      const {
        report,
        greeted: found,
        postponed,
      } = await runRound(
        exchange,
        (at) => {
          if (current === round) send(at);
        },
        round.controller.signal,
      );
      greeted = found;
      untaken = report.refused;
      await refresh();
      return () => {
        current = undefined;
        tell({ lastSyncedAt: deps.now(), error: undefined });
        retryAfterMs = undefined;
        if (postponed === undefined || !isAutomatic) send('pushed');
        else {
          tell({ error: toStatusError(postponed) });
          send('failed');
        }
        for (const waiter of round.waiters) waiter.resolve(report);
        askAgain();
      };
    });

  const startSending = (): void =>
    run(async (round) => {
      // The answer to the last greeting holds as long as the subscription or the turn does.
      if (greeted === undefined) throw new ReknitError('sync_failed', 'nothing was greeted yet: try again');
      const { signal } = round.controller;
      const { refused, postponed } = await pushAll(exchange, greeted.hello, {}, signal);
      untaken = refused;
      await refresh();
      return () => {
        current = undefined;
        tell({ lastSyncedAt: deps.now(), ...(postponed === undefined ? {} : { error: toStatusError(postponed) }) });
        send(postponed === undefined ? 'pushed' : 'failed');
        for (const waiter of round.waiters) waiting.add(waiter);
        askAgain();
      };
    });

  const failed = async (round: Round, error: unknown): Promise<void> => {
    const failure = failureOf(error, round.controller.signal);
    const kind = kindOf(failure);
    retryAfterMs = retryAfterMsOf(failure);
    if (kind !== 'leaseLost') tell({ error: toStatusError(failure) });
    await refresh().catch(() => undefined);
    if (current !== round) return;
    current = undefined;
    if (kind === 'leaseLost') {
      await leadership.release();
      for (const waiter of round.waiters) waiting.add(waiter);
      send('leaseLost');
      return;
    }
    if (kind === 'closed') send('closed');
    else send(kind === 'failed' && !isAutomatic ? 'gaveUp' : kind);
    for (const waiter of round.waiters) waiter.reject(failure);
    askAgain();
  };

  /** Who asked while a round ran that failed is not answered by its failure. */
  const askAgain = (): void => {
    if (waiting.size > 0 && current === undefined) send('asked');
  };

  const startLive = (): void => {
    if (live !== undefined) {
      send('inStep');
      return;
    }
    if (remote.live === undefined || greeted === undefined) {
      send('inStep');
      return;
    }
    const opened: Live = openLive(exchange, greeted.hello, {
      onStarted: () => send('inStep'),
      onNews: () => {
        tell({ lastSyncedAt: deps.now() });
        void refresh();
      },
      onEnd: (error) => {
        if (live !== opened) return;
        live = undefined;
        const failure = failureOf(error ?? new Error('the subscription ended'), undefined);
        const kind = kindOf(failure);
        retryAfterMs = retryAfterMsOf(failure);
        if (kind !== 'leaseLost') tell({ error: toStatusError(failure) });
        send(kind === 'failed' ? 'liveEnded' : kind);
      },
    });
    live = opened;
  };

  const closeLive = (): void => {
    const open = live;
    live = undefined;
    open?.close();
  };

  const refresh = async (): Promise<void> => {
    const counts = await store.counts();
    tell({
      pending: counts.localOnly,
      rejected: counts.rejected + untaken.length,
      openConflicts: counts.conflictsPending,
    });
    for (const listener of listeners) listener();
  };

  const stopWatching = deps.onChange?.((origin) => {
    if (isClosing) return;
    if (machine.state === 'standby' && origin === 'process') {
      void lookAround();
      return;
    }
    if (!isAutomatic || timers === undefined || stopGathering !== undefined) return;
    stopGathering = timers.after(settings.gatherMs, () => {
      stopGathering = undefined;
      send('changed');
      refresh().catch(() => undefined);
    });
  });
  const stopListening = isAutomatic
    ? settings.connectivity.watch(() => send(settings.connectivity.isOnline() ? 'networkFound' : 'networkLost'))
    : undefined;

  const checkOpen = (): void => {
    if (isClosing) throw closedError();
    if (machine.state === 'paused') throw pausedError();
  };

  /** Own events up to the last one that was recorded before this was asked. */
  const recorded = async (): Promise<() => Promise<boolean>> => {
    await deps.log.idle();
    const { replica } = await store.facts();
    let upTo = replica?.lastSeq ?? 0;
    let replicaId = replica?.replicaId;
    return async () => {
      const facts = await store.facts();
      if (facts.replica?.replicaId !== replicaId) {
        // Under another id they have other numbers, and nothing stands after them that did not before.
        upTo = facts.replica?.lastSeq ?? 0;
        replicaId = facts.replica?.replicaId;
      }
      return facts.syncedSeq >= upTo;
    };
  };

  /** Resolves when `holds` does; asked again whenever something moved. */
  const until = (holds: () => Promise<boolean>, signal: AbortSignal | undefined): Promise<void> =>
    new Promise((resolve, reject) => {
      let isAsking = false;
      let isStale = false;
      const settle = (finish: () => void): void => {
        listeners.delete(look);
        signal?.removeEventListener('abort', abort);
        finish();
      };
      const abort = (): void => settle(() => reject(signal?.reason));
      const ask = async (): Promise<void> => {
        try {
          if (await holds()) settle(resolve);
        } catch (error) {
          settle(() => reject(error));
        }
        isAsking = false;
        if (isStale && listeners.has(look)) look();
      };
      const look = (): void => {
        isStale = isAsking;
        if (isAsking) return;
        isAsking = true;
        void ask();
      };
      listeners.add(look);
      if (signal?.aborted === true) abort();
      else {
        signal?.addEventListener('abort', abort, { once: true });
        look();
      }
    });

  const waitForOther = async (waiter: Waiter): Promise<void> => {
    try {
      const isRecorded = await recorded();
      await until(async () => {
        // It is our turn after all, or the round is.
        if (!waiting.has(waiter) || machine.state !== 'standby') return true;
        return isRecorded();
      }, undefined);
      if (machine.state !== 'standby' || !waiting.delete(waiter)) return;
      waiter.resolve(emptyReport);
    } catch (error) {
      if (waiting.delete(waiter)) waiter.reject(error);
    }
    if (!isAutomatic && waiting.size === 0) send('gaveUp');
  };

  const now: SyncConnection['now'] = async ({ signal } = {}) => {
    checkSignal(signal);
    checkOpen();
    signal?.throwIfAborted();
    return new Promise<SyncReport>((resolve, reject) => {
      const abort = (): void => {
        const round = current;
        if (round?.waiters.has(waiter) === true && round.waiters.size === 1 && !isAutomatic && waiting.size === 0) {
          // It is made for nobody else: it ends as soon as it can, and says so itself.
          round.controller.abort(signal?.reason);
          return;
        }
        round?.waiters.delete(waiter);
        waiting.delete(waiter);
        waiter.reject(signal?.reason);
      };
      const done = (): void => signal?.removeEventListener('abort', abort);
      const waiter: Waiter = {
        resolve: (report) => {
          done();
          resolve(report);
        },
        reject: (error) => {
          done();
          reject(error);
        },
        signal,
      };
      signal?.addEventListener('abort', abort, { once: true });
      waiting.add(waiter);
      send('asked');
      if (machine.state === 'standby') void waitForOther(waiter);
    });
  };

  const refusal = (refused: readonly RefusedEvent[]): ReknitError | undefined => {
    const [first] = refused;
    if (first === undefined) return undefined;
    return new ReknitError(
      'events_refused',
      `the remote refused ${refused.length} events, first ${first.dot}: ${first.message}`,
      { refused },
    );
  };

  const synced: SyncConnection['synced'] = async (options = {}) => {
    checkSignal(options.signal);
    if (!isAutomatic) {
      const { refused } = await now(options);
      const error = refusal(refused);
      if (error !== undefined) throw error;
      return;
    }
    checkOpen();
    options.signal?.throwIfAborted();
    const isRecorded = await recorded();
    send(machine.state === 'live' || machine.state === 'sending' ? 'changed' : 'asked');
    await until(async () => {
      if (isClosing) throw closedError();
      const isDone = await isRecorded();
      const rejected = isDone ? await refusals.listRejected() : [];
      const error = refusal(isDone ? rejected : machine.state === 'live' ? untaken : []);
      if (error !== undefined) throw error;
      const { phase, error: why } = subject.value;
      if (!isDone && (phase === 'unauthorized' || phase === 'refused'))
        throw new ReknitError(why?.code ?? phase, why?.message ?? 'the remote refuses this replica', {});
      return isDone;
    }, options.signal);
  };

  const close = async (): Promise<void> => {
    if (isClosing) return;
    isClosing = true;
    stopWatching?.();
    stopListening?.();
    stopGathering?.();
    // A round that somebody asked for is brought to its end; one that goes on for ever is not.
    if (!isAutomatic) await windingDown;
    send('closed');
    for (const waiter of waiting) waiter.reject(closedError());
    waiting.clear();
    for (const listener of listeners) listener();
    await windingDown;
    await exchange.inTurn(async () => undefined);
    await leadership.release();
    await remote.close();
    subject.complete();
  };

  if (isAutomatic && settings.connectivity.isOnline()) send('asked');

  return {
    get status() {
      return subject.value;
    },
    status$: subject.asObservable(),
    now,
    synced,
    pause: () => {
      send('paused');
      for (const waiter of waiting) waiter.reject(pausedError());
      waiting.clear();
    },
    resume: () => {
      if (machine.state !== 'paused') return;
      send('resumed');
      if (isAutomatic && settings.connectivity.isOnline()) send('asked');
    },
    close,
    rejected: {
      list: refusals.listRejected,
      retry: async (eventId) => {
        await refusals.retry(eventId);
        send('changed');
      },
      reissue: refusals.reissue,
      shelve: async (eventId) => {
        await refusals.shelve(eventId);
        await refresh();
      },
    },
  };
};

const closedError = (): ReknitError => new ReknitError('sync_closed', 'this connection was closed: connect again');
const pausedError = (): ReknitError => new ReknitError('sync_paused', 'this connection is paused: resume it first');

const notRejected = async (eventId: string): Promise<never> => {
  throw new ReknitError('event_not_rejected', `no remote has refused ${eventId}: list what was refused first`, {
    eventId,
  });
};
const noRefusals: NonNullable<ConnectionDeps['refusals']> = {
  listRejected: async () => [],
  retry: notRejected,
  reissue: notRejected,
  shelve: notRejected,
};

/** Runs one after the other, in the order of the calls; one that fails stops no other. */
const createTurns = (): (<Value>(run: () => Promise<Value>) => Promise<Value>) => {
  let last: Promise<unknown> = Promise.resolve();
  return (run) => {
    const result = last.then(run);
    last = result.catch(() => undefined);
    return result;
  };
};
