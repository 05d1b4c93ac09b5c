/** An event store over a key-value store keeps the contract of the port, alone and beside other handles on its data. */
import { openReplica } from 'reknit';
import { describe, expect, test } from 'vitest';
import {
  createMemoryKeyValueData,
  createMemoryKeyValueStore,
  eventStoreOver,
} from '../../src/adapters/key-value/index.js';
import type { EventStore } from '../../src/application/ports/event-store.js';
import type { KeyValueStore } from '../../src/application/ports/key-value-store.js';
import { storageContract } from '../../src/testing/storage-contract.js';

describe('an event store over a key-value store in memory', () => {
  const subject = async () => {
    const data = createMemoryKeyValueData();
    const open = () => eventStoreOver(createMemoryKeyValueStore(data));
    return { store: open(), reopen: async () => open() };
  };
  for (const { name, run } of storageContract(subject)) test(name, run);
});

describe('handles on the same data', () => {
  test('hear of each other’s commits, and of their own not', async () => {
    const data = createMemoryKeyValueData();
    const [one, other] = [1, 2].map(() => eventStoreOver(createMemoryKeyValueStore(data), { watchIntervalMs: 1 })) as [
      EventStore,
      EventStore,
    ];
    const mine = await openReplica({ agentId: 'ada', store: one });
    const theirs = await openReplica({ agentId: 'bob', store: other });
    const heard = new Promise<void>((resolve) => {
      const subscription = theirs.changes$.subscribe(({ origin }) => {
        if (origin !== 'process') return;
        subscription.unsubscribe();
        resolve();
      });
    });

    await mine.create('task', 'one', { title: 'Merge offline' });
    await heard;

    expect((await theirs.get('task', 'one'))?.fields['title']).toBe('Merge offline');
    await theirs.update('task', 'one', { title: 'Merge offline, soon' });
    expect((await mine.get('task', 'one'))?.fields['title']).toBe('Merge offline, soon');
    expect((await mine.verify()).ok).toBe(true);
    await mine.close();
    await theirs.close();
  });

  test('a handle that fails tells so with an error of the port, and goes on', async () => {
    const inner = createMemoryKeyValueStore();
    const state = { isBroken: false };
    const failing: KeyValueStore = {
      ...inner,
      getMany: (keys) => (state.isBroken ? Promise.reject(new Error('the disk is gone')) : inner.getMany(keys)),
    };
    const store = eventStoreOver(failing);
    state.isBroken = true;
    await expect(store.facts()).rejects.toMatchObject({
      code: 'storage_failed',
      cause: { message: 'the disk is gone' },
    });
    state.isBroken = false;

    expect((await store.facts()).logHead).toBe(0);
    expect(() => eventStoreOver(inner, { attemptsMax: 0 })).toThrow(/attemptsMax/);
    for (const watchIntervalMs of [0, 2 ** 31, Infinity, Number.NaN])
      expect(() => eventStoreOver(inner, { watchIntervalMs })).toThrow(/watchIntervalMs/);
  });
});

describe('what it asks of a database', () => {
  test('is four times for an update: what it starts from, who is here, what it changes, and the write', async () => {
    const inner = createMemoryKeyValueStore();
    const asked: string[] = [];
    const counting: KeyValueStore = {
      ...inner,
      getMany: (keys) => (asked.push('getMany'), inner.getMany(keys)),
      scan: (range) => (asked.push('scan'), inner.scan(range)),
      write: (write) => (asked.push('write'), inner.write(write)),
    };
    const replica = await openReplica({ agentId: 'ada', store: eventStoreOver(counting) });
    await replica.create('task', 'one', { title: 'Merge offline' });
    asked.length = 0;

    await replica.update('task', 'one', { title: 'Merge offline, soon' });

    expect(asked).toEqual(['getMany', 'getMany', 'getMany', 'write']);
    await replica.close();
  });

  test('goes on with what another handle has written meanwhile', async () => {
    const data = createMemoryKeyValueData();
    const open = () => eventStoreOver(createMemoryKeyValueStore(data));
    const [mine, theirs] = [
      await openReplica({ agentId: 'ada', store: open() }),
      await openReplica({ agentId: 'bob', store: open() }),
    ];
    for (let round = 0; round < 5; round += 1) {
      await mine.create('task', `mine ${round}`, {});
      await theirs.create('task', `theirs ${round}`, {});
      expect([(await mine.status()).events, (await theirs.status()).events]).toEqual([2 * round + 2, 2 * round + 2]);
    }
    expect(await mine.digest()).toBe(await theirs.digest());
    await mine.close();
    await theirs.close();
  });
});
