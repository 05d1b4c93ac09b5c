/**
 * The store of browsers, on a stand-in for IndexedDB that runs in Node; `tests/e2e/browser-store` does the same in a
 * real one.
 */
import { IDBFactory, IDBKeyRange, IDBObjectStore } from 'fake-indexeddb';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { openIndexedDb, openReplica } from 'reknit/browser';
import { eventStoreOver } from 'reknit/adapters/key-value';
import { keyValueContract, storageContract } from 'reknit/testing';
import { testHub } from '../support/hub.js';
import { askingRemote, statusWhere } from '../support/hub-site.js';

beforeAll(() => void vi.stubGlobal('IDBKeyRange', IDBKeyRange));
afterAll(() => void vi.unstubAllGlobals());

/** An origin, with a database that is opened again and again. */
const origin = () => {
  const factory = new IDBFactory();
  return () => openIndexedDb({ name: 'work', factory });
};

describe('the key-value contract', () => {
  const cases = keyValueContract(async () => {
    const open = origin();
    return { store: await open(), another: open, reopen: open };
  });
  test.each(cases.map(({ name, run }) => [name, run] as const))('%s', async (_name, run) => run());
});

describe('the contract of stores', () => {
  const cases = storageContract(async () => {
    const open = origin();
    const opened = async () => eventStoreOver(await open(), { watchIntervalMs: 20 });
    return { store: await opened(), another: opened, reopen: opened };
  });
  test.each(cases.map(({ name, run }) => [name, run] as const))('%s', async (_name, run) => run());
});

describe('a replica in a browser', () => {
  /** Two tabs of one origin. */
  const tabs = async () => {
    vi.stubGlobal('indexedDB', new IDBFactory());
    const open = async () => {
      const replica = await openReplica({ name: 'work', agentId: 'ada' });
      onTestFinished(() => replica.close());
      return replica;
    };
    return { open };
  };

  test('is one in all tabs, and still there when the page is opened again', async () => {
    const { open } = await tabs();
    const [one, two] = [await open(), await open()];
    await one.create('task', 't1', { title: 'Paint' });
    await two.update('task', 't1', { title: 'Paint it blue' });
    expect((await one.get('task', 't1'))?.fields).toEqual({ title: 'Paint it blue' });
    expect((await one.status()).replicaId).toBe((await two.status()).replicaId);
    await one.close();
    await two.close();

    const again = await open();
    expect((await again.get('task', 't1'))?.fields).toEqual({ title: 'Paint it blue' });
    expect(await again.verify()).toMatchObject({ ok: true });
  });

  test('tells one tab of what another wrote', async () => {
    const { open } = await tabs();
    const [one, two] = [await open(), await open()];
    await one.create('task', 't1', { title: 'Paint' });
    const seen = new Promise((resolve) => {
      two.watch('task', 't1').subscribe((view) => view?.fields['title'] === 'Paint it blue' && resolve(view));
    });
    await one.update('task', 't1', { title: 'Paint it blue' });
    await seen;
  });

  test('lives in memory where it is given no name', async () => {
    const replica = await openReplica({ agentId: 'ada' });
    await replica.create('task', 't1', {});
    expect((await replica.status()).events).toBe(1);
    await replica.close();
  });
});

test('a live connection whose database is deleted under it says so, writes nothing, and can be closed', async () => {
  const factory = new IDBFactory();
  vi.stubGlobal('indexedDB', factory);
  const replica = await openReplica({ name: 'work', agentId: 'ada' });
  const connection = replica.connect(askingRemote(testHub()), {
    live: true,
    intervalMs: 5,
    retry: { firstDelayMs: 5, delayMsMax: 5 },
  });
  await replica.create('task', 't1', {});
  await statusWhere(connection, ({ phase, pending }) => phase === 'live' && pending === 0);
  await new Promise((resolve) => {
    factory.deleteDatabase('work').onsuccess = resolve;
  });

  const { error } = await statusWhere(connection, (status) => status.error !== undefined);
  expect(error).toMatchObject({ code: 'store_closed' });
  await expect(replica.create('task', 't2', {})).rejects.toMatchObject({ code: 'store_closed' });
  await expect(replica.get('task', 't1')).rejects.toMatchObject({ code: 'store_closed' });
  await connection.close();
  await replica.close();

  const again = await openReplica({ name: 'work', agentId: 'ada' });
  expect((await again.status()).events).toBe(0);
  await again.close();
});

describe('what stands in the way', () => {
  test.each([
    ['nothing', undefined],
    ['no name', {}],
    ['a number', { name: 7 }],
    ['an unknown durability', { name: 'work', durability: 'none' }],
    ['no factory', { name: 'work', factory: {} }],
  ])('%s is refused', async (_what, options) => {
    await expect(openIndexedDb(options as never)).rejects.toMatchObject({ code: 'wrong_type' });
  });

  test('a browser without IndexedDB, or that allows none, is said to be that', async () => {
    vi.stubGlobal('indexedDB', undefined);
    await expect(openReplica({ name: 'work', agentId: 'ada' })).rejects.toMatchObject({ code: 'storage_unavailable' });
    const factory = {
      open: () => {
        throw Object.assign(new Error('denied for this document'), { name: 'SecurityError' });
      },
    };
    await expect(openIndexedDb({ name: 'work', factory })).rejects.toMatchObject({ code: 'storage_unavailable' });
  });

  test('a page that may not even look at IndexedDB, has null for it, or half of it, is told the same', async () => {
    onTestFinished(() => void vi.stubGlobal('IDBKeyRange', IDBKeyRange));
    const refused = { code: 'storage_unavailable' };
    const open = () => openReplica({ name: 'work', agentId: 'ada' });
    vi.stubGlobal('indexedDB', null);
    await expect(open()).rejects.toMatchObject(refused);
    vi.stubGlobal('indexedDB', undefined);
    Object.defineProperty(globalThis, 'indexedDB', {
      configurable: true,
      get: () => {
        throw Object.assign(new Error('the operation is insecure'), { name: 'SecurityError' });
      },
    });
    await expect(open()).rejects.toMatchObject(refused);
    Object.defineProperty(globalThis, 'indexedDB', { configurable: true, writable: true, value: new IDBFactory() });
    vi.stubGlobal('IDBKeyRange', undefined);
    await expect(open()).rejects.toMatchObject(refused);
  });

  /** Makes a database as another program does. */
  const made = (factory: InstanceType<typeof IDBFactory>, version: number, stores: Readonly<Record<string, object>>) =>
    new Promise<void>((resolve) => {
      const asked = factory.open('work', version);
      asked.onupgradeneeded = () => {
        for (const [name, options] of Object.entries(stores)) asked.result.createObjectStore(name, options);
      };
      asked.onsuccess = () => {
        asked.result.close();
        resolve();
      };
    });

  test('a database of a later version is refused', async () => {
    const factory = new IDBFactory();
    await made(factory, 9, { entries: {}, more: {} });
    await expect(openIndexedDb({ name: 'work', factory })).rejects.toMatchObject({ code: 'database_newer' });
  });

  test.each([
    ['of our version', 1, { things: {} }],
    ['of a later version', 9, { things: {} }],
    ['with a store of our name', 1, { entries: { keyPath: 'id' } }],
    ['that somebody made by looking at it', 1, {}],
  ])('a database of another program %s is refused, and stays as it is', async (_what, version, stores) => {
    const factory = new IDBFactory();
    await made(factory, version, stores);
    for (let time = 0; time < 2; time += 1)
      await expect(openIndexedDb({ name: 'work', factory })).rejects.toMatchObject({ code: 'not_a_reknit_database' });
    expect(await factory.databases()).toEqual([{ name: 'work', version }]);
  });

  test.each(['ü/\u0000?', '\ud83d\ude00', '\ud800', ' ', 'x'.repeat(5_000)])(
    'a database may have the name %j',
    async (name) => {
      const factory = new IDBFactory();
      const store = await openIndexedDb({ name, factory });
      const told = new Promise<void>((resolve) => store.watch?.(resolve));
      const other = await openIndexedDb({ name, factory });
      await other.write({ ifUnchanged: [], changes: [['a', '1']] });
      await told;
      expect(await store.getMany(['a'])).toEqual(['1']);
      await store.close();
      await other.close();
    },
  );

  test('what cannot be stored is not stored in part', async () => {
    const store = await openIndexedDb({ name: 'work', factory: new IDBFactory() });
    for (const ifUnchanged of [[], [['a', undefined]]] as const)
      await expect(
        store.write({
          ifUnchanged,
          changes: [
            ['a', '1'],
            ['b', (() => 'no text') as never],
          ],
        }),
      ).rejects.toMatchObject({ code: 'storage_failed' });
    expect(await store.getMany(['a', 'b'])).toEqual([undefined, undefined]);
    await store.write({ ifUnchanged: [['a', undefined]], changes: [['a', '2']] });
    expect(await store.scan({ from: 'a', before: 'z', limit: Number.MAX_SAFE_INTEGER })).toEqual([['a', '2']]);
  });

  test('a disk without room is said to be that, and what was there stays', async () => {
    const factory = new IDBFactory();
    const store = await openIndexedDb({ name: 'work', factory });
    await store.write({ ifUnchanged: [], changes: [['a', '1']] });
    const put = vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(() => {
      throw Object.assign(new Error('no room'), { name: 'QuotaExceededError' });
    });
    await expect(store.write({ ifUnchanged: [], changes: [['a', '2']] })).rejects.toMatchObject({
      code: 'storage_full',
    });
    put.mockRestore();
    expect(await store.getMany(['a'])).toEqual(['1']);
  });

  test('what is under way when it is closed is finished, and closing again is no failure', async () => {
    const factory = new IDBFactory();
    const store = await openIndexedDb({ name: 'work', factory });
    const writing = store.write({ ifUnchanged: [], changes: [['a', '1']] });
    await Promise.all([store.close(), store.close()]);
    expect(await writing).toBe(true);
    for (const call of [
      () => store.getMany(['a']),
      () => store.scan({ from: 'a', before: 'b', limit: 1 }),
      () => store.write({ ifUnchanged: [], changes: [] }),
    ])
      await expect(call()).rejects.toMatchObject({ code: 'store_closed' });
    expect(await (await openIndexedDb({ name: 'work', factory })).getMany(['a'])).toEqual(['1']);
  });

  test.each(['is missing', 'may not be opened'])(
    'tabs hear of each other also where BroadcastChannel %s',
    async (why) => {
      vi.stubGlobal('indexedDB', new IDBFactory());
      function notFromHere(): never {
        throw new Error('not from here');
      }
      vi.stubGlobal('BroadcastChannel', why === 'is missing' ? undefined : notFromHere);
      const [one, two] = [
        await openReplica({ name: 'work', agentId: 'ada' }),
        await openReplica({ name: 'work', agentId: 'ada' }),
      ];
      vi.unstubAllGlobals();
      vi.stubGlobal('IDBKeyRange', IDBKeyRange);
      const seen = new Promise((resolve) => {
        two.watch('task', 't1').subscribe((view) => view !== undefined && resolve(view));
      });
      await one.create('task', 't1', {});
      await seen;
      await one.close();
      await two.close();
    },
  );

  test('a database that is deleted under it is closed, and says so', async () => {
    const factory = new IDBFactory();
    const store = await openIndexedDb({ name: 'work', factory });
    await store.write({ ifUnchanged: [], changes: [['a', '1']] });
    await new Promise((resolve) => {
      factory.deleteDatabase('work').onsuccess = resolve;
    });
    await expect(store.getMany(['a'])).rejects.toMatchObject({ code: 'store_closed' });
    await expect(store.write({ ifUnchanged: [], changes: [['a', '2']] })).rejects.toMatchObject({
      code: 'store_closed',
    });
    const again = await openIndexedDb({ name: 'work', factory });
    expect(await again.getMany(['a'])).toEqual([undefined]);
  });
});
