/**
 * The machine of a connection, enumerated: every state with every signal, and its invariants by
 * their numbers, over all states that signals reach or over long random runs.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { delayAfter, defaultRetry } from '../../src/application/sync/backoff.js';
import {
  begins,
  machineAtRest,
  needs,
  step,
  syncSignals,
  syncStates,
  transitions,
  type SyncMachine,
  type SyncSignal,
  type SyncState,
} from '../../src/application/sync/machine.js';
import { propertyOptions } from '../support/property-options.js';

const anyRun = fc.array(fc.constantFrom(...syncSignals), { maxLength: 60 });
const at = (state: SyncState): SyncMachine => ({ ...machineAtRest, state });
const after = (...signals: readonly SyncSignal[]): SyncMachine => signals.reduce(step, machineAtRest);
const cells = syncStates.flatMap((state) => syncSignals.map((signal) => [state, signal] as const));

/** Signals that a round, and nothing else, gives. */
const ofRound: readonly SyncSignal[] = ['greeted', 'pulled', 'pushed', 'failed', 'leaseDenied'];
const isRunning = (state: SyncState): boolean => needs[state].round !== 'none';

describe('the table', () => {
  test('has an answer for every state and signal, and no others', () => {
    expect(Object.keys(transitions).sort()).toEqual([...syncStates].sort());
    for (const state of syncStates) expect(Object.keys(transitions[state]).sort()).toEqual([...syncSignals].sort());
  });

  test('leads as the picture shows', () => {
    const rows = syncStates.map((state) => {
      const moves = syncSignals.flatMap((signal) => {
        const { to, again, failures } = transitions[state][signal];
        const note = `${again === undefined ? '' : ` again:${again}`}${failures === undefined ? '' : ` ${failures}`}`;
        return to === state && note === '' ? [] : [`${signal} -> ${to}${note}`];
      });
      return [state, moves] as const;
    });
    expect(Object.fromEntries(rows)).toMatchInlineSnapshot(`
      {
        "backoff": [
          "asked -> connecting",
          "delayPassed -> connecting",
          "networkLost -> offline",
          "networkFound -> connecting",
          "leaseLost -> standby",
          "paused -> paused",
          "closed -> closed",
        ],
        "closed": [],
        "connecting": [
          "asked -> connecting again:round",
          "networkLost -> offline",
          "leaseDenied -> standby",
          "leaseLost -> standby",
          "greeted -> pulling",
          "liveEnded -> connecting count",
          "failed -> backoff count",
          "gaveUp -> offline",
          "denied -> unauthorized count",
          "rejected -> refused count",
          "paused -> paused",
          "closed -> closed",
        ],
        "live": [
          "asked -> connecting",
          "due -> connecting",
          "changed -> sending",
          "networkLost -> offline",
          "leaseLost -> standby",
          "inStep -> live forget",
          "liveEnded -> backoff count",
          "denied -> unauthorized count",
          "rejected -> refused count",
          "paused -> paused",
          "closed -> closed",
        ],
        "offline": [
          "asked -> connecting",
          "networkFound -> connecting",
          "paused -> paused",
          "closed -> closed",
        ],
        "paused": [
          "resumed -> offline",
          "closed -> closed",
        ],
        "pulling": [
          "asked -> pulling again:round",
          "networkLost -> offline",
          "leaseDenied -> standby",
          "leaseLost -> standby",
          "pulled -> pushing",
          "liveEnded -> pulling count",
          "failed -> backoff count",
          "gaveUp -> offline",
          "denied -> unauthorized count",
          "rejected -> refused count",
          "paused -> paused",
          "closed -> closed",
        ],
        "pushing": [
          "asked -> pushing again:round",
          "changed -> pushing again:push",
          "networkLost -> offline",
          "leaseDenied -> standby",
          "leaseLost -> standby",
          "pushed -> live",
          "liveEnded -> pushing count",
          "failed -> backoff count",
          "gaveUp -> offline",
          "denied -> unauthorized count",
          "rejected -> refused count",
          "paused -> paused",
          "closed -> closed",
        ],
        "refused": [
          "asked -> connecting",
          "delayPassed -> connecting",
          "paused -> paused",
          "closed -> closed",
        ],
        "sending": [
          "asked -> sending again:round",
          "due -> sending again:round",
          "changed -> sending again:push",
          "networkLost -> offline",
          "leaseDenied -> standby",
          "leaseLost -> standby",
          "pushed -> live",
          "liveEnded -> sending count",
          "failed -> backoff count",
          "gaveUp -> offline",
          "denied -> unauthorized count",
          "rejected -> refused count",
          "paused -> paused",
          "closed -> closed",
        ],
        "standby": [
          "leaseFree -> connecting",
          "gaveUp -> offline",
          "paused -> paused",
          "closed -> closed",
        ],
        "unauthorized": [
          "asked -> connecting",
          "delayPassed -> connecting",
          "paused -> paused",
          "closed -> closed",
        ],
      }
    `);
  });
});

describe('the invariants', () => {
  test('Y1 closed is final, and nothing runs in it', () => {
    for (const signal of syncSignals) expect(step(at('closed'), signal).state).toBe('closed');
    for (const state of syncStates) expect(step(at(state), 'closed').state).toBe('closed');
    expect(needs.closed).toEqual({ round: 'none', live: 'closed', timer: 'none', lease: 'released' });
  });

  test('Y2 in paused nothing runs, and only resuming or closing leads out', () => {
    expect(needs.paused).toEqual({ round: 'none', live: 'closed', timer: 'none', lease: 'released' });
    for (const signal of syncSignals)
      expect(step(at('paused'), signal).state).toBe(
        signal === 'resumed' ? 'offline' : signal === 'closed' ? 'closed' : 'paused',
      );
    for (const state of syncStates) if (state !== 'closed') expect(step(at(state), 'paused').state).toBe('paused');
  });

  test('Y3 from every state but closed some signals lead to live', () => {
    for (const start of syncStates) {
      const reached = new Set<SyncState>([start]);
      for (const state of reached) for (const signal of syncSignals) reached.add(transitions[state][signal].to);
      expect([start, reached.has('live')]).toEqual([start, start !== 'closed']);
    }
  });

  test('Y4 a change is never forgotten', () => {
    fc.assert(
      fc.property(anyRun, (signals) => {
        let machine = machineAtRest;
        let isOwed = false;
        for (const signal of signals) {
          const { state: before } = machine;
          machine = step(machine, signal);
          const { state } = machine;
          // A push begins when a round gets as far, or by itself.
          if ((state === 'pushing' && before === 'pulling') || (state === 'sending' && before !== 'sending'))
            isOwed = false;
          if (signal === 'pushed' && before === 'sending' && state === 'sending') isOwed = false;
          if (signal === 'changed' && state !== 'closed' && !(before === 'live' && state === 'sending')) isOwed = true;
          expect(isOwed && state === 'live').toBe(false);
        }
      }),
      propertyOptions(),
    );
  });

  test('Y5 who asks while a round runs gets a whole round that began after it, unless that fails', () => {
    const endings: readonly SyncSignal[] = ['greeted', 'pulled', 'pushed', 'changed', 'due', 'inStep', 'liveEnded'];
    for (const state of syncStates.filter(isRunning))
      fc.assert(
        fc.property(fc.array(fc.constantFrom(...endings)), (signals) => {
          let machine = step(at(state), 'asked');
          for (const signal of signals) {
            if (machine.state === 'live') throw new Error('it rests without the round that was asked for');
            const before = machine;
            machine = step(machine, signal);
            if (signal === 'pushed' && isEnding(before.state)) {
              expect(machine.state).toBe('connecting');
              return;
            }
          }
        }),
        propertyOptions({ numRuns: 50 }),
      );
  });

  test('Y6 a failed try is never followed by another at once', () => {
    const leadOn: readonly SyncSignal[] = ['delayPassed', 'asked', 'networkFound', 'leaseFree', 'resumed'];
    for (const state of syncStates.filter(isRunning))
      for (const failure of ['failed', 'gaveUp', 'denied', 'rejected', 'leaseDenied', 'leaseLost'] as const) {
        const failed = step({ ...at(state), again: 'round' }, failure);
        expect(isRunning(failed.state)).toBe(false);
        for (const signal of syncSignals)
          if (!leadOn.includes(signal)) expect(isRunning(step(failed, signal).state)).toBe(false);
      }
  });

  test('Y7 failures in a row are counted until the remote is in step', () => {
    const round = ['greeted', 'pulled', 'pushed'] as const;
    const once = after('asked', 'failed');
    expect(once).toMatchObject({ state: 'backoff', failures: 1 });
    const again = [...(['delayPassed', ...round, 'liveEnded'] as const)].reduce(step, once);
    expect(again).toMatchObject({ state: 'backoff', failures: 2 });
    const further = [...(['delayPassed', ...round, 'liveEnded'] as const)].reduce(step, again);
    expect(further.failures).toBe(3);
    expect([...(['delayPassed', ...round, 'inStep'] as const)].reduce(step, further)).toMatchObject({
      state: 'live',
      failures: 0,
    });
  });

  test('Y8 nothing is exchanged without the lease', () => {
    for (const state of syncStates) {
      const { round, live, lease } = needs[state];
      if (round !== 'none' || live !== 'closed') expect(lease).toBe('held');
    }
    for (const state of syncStates) {
      const lost = step(at(state), 'leaseLost').state;
      expect(needs[lost].round === 'none' && needs[lost].live === 'closed').toBe(true);
    }
  });

  test('Y9 where nothing runs and nobody asked to stop, something leads out by itself', () => {
    for (const state of syncStates.filter((each) => !isRunning(each))) {
      const { timer } = needs[state];
      if (state === 'offline') expect(step(at(state), 'networkFound').state).toBe('connecting');
      else if (state === 'paused' || state === 'closed') expect(timer).toBe('none');
      else {
        const tick = { retry: 'delayPassed', slowRetry: 'delayPassed', turn: 'due', lease: 'leaseFree', none: 'due' }[
          timer
        ] as SyncSignal;
        expect([state, step(at(state), tick).state]).toEqual([state, 'connecting']);
      }
    }
  });

  test('Y10 what a round that is over still has to say changes nothing', () => {
    for (const state of syncStates.filter((each) => !isRunning(each)))
      for (const signal of ofRound) expect(step(at(state), signal)).toEqual(at(state));
  });

  test('states that no signals reach do not exist', () => {
    const reached = new Set<SyncState>(['offline']);
    for (const state of reached) for (const signal of syncSignals) reached.add(transitions[state][signal].to);
    reached.add('sending');
    expect([...reached].sort()).toEqual([...syncStates].sort());
    expect(cells.length).toBe(syncStates.length * syncSignals.length);
  });
});

const isEnding = (state: SyncState): boolean => state === 'pushing' || state === 'sending';

describe('what was asked for while a round runs', () => {
  const pushing = ['asked', 'greeted', 'pulled'] as const;

  test('is a push for what was written meanwhile, and one for all of it', () => {
    const written = after(...pushing, 'changed', 'changed');
    const sending = step(written, 'pushed');

    expect(sending).toEqual({ state: 'sending', failures: 0, again: 'nothing' });
    expect(step(sending, 'pushed')).toEqual({ state: 'live', failures: 0, again: 'nothing' });
  });

  test('is a whole round for who asks, whatever is written before or after', () => {
    for (const signals of [
      ['asked', 'changed'],
      ['changed', 'asked'],
    ] as const)
      expect(after(...pushing, ...signals, 'pushed')).toEqual({ state: 'connecting', failures: 0, again: 'nothing' });
  });

  test('goes with a round that does not come to its end', () => {
    for (const ending of ['failed', 'gaveUp', 'denied', 'rejected', 'networkLost', 'leaseLost', 'paused'] as const)
      expect(after(...pushing, 'asked', ending).again).toBe('nothing');
  });

  test('begins where a round ends, also where it is the same kind of round', () => {
    const sending = after(...pushing, 'pushed', 'changed', 'changed');

    expect(begins(sending, 'pushed', step(sending, 'pushed'))).toBe(true);
    expect(begins(sending, 'changed', step(sending, 'changed'))).toBe(false);
    expect(begins(machineAtRest, 'asked', after('asked'))).toBe(true);
    expect(begins(machineAtRest, 'changed', after('changed'))).toBe(false);
  });
});

test('a whole round runs until it has pushed; after that what was written is pushed by itself', () => {
  const statesWith = (round: (typeof needs)[SyncState]['round']): readonly SyncState[] =>
    syncStates.filter((state) => needs[state].round === round);

  expect(statesWith('whole')).toEqual(['connecting', 'pulling', 'pushing']);
  expect(statesWith('push')).toEqual(['sending']);
  expect(statesWith('none')).toHaveLength(syncStates.length - 4);
});

test('a token that ends, in step or under way, leads to where another one is waited for, and on from there', () => {
  for (const state of ['live', 'sending', 'connecting', 'pulling', 'pushing'] as const) {
    const denied = step(at(state), 'denied');
    expect(denied).toMatchObject({ state: 'unauthorized', failures: 1 });
    for (const signal of ['asked', 'delayPassed'] as const) expect(step(denied, signal).state).toBe('connecting');
    // What is written meanwhile waits: it would be asked for in vain.
    for (const signal of ['changed', 'due', 'networkFound'] as const) expect(step(denied, signal)).toEqual(denied);
  }
  expect(needs.unauthorized).toMatchObject({ live: 'closed', timer: 'slowRetry' });
});

test('what others write is subscribed to when in step, stays subscribed to while a round runs, and not else', () => {
  const kept = syncStates.filter((state) => needs[state].live === 'kept');

  expect(syncStates.filter((state) => needs[state].live === 'open')).toEqual(['live']);
  expect(kept).toEqual(syncStates.filter(isRunning));
});

test('who waits for a moment keeps the lease, and who cannot go on leaves it to others', () => {
  const states = syncStates.filter((state) => !isRunning(state));

  expect(states.filter((state) => needs[state].lease === 'held')).toEqual(['live', 'backoff']);
  expect(states.filter((state) => needs[state].lease === 'released')).toHaveLength(states.length - 2);
});

describe('the waits between tries', () => {
  const bound = (failures: number): number => delayAfter(failures, defaultRetry, () => 0.999_999, undefined);

  test('double up to the cap, and lie anywhere below it', () => {
    expect([1, 2, 3].map(bound)).toEqual([499, 999, 1_999]);
    expect([20, 1_000, Infinity].map(bound)).toEqual([59_999, 59_999, 59_999]);
    fc.assert(
      fc.property(fc.nat(100), fc.double({ min: 0, max: 0.999, noNaN: true }), (failures, chance) => {
        const delayMs = delayAfter(failures, defaultRetry, () => chance, undefined);
        expect(delayMs >= 0 && delayMs <= defaultRetry.delayMsMax).toBe(true);
      }),
      propertyOptions(),
    );
  });

  test('are never shorter than the remote asks for, nor endless if it asks for nonsense', () => {
    expect(delayAfter(1, defaultRetry, () => 0, 30_000)).toBe(30_000);
    expect(delayAfter(1, defaultRetry, () => 0.5, 30_000)).toBe(30_250);
    expect(delayAfter(1, defaultRetry, () => 0, 10 ** 12)).toBe(3_600_000);
    expect(delayAfter(1, defaultRetry, () => 0, -5)).toBe(0);
    expect(delayAfter(1, defaultRetry, () => 0, Number.NaN)).toBe(0);
  });
});
