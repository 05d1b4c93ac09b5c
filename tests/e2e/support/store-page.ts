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

const page = {
  runContracts,
  open: async (agentId: string) => {
    opened = await openReplica({ name: 'work', agentId });
    return (await opened.status()).replicaId;
  },
  connect: () => {
    connection = replica().connect(hubRemote({ url: location.origin }), {
      live: true,
      leaseMs: 1_000,
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
