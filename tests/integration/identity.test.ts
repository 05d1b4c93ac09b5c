/**
 * Who is who, what time it is and what was lost, at a hub: old backups, copies, wiped and
 * restored hubs, clocks that are off, and parts of the log.
 */
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createMemoryStore } from '../../src/adapters/memory/index.js';
import {
  definePolicy,
  lastWriteWins,
  openReplica,
  priorityBased,
  replicaRemote,
  type Replica,
} from '../../src/index.js';
import { exchange } from '../support/hub-site.js';
import { createOperatedHub } from '../support/operated-hub.js';
import { collect, siteOn, storeKinds, storyStartMs } from '../support/site.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const yearMs = 365 * 24 * 3_600_000;
const titlesOf = async (replica: Replica): Promise<Readonly<Record<string, unknown>>> =>
  Object.fromEntries((await collect(replica.list())).map(({ resourceId, fields }) => [resourceId, fields['title']]));
const actsOf = async (replica: Replica): Promise<readonly { readonly type: string }[]> =>
  (await collect(replica.audit.entries())).flatMap(({ acts }) => acts);

const expectInStep = async (...replicas: readonly Replica[]): Promise<void> => {
  expect(new Set(await Promise.all(replicas.map((replica) => replica.digest()))).size).toBe(1);
  for (const replica of replicas) {
    expect(await replica.verify()).toMatchObject({ ok: true });
    expect(await replica.status()).toMatchObject({ localOnly: 0, parked: 0, voids: 0 });
  }
};

describe.each(storeKinds)('on a %s store', (kind) => {
  test('a hub that was wiped is refilled, with the events of a third replica that is gone (I15, D10)', async () => {
    const site = siteOn(kind);
    const hub = await createOperatedHub(storyStartMs);
    const [a, b, gone] = [await site.open('a'), await site.open('b'), await site.open('gone')];
    await gone.create('task', 'three', { title: 'of the third' });
    await exchange(gone, hub.remote(['gone']));
    for (const replica of [a, b]) {
      await exchange(replica, hub.remote([replica.replicaId]));
      await replica.create('task', replica.replicaId, { title: 'before' });
      await exchange(replica, hub.remote([replica.replicaId]));
    }
    await a.update('task', 'a', { title: 'unsynced at a' });
    await b.update('task', 'b', { title: 'unsynced at b' });

    await hub.wipe();
    for (const replica of [a, b, a, b]) await exchange(replica, hub.remote([replica.replicaId]));
    const fresh = await site.open('fresh');
    await exchange(fresh, hub.remote(['fresh']));

    await expectInStep(a, b, fresh);
    expect(await titlesOf(fresh)).toEqual({ a: 'unsynced at a', b: 'unsynced at b', three: 'of the third' });
    const before = hub.pushed();
    for (const replica of [a, b]) await exchange(replica, hub.remote([replica.replicaId]));
    expect(hub.pushed()).toBe(before);
    expect(await actsOf(a)).toContainEqual(
      expect.objectContaining({ type: 'RemoteRefilled', with: `hub:${(await hub.log().facts()).hubId}` }),
    );
  });

  test("a hub brought back from yesterday's copy gets back today's events, own and foreign, and nothing twice (I15, T21)", async () => {
    const site = siteOn(kind);
    const hub = await createOperatedHub(storyStartMs);
    const [a, b, gone] = [await site.open('a'), await site.open('b'), await site.open('gone')];
    await a.create('task', 'one', { title: 'yesterday' });
    await exchange(a, hub.remote(['a']));
    const restore = await hub.copy();
    await exchange(gone, hub.remote(['gone']));
    await gone.update('task', 'one', { title: 'today, by one who is gone' });
    await exchange(gone, hub.remote(['gone']));
    await exchange(b, hub.remote(['b']));
    await b.create('task', 'two', { title: 'today' });
    await exchange(b, hub.remote(['b']));
    await a.create('task', 'three', { title: 'unsynced' });

    await restore();
    for (const replica of [a, b, a]) await exchange(replica, hub.remote([replica.replicaId]));

    await expectInStep(a, b);
    expect(await titlesOf(a)).toEqual({ one: 'today, by one who is gone', two: 'today', three: 'unsynced' });
    expect((await hub.log().counts()).events).toBe(4);
  });

  test('an own event that somebody has built on was offered, whatever this copy remembers, and keeps its dot (R7, R8)', async () => {
    const site = siteOn(kind);
    const [a, b] = [await site.open('a'), await site.open('b')];
    const ours = await a.create('task', 'one', { title: 'ours' });
    await b.import([ours]);
    const theirs = await b.update('task', 'one', { title: 'theirs' });

    // As after an old backup was put back: `a` does not know that its event has left, and gets what was built on it alone.
    await a.import([theirs]);
    await a.create('task', 'two', { title: 'never offered' });
    await a.import([{ ...ours, seq: 7, parents: [], eventId: 'of the other copy', resourceId: 'seven' }]);

    expect(a.replicaId).not.toBe('a');
    expect((await a.history('task', 'one')).map(({ dot }) => dot)).toEqual(['a:1', 'b:1']);
    expect((await a.history('task', 'two')).map(({ dot }) => dot)).toEqual([`${a.replicaId}:1`]);
    expect(await a.verify()).toMatchObject({ ok: true });
  });

  test('a refill that breaks off is begun again, although the mark has moved on meanwhile', async () => {
    const site = siteOn(kind);
    const hub = await createOperatedHub(storyStartMs);
    const [a, b] = [await site.open('a'), await site.open('b')];
    await b.create('task', 'two', { title: 'of b' });
    await exchange(b, hub.remote(['b']));
    await a.create('task', 'one', { title: 'of a' });
    await exchange(a, hub.remote(['a']));
    await hub.wipe();
    const remote = hub.remote(['a']);
    const broken = { ...remote, push: () => Promise.reject(new Error('cut off')) };
    await expect(exchange(a, broken)).rejects.toMatchObject({ code: 'sync_failed' });
    await exchange(a, hub.remote(['a']));

    expect([...(await hub.log().heads(['a', 'b'])).values()].map(({ seq }) => seq)).toEqual([1, 1]);
  });

  test('events of others without the hub’s own receipt are not taken from who may not relay, and nothing stops', async () => {
    const site = siteOn(kind);
    const hub = await createOperatedHub(storyStartMs);
    const [a, b] = [await site.open('a'), await site.open('b')];
    await b.create('task', 'two', { title: 'never at a hub' });
    await a.import(await collect(b.export()));
    await a.create('task', 'one', { title: 'of a' });
    await exchange(a, hub.remote(['a']));

    expect([...(await hub.log().heads(['a', 'b'])).values()].map(({ seq }) => seq)).toEqual([1, 0]);
  });

  test('a clock a year ahead and one a year behind: neither wins by its clock, neither blocks, both are told (R7, R10, I27)', async () => {
    const site = siteOn(kind);
    const hub = await createOperatedHub(storyStartMs);
    let nowMs = 0;
    const at = (skewMs: number) => (): number => storyStartMs + nowMs + skewMs;
    const honest = await site.open('honest', { clock: at(0) });
    const ahead = await site.open('ahead', { clock: at(yearMs) });
    const behind = await site.open('behind', { clock: at(-yearMs) });
    const all = [honest, ahead, behind];
    const round = async (): Promise<void> => {
      nowMs += 1_000;
      hub.at(nowMs);
      for (const replica of all) await exchange(replica, hub.remote([replica.replicaId]));
    };
    await honest.create('task', 'one', { title: 'start' });
    await exchange(honest, hub.remote());
    await ahead.create('task', 'two', { title: 'recorded a year ahead' });
    const offline = await ahead.update('task', 'two', { title: 'and again' });
    await behind.create('task', 'three', { title: 'recorded a year behind' });
    for (const replica of all) expect((await replica.status()).parked).toBe(0);
    await round();
    await round();
    await expectInStep(honest, ahead, behind);

    nowMs += 10_000;
    await ahead.update('task', 'one', { title: 'by ahead' });
    nowMs += 10_000;
    await behind.update('task', 'one', { title: 'by behind' });
    nowMs += 10_000;
    await honest.update('task', 'one', { title: 'the last' });
    await round();
    await round();

    await expectInStep(honest, ahead, behind);
    expect((await titlesOf(ahead))['one']).toBe('the last');
    expect((await ahead.status()).clockSkewMs).toBe(-yearMs);
    expect((await behind.status()).clockSkewMs).toBe(yearMs);
    const [created, again] = (await ahead.history('task', 'two')).map(({ event }) => event);
    expect(again).toMatchObject({ eventId: offline.eventId, seq: 2, parents: ['ahead:1'] });
    expect(Date.parse(again?.timestamp ?? '')).toBeLessThan(storyStartMs + 60_000);
    expect([created?.timestamp, created?.counter ?? 0] < [again?.timestamp, again?.counter ?? 0]).toBe(true);
    expect(await actsOf(ahead)).toContainEqual(
      expect.objectContaining({ type: 'ClockCorrected', restamped: ['ahead:1', 'ahead:2'] }),
    );
    nowMs += 1_000;
    const next = await ahead.create('task', 'four', {});
    expect(Date.parse(next.timestamp)).toBe(storyStartMs + nowMs);
  });

  test('what was recorded while the clock was ahead for a while is stamped anew, and the clock goes on from now (R7, R10)', async () => {
    const site = siteOn(kind);
    let nowMs = storyStartMs;
    const hub = await createOperatedHub(storyStartMs);
    const jumping = await site.open('jumping', { clock: () => nowMs });
    const other = await site.open('other', { clock: () => nowMs });
    await jumping.create('task', 'one', { title: 'start' });
    await exchange(jumping, hub.remote());
    await exchange(other, hub.remote());
    nowMs += yearMs;
    await jumping.update('task', 'one', { title: 'a year ahead' });
    nowMs = storyStartMs + 60_000;
    const after = await jumping.update('task', 'one', { title: 'and after it' });
    expect(Date.parse(after.timestamp)).toBe(storyStartMs + yearMs);

    await exchange(jumping, hub.remote());
    await exchange(other, hub.remote());
    expect(await other.parked()).toEqual([]);
    expect((await titlesOf(other))['one']).toBe('and after it');
    nowMs += 1_000;
    const next = await jumping.update('task', 'one', { title: 'now' });
    expect(Date.parse(next.timestamp)).toBe(nowMs);
    expect(await actsOf(jumping)).toContainEqual(
      expect.objectContaining({ type: 'ClockCorrected', byMs: 0, restamped: ['jumping:2', 'jumping:3'] }),
    );
    const known = (await actsOf(jumping)).length;
    await exchange(jumping, hub.remote());
    expect((await actsOf(jumping)).slice(known).map(({ type }) => type)).not.toContain('ClockCorrected');
    await exchange(other, hub.remote());
    await expectInStep(jumping, other);
  });

  test('what was offered keeps its time, and what comes after stays above it (R7)', async () => {
    const site = siteOn(kind);
    const hub = await createOperatedHub(storyStartMs);
    const ahead = await site.open('ahead', { clock: () => storyStartMs + yearMs });
    await ahead.create('task', 'one', { title: 'offered' });
    const [offered] = await collect(ahead.export());
    await ahead.update('task', 'one', { title: 'not offered' });
    await exchange(ahead, hub.remote());

    const [first, second] = (await ahead.history('task', 'one')).map(({ event }) => event);
    expect(first).toEqual(offered);
    expect([second?.timestamp, second?.counter]).toEqual([offered?.timestamp, 1]);
    expect(await ahead.verify()).toMatchObject({ ok: true });
  });

  test('re-stamping changes who wins by last write, in state and in the conflict log (R7)', async () => {
    const site = siteOn(kind);
    const hub = await createOperatedHub(storyStartMs);
    const [ahead, other] = [
      await site.open('ahead', { clock: () => storyStartMs + yearMs }),
      await site.open('other', { clock: () => storyStartMs + 60_000 }),
    ];
    await other.create('task', 'one', { title: 'start' });
    const start = await collect(other.export());
    await ahead.import(start);
    await ahead.update('task', 'one', { title: 'by a clock that runs ahead' });
    await other.update('task', 'one', { title: 'later in truth' });
    await ahead.import(await collect(other.export()));
    expect((await titlesOf(ahead))['one']).toBe('by a clock that runs ahead');
    for (const replica of [ahead, other, ahead]) await exchange(replica, hub.remote());

    expect((await titlesOf(ahead))['one']).toBe('later in truth');
    await expectInStep(ahead, other);
  });

  test('an own refused event leaves the state, is listed, and delays no other (R9, I47)', async () => {
    const site = siteOn(kind);
    const hub = await createOperatedHub(storyStartMs);
    hub.refuse(({ event }) => event.payload?.['title'] === 'forbidden');
    const [a, b] = [await site.open('a'), await site.open('b')];
    await a.create('task', 'one', { title: 'fine' });
    const refused = await a.update('task', 'one', { title: 'forbidden' });
    const child = await a.update('task', 'one', { note: 'built on it' });
    await a.create('task', 'two', { title: 'beside it' });
    const connection = a.connect(hub.remote(['a']));
    await connection.now();
    await exchange(b, hub.remote(['b']));

    expect((await a.get('task', 'one'))?.fields).toEqual({ title: 'fine' });
    await expectInStep(a, b);
    expect(await connection.rejected.list()).toEqual([
      expect.objectContaining({ eventId: refused.eventId, dot: 'a:2', code: 'not_allowed', event: refused }),
      expect.objectContaining({ eventId: child.eventId, dot: 'a:3', code: 'parent_refused' }),
    ]);
    expect(await a.status()).toMatchObject({ rejected: 2, parked: 0, localOnly: 0 });
    const later = await a.update('task', 'one', { title: 'after it' });
    expect(later.parents).toEqual(['a:1']);
    await connection.now();
    await exchange(b, hub.remote(['b']));
    await expectInStep(a, b);

    hub.refuse(() => false);
    await connection.rejected.retry(refused.eventId);
    await connection.now();
    await exchange(b, hub.remote(['b']));
    await connection.now();
    expect(await connection.rejected.list()).toEqual([]);
    expect((await a.get('task', 'one'))?.fields).toMatchObject({ note: 'built on it' });
    await expectInStep(a, b);
    await connection.close();
    expect((await actsOf(a)).map(({ type }) => type)).toEqual(
      expect.arrayContaining(['EventRejected', 'EventsWithdrawn', 'RejectedEventRetried', 'RejectedEventAccepted']),
    );
  });

  test('a refused event can be recorded anew on what stands now, or shelved (R9)', async () => {
    const site = siteOn(kind);
    const hub = await createOperatedHub(storyStartMs);
    hub.refuse(({ event }) => event.agentId === 'intern');
    const a = await site.open('a');
    await a.create('task', 'one', { title: 'fine' });
    const first = await a.as('intern').update('task', 'one', { title: 'by the intern' }, { note: 'why' });
    const second = await a.as('intern').create('task', 'two', { title: 'also' });
    const connection = a.connect(hub.remote(['a']));
    await connection.now();
    await a.update('task', 'one', { status: 'todo' });
    hub.refuse(() => false);

    const reissued = await connection.rejected.reissue(first.eventId);
    expect(reissued).toMatchObject({ payload: { title: 'by the intern' }, agentId: 'intern', note: 'why', seq: 5 });
    expect(reissued.parents).toEqual(['a:4']);
    await connection.rejected.shelve(second.eventId);
    expect(await connection.rejected.list()).toEqual([]);
    await connection.now();
    expect(await titlesOf(a)).toEqual({ one: 'by the intern' });
    expect(await a.status()).toMatchObject({ rejected: 0, localOnly: 0 });
    expect(await a.verify()).toMatchObject({ ok: true });
    await expect(connection.rejected.reissue(first.eventId)).rejects.toMatchObject({ code: 'event_not_rejected' });
    await connection.close();
  });

  test('a foreign event that the hub refused stays, and status and digest say so (R9)', async () => {
    const site = siteOn(kind);
    const hub = await createOperatedHub(storyStartMs);
    hub.refuse(({ event }) => event.payload?.['title'] === 'forbidden');
    const [a, b, c] = [await site.open('a'), await site.open('b'), await site.open('c')];
    await a.create('task', 'one', { title: 'forbidden' });
    await b.import(await collect(a.export()));
    for (const replica of [a, b, c]) await exchange(replica, hub.remote([replica.replicaId]));

    expect(await titlesOf(a)).toEqual({});
    expect(await titlesOf(b)).toEqual({ one: 'forbidden' });
    expect(await b.status()).toMatchObject({ refusedForeign: 1, rejected: 0 });
    expect(await b.digest()).toMatch(/:refused-1$/);
    expect(await a.digest()).toBe(await c.digest());
    // Its number is explained, so nobody asks for it again.
    expect(await c.cut()).toEqual({ a: 1 });
    for (const replica of [a, b, c]) expect(await replica.verify()).toMatchObject({ ok: true });
  });

  test('a part of the log is read, its gaps are explained, and widening it reads what was left out (R38)', async () => {
    const site = siteOn(kind);
    const hub = await createOperatedHub(storyStartMs);
    const [full, part, same] = [await site.open('full'), await site.open('part'), await site.open('same')];
    for (const type of ['task', 'note', 'task', 'note', 'task'])
      await full.create(type, `${type} ${(await full.status()).events}`, { title: type });
    await exchange(full, hub.remote());
    const tasks = { subscribe: { resourceTypes: ['task'] } };
    await exchange(part, hub.remote(), tasks);
    await part.create('task', 'mine', { title: 'task' });
    for (const replica of [part, same]) await exchange(replica, hub.remote(), tasks);

    expect((await collect(part.list())).map(({ resourceType }) => resourceType)).toEqual([
      'task',
      'task',
      'task',
      'task',
    ]);
    expect(await part.cut()).toMatchObject({ full: 5 });
    expect(await part.digest()).toBe(await same.digest());
    expect(await part.digest()).not.toContain(':all:');
    expect(await part.status()).toMatchObject({ parked: 0, localOnly: 0 });
    // As a remote it claims nothing that it does not hold.
    expect(await part.asRemote().hello({ replicaId: 'full' })).toMatchObject({ knownSeq: 1 });

    await exchange(part, hub.remote(), { subscribe: { resourceTypes: ['note', 'task'] } });
    expect((await collect(part.list({ resourceType: 'note' }))).length).toBe(2);
    await exchange(part, hub.remote());
    await exchange(full, hub.remote());
    await expectInStep(part, full);
  });
});

test('what is written while an export runs, and renamed in the middle of it, does not leave with it (R7, R8)', async () => {
  const store = createMemoryStore();
  let isDue = false;
  const ann = await siteOn('memory').open('ann', {
    store: {
      ...store,
      readEvents: async (query) => {
        if (!isDue) return store.readEvents(query);
        isDue = false;
        await ann.create('task', 'two', { title: 'meanwhile' });
        // As a reader does who has seen more of ann's numbers than ann has written.
        await replicaRemote(ann).pull({ cursor: undefined, cut: { ann: 99 }, limit: 1, replicaId: 'bob' });
        return store.readEvents(query);
      },
    },
  });
  await ann.create('task', 'one', {});
  isDue = true;

  const exported = await collect(ann.export());

  expect(ann.replicaId).not.toBe('ann');
  expect(exported.map(({ resourceId }) => resourceId)).toEqual(['one']);
  // The next one has it under the dot that it keeps.
  const [, two] = await collect(ann.export());
  expect(two).toMatchObject({ replicaId: ann.replicaId, seq: 1, resourceId: 'two' });
});

test('a correction of the clock holds for every process on the file, from its next write on (R7)', async () => {
  const site = siteOn('file');
  const hub = await createOperatedHub(storyStartMs);
  const clock = (): number => storyStartMs + yearMs;
  const one = await site.open('laptop', { clock });
  const other = await site.open('laptop', { clock });
  await other.create('task', 'one', { title: 'before' });
  await exchange(one, hub.remote());

  const [before] = (await other.history('task', 'one')).map(({ event }) => event);
  expect(Date.parse(before?.timestamp ?? '')).toBe(storyStartMs);
  expect(Date.parse((await other.update('task', 'one', { title: 'after' })).timestamp)).toBe(storyStartMs);
});

test('a file brought back from an old copy, and written to before its first contact, loses nothing that anyone holds (R8, I22)', async () => {
  const site = siteOn('file');
  const hub = await createOperatedHub(storyStartMs);
  const laptop = await site.open('laptop');
  await laptop.create('task', 'one', { title: 'before the backup' });
  await exchange(laptop, hub.remote());
  await laptop.update('task', 'one', { title: 'in the backup, not sent then' });
  await laptop.close();
  copyFileSync(site.fileOf('laptop'), site.fileOf('old'));
  const lived = await site.open('laptop');
  await lived.update('task', 'one', { title: 'after the backup' });
  await lived.create('task', 'two', { title: 'lost with the disk' });
  await exchange(lived, hub.remote());
  await lived.close();

  const old = await site.open('old');
  await old.create('task', 'three', { title: 'written before the first contact' });
  expect(old.replicaId).toBe('laptop');
  await exchange(old, hub.remote());
  const other = await site.open('other');
  await exchange(other, hub.remote());

  expect(old.replicaId).not.toBe('laptop');
  await expectInStep(old, other);
  expect(await titlesOf(old)).toEqual({
    one: 'after the backup',
    two: 'lost with the disk',
    three: 'written before the first contact',
  });
  // What the hub held in the same words kept its dot.
  expect((await old.history('task', 'one')).map(({ dot }) => dot)).toEqual(['laptop:1', 'laptop:2', 'laptop:3']);
});

test('both copies of a closed file are used: the second one goes on as another, whatever each had sent (R8, I23)', async () => {
  for (const isSent of [false, true]) {
    const site = siteOn('file');
    const hub = await createOperatedHub(storyStartMs);
    const laptop = await site.open('laptop');
    await laptop.create('task', 'one', { title: 'common' });
    if (isSent) await exchange(laptop, hub.remote());
    await laptop.close();
    copyFileSync(site.fileOf('laptop'), site.fileOf('copy'));
    const [one, two] = [await site.open('laptop'), await site.open('copy')];
    await one.create('task', 'two', { title: 'by one' });
    await two.create('task', 'three', { title: 'by two' });
    await two.update('task', 'three', { title: 'by two, again' });
    for (const replica of [one, two, one, two, one]) await exchange(replica, hub.remote());

    await expectInStep(one, two);
    expect([one.replicaId, two.replicaId].filter((id) => id === 'laptop')).toHaveLength(1);
    expect(await titlesOf(one)).toEqual({ one: 'common', two: 'by one', three: 'by two, again' });
  }
});

test('a backup that is opened under another policy is a copy like any other (R8)', async () => {
  const folder = temporaryFolder();
  const [original, backup] = [join(folder, 'original.db'), join(folder, 'backup.db')];
  const policyOf = (version: number) =>
    definePolicy({ name: 'team', version, default: version === 1 ? lastWriteWins() : priorityBased() });
  const laptop = await openReplica({ file: original, agentId: 'ada', policy: policyOf(1) });
  await laptop.create('task', 'one', { title: 'never sent' });
  await laptop.backup(backup);
  await laptop.close();

  const copy = await openReplica({ file: backup, agentId: 'ada', policy: policyOf(2) });
  onTestFinished(() => copy.close());

  expect(copy.replicaId).not.toBe(laptop.replicaId);
  expect(await titlesOf(copy)).toEqual({ one: 'never sent' });
  const [made] = await copy.history('task', 'one');
  expect(made?.event.replicaId).toBe(copy.replicaId);
  expect((await copy.status()).policy.fingerprint).toBe(policyOf(2).fingerprint);
  expect(await copy.verify()).toMatchObject({ ok: true });
});
