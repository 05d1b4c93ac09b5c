/** Operators that are reserved, and the same events under other policies: derived anew, never lost, never compared by mistake. */
import { describe, expect, test } from 'vitest';
import {
  definePolicy,
  defineStrategy,
  lastWriteWins,
  mergeEvents,
  openReplica,
  replicaRemote,
  userChoice,
  type Replica,
} from '../../../src/index.js';
import { createMemoryStore } from '../../../src/adapters/memory/index.js';
import { openSqliteStore } from '../../../src/adapters/sqlite/index.js';
import { eventOf } from '../../support/histories/event-builder.js';
import { codeOf, collect, meet, meetAll, siteOn, standOf, storeKinds, storyStartMs } from '../../support/site.js';

const people = definePolicy({ name: 'people decide', version: 1, default: userChoice() });
const byTime = definePolicy({ name: 'time decides', version: 1, default: lastWriteWins() });

const start = eventOf('x:1', 'create', { status: 'todo' });
const disputes = (count: number) =>
  Array.from({ length: count }, (_, index) => {
    const resource = { resourceType: 'task', resourceId: `t-${String(index).padStart(4, '0')}` };
    const first = eventOf(`x:${index + 1}`, 'create', { status: 'todo' }, [], { resource });
    return [
      first,
      eventOf(`y:${index + 1}`, 'update', { status: 'y' }, [first], { resource }),
      eventOf(`z:${index + 1}`, 'update', { status: 'z' }, [first], { resource }),
    ];
  }).flat();

describe.each(storeKinds)('on a %s store', (kind) => {
  test('an operator in a register is refused at the author and literal on import (R35, R4)', async () => {
    const laptop = await siteOn(kind).open('laptop');
    await laptop.create('task', 'one', { status: 'todo' });
    const before = await standOf(laptop);
    for (const value of [{ $increment: 1 }, { $add: ['x'] }, { $splice: [[0, 0, 'x']] }, { $future: true }])
      expect(await codeOf(() => laptop.update('task', 'one', { count: value }))).toBe('reserved_operator');
    expect(await standOf(laptop)).toEqual(before);
    await laptop
      .update('task', 'one', { count: { price: '$5', $: 1, other: 2 } })
      .catch((error: { code: string }) => expect(error.code).toBe('reserved_operator'));

    const resource = { resourceType: 'task', resourceId: 'two' };
    expect(
      await laptop.import([eventOf('x:1', 'create', { count: { $increment: 2 } }, [], { resource })]),
    ).toMatchObject({ applied: 1, rejectedCount: 0 });
    expect((await laptop.get('task', 'two'))?.fields).toEqual({ count: { $increment: 2 } });
  });

  test('a mismatch of policies is told, events are exchanged all the same, and digests do not compare (R40, I38)', async () => {
    const site = siteOn(kind);
    const [laptop, phone] = [
      await site.open('laptop', { policy: people }),
      await site.open('phone', { policy: byTime }),
    ];
    await laptop.create('task', 'one', { status: 'todo' });
    const sync = laptop.connect(replicaRemote(phone));
    await sync.now();
    expect(sync.status).toMatchObject({ policyMismatch: true, phase: 'live' });
    await sync.close();
    expect((await phone.get('task', 'one'))?.fields).toEqual({ status: 'todo' });
    await laptop.update('task', 'one', { status: 'done' });
    await phone.update('task', 'one', { status: 'blocked' });
    await meetAll(laptop, phone);
    expect((await laptop.conflicts.report()).pending).toBe(1);
    expect((await phone.conflicts.report()).pending).toBe(0);
    expect((await laptop.digest()).split(':')[2]).not.toBe((await phone.digest()).split(':')[2]);
  });

  test('who asks to hold is held: nothing foreign is applied while policies differ (R40)', async () => {
    const site = siteOn(kind);
    const [laptop, phone] = [
      await site.open('laptop', { policy: people, onPolicyMismatch: 'hold' }),
      await site.open('phone', { policy: byTime }),
    ];
    await phone.create('task', 'one', { status: 'todo' });
    const sync = laptop.connect(replicaRemote(phone));

    await expect(sync.now()).rejects.toMatchObject({ code: 'policy_mismatch' });
    expect(sync.status).toMatchObject({ policyMismatch: true, phase: 'refused', error: { code: 'policy_mismatch' } });
    expect(await laptop.get('task', 'one')).toBeUndefined();
    await sync.close();
  });
});

const stores = [
  ['memory', createMemoryStore],
  ['file', () => openSqliteStore({ file: siteOn('file').fileOf('derived'), durability: 'process' })],
] as const;

/** A store outlives the replicas that are opened on it, as a file outlives its programs. */
const lasting = (store: ReturnType<typeof createMemoryStore>) => ({ ...store, close: async () => undefined });

test.each(stores)(
  'the same events under another policy: conflicts are derived anew, in steps that can be interrupted (R40, I7; %s)',
  async (_name, make) => {
    const store = make();
    const options = { agentId: 'laptop', replicaId: 'laptop', clock: () => storyStartMs, store: lasting(store) };
    const laptop = await openReplica({ ...options, policy: byTime });
    await laptop.import(disputes(1_200));
    expect(await laptop.conflicts.report({ limit: 1 })).toMatchObject({ pending: 0, resolved: 1_200 });
    const digest = await laptop.digest();

    const stop = new AbortController();
    const interrupted = openReplica({
      ...options,
      policy: people,
      signal: stop.signal,
      onRederive: () => stop.abort(new Error('enough')),
    });
    await expect(interrupted).rejects.toThrow('enough');
    const told: number[] = [];
    const again = await openReplica({ ...options, policy: people, onRederive: ({ done }) => told.push(done) });
    expect(told.length).toBeGreaterThan(0);
    expect(await again.conflicts.report({ limit: 1 })).toMatchObject({ pending: 1_200, resolved: 0 });
    expect(await again.verify()).toMatchObject({ ok: true, events: 3_600 });

    // Who still goes by the old policy finds out before writing anything.
    expect(await codeOf(() => laptop.create('task', 'late', {}))).toBe('policy_changed');
    const back = await openReplica({ ...options, policy: byTime });
    expect(await back.digest()).toBe(digest);
    expect(await back.verify()).toMatchObject({ ok: true });
    const unchanged = await openReplica(options);
    expect((await unchanged.status()).policy.name).toBe('time decides');
    await store.close();
  },
);

test('data under a policy with code of its own can be read without it, and not written (R40)', async () => {
  const custom = definePolicy({
    name: 'mine',
    version: 1,
    default: defineStrategy({
      name: 'first',
      version: 1,
      decide: ({ siblings }) => ({ winner: siblings[0] as (typeof siblings)[number] }),
    }),
  });
  const options = { agentId: 'laptop', clock: () => storyStartMs, store: lasting(createMemoryStore()) };
  const first = await openReplica({ ...options, policy: custom });
  await first.create('task', 'one', { status: 'todo' });
  const reader = await openReplica(options);

  expect((await reader.get('task', 'one'))?.fields).toEqual({ status: 'todo' });
  expect((await reader.status()).policy).toEqual({ name: 'mine', fingerprint: custom.fingerprint });
  expect(await codeOf(() => reader.create('task', 'two', {}))).toBe('policy_missing');
  expect(await codeOf(() => reader.import([start]))).toBe('policy_missing');
  // What has never left may not leave without a mark (R7), and a mark is a write.
  expect(await codeOf(() => collect(reader.export()))).toBe('policy_missing');
  const readOnly: Replica = await openReplica({ ...options, policy: custom, readOnly: true });
  expect(await codeOf(() => readOnly.update('task', 'one', { status: 'done' }))).toBe('read_only');
  expect(await codeOf(() => meet(readOnly, first))).not.toBe('accepted');
});

test("mergeEvents of the services goes by the replica's policy (R39)", async () => {
  const site = siteOn('memory');
  const laptop = await site.open('laptop', { policy: people });
  const plain = (eventId: string, payload: { readonly status: string }) => ({
    eventId,
    agentId: 'a',
    resourceType: 'task',
    resourceId: 'one',
    operation: 'update',
    timestamp: '2026-02-02T10:00:00.000Z',
    payload,
  });
  const ours = [plain('a', { status: 'a' })];
  const theirs = [plain('b', { status: 'b' })];

  expect(laptop.services.merger.mergeEvents(ours, theirs).conflicts).toMatchObject([
    { status: 'pending_review', local: { eventId: 'a' }, remote: { eventId: 'b' } },
  ]);
  expect(mergeEvents(ours, theirs).conflicts).toMatchObject([{ status: 'resolved' }]);
  expect((await laptop.status()).events).toBe(0);
});
