/** Histories that the simulation found, each as small as it could be made, told as what happened. */
import { expect, test } from 'vitest';
import { createMemoryStore } from '../../src/adapters/memory/index.js';
import { openReplica, replicaRemote, type Remote, type Replica } from '../../src/index.js';
import { testHub } from '../support/hub.js';
import { askingRemote, exchange } from '../support/hub-site.js';
import { collect, meet, siteOn, storyStartMs } from '../support/site.js';

const eventOf = (replicaId: string, seq: number, more: { readonly title?: string } = {}): object => ({
  eventId: `${replicaId} ${seq} ${more.title ?? ''}`,
  replicaId,
  seq,
  agentId: 'someone',
  resourceType: 'task',
  resourceId: '1',
  operation: seq === 1 ? 'create' : 'update',
  timestamp: '2026-02-02T10:00:00.000Z',
  counter: seq,
  parents: seq === 1 ? [] : [`${replicaId}:${seq - 1}`],
  payload: { title: more.title ?? 'a task' },
  schemaVersion: 1,
});

const equivocating = async (): Promise<{ readonly ann: Replica; readonly bob: Replica }> => {
  const site = siteOn('memory');
  const [ann, bob] = [await site.open('ann'), await site.open('bob')];
  await ann.import([eventOf('mallory', 1, { title: 'to ann' })]);
  await bob.import([eventOf('mallory', 1, { title: 'to bob' })]);
  return { ann, bob };
};

test('two contents of one dot, each held by one replica, are both everywhere after they met at a hub (R5, I21)', async () => {
  const { ann, bob } = await equivocating();
  const hub = testHub();

  for (let round = 0; round < 2; round += 1) for (const one of [ann, bob]) await exchange(one, askingRemote(hub));

  expect((await ann.status()).voids).toBe(1);
  expect(await bob.digest()).toBe(await ann.digest());
});

test('the same where the two meet without a hub (R5, I21)', async () => {
  const { ann, bob } = await equivocating();

  for (let round = 0; round < 2; round += 1) await meet(ann, bob);

  expect((await ann.status()).voids).toBe(1);
  expect(await bob.digest()).toBe(await ann.digest());
});

test('what waits for an event from the future is applied when the time of that one has come (R3, R10)', async () => {
  let nowMs = storyStartMs;
  const open = (store = createMemoryStore()) =>
    openReplica({ agentId: 'ann', replicaId: 'ann', store, clock: () => nowMs });
  const store = createMemoryStore();
  const before = await open(store);
  await before.import([
    { ...eventOf('bob', 1), timestamp: '2027-02-02T10:00:00.000Z' },
    { ...eventOf('bob', 2), timestamp: '2026-02-02T10:00:00.000Z' },
  ]);
  expect(await before.parked()).toHaveLength(2);

  nowMs = Date.UTC(2027, 1, 2, 10);
  const after = await open(store);

  expect(await after.parked()).toEqual([]);
  expect((await after.status()).events).toBe(2);
});

test('who learns from a part of its own events that it was copied keeps all that stand before them (R8)', async () => {
  const site = siteOn('memory');
  const [ann, copy] = [await site.open('ann'), await site.open('copy', { agentId: 'ann', replicaId: 'ann' })];
  let ids = 0;
  for (const one of [ann, copy]) {
    ids = 0;
    for (const [type, id] of [
      ['task', 'a'],
      ['task', 'b'],
    ] as const)
      await one.create(type, id, {}, { eventId: `event ${(ids += 1)}` });
    await one.update('task', 'b', { title: 'x' }, { eventId: `event ${(ids += 1)}` });
  }
  await copy.create('note', 'of the copy', {});
  const events = await collect(copy.export());

  await ann.import(events.filter(({ seq }) => seq !== 2));

  expect(ann.replicaId).not.toBe('ann');
  expect(await ann.verify()).toMatchObject({ ok: true });
  await ann.import(events);
  expect((await ann.status()).voids).toBe(0);
  expect(await ann.digest()).toBe(await copy.digest());
});

test('two connections that find out at once that a copy has written under their id give it up once (R8)', async () => {
  const hub = testHub();
  const open = (): Promise<Replica> =>
    openReplica({ agentId: 'ann', replicaId: 'ann', store: createMemoryStore(), clock: () => storyStartMs });
  const [copy, ann] = [await open(), await open()];
  await copy.create('task', 'of the copy', {});
  await ann.create('task', 'of ann', {});
  await exchange(copy, askingRemote(hub));

  const connections = [ann.connect(askingRemote(hub)), ann.connect(askingRemote(hub))];
  await Promise.all(connections.map((connection) => connection.now()));

  const renamed = (await collect(ann.audit.entries())).flatMap(({ acts }) =>
    acts.filter(({ type }) => type === 'ReplicaRenamed'),
  );
  expect(renamed).toHaveLength(1);
  expect((await ann.status()).localOnly).toBe(0);
});

test('what was said of the id that a replica gave up while it read counts no number of its new one as sent (R8, I16)', async () => {
  const hub = testHub();
  const open = (): Promise<Replica> =>
    openReplica({ agentId: 'ann', replicaId: 'ann', store: createMemoryStore(), clock: () => storyStartMs });
  const [copy, ann] = [await open(), await open()];
  for (const one of [copy, ann])
    for (const id of ['one', 'two']) await one.create('task', id, {}, { eventId: `of both ${id}` });
  await copy.create('task', 'of the copy', {});
  for (const id of ['one', 'two']) await ann.update('task', id, { title: 'by ann' });

  await meet(ann, copy);
  expect(ann.replicaId).not.toBe('ann');
  await ann.create('task', 'three', {});
  expect((await ann.status()).localOnly).toBe(1);
  await exchange(ann, askingRemote(hub));

  expect((await ann.status()).localOnly).toBe(0);
});

/** What a reader says who has seen more of ann's numbers than ann has written: her data is an old state brought back. */
const tellHerThatSheIsOutdated = (ann: Replica): Promise<unknown> =>
  replicaRemote(ann).pull({ cursor: undefined, cut: { ann: 99 }, limit: 1, replicaId: 'bob' });

test('what was sent under an id that was given up meanwhile counts no number of the new one as sent (R8, I16)', async () => {
  const [hub, ann] = [testHub(), await siteOn('memory').open('ann')];
  await ann.create('task', 'one', {});
  const remote = askingRemote(hub);
  const push: Remote['push'] = async (events, signal, options) => {
    const verdicts = await remote.push(events, signal, options);
    if (ann.replicaId === 'ann') await tellHerThatSheIsOutdated(ann);
    return verdicts;
  };
  await exchange(ann, { ...remote, push });
  expect(ann.replicaId).not.toBe('ann');

  await ann.create('task', 'two', {});
  expect((await ann.status()).localOnly).toBe(1);
  await exchange(ann, askingRemote(hub));

  expect((await ann.status()).localOnly).toBe(0);
});

test('nothing leaves under an id that was given up before it was offered (R7, R8)', async () => {
  const hub = testHub();
  const store = createMemoryStore();
  let isDue = false;
  const ann = await siteOn('memory').open('ann', {
    store: {
      ...store,
      readEvents: async (query) => {
        const page = await store.readEvents(query);
        if (isDue && query.localOnly !== true && page.items.length > 0) {
          isDue = false;
          await tellHerThatSheIsOutdated(ann);
        }
        return page;
      },
    },
  });
  await ann.create('task', 'one', {});
  isDue = true;
  await exchange(ann, askingRemote(hub));

  const { entries } = await hub.log.read({ after: 0, limit: 9, bytesMax: 1_000_000 });
  expect(entries.map((entry) => entry.type === 'event' && entry.sealed.dot)).toEqual([`${ann.replicaId}:1`]);
});

test('what others wrote is never among what is to be sent from here, also where a write here releases it (R10)', async () => {
  const site = siteOn('memory');
  const ann = await site.open('ann');
  for (const title of ['one', 'other']) await ann.import([eventOf('mallory', 1, { title })]);
  const hourMs = 3_600_000;
  await ann.import([{ ...eventOf('bob', 1), timestamp: '2026-02-02T11:00:00.000Z' }]);
  expect(await ann.parked()).toHaveLength(1);
  site.at(hourMs);

  await ann.create('task', '1', {});

  expect(await ann.parked()).toEqual([]);
  expect((await ann.status()).localOnly).toBe(1);
});

test('a hub that has one content of a number refuses nobody who builds on the other (R4, R5)', async () => {
  const hub = testHub();
  const site = siteOn('memory');
  const [ann, copy] = [await site.open('ann'), await site.open('copy', { agentId: 'ann', replicaId: 'ann' })];
  const [bob, cid] = [await site.open('bob'), await site.open('cid')];
  await ann.create('task', 'of ann', {});
  await copy.create('task', 'of the copy', {});
  await exchange(ann, askingRemote(hub));
  await meet(bob, copy);
  await bob.update('task', 'of the copy', { title: 'by bob' });

  // Who has only the content that the hub has brings what bob wrote.
  await exchange(cid, askingRemote(hub));
  await meet(cid, bob);
  await exchange(cid, askingRemote(hub));
  for (let round = 0; round < 2; round += 1) for (const one of [bob, ann, cid]) await exchange(one, askingRemote(hub));

  expect((await bob.status()).rejected).toBe(0);
  expect(await cid.digest()).toBe(await bob.digest());
});

test('what a hub keeps waiting for ever holds up nobody who goes on from before it (R4, R8)', async () => {
  const hub = testHub();
  const site = siteOn('memory');
  const [ann, broughtBack] = [
    await site.open('ann'),
    await site.open('ann again', { agentId: 'ann', replicaId: 'ann' }),
  ];
  const [bob, cid] = [await site.open('bob'), await site.open('cid')];
  // One who is no replica leaves a gap before this, and ann builds on it.
  await ann.import([{ ...eventOf('mallory', 3), operation: 'create', parents: [] }]);
  await ann.create('task', 'of ann', {});
  await ann.update('task', '1', { title: 'by ann' });
  await meet(bob, ann);
  await broughtBack.create('task', '1', {});
  await broughtBack.create('task', 'of ann again', {});
  const { replicaId, seq } = await broughtBack.delete('task', '1');
  await meet(cid, broughtBack);

  for (let round = 0; round < 2; round += 1) for (const one of [bob, cid]) await exchange(one, askingRemote(hub));

  expect(`${replicaId}:${seq}`).toBe('ann:3');
  const held = (await collect(bob.services.log.query())).map(({ sealed }) => sealed.dot as string);
  expect(held).toContain('ann:3');
});

test('who is brought back from before something was given to it gets it again, without a hub too (I2, M8)', async () => {
  const site = siteOn('memory');
  const [ann, bob] = [await site.open('ann'), await site.open('bob')];
  await bob.create('task', 'one', {});
  await meet(bob, ann);

  const broughtBack = await site.open('ann again', { agentId: 'ann', replicaId: 'ann' });
  await meet(bob, broughtBack);

  expect(await broughtBack.get('task', 'one')).toBeDefined();
});

test('what another replica was given is not given to it again, whomever one met meanwhile', async () => {
  const site = siteOn('memory');
  const [ann, bob, cid] = [await site.open('ann'), await site.open('bob'), await site.open('cid')];
  await bob.create('task', 'one', {});
  for (const other of [ann, cid]) await meet(bob, other);

  expect(await meet(bob, ann)).toMatchObject({ pushed: 0 });
});

test('readers who tell a replica at once that it is outdated make it give its id up once (R8)', async () => {
  const ann = await siteOn('memory').open('ann');

  await Promise.all([tellHerThatSheIsOutdated(ann), tellHerThatSheIsOutdated(ann)]);

  const acts = (await collect(ann.audit.entries())).flatMap((entry) => entry.acts);
  expect(acts.filter(({ type }) => type === 'ReplicaRenamed')).toHaveLength(1);
});

test('what waited here, and is released by what a remote gave, goes on to that remote', async () => {
  const [ann, bob, cid] = (await Promise.all(
    ['ann', 'bob', 'cid'].map((replicaId) => openReplica({ agentId: replicaId, replicaId })),
  )) as [Replica, Replica, Replica];
  await ann.create('task', 't1', { title: 'Paint' });
  await bob.import(ann.export());
  const later = await bob.update('task', 't1', { title: 'Paint it blue' });
  // Comes to cid by another way, and before what it builds on.
  expect(await cid.import([later])).toMatchObject({ parked: 1 });

  const connection = cid.connect(replicaRemote(ann));
  expect(await connection.now()).toMatchObject({ pulled: 1, applied: 2, pushed: 1 });

  expect((await ann.get('task', 't1'))?.fields).toEqual({ title: 'Paint it blue' });
  await connection.close();
  for (const replica of [ann, bob, cid]) await replica.close();
});
