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
  });
});
