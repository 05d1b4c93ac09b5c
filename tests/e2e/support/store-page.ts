/** A page with a replica of its own, on IndexedDB: bundled by the test, and asked from outside. */
import {
  eventStoreOver,
  hubRemote,
  openIndexedDb,
  openReplica,
  type Replica,
  type SyncConnection,
} from 'reknit/browser';
import { keyValueContract, storageContract } from 'reknit/testing';

let opened: Replica | undefined;
let connection: SyncConnection | undefined;
let databases = 0;

const replica = (): Replica => {
  if (opened === undefined) throw new Error('no replica is open');
  return opened;
};

/** Cases of both contracts on real databases; answers how many there were, and what failed. */
const runContracts = async (): Promise<{ readonly cases: number; readonly failures: readonly string[] }> => {
  const keyValues = keyValueContract(async () => {
    const name = `key-value ${(databases += 1)}`;
    const open = () => openIndexedDb({ name, durability: 'process' });
    return { store: await open(), another: open, reopen: open };
  });
  const stores = storageContract(async () => {
    const name = `store ${(databases += 1)}`;
    const open = async () =>
      eventStoreOver(await openIndexedDb({ name, durability: 'process' }), { watchIntervalMs: 20 });
    return { store: await open(), another: open, reopen: open };
  });
  const failures: string[] = [];
  for (const { name, run } of [...keyValues, ...stores])
    await run().catch((error: unknown) => failures.push(`${name}: ${String(error)}`));
  return { cases: keyValues.length + stores.length, failures };
};

/** How many transactions of this page are under way: the browser freezes no page that would block others with one. */
let transactions = 0;
IDBDatabase.prototype.transaction = new Proxy(Reflect.get(IDBDatabase.prototype, 'transaction'), {
  apply: (begin, database, given) => {
    const begun = Reflect.apply(begin, database, given) as IDBTransaction;
    transactions += 1;
    for (const end of ['complete', 'abort']) begun.addEventListener(end, () => (transactions -= 1));
    return begun;
  },
});

/** Halts where a debugger is attached, as soon as no transaction is under way. */
const haltSoon = (): void => {
  setTimeout(() => {
    // oxlint-disable-next-line no-debugger -- it is what a test's debugger waits for.
    if (transactions === 0) debugger;
    else haltSoon();
  });
};

/** Makes a database as another program does. */
const make = (name: string, version: number, stores: readonly (readonly [name: string, keyPath: string | null])[]) =>
  new Promise<void>((resolve, reject) => {
    const asked = indexedDB.open(name, version);
    asked.addEventListener('upgradeneeded', () => {
      for (const [store, keyPath] of stores) asked.result.createObjectStore(store, { keyPath });
    });
    asked.addEventListener('error', () => reject(asked.error ?? new Error(name)));
    asked.addEventListener('success', () => {
      asked.result.close();
      resolve();
    });
  });

const codeOf = async (call: () => Promise<unknown>): Promise<string> => {
  try {
    await call();
    return 'fine';
  } catch (error) {
    return String((error as { readonly code?: unknown }).code);
  }
};

/** What each of these databases is said to be. */
const openOthers = async (): Promise<Readonly<Record<string, string>>> => {
  await make('things', 1, [['things', null]]);
  await make('things later', 7, [['things', null]]);
  await make('our name', 1, [['entries', 'id']]);
  await make('looked at', 1, []);
  await make('newer', 7, [['entries', null]]);
  const names = ['things', 'things later', 'our name', 'looked at', 'newer', 'ü/\u0000\ud800?'];
  const codes: Record<string, string> = {};
  for (const name of names) codes[name] = await codeOf(async () => (await openIndexedDb({ name })).close());
  const partly = await openIndexedDb({ name: 'partly' });
  const changes = [
    ['a', '1'],
    ['b', (() => 'no text') as never],
  ] as const;
  codes['a value that is no text'] = await codeOf(() => partly.write({ ifUnchanged: [], changes }));
  codes['what is left of it'] = String(await partly.getMany(['a']));
  await partly.close();
  return codes;
};

const page = {
  runContracts,
  openOthers,
  codeOfOpening: () => codeOf(() => openReplica({ name: 'work', agentId: 'ada' })),
  /** Begins many writes at once; answers nothing, so that the page can be closed meanwhile. */
  beginWriting: (from: number, count: number) => {
    for (let n = from; n < from + count; n += 1)
      void replica()
        .create('task', `n${n}`, {})
        .catch(() => undefined);
  },
  writeMany: async (from: number, count: number) => {
    const all = Array.from({ length: count }, (_, n) => replica().create('task', `n${from + n}`, {}));
    await Promise.all(all);
  },
  events: async () => (await replica().status()).events,
  open: async (agentId: string) => {
    opened = await openReplica({ name: 'work', agentId });
    return (await opened.status()).replicaId;
  },
  haltSoon,
  connect: () => {
    connection = replica().connect(hubRemote({ url: location.origin }), {
      live: true,
      // Longer than a slow disk takes: who syncs does not lose it by the way.
      leaseMs: 3_000,
      retry: { firstDelayMs: 50, delayMsMax: 200 },
    });
  },
  status: () => connection?.status,
  create: async (id: string, fields: Record<string, string>) => {
    await replica().create('task', id, fields);
  },
  update: async (id: string, fields: Record<string, string>) => {
    await replica().update('task', id, fields);
  },
  fields: async (id: string) => (await replica().get('task', id))?.fields,
  digest: () => replica().digest(),
  verify: () => replica().verify(),
};

export type StorePage = typeof page;

Object.assign(globalThis, { store: page });
