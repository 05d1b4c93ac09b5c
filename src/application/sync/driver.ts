/**
 * Drives the machine of a connection: makes true what its state needs (a round, a subscription, a timer, the lease),
 * and feeds back what happens.
 */
import { msToTimestamp } from '../../domain/clock/timestamp.js';
import type { ReplicaId } from '../../domain/events/event.js';
import { ReknitError } from '../../domain/shared/errors.js';
import type { Remote } from '../ports/remote.js';
import type { Upkeep } from '../upkeep/upkeep.js';
import { createCondition, type Condition } from './condition.js';
import type { Exchange, ExchangeDeps } from './exchange.js';
import { closedError, pausedError } from './failures.js';
import { gatherChanges } from './gather-changes.js';
import { readHeldSeq } from './held.js';
import { createLeadership } from './leadership.js';
import { createLiveLink } from './live-link.js';
import { begins, machineAtRest, needs, step, type SyncMachine, type SyncSignal, type SyncState } from './machine.js';
import type { ConnectSettings } from './options.js';
import { createOrigins } from './origins.js';
import { createRounds, type Rounds } from './rounds.js';
import { createStandby, type Standby } from './standby.js';
import { createStateTimer } from './state-timer.js';
import type { SyncPhase, SyncStatus } from './status.js';
import { createTurns } from './turns.js';
import { listUntaken, untakenKey } from './untaken.js';

export interface DriverDeps extends ExchangeDeps {
  readonly upkeep: Upkeep;
  /** Tells of every commit here, by this process or another; answers how to stop. */
  readonly onChange?: (listener: (origin: 'local' | 'process') => void) => () => void;
  /** Names this process among those that share the store. */
  readonly holder?: string;
}

export interface Driver {
  readonly state: () => SyncState;
  readonly send: (signal: SyncSignal) => void;
  /** Begins by itself, where that is wanted and there is a network. */
  readonly begin: () => void;
  /** Counts anew what there is to tell. */
  readonly refresh: () => Promise<void>;
  /** Up to which own number the remote has everything, as far as it has said. */
  readonly heldSeq: (own: ReplicaId | undefined) => Promise<number>;
  /** Where own events that the remote does not take are written down; undefined until it was greeted. */
  readonly untakenKey: () => string | undefined;
  readonly rounds: Rounds;
  readonly standby: Standby;
  /** Moves with the state, and with what is stored. */
  readonly condition: Condition;
  readonly close: () => Promise<void>;
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

export const createDriver = (
  deps: DriverDeps,
  remote: Remote,
  settings: ConnectSettings,
  tell: (change: Partial<SyncStatus>) => void,
): Driver => {
  const { store, system, upkeep } = deps;
  const { isAutomatic, timers, connectivity } = settings;
  const condition = createCondition();
  let machine: SyncMachine = machineAtRest;
  const state = (): SyncState => machine.state;

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
        if (begins(before, next, machine)) entered(machine.state);
      }
    } finally {
      isStepping = false;
    }
  };

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
    memory: { scope: undefined, cursor: undefined, greeted: undefined, untaken: [], retryAfterMs: undefined },
  };
  const { memory } = exchange;

  const keyOfUntaken = (): string | undefined => untakenKey(remote, memory.greeted?.hello.remoteId);
  const heldSeq: Driver['heldSeq'] = (own) => readHeldSeq(store, remote, memory.greeted?.hello.remoteId, own);
  const refresh = async (): Promise<void> => {
    const counts = await store.counts();
    const { replica, syncedSeq } = await store.facts();
    memory.untaken = await listUntaken(store, keyOfUntaken(), heldSeq);
    tell({
      // Those that no remote has, and those that only others have.
      pending: counts.localOnly + Math.max(0, syncedSeq - (await heldSeq(replica?.replicaId))),
      rejected: counts.rejected + memory.untaken.length,
      openConflicts: counts.conflictsPending,
    });
    condition.moved();
  };

  const rounds = createRounds({ exchange, leadership, isAutomatic, state, send, refresh });
  const standby = createStandby({
    deps: { store, log: deps.log, system, heldSeq },
    leadership,
    rounds,
    condition,
    isAutomatic,
    state,
    send,
    refresh,
    lookLater: () => timer.start('lease'),
  });
  const liveLink = createLiveLink(exchange, send, refresh);
  const timer = createStateTimer(exchange, settings, send, () => void standby.look());

  const entered = (to: SyncState): void => {
    const { round, live, timer: timerKind, lease } = needs[to];
    timer.stop();
    const delayMs = timer.delayMsBefore(timerKind, machine.failures);
    const retryAt = delayMs === undefined ? undefined : msToTimestamp(system.clock() + delayMs);
    // What a round that was asked for came to can still be read when its connection is closed.
    if (isAutomatic || to !== 'closed') tell({ phase: phases[to], retryAt });
    if (round === 'none') rounds.callOff(() => reasonFor(to));
    if (live === 'closed') liveLink.close();
    // A round now and then holds the lease while it runs; who stays in step holds it all the time.
    if (lease === 'released' || (!isAutomatic && to === 'live')) void leadership.release();
    timer.start(timerKind, delayMs);
    if (to === 'connecting') rounds.start('whole');
    if (to === 'sending') rounds.start('push');
    if (to === 'live') {
      if (live === 'open' && isAutomatic) liveLink.open();
      else send('inStep');
    }
    if (to === 'standby') standby.enter();
    condition.moved();
  };

  const gathering = gatherChanges(timers, settings.gatherMs, () => {
    send('changed');
    refresh().catch(() => undefined);
  });
  const stopWatching = deps.onChange?.((origin) => {
    if (machine.state === 'standby' && origin === 'process') {
      void standby.look();
      return;
    }
    if (isAutomatic) gathering.noticed();
  });
  const stopListening = isAutomatic
    ? connectivity.watch(() => send(connectivity.isOnline() ? 'networkFound' : 'networkLost'))
    : undefined;

  return {
    state,
    send,
    begin: () => {
      if (isAutomatic && connectivity.isOnline()) send('asked');
    },
    refresh,
    heldSeq,
    untakenKey: keyOfUntaken,
    rounds,
    standby,
    condition,
    close: async () => {
      stopWatching?.();
      stopListening?.();
      gathering.stop();
      // A round that somebody asked for is brought to its end; one that goes on for ever is not.
      if (!isAutomatic) await rounds.over();
      send('closed');
      rounds.turnAway(closedError);
      condition.moved();
      await rounds.over();
      await exchange.inTurn(async () => undefined);
      await leadership.release();
      await remote.close();
    },
  };
};

/** Why a round is called off when the machine comes to rest. */
const reasonFor = (state: SyncState): unknown => {
  if (state === 'closed') return closedError();
  if (state === 'paused') return pausedError();
  if (state === 'standby') return new ReknitError('lease_lost', 'another process has taken over the sync of this data');
  return new ReknitError('remote_unreachable', 'there is no network: what was exchanged is kept');
};
