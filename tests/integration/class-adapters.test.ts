/** Stores, databases and remotes that are instances of classes, as many people write them. */
import { definePolicy, hubRemote, openReplica, replicaRemote } from 'reknit';
import { createMemoryStore } from 'reknit/adapters/memory';
import { eventStoreOver } from 'reknit/adapters/key-value';
import { createHub, createMemoryHubLog, openToEveryone, serveHub } from 'reknit/hub';
import { faultyRemote, faultyStore, scriptedFaults, simulate, storageContract } from 'reknit/testing';
import { expect, test } from 'vitest';
import { createMemoryKeyValueStore } from '../../src/adapters/key-value/memory-key-value-store.js';
import { asInstance } from '../support/as-class.js';

test('a store that is an instance syncs, leases included, and verifies', async () => {
  const store = asInstance({ ...createMemoryStore(), checkStructure: async () => [] });
  const replica = await openReplica({ agentId: 'ada', store });
  const other = await openReplica({ agentId: 'bob' });
  const log = createMemoryHubLog();
  const receiptKey = new Uint8Array(32).fill(1);
  const server = await serveHub({ hub: createHub({ log, authenticate: openToEveryone, receiptKey }) });

  await replica.create('note', 'n1', { text: 'one' });
  await replica.connect(asInstance(hubRemote({ url: server.url }))).now();
  await other.connect(asInstance(hubRemote({ url: server.url }))).now();

  expect(await other.digest()).toBe(await replica.digest());
  expect((await replica.verify()).problems).toEqual([]);
  for (const each of [replica, other, server, log]) await each.close();
});

test('a faulty double of an instance keeps all its calls', async () => {
  const calm = storageContract(async () => ({
    store: faultyStore(asInstance(createMemoryStore()), scriptedFaults([])),
  }));
  for (const { run } of calm) await run();
  const [here, there] = [await openReplica({ agentId: 'ada' }), await openReplica({ agentId: 'bob' })];
  await there.create('note', 'n1', { text: 'one' });

  const sync = here.connect(faultyRemote(asInstance(replicaRemote(there)), scriptedFaults([])));
  await sync.now();
  await sync.close();

  expect(await here.digest()).toBe(await there.digest());
  for (const each of [here, there]) await each.close();
});

test('a database that is an instance keeps a replica', async () => {
  const calm = storageContract(async () => ({ store: eventStoreOver(asInstance(createMemoryKeyValueStore())) }));
  for (const { run } of calm) await run();
});

test('stores that are instances can be simulated', async () => {
  const report = await simulate({
    policy: definePolicy({ name: 'p', version: 1 }),
    store: () => asInstance(createMemoryStore()),
    seeds: 3,
  });

  expect(report.failures.map(({ message }) => message)).toEqual([]);
});
