/** What people try first with such a library, on every store: two histories written apart, and what becomes of them. */
import { describe, expect, test } from 'vitest';
import {
  definePolicy,
  defineResource,
  defineStrategy,
  mergeEvents,
  priorityBased,
  register,
  userChoice,
  type PlainEvent,
  type Replica,
} from '../../../src/index.js';
import { collect, meet, meetAll, siteOn, storeKinds, type Site } from '../../support/site.js';

const people = definePolicy({ name: 'people decide', version: 1, default: userChoice() });

/** Two replicas that both know one task. */
const pairOf = async (site: Site, policy = people): Promise<readonly [Replica, Replica]> => {
  const [laptop, phone] = [await site.open('laptop', { policy }), await site.open('phone', { policy })];
  await laptop.create('task', 'one', { title: 'Merge', status: 'todo' });
  await meet(phone, laptop);
  return [laptop, phone];
};
const byTime = definePolicy({ name: 'last write', version: 1 });
const valueOf = async (replica: Replica, field = 'status'): Promise<unknown> =>
  (await replica.get('task', 'one'))?.fields[field];
const digests = async (...replicas: readonly Replica[]): Promise<number> =>
  new Set(await Promise.all(replicas.map((replica) => replica.digest()))).size;

describe.each(storeKinds)('on a %s store', (kind) => {
  test('a later local change wins by the default policy (R2)', async () => {
    const site = siteOn(kind);
    const [laptop, phone] = await pairOf(site, byTime);
    site.at(1_000);
    await phone.update('task', 'one', { status: 'blocked' });
    site.at(2_000);
    await laptop.update('task', 'one', { status: 'done' });
    await meetAll(laptop, phone);

    expect([await valueOf(laptop), await valueOf(phone)]).toEqual(['done', 'done']);
    expect(await digests(laptop, phone)).toBe(1);
    const [conflict] = await laptop.conflicts.list();
    expect(conflict).toMatchObject({
      status: 'resolved',
      resolutionStrategy: 'last_write_wins',
      conflictType: 'concurrent_modification',
    });
    expect(conflict?.local?.value).toBe('done');
    expect(conflict?.remote?.value).toBe('blocked');
  });

  test('a later remote change wins by the default policy (R2)', async () => {
    const site = siteOn(kind);
    const [laptop, phone] = await pairOf(site, byTime);
    site.at(1_000);
    await laptop.update('task', 'one', { status: 'done' });
    site.at(2_000);
    await phone.update('task', 'one', { status: 'blocked' });
    await meetAll(laptop, phone);

    expect([await valueOf(laptop), await valueOf(phone)]).toEqual(['blocked', 'blocked']);
    expect((await laptop.explain('task', 'one', 'status'))?.fields[0]).toMatchObject({
      status: 'decided',
      winner: { agentId: 'phone' },
      losers: [{ agentId: 'laptop', value: 'done' }],
    });
  });

  test.each(['group', 'resource'] as const)('the winner of a %s is named, whoever wrote last', async (unit) => {
    const fields = { street: register<string>(), city: register<string>() };
    const strategy = priorityBased();
    const task =
      unit === 'group'
        ? defineResource('task', { version: 1, fields }).group('address', ['street', 'city'], { strategy })
        : defineResource('task', { version: 1, fields, granularity: 'resource', strategy });
    const site = siteOn(kind);
    const [laptop, phone] = await pairOf(site, definePolicy({ name: 'by priority', version: 1, resources: [task] }));
    site.at(1_000);
    await laptop.update('task', 'one', { street: 'Main', city: 'Bonn' }, { priority: 'high' });
    site.at(2_000);
    await phone.update('task', 'one', { street: 'Side', city: 'Ulm' });
    await meetAll(laptop, phone);

    expect((await phone.explain('task', 'one', 'city'))?.fields).toMatchObject([
      {
        value: 'Bonn',
        status: 'decided',
        strategy: 'priority_based',
        winner: { agentId: 'laptop' },
        losers: [{ agentId: 'phone' }],
      },
    ]);
  });

  test('what a strategy decided to be absent is explained like any other value (R24)', async () => {
    const plain = { version: 1, usesBase: false, usesPriority: false };
    const emptied = defineStrategy<string>({ ...plain, name: 'emptied', decide: () => ({ value: undefined }) });
    const bonn = defineStrategy<{ readonly street?: string; readonly city?: string }>({
      ...plain,
      name: 'bonn',
      decide: () => ({ value: { city: 'Bonn' } }),
    });
    const task = defineResource('task', {
      version: 1,
      fields: {
        status: register<string>(undefined, { strategy: emptied }),
        street: register<string>(),
        city: register<string>(),
      },
    }).group('address', ['street', 'city'], { strategy: bonn });
    const site = siteOn(kind);
    const [laptop, phone] = await pairOf(site, definePolicy({ name: 'emptying', version: 1, resources: [task] }));
    for (const [replica, status] of [
      [laptop, 'done'],
      [phone, 'blocked'],
    ] as const)
      await replica.update('task', 'one', { status, street: status, city: status });
    await meetAll(laptop, phone);

    const explained = await phone.explain('task', 'one');
    const told = new Map(explained?.fields.map((field) => [field.field, field]));
    expect([...told.keys()].sort()).toEqual(['city', 'status', 'street', 'title']);
    for (const [field, strategy] of [
      ['status', 'emptied'],
      ['street', 'bonn'],
    ] as const) {
      expect(told.get(field)).toMatchObject({ status: 'decided', strategy });
      expect(told.get(field)).not.toHaveProperty('value');
      expect(told.get(field)).not.toHaveProperty('winner');
    }
    expect(
      told
        .get('status')
        ?.losers.map(({ value }) => value)
        .sort(),
    ).toEqual(['blocked', 'done']);
    expect((await phone.explain('task', 'one', 'status'))?.fields).toEqual([told.get('status')]);
    expect(told.get('city')).toMatchObject({ value: 'Bonn', status: 'decided' });
    expect(told.get('city')).not.toHaveProperty('winner');
    expect((await phone.explain('task', 'one', 'unheard-of'))?.fields).toEqual([]);
  });

  test('equal timestamps give one answer everywhere, whoever asks whom (R1, R2, I1)', async () => {
    const site = siteOn(kind);
    const [laptop, phone] = await pairOf(site, byTime);
    site.at(1_000);
    const [ours, theirs] = [
      await laptop.update('task', 'one', { status: 'done' }),
      await phone.update('task', 'one', { status: 'blocked' }),
    ];
    expect(ours.timestamp).toBe(theirs.timestamp);
    const third = await site.open('third', { policy: byTime });
    await third.import([theirs, ours, ...(await collect(laptop.export()))]);
    await meet(laptop, phone);
    await meet(phone, laptop);

    expect(await digests(laptop, phone, third)).toBe(1);
    expect([await valueOf(laptop), await valueOf(phone), await valueOf(third)]).toEqual([
      'blocked',
      'blocked',
      'blocked',
    ]);
  });

  test('changes of different resources and of different fields do not collide (R16, I29)', async () => {
    const site = siteOn(kind);
    const [laptop, phone] = await pairOf(site);
    await laptop.update('task', 'one', { status: 'done' });
    await phone.update('task', 'one', { title: 'Merge well' });
    await laptop.create('task', 'two', { title: 'Two' });
    await phone.create('task', 'three', { title: 'Three' });
    await meetAll(laptop, phone);

    expect(await laptop.conflicts.list()).toEqual([]);
    expect((await laptop.get('task', 'one'))?.fields).toEqual({ title: 'Merge well', status: 'done' });
    expect((await collect(phone.list({ resourceType: 'task' }))).map(({ resourceId }) => resourceId)).toEqual([
      'one',
      'three',
      'two',
    ]);
    expect(await digests(laptop, phone)).toBe(1);
  });

  test('concurrent equal values agree silently (R16)', async () => {
    const [laptop, phone] = await pairOf(siteOn(kind));
    await laptop.update('task', 'one', { status: 'done' });
    await phone.update('task', 'one', { status: 'done' });
    await meetAll(laptop, phone);

    expect(await phone.conflicts.list()).toEqual([]);
  });

  test('a higher priority wins over a later time, and equal priorities fall back to time (R22)', async () => {
    const site = siteOn(kind);
    const [laptop, phone] = await pairOf(site, definePolicy({ name: 'rank', version: 1, default: priorityBased() }));
    site.at(1_000);
    await laptop.update('task', 'one', { status: 'done' }, { priority: 'high' });
    await laptop.update('task', 'one', { title: 'laptop' }, { priority: 'low' });
    site.at(2_000);
    await phone.update('task', 'one', { status: 'blocked' }, { priority: 'low' });
    await phone.update('task', 'one', { title: 'phone' }, { priority: 'low' });
    await meetAll(laptop, phone);

    expect((await phone.get('task', 'one'))?.fields).toEqual({ status: 'done', title: 'phone' });
  });

  test('a pending conflict is listed, survives as JSON, is resolved by a person and stays resolved (R19, R20, I31)', async () => {
    const site = siteOn(kind);
    const [laptop, phone] = await pairOf(site);
    await laptop.update('task', 'one', { status: 'done' });
    await phone.update('task', 'one', { status: 'blocked' });
    await meetAll(laptop, phone);
    const [pending] = await laptop.conflicts.list({ status: 'pending_review' });
    expect(pending).toMatchObject({ unit: { kind: 'field', field: 'status' }, base: 'todo', status: 'pending_review' });
    expect(JSON.parse(JSON.stringify(pending))).toEqual(pending);
    expect((await laptop.get('task', 'one'))?.provisional).toEqual(['status']);
    const conflictId = pending?.conflictId ?? '';

    await laptop.conflicts.resolve(conflictId, { choose: 'remote' }, { note: 'the phone knows' });
    await meetAll(laptop, phone);

    for (const replica of [laptop, phone]) {
      expect(await replica.conflicts.list({ status: 'pending_review' })).toEqual([]);
      expect(await replica.conflicts.get(conflictId)).toMatchObject({
        status: 'resolved',
        resolutionStrategy: 'manual',
        closedBy: [{ agentId: 'laptop', note: 'the phone knows' }],
      });
      expect(await valueOf(replica)).toBe('blocked');
      expect(await replica.conflicts.report()).toMatchObject({ total: 1, pending: 0, resolved: 1 });
    }
    await meetAll(phone, laptop);
    await laptop.update('task', 'one', { status: 'archived' });
    await meetAll(phone, laptop);
    expect(await phone.conflicts.list({ status: 'pending_review' })).toEqual([]);
    expect(await codeOfResolve(laptop, conflictId)).toBe('conflict_closed');
  });

  test('a write that a resolution has not seen reopens the question, with the resolution as one side (I31)', async () => {
    const site = siteOn(kind);
    const [laptop, phone] = await pairOf(site);
    const tablet = await site.open('tablet', { policy: people });
    await meet(tablet, laptop);
    await laptop.update('task', 'one', { status: 'done' });
    await phone.update('task', 'one', { status: 'blocked' });
    await tablet.update('task', 'one', { status: 'waiting' });
    await meet(laptop, phone);
    const [first] = await laptop.conflicts.list();
    const decision = await laptop.conflicts.resolve(first?.conflictId ?? '', { value: 'done' });
    await meetAll(laptop, phone, tablet);

    const pending = await tablet.conflicts.list({ status: 'pending_review' });
    expect(pending.map(({ siblings }) => siblings.map(({ value }) => value))).toEqual([['done', 'waiting']]);
    expect(pending[0]?.siblings.map(({ eventId }) => eventId)).toContain(decision.eventId);
    expect(await digests(laptop, phone, tablet)).toBe(1);
  });

  test('two people who resolve one conflict differently make a new one that converges (R17, I32)', async () => {
    const [laptop, phone] = await pairOf(siteOn(kind));
    await laptop.update('task', 'one', { status: 'done' });
    await phone.update('task', 'one', { status: 'blocked' });
    await meetAll(laptop, phone);
    const [conflict] = await laptop.conflicts.list();
    await laptop.conflicts.resolve(conflict?.conflictId ?? '', { choose: 'local' });
    await phone.conflicts.resolve(conflict?.conflictId ?? '', { choose: 'local' });
    await meetAll(laptop, phone);

    const [again] = await phone.conflicts.list({ status: 'pending_review' });
    expect(again).toMatchObject({ conflictType: 'concurrent_resolution' });
    expect(again?.conflictId).not.toBe(conflict?.conflictId);
    expect(await digests(laptop, phone)).toBe(1);
  });

  test('two offline histories are knitted together on reconnecting, through a bundle too (I2, I4, I5)', async () => {
    const site = siteOn(kind);
    const [laptop, phone] = await pairOf(site);
    for (let index = 0; index < 100; index += 1) await laptop.create('note', `laptop-${index}`, { index });
    for (let index = 0; index < 49; index += 1) await phone.create('note', `phone-${index}`, { index });
    await phone.update('task', 'one', { status: 'done' });

    const report = await meet(laptop, phone);

    // At the first contact its own event comes back too: what stands under its id could be a copy's (R8).
    expect(report).toMatchObject({ pulled: 51, applied: 50, duplicates: 1, refused: [], conflicts: [] });
    expect(await meet(laptop, phone)).toMatchObject({ pushed: 0, applied: 0, conflicts: [] });
    const counted = await laptop.status();
    expect(counted).toMatchObject({ events: 151, resources: 150, localOnly: 0 });
    const copy = await site.open('copy', { policy: people });
    const events = await collect(laptop.export());
    expect(await copy.import([...events].reverse())).toMatchObject({ applied: 151, parked: 0, rejectedCount: 0 });
    expect(await copy.import(events)).toMatchObject({ applied: 0, duplicates: 151 });
    expect(await digests(laptop, phone, copy)).toBe(1);
  });

  test('ten conflicts come up in one merge, each with an id that is the same everywhere (R18, I30)', async () => {
    const site = siteOn(kind);
    const [laptop, phone] = await pairOf(site);
    for (let index = 0; index < 10; index += 1) await laptop.create('note', `n-${index}`, { text: '' });
    await meet(phone, laptop);
    for (let index = 0; index < 10; index += 1) {
      await laptop.update('note', `n-${index}`, { text: 'laptop' });
      await phone.update('note', `n-${index}`, { text: 'phone' });
    }
    const report = await meet(laptop, phone);

    expect(report.conflicts).toHaveLength(10);
    const [ours, theirs] = [await laptop.conflicts.list(), await phone.conflicts.list()];
    expect(ours.map(({ conflictId }) => conflictId)).toEqual(theirs.map(({ conflictId }) => conflictId));
    expect(ours.map(({ local }) => local?.value)).toEqual(Array.from({ length: 10 }, () => 'laptop'));
    expect(theirs.map(({ local }) => local?.value)).toEqual(Array.from({ length: 10 }, () => 'phone'));
    expect((await laptop.conflicts.list({ limit: 3 })).length).toBe(3);
  });

  test('an update against a delete is a conflict, and by default the update wins with all its fields (R12, R13, R17)', async () => {
    const site = siteOn(kind);
    const [laptop, phone] = await pairOf(site, byTime);
    site.at(1_000);
    await laptop.update('task', 'one', { status: 'done' });
    site.at(2_000);
    await phone.delete('task', 'one');
    await meetAll(laptop, phone);

    expect(await phone.get('task', 'one')).toMatchObject({
      deleted: false,
      fields: { title: 'Merge', status: 'done' },
    });
    expect(await laptop.conflicts.list()).toMatchObject([
      { conflictType: 'delete_update', unit: { kind: 'existence' }, status: 'resolved' },
    ]);
  });

  test('two remote events on one resource are one history: only what is concurrent collides (R11, I28)', async () => {
    const [laptop, phone] = await pairOf(siteOn(kind));
    await phone.update('task', 'one', { status: 'started' });
    await phone.update('task', 'one', { status: 'blocked' });
    await laptop.update('task', 'one', { status: 'done' });
    await meetAll(laptop, phone);

    const [conflict] = await laptop.conflicts.list();
    expect(conflict?.siblings.map(({ value }) => value)).toEqual(['done', 'blocked']);
  });

  test('a form opened before a pull and saved after it becomes a conflict, not an overwrite; an own unseen write is stale (R3, R4)', async () => {
    const [laptop, phone] = await pairOf(siteOn(kind));
    const form = await laptop.get('task', 'one');
    await phone.update('task', 'one', { status: 'blocked' });
    await meet(laptop, phone);
    await laptop.update('task', 'one', { status: 'done' }, { seen: form?.heads ?? [] });

    const pending = await laptop.conflicts.list({ status: 'pending_review' });
    expect(pending.map(({ siblings }) => siblings.map(({ value }) => value))).toEqual([['done', 'blocked']]);
    await expect(laptop.update('task', 'one', { status: 'again' }, { seen: form?.heads ?? [] })).rejects.toMatchObject({
      code: 'stale_write',
      facts: { fields: ['status'] },
    });
    await laptop.update('task', 'one', { title: 'Other field' }, { seen: form?.heads ?? [] });
    expect(await laptop.conflicts.list({ status: 'pending_review' })).toHaveLength(1);
  });
});

const codeOfResolve = (replica: Replica, conflictId: string): Promise<unknown> =>
  replica.conflicts.resolve(conflictId, { value: 'x' }).then(
    () => 'accepted',
    (error: { readonly code?: unknown }) => error.code,
  );

describe('two plain lists', () => {
  const plain = (eventId: string, status: string, timestamp: string): PlainEvent => ({
    eventId,
    agentId: eventId,
    resourceType: 'task',
    resourceId: 'one',
    operation: eventId === 'start' ? 'create' : 'update',
    timestamp,
    payload: { status },
  });
  const start = plain('start', 'todo', '2026-02-02T10:00:00.000Z');
  const same = '2026-02-02T11:00:00.000Z';

  test('swapped give the same bytes, apart from the words local and remote (R39)', () => {
    const [ours, theirs] = [
      [start, plain('a', 'done', same)],
      [start, plain('b', 'blocked', same)],
    ];
    const [one, other] = [mergeEvents(ours, theirs), mergeEvents(theirs, ours)];

    const swapped = other.conflicts.map(({ local, remote, ...rest }) => ({ ...rest, local: remote, remote: local }));
    expect({ ...other, conflicts: swapped }).toEqual({
      ...one,
      conflicts: one.conflicts.map((conflict) => ({ ...conflict })),
    });
    const bare = (merged: typeof one): string =>
      JSON.stringify({
        ...merged,
        conflicts: merged.conflicts.map(({ local: _local, remote: _remote, ...rest }) => rest),
      });
    expect(bare(other)).toBe(bare(one));
    expect(one).toMatchObject({ conflictCount: 1, resolutionStrategy: 'last_write_wins' });
    expect(one.conflicts[0]?.local?.eventId).toBe('a');
  });

  test('that hold common events in different orders, or one id for two changes, are refused (R39)', () => {
    const next = plain('a', 'done', same);
    expect(() => mergeEvents([start, next], [next, start])).toThrow(expect.objectContaining({ code: 'order_differs' }));
    expect(() => mergeEvents([start], [plain('start', 'other', same)])).toThrow(
      expect.objectContaining({ code: 'event_id_reused' }),
    );
  });
});
