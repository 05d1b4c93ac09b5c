/**
 * What a connection does next, as a pure machine: a state, and a table that says for every
 * state and every signal where it leads. The driver makes true what the state asks for (a
 * round, a subscription, a timer, the lease) and feeds back what happens.
 *
 *       offline <--> connecting -> pulling -> pushing -> live <--> sending
 *                      ^   |  any failure                 |
 *                      |   v                              v
 *                    backoff / unauthorized / refused / standby        paused, closed: from anywhere
 *
 * Invariants, each with a test of its number:
 *
 * Y1. `closed` is final, and nothing runs in it.
 * Y2. In `paused` nothing runs, and nothing but `resumed` and `closed` leads out.
 * Y3. From every state but `closed` some signals lead to `live`.
 * Y4. A change is never forgotten: after `changed` the machine does not rest in `live` before a
 *     push began that came after it.
 * Y5. Who asks while a round runs gets a whole round that began after asking, unless that fails.
 * Y6. A failed try is never followed by another at once: only a delay that passed, a person who
 *     asks, a network that came back, or a lease that became free leads on.
 * Y7. Failures in a row are counted until the remote is in step, not until it answers: a remote
 *     that answers and then breaks off is waited for longer and longer.
 * Y8. Nothing is exchanged without the lease: it is held wherever a round or a subscription is.
 * Y9. Where nothing runs and nothing was asked to stop, something leads out by itself: a timer, or
 *     the platform that says that there is a network.
 * Y10. What a round that is over, or was called off, still has to say changes nothing.
 */

export const syncStates = [
  /** No network, or nothing asked for yet. */
  'offline',
  /** Another process syncs this file. */
  'standby',
  'connecting',
  'pulling',
  'pushing',
  /** In step. */
  'live',
  /** In step, and sending what was written meanwhile. */
  'sending',
  /** Waiting after a failure. */
  'backoff',
  /** The remote does not accept who we say we are. */
  'unauthorized',
  /** The remote, or this side, refuses the exchange as a whole. */
  'refused',
  'paused',
  'closed',
] as const;

export type SyncState = (typeof syncStates)[number];

export const syncSignals = [
  /** Somebody wants a round now. */
  'asked',
  /** It is time to look again. */
  'due',
  /** Something was written here. */
  'changed',
  /** The wait is over. */
  'delayPassed',
  'networkLost',
  'networkFound',
  /** Another process holds the lease; it may be free now; it was lost to another. */
  'leaseDenied',
  'leaseFree',
  'leaseLost',
  /** How far a round has come. */
  'greeted',
  'pulled',
  'pushed',
  /** The subscription stands, or none is wanted: the remote is in step. */
  'inStep',
  /** The subscription broke. */
  'liveEnded',
  /** A round ended with what may pass; with nobody who would try again; with what will not pass by itself. */
  'failed',
  'gaveUp',
  'denied',
  'rejected',
  /** What the embedder wants. */
  'paused',
  'resumed',
  'closed',
] as const;

export type SyncSignal = (typeof syncSignals)[number];

export interface SyncMachine {
  readonly state: SyncState;
  /** Failures in a row. */
  readonly failures: number;
  /** What was asked for while a round ran. */
  readonly again: 'nothing' | 'push' | 'round';
}

export interface Transition {
  readonly to: SyncState;
  /** To be done when the running round is over. */
  readonly again?: 'push' | 'round';
  readonly failures?: 'count' | 'forget';
  /** Whether what was asked for meanwhile is done instead of resting. */
  readonly isEndOfRound?: true;
}

export const machineAtRest: SyncMachine = { state: 'offline', failures: 0, again: 'nothing' };

/** Where a signal leads. */
export const step = (machine: SyncMachine, signal: SyncSignal): SyncMachine => {
  const { to, again, failures, isEndOfRound } = transitions[machine.state][signal];
  const counted = failures === 'count' ? machine.failures + 1 : failures === 'forget' ? 0 : machine.failures;
  if (isEndOfRound === true && machine.again !== 'nothing')
    return { state: machine.again === 'round' ? 'connecting' : 'sending', failures: counted, again: 'nothing' };
  const isRunning = needs[to].round !== 'none';
  return {
    state: to,
    failures: counted,
    // A round that did not come to its end takes with it what waited for it: the next one does it all.
    again: isRunning ? (strongest(machine.again, again) ?? machine.again) : 'nothing',
  };
};

/** Whether a step begins something: another state, or, where a round has ended, the same kind of round once more. */
export const begins = (before: SyncMachine, signal: SyncSignal, after: SyncMachine): boolean =>
  after.state !== before.state || transitions[before.state][signal].isEndOfRound === true;

const strongest = (a: SyncMachine['again'], b: Transition['again']): SyncMachine['again'] | undefined =>
  a === 'round' ? a : b;

/** What must be, and what must not be, while the machine is in a state. */
export interface Needs {
  readonly round: 'whole' | 'push' | 'none';
  /** `kept`: it stays if it is open, and is not opened. */
  readonly live: 'open' | 'kept' | 'closed';
  readonly timer: 'retry' | 'slowRetry' | 'turn' | 'lease' | 'none';
  readonly lease: 'held' | 'released';
}

const running = { round: 'whole', live: 'kept', timer: 'none', lease: 'held' } as const;
const nothing = { round: 'none', live: 'closed', timer: 'none', lease: 'released' } as const;

export const needs: Readonly<Record<SyncState, Needs>> = {
  offline: nothing,
  standby: { ...nothing, timer: 'lease' },
  connecting: running,
  pulling: running,
  pushing: running,
  live: { round: 'none', live: 'open', timer: 'turn', lease: 'held' },
  sending: { ...running, round: 'push' },
  backoff: { ...nothing, timer: 'retry', lease: 'held' },
  // Another process may have a better token.
  unauthorized: { ...nothing, timer: 'slowRetry' },
  refused: { ...nothing, timer: 'slowRetry' },
  paused: nothing,
  closed: nothing,
};

const to = (state: SyncState, more: Omit<Transition, 'to'> = {}): Transition => ({ to: state, ...more });

/** Where every signal leaves things as they are; a row says what differs. */
const unmoved = (state: SyncState): Readonly<Record<SyncSignal, Transition>> => {
  const stay = to(state);
  return {
    asked: stay,
    due: stay,
    changed: stay,
    delayPassed: stay,
    networkLost: stay,
    networkFound: stay,
    leaseDenied: stay,
    leaseFree: stay,
    leaseLost: stay,
    greeted: stay,
    pulled: stay,
    pushed: stay,
    inStep: stay,
    liveEnded: stay,
    failed: stay,
    gaveUp: stay,
    denied: stay,
    rejected: stay,
    paused: to('paused'),
    resumed: stay,
    closed: to('closed'),
  };
};

/** What can happen to any round. */
const duringRound = (state: SyncState): Readonly<Record<SyncSignal, Transition>> => ({
  ...unmoved(state),
  asked: to(state, { again: 'round' }),
  networkLost: to('offline'),
  leaseDenied: to('standby'),
  leaseLost: to('standby'),
  // It is opened again when the round is over.
  liveEnded: to(state, { failures: 'count' }),
  failed: to('backoff', { failures: 'count' }),
  gaveUp: to('offline'),
  denied: to('unauthorized', { failures: 'count' }),
  rejected: to('refused', { failures: 'count' }),
});

export const transitions: Readonly<Record<SyncState, Readonly<Record<SyncSignal, Transition>>>> = {
  offline: {
    ...unmoved('offline'),
    asked: to('connecting'),
    networkFound: to('connecting'),
  },
  standby: {
    ...unmoved('standby'),
    leaseFree: to('connecting'),
    gaveUp: to('offline'),
  },
  // A change that comes before the push began is part of it.
  connecting: { ...duringRound('connecting'), greeted: to('pulling') },
  pulling: { ...duringRound('pulling'), pulled: to('pushing') },
  pushing: {
    ...duringRound('pushing'),
    changed: to('pushing', { again: 'push' }),
    pushed: to('live', { isEndOfRound: true }),
  },
  sending: {
    ...duringRound('sending'),
    changed: to('sending', { again: 'push' }),
    due: to('sending', { again: 'round' }),
    pushed: to('live', { isEndOfRound: true }),
  },
  live: {
    ...unmoved('live'),
    asked: to('connecting'),
    due: to('connecting'),
    changed: to('sending'),
    inStep: to('live', { failures: 'forget' }),
    networkLost: to('offline'),
    leaseLost: to('standby'),
    liveEnded: to('backoff', { failures: 'count' }),
    denied: to('unauthorized', { failures: 'count' }),
    rejected: to('refused', { failures: 'count' }),
  },
  backoff: {
    ...unmoved('backoff'),
    asked: to('connecting'),
    delayPassed: to('connecting'),
    networkFound: to('connecting'),
    networkLost: to('offline'),
    leaseLost: to('standby'),
  },
  unauthorized: {
    ...unmoved('unauthorized'),
    asked: to('connecting'),
    delayPassed: to('connecting'),
  },
  refused: {
    ...unmoved('refused'),
    asked: to('connecting'),
    delayPassed: to('connecting'),
  },
  paused: { ...unmoved('paused'), resumed: to('offline') },
  closed: { ...unmoved('closed'), paused: to('closed') },
};
