/**
 * The store of browsers, on a stand-in for IndexedDB that runs in Node; `tests/e2e/browser-store` does the same in a
 * real one.
 */
import { IDBFactory, IDBKeyRange } from 'fake-indexeddb';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { openIndexedDb, openReplica } from 'reknit/browser';
import { eventStoreOver } from 'reknit/adapters/key-value';
import { keyValueContract, storageContract } from 'reknit/testing';

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

  test('a database of a later version is refused', async () => {
    const factory = new IDBFactory();
    await new Promise((resolve) => {
      const asked = factory.open('work', 9);
      asked.onsuccess = () => {
        asked.result.close();
        resolve(undefined);
      };
    });
    await expect(openIndexedDb({ name: 'work', factory })).rejects.toMatchObject({ code: 'database_newer' });
  });

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
