/** Of the processes that share a file one syncs with a hub; when it goes, or dies, another takes over. */
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openSqliteStore } from '../../src/adapters/sqlite/index.js';
import { openReplica, type Replica, type SyncConnection } from '../../src/index.js';
import { settle } from '../support/faulty-remote.js';
import { manualClock, testHub, type ManualClock, type TestHub } from '../support/hub.js';
import { askingRemote, closedAtEnd, exchange, statusWhere } from '../support/hub-site.js';
import { storyStartMs } from '../support/site.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const leaseMs = 9_000;

interface Process {
  readonly replica: Replica;
  readonly connection: SyncConnection;
  /** What it asked the hub. */
  readonly calls: string[];
}

const place = () => {
  const file = join(temporaryFolder(), 'shared.db');
  const hub: TestHub = testHub({ clock: manualClock(storyStartMs) });
  let nowMs = storyStartMs;
  const connect = async (name: string, timers: ManualClock, live = true): Promise<Process> => {
    const calls: string[] = [];
    const store = openSqliteStore({ file, durability: 'process', watchIntervalMs: 5 });
    const replica = await openReplica({ agentId: name, store, clock: () => nowMs });
    onTestFinished(() => replica.close());
    const remote = askingRemote(hub, {
      fetch: (url, init) => {
        calls.push(url.slice(url.lastIndexOf('/') + 1));
        return hub.hub.fetch(new Request(url, init));
      },
    });
    const connection = closedAtEnd(replica.connect(remote, { live, leaseMs, timers, gatherMs: 0, chance: () => 0 }));
    return { replica, connection, calls };
  };
  return {
    connect,
    hub,
    pass: (ms: number, ...clocks: readonly ManualClock[]) => {
      nowMs += ms;
      for (const clock of clocks) clock.advance(ms);
    },
  };
};

const isLeading = ({ phase, syncer }: SyncConnection['status']): boolean => phase === 'live' && syncer?.isSelf === true;

/** Turns the time until it is done. */
const turning = async <Value>(promise: Promise<Value>, turn: () => void): Promise<Value> => {
  const state = { isDone: false };
  const done = promise.finally(() => {
    state.isDone = true;
  });
  while (!state.isDone) {
    turn();
    await settle();
  }
  return done;
};

test('one syncs, the other says who, and is told when what it wrote is at the hub', async () => {
  const { connect, pass } = place();
  const [here, there] = [manualClock(), manualClock()];
  const leader = await connect('leader', here);
  await statusWhere(leader.connection, isLeading);
  const follower = await connect('follower', there);
  const { syncer } = await statusWhere(follower.connection, ({ phase }) => phase === 'standby');
  expect(syncer).toMatchObject({ isSelf: false, name: expect.stringContaining(String(process.pid)) });

  await follower.replica.create('task', 'one', {});
  // The leader hears of it through the file, and gathers before it sends.
  await turning(follower.connection.synced(), () => pass(1, here));

  expect((await follower.replica.status()).localOnly).toBe(0);
  expect(follower.calls).toEqual([]);
  expect(leader.calls).toContain('push');
  expect(await follower.connection.now()).toMatchObject({ pulled: 0, pushed: 0 });
});

test('who leaves gives the lease back, and the other goes on', async () => {
  const { connect, pass } = place();
  const [here, there] = [manualClock(), manualClock()];
  const first = await connect('first', here);
  await statusWhere(first.connection, isLeading);
  const second = await connect('second', there);
  await statusWhere(second.connection, ({ phase }) => phase === 'standby');

  await first.connection.close();
  pass(leaseMs / 3, there);
  await statusWhere(second.connection, isLeading);

  await second.replica.create('task', 'one', {});
  await settle();
  pass(1, there);
  await second.connection.synced();
  expect((await second.replica.status()).localOnly).toBe(0);
});

test('who dies is replaced when its time is over, and what it still writes when it wakes up is refused', async () => {
  const { connect, hub, pass } = place();
  const [here, there] = [manualClock(), manualClock()];
  const sleeper = await connect('sleeper', here);
  await statusWhere(sleeper.connection, isLeading);
  const heir = await connect('heir', there);
  await statusWhere(heir.connection, ({ phase }) => phase === 'standby');
  // While it lives it is not replaced.
  for (let turn = 0; turn < 9; turn += 1) {
    pass(leaseMs / 3, here, there);
    await settle(5);
  }
  expect(heir.connection.status.phase).toBe('standby');

  // Its timers stand still, as those of a process that was stopped.
  for (let turn = 0; turn < 4; turn += 1) {
    pass(leaseMs / 3, there);
    await settle(5);
  }
  await statusWhere(heir.connection, isLeading);
  const elsewhere = await openReplica({ agentId: 'elsewhere', clock: () => storyStartMs });
  await elsewhere.create('task', 'news', {});
  await exchange(elsewhere, askingRemote(hub));
  await elsewhere.close();
  sleeper.calls.length = 0;
  await sleeper.replica.create('task', 'one', {});
  const woken = sleeper.connection.now();
  await statusWhere(sleeper.connection, ({ phase, syncer }) => phase === 'standby' && syncer?.isSelf === false);
  // It was stopped by the first thing that it wanted to write down.
  expect(sleeper.calls).toEqual(['hello', 'pull']);

  expect(await turning(woken, () => pass(1, there))).toMatchObject({ pushed: 0 });
  expect((await heir.replica.status()).localOnly).toBe(0);
  expect(heir.connection.status).toMatchObject({ phase: 'live', error: undefined });
  expect(await heir.replica.verify()).toMatchObject({ ok: true });
});

test('a round now and then waits for its turn, and leaves the lease behind', async () => {
  const { connect, pass } = place();
  const [here, there] = [manualClock(), manualClock()];
  const first = await connect('first', here, false);
  const second = await connect('second', there, false);
  await first.replica.create('task', 'one', {});

  await first.connection.now();
  await second.replica.create('task', 'two', {});
  await second.connection.now();
  const both = Promise.all([first.connection.now(), second.connection.now()]);
  for (let turn = 0; turn < 20; turn += 1) {
    pass(leaseMs / 3, here, there);
    await settle();
  }
  await both;

  expect((await first.replica.status()).localOnly).toBe(0);
  expect(first.connection.status.phase).not.toBe('standby');
});
