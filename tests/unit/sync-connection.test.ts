/** A connection as its embedder sees it: what it does by itself, what it waits for, and what stops it. */
import { expect, test } from 'vitest';
import type { Connectivity } from '../../src/application/index.js';
import { createMemoryStore } from '../../src/adapters/memory/index.js';
import type { UnitOfWork } from '../../src/domain/merge/unit-of-work.js';
import { openReplica, type Remote, type SyncConnection } from '../../src/index.js';
import { settle } from '../support/faulty-remote.js';
import { manualClock } from '../support/hub.js';
import { closedAtEnd, statusWhere } from '../support/hub-site.js';
import { codeOf, siteOn } from '../support/site.js';

/** A remote that takes everything, gives nothing and counts. */
const counting = (answers: (name: string) => Promise<void> = async () => undefined) => {
  const calls: string[] = [];
  const called = async (name: string): Promise<void> => {
    calls.push(name);
    await answers(name);
  };
  const remote: Remote = {
    capabilities: { canPull: true, canPush: true, pushMax: 100 },
    hello: async () => {
      await called('hello');
      return { remoteId: 'r', policyFingerprint: undefined, knownSeq: 0, clockOffsetMs: undefined };
    },
    pull: async () => {
      await called('pull');
      return { events: [], cursor: 'c', more: false };
    },
    push: async (events) => {
      await called('push');
      return events.map(() => ({ type: 'accepted' }));
    },
    close: async () => void calls.push('close'),
  };
  return { remote, calls };
};

const platform = (isOnlineAtFirst: boolean) => {
  let isOnline = isOnlineAtFirst;
  let changed: () => void = () => undefined;
  const connectivity: Connectivity = {
    isOnline: () => isOnline,
    watch: (onChange) => {
      changed = onChange;
      return () => undefined;
    },
  };
  return {
    connectivity,
    become: (online: boolean) => {
      isOnline = online;
      changed();
    },
  };
};

const inStep = (connection: SyncConnection) =>
  statusWhere(connection, ({ phase, lastSyncedAt }) => phase === 'live' && lastSyncedAt !== undefined);

test('the status is told when it changes, and not again as it was', async () => {
  const laptop = await siteOn('memory').open('laptop');
  const { remote } = counting();
  const connection = closedAtEnd(laptop.connect(remote, { timers: manualClock() }));
  const told: string[] = [];
  connection.status$.subscribe((status) => told.push(JSON.stringify(status)));
  await laptop.create('task', 'one', {});
  await connection.now();
  await connection.now();

  expect(told.length).toBeGreaterThan(3);
  expect(told.filter((status, index) => status === told[index - 1])).toEqual([]);
});

test('without live nothing is exchanged by itself', async () => {
  const laptop = await siteOn('memory').open('laptop');
  const { remote, calls } = counting();
  const time = manualClock();
  const connection = closedAtEnd(laptop.connect(remote, { timers: time }));
  await laptop.create('task', 'one', {});
  time.advance(3_600_000);
  await settle();

  expect([calls, connection.status.phase]).toEqual([[], 'offline']);
});

test('what is written after a quiet moment leaves at once, and what follows upon it together, without greeting anew', async () => {
  const laptop = await siteOn('memory').open('laptop');
  const { remote, calls } = counting();
  const time = manualClock();
  const connection = closedAtEnd(laptop.connect(remote, { live: true, timers: time, gatherMs: 10 }));
  await inStep(connection);
  calls.length = 0;
  await laptop.create('task', 'one', {});
  time.advance(0);
  await settle(10);
  expect(calls).toEqual(['push']);
  for (const id of ['two', 'three']) await laptop.create('task', id, {});
  time.advance(9);
  await settle(10);
  expect(calls).toEqual(['push']);

  time.advance(1);
  await settle(10);
  expect(calls).toEqual(['push', 'push']);
  expect((await laptop.status()).localOnly).toBe(0);

  time.advance(10);
  await laptop.create('task', 'four', {});
  time.advance(0);
  await settle(10);
  expect(calls).toEqual(['push', 'push', 'push']);
});

test('an event that is sent costs three commits: itself, that it is offered, and all that came of it', async () => {
  let commits = 0;
  const inner = createMemoryStore();
  const store = { ...inner, commit: (work: UnitOfWork) => ((commits += 1), inner.commit(work)) };
  const laptop = await openReplica({ store, agentId: 'ada' });
  const { remote } = counting();
  let places = 0;
  const naming: Remote = {
    ...remote,
    push: async (events, signal, options) => {
      options?.onMark?.(`place ${(places += 1)}`);
      return remote.push(events, signal, options);
    },
  };
  const time = manualClock();
  const connection = closedAtEnd(laptop.connect(naming, { live: true, timers: time }));
  await inStep(connection);
  commits = 0;
  await laptop.create('task', 'one', {});
  time.advance(0);
  await settle(10);
  expect([commits, (await laptop.status()).localOnly]).toEqual([3, 0]);
  expect(await inner.readCursor('mark r')).toBe(`place ${places}`);
});

test('what is written while something is sent is sent after it', async () => {
  const laptop = await siteOn('memory').open('laptop');
  let answer: () => void = () => undefined;
  const { remote, calls } = counting((name) =>
    name === 'push' && calls.length === 1 ? new Promise((resolve) => (answer = resolve)) : Promise.resolve(),
  );
  const time = manualClock();
  const connection = closedAtEnd(laptop.connect(remote, { live: true, timers: time, gatherMs: 10 }));
  await inStep(connection);
  calls.length = 0;
  await laptop.create('task', 'one', {});
  await settle();
  time.advance(10);
  await settle(10);
  await laptop.create('task', 'two', {});
  await settle();
  time.advance(10);
  await settle(10);
  expect(calls).toEqual(['push']);

  answer();
  await settle(20);
  expect([calls, connection.status.phase]).toEqual([['push', 'push'], 'live']);
  expect((await laptop.status()).localOnly).toBe(0);
});

test('a remote without a subscription is asked from time to time', async () => {
  const laptop = await siteOn('memory').open('laptop');
  const { remote, calls } = counting();
  const time = manualClock();
  const connection = closedAtEnd(laptop.connect(remote, { live: true, timers: time, intervalMs: 1_000 }));
  await inStep(connection);
  calls.length = 0;
  for (let round = 1; round <= 3; round += 1) {
    time.advance(1_000);
    await settle(20);
    expect(calls.filter((name) => name === 'pull')).toHaveLength(round);
  }
});

test('without a network nothing is tried, and with it at once', async () => {
  const laptop = await siteOn('memory').open('laptop');
  await laptop.create('task', 'one', {});
  const { remote, calls } = counting();
  const { connectivity, become } = platform(false);
  const time = manualClock();
  const connection = closedAtEnd(laptop.connect(remote, { live: true, timers: time, connectivity }));
  time.advance(3_600_000);
  await settle();
  expect([calls, connection.status.phase]).toEqual([[], 'offline']);

  become(true);
  await inStep(connection);
  expect((await laptop.status()).localOnly).toBe(0);
  become(false);
  expect(connection.status.phase).toBe('offline');
});

test('online is not connected: a remote that cannot be reached is tried less and less, and at once when the network changes', async () => {
  const laptop = await siteOn('memory').open('laptop');
  let isThere = false;
  const { remote, calls } = counting(async () => {
    if (!isThere) throw new TypeError('fetch failed');
  });
  const { connectivity, become } = platform(true);
  const time = manualClock();
  const retry = { firstDelayMs: 100, delayMsMax: 10_000 };
  const options = { live: true, timers: time, connectivity, retry, chance: () => 0.99 };
  const connection = closedAtEnd(laptop.connect(remote, options));
  await statusWhere(connection, ({ phase }) => phase === 'backoff');
  const tries = async (ms: number): Promise<number> => {
    calls.length = 0;
    for (let passed = 0; passed < ms; passed += 50) {
      time.advance(50);
      await settle(2);
    }
    return calls.length;
  };
  const [early, late] = [await tries(3_000), await tries(3_000)];
  expect(early).toBeGreaterThanOrEqual(3);
  expect(late).toBeLessThanOrEqual(1);

  isThere = true;
  become(true);
  await inStep(connection);
  expect(connection.status).toMatchObject({ error: undefined, retryAt: undefined });
});

test.each(['hello', 'push'])(
  'an answer to %s that comes after it was paused changes nothing, and after resuming it goes on',
  async (slow) => {
    const laptop = await siteOn('memory').open('laptop');
    await laptop.create('task', 'one', {});
    let answer: () => void = () => undefined;
    let isSlow = true;
    const { remote, calls } = counting((name) =>
      isSlow && name === slow
        ? new Promise((resolve) => {
            answer = resolve;
          })
        : Promise.resolve(),
    );
    const connection = closedAtEnd(laptop.connect(remote, { live: true, timers: manualClock() }));
    await settle(10);
    expect(calls.at(-1)).toBe(slow);
    const waiting = codeOf(() => connection.now());
    connection.pause();
    expect(await waiting).toBe('sync_paused');
    isSlow = false;
    answer();
    await settle(10);
    expect(calls.at(-1)).toBe(slow);
    expect(connection.status).toMatchObject({ phase: 'offline', lastSyncedAt: undefined });

    connection.resume();
    await inStep(connection);
    expect((await laptop.status()).localOnly).toBe(0);
  },
);

test('what a remote does not take, without telling anyone, is not said to be there, nor what comes after it', async () => {
  const laptop = await siteOn('memory').open('laptop');
  for (const id of ['one', 'two', 'three']) await laptop.create('task', id, {});
  const { remote } = counting();
  const connection = closedAtEnd(
    laptop.connect({
      ...remote,
      push: async (events) =>
        events.map(({ event }) =>
          event.seq === 2 ? { type: 'refused', code: 'no_thanks', message: 'not this one' } : { type: 'accepted' },
        ),
    }),
  );

  expect(await connection.now()).toMatchObject({ pushed: 3, refused: [{ dot: 'laptop:2', code: 'no_thanks' }] });
  expect((await laptop.services.log.getUnsyncedEvents()).map(({ seq }) => seq)).toEqual([2, 3]);
  expect(connection.status).toMatchObject({ pending: 2, rejected: 1 });
});

test('what a remote does not take is offered again at every turn, the first of it alone, and the rest when that is taken', async () => {
  const laptop = await siteOn('memory').open('laptop');
  for (const id of ['one', 'two', 'three']) await laptop.create('task', id, {});
  const { remote } = counting();
  let takes = false;
  const pushes: number[][] = [];
  const time = manualClock();
  const connection = closedAtEnd(
    laptop.connect(
      {
        ...remote,
        push: async (events) => {
          pushes.push(events.map(({ event }) => event.seq));
          return events.map(() =>
            takes ? { type: 'accepted' } : { type: 'refused', code: 'no_thanks', message: 'not from you' },
          );
        },
      },
      { live: true, timers: time, intervalMs: 1_000 },
    ),
  );
  await statusWhere(connection, ({ phase, error }) => phase === 'live' && error?.code === 'no_thanks');
  expect([pushes, connection.status.rejected]).toEqual([[[1, 2, 3]], 3]);
  const turn = async (): Promise<void> => {
    pushes.length = 0;
    time.advance(1_000);
    await settle(20);
  };

  await turn();
  expect([pushes, connection.status.phase]).toEqual([[[1]], 'live']);
  takes = true;
  await turn();
  expect(pushes).toEqual([[1], [2, 3]]);
  expect(connection.status).toMatchObject({ phase: 'live', pending: 0, rejected: 0, error: undefined });
  await turn();
  expect(pushes).toEqual([]);
});

test('what a remote has no room for is sent again, and it is waited for', async () => {
  const laptop = await siteOn('memory').open('laptop');
  for (const id of ['one', 'two']) await laptop.create('task', id, {});
  const { remote } = counting();
  let hasRoom = false;
  const time = manualClock();
  const connection = closedAtEnd(
    laptop.connect(
      {
        ...remote,
        push: async (events) =>
          events.map(({ event }) =>
            hasRoom || event.seq === 1
              ? { type: 'accepted' }
              : { type: 'refused', code: 'parking_full', message: 'later', published: false },
          ),
      },
      { live: true, timers: time, chance: () => 0.5 },
    ),
  );
  const { error } = await statusWhere(connection, ({ phase }) => phase === 'backoff');
  expect([error?.code, (await laptop.status()).localOnly]).toEqual(['parking_full', 1]);

  hasRoom = true;
  time.advance(1_000);
  await connection.synced();
  expect((await laptop.status()).localOnly).toBe(0);
});

test('a closed connection does nothing more, and closing the replica closes it', async () => {
  const laptop = await siteOn('memory').open('laptop');
  const { remote, calls } = counting();
  const time = manualClock();
  const connection = laptop.connect(remote, { live: true, timers: time });
  await inStep(connection);
  const waiting = codeOf(() => connection.synced());
  expect(await waiting).toBe('accepted');
  await laptop.close();
  await connection.close();
  const before = calls.length;
  time.advance(3_600_000);
  await settle();

  expect(calls.filter((name) => name === 'close')).toHaveLength(1);
  expect(calls.length).toBe(before);
  expect(await codeOf(() => connection.now())).toBe('sync_closed');
  expect(await codeOf(() => connection.synced())).toBe('sync_closed');
});

test.each<readonly [string, unknown]>([
  ['a number that is none', { retry: { firstDelayMs: Number.NaN } }],
  ['a negative one', { intervalMs: -1 }],
  ['a subscription that is none', { subscribe: 'tasks' }],
  ['types that are none', { subscribe: { resourceTypes: 'task' } }],
])('%s in the options is refused at once', async (_what, options) => {
  const laptop = await siteOn('memory').open('laptop');

  expect(await codeOf(() => laptop.connect(counting().remote, options as object))).toBe('wrong_type');
});
