/** Who wrote what, when names are used twice: forks, twins, repeated ids, copies and old backups. */
import { copyFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseDot, write, type ReknitEvent } from '../../../src/index.js';
import { eventOf } from '../../support/histories/event-builder.js';
import { codeOf, collect, meet, meetAll, siteOn, storeKinds } from '../../support/site.js';

describe.each(storeKinds)('on a %s store', (kind) => {
  test('a dot with two contents is void everywhere, in whatever order the variants come, and both are kept (R5, I21)', async () => {
    const site = siteOn(kind);
    const start = eventOf('x:1', 'create', { status: 'todo' });
    const [one, other] = [
      eventOf('x:2', 'update', { status: 'done' }, [start]),
      eventOf('x:2', 'update', { status: 'blocked' }, [start]),
    ];
    const child = eventOf('y:1', 'update', { title: 'child' }, [one]);
    const [a, b, c] = [await site.open('a'), await site.open('b'), await site.open('c')];
    for (const event of [start, one, child, other]) await a.import([event]);
    for (const event of [other, child, one, start]) await b.import([event]);
    await meet(c, a);

    for (const replica of [a, b, c]) {
      expect((await replica.get('task', 'one'))?.fields).toEqual({ status: 'todo', title: 'child' });
      expect((await replica.status()).voids).toBe(1);
      const exported = await collect(replica.export());
      expect(exported.filter(({ eventId }) => eventId === 'event of x:2')).toHaveLength(2);
      expect(await replica.verify()).toMatchObject({ ok: true });
    }
    expect(new Set([await a.digest(), await b.digest(), await c.digest()]).size).toBe(1);
    const acts = (await collect(a.audit.entries())).flatMap((entry) => entry.acts);
    expect(acts).toContainEqual(expect.objectContaining({ type: 'ForkFound', dot: 'x:2' }));
  });

  test('a job recorded twice offline is a pair of twins: they agree silently and both stay (R6)', async () => {
    const site = siteOn(kind);
    const [laptop, phone] = [await site.open('laptop'), await site.open('phone')];
    for (const replica of [laptop, phone])
      await replica.create('task', 'one', { status: 'todo' }, { eventId: 'job-1' });
    await meetAll(laptop, phone);

    expect(await laptop.conflicts.list()).toEqual([]);
    expect((await laptop.history('task', 'one')).map(({ dot }) => dot)).toEqual(
      expect.arrayContaining(['laptop:1', 'phone:1']),
    );
    expect(await laptop.digest()).toBe(await phone.digest());
    expect((await collect(laptop.audit.entries())).flatMap(({ acts }) => acts)).toContainEqual(
      expect.objectContaining({ type: 'TwinsFound', eventId: 'job-1' }),
    );
  });

  test('one event id under two changes makes both void (R6)', async () => {
    const site = siteOn(kind);
    const [laptop, phone] = [await site.open('laptop'), await site.open('phone')];
    await laptop.create('task', 'one', { status: 'todo' }, { eventId: 'job-1' });
    await phone.create('task', 'one', { status: 'other' }, { eventId: 'job-1' });
    await meetAll(laptop, phone);

    expect(await laptop.get('task', 'one')).toBeUndefined();
    expect(await laptop.digest()).toBe(await phone.digest());
    expect((await laptop.status()).voids).toBe(2);
  });

  test('recording one event id again gives the first event, also within one commit and when opened again (R6, I5)', async () => {
    const site = siteOn(kind);
    const laptop = await site.open('laptop');
    const first = await laptop.create('task', 'one', { status: 'todo', title: 'x' }, { eventId: 'job-1' });

    expect(await laptop.create('task', 'one', { status: 'todo', title: 'x' }, { eventId: 'job-1' })).toEqual(first);
    expect(
      await codeOf(() => laptop.create('task', 'one', { status: 'other', title: 'x' }, { eventId: 'job-1' })),
    ).toBe('event_id_reused');
    expect(await codeOf(() => laptop.create('task', 'one', { status: 'todo' }, { eventId: 'job-1' }))).toBe(
      'event_id_reused',
    );
    expect(await codeOf(() => laptop.create('task', 'two', { status: 'todo', title: 'x' }, { eventId: 'job-1' }))).toBe(
      'event_id_reused',
    );
    expect(await codeOf(() => laptop.delete('task', 'one', { eventId: 'job-1' }))).toBe('event_id_reused');
    const twice = await laptop.commit([
      write.update('task', 'one', { title: 'y' }, { eventId: 'job-2' }),
      write.update('task', 'one', { title: 'y' }, { eventId: 'job-2' }),
    ]);
    expect(twice.map(({ seq }) => seq)).toEqual([2, 2]);
    expect((await laptop.status()).events).toBe(2);
  });

  test('many concurrent writes under one event id record one event (R6)', async () => {
    const laptop = await siteOn(kind).open('laptop');
    const events = await Promise.all(
      Array.from({ length: 20 }, () => laptop.create('task', 'one', { status: 'todo' }, { eventId: 'job-1' })),
    );

    expect(new Set(events.map(({ seq }) => seq))).toEqual(new Set([1]));
    expect((await laptop.status()).events).toBe(1);
  });

  test('a replica that meets its own later events goes on under a new id, its unpublished work renamed and kept (R7, R8, I22)', async () => {
    const site = siteOn(kind);
    const laptop = await site.open('laptop');
    const hub = await site.open('hub');
    await laptop.create('task', 'one', { status: 'todo' });
    await meet(laptop, hub);
    await laptop.update('task', 'one', { status: 'started' });
    await laptop.update('task', 'one', { status: 'done' });
    await meet(laptop, hub);

    // The laptop as it was after its first event, which then went on by itself.
    const restored = await site.open('restored', { replicaId: 'laptop' });
    await restored.import((await collect(hub.export())).slice(0, 1));
    expect(restored.replicaId).not.toBe('laptop');
    const old = await site.open('old', { replicaId: 'laptop' });
    await old.create('task', 'two', { status: 'mine' });
    const unpublished = await old.update('task', 'two', { status: 'mine too' }, { eventId: 'unpublished' });
    const report = await meet(old, hub);

    expect(report.refused).toEqual([]);
    expect(old.replicaId).not.toBe('laptop');
    const kept = (await old.history('task', 'two')).find(({ event }) => event.eventId === 'unpublished')?.event;
    expect(kept).toMatchObject({
      was: 'laptop:2',
      seq: 2,
      replicaId: old.replicaId,
      timestamp: unpublished.timestamp,
      parents: [`${old.replicaId}:1`],
    });
    await meetAll(old, laptop, hub);
    const next = await old.create('task', 'three', {});
    expect(parseDot(`${next.replicaId}:${next.seq}`)).toEqual({ replicaId: old.replicaId, seq: 3 });
    expect((await laptop.status()).voids).toBe(0);
    expect(await laptop.digest()).not.toBe(await old.digest());
    await meetAll(old, laptop, hub);
    expect(new Set([await old.digest(), await laptop.digest(), await hub.digest()]).size).toBe(1);
    for (const replica of [old, laptop, hub]) expect(await replica.verify()).toMatchObject({ ok: true });
    expect((await collect(old.audit.entries())).flatMap(({ acts }) => acts)).toContainEqual(
      expect.objectContaining({
        type: 'ReplicaRenamed',
        from: 'laptop',
        to: old.replicaId,
        dots: { 'laptop:1': `${old.replicaId}:1`, 'laptop:2': `${old.replicaId}:2` },
      }),
    );
  });

  test('a claim of a conflict is renamed with the sides that it names (R8, R18)', async () => {
    const site = siteOn(kind);
    const [old, hub] = [await site.open('old', { replicaId: 'laptop' }), await site.open('hub')];
    const start = eventOf('x:1', 'create', { status: 'todo' });
    const theirs = eventOf('x:2', 'update', { status: 'theirs' }, [start]);
    await old.import([start]);
    await old.update('task', 'one', { status: 'ours' }, { eventId: 'ours' });
    await old.import([theirs]);
    const [conflict] = await old.conflicts.list();
    const decision = await old.conflicts.resolve(conflict?.conflictId ?? '', { value: 'both' });
    const foreign: ReknitEvent = eventOf('laptop:9', 'create', { status: 'later' }, [], {
      resource: { resourceType: 'task', resourceId: 'nine' },
    });
    await hub.import([start, theirs, foreign]);
    await meet(old, hub);

    const [renamed] = await old.conflicts.list();
    const resolve = (await old.history('task', 'one')).find(({ event }) => event.eventId === decision.eventId)?.event;
    expect(resolve?.conflictId).toBe(renamed?.conflictId);
    expect(renamed?.conflictId).not.toBe(conflict?.conflictId);
    expect(await old.verify()).toMatchObject({ ok: true });
  });
});

test('a copied file is another replica before it reuses a number, and the doubled tail becomes twins (R8, I22, I23)', async () => {
  const site = siteOn('file');
  const laptop = await site.open('laptop');
  const hub = await site.open('hub');
  await laptop.create('task', 'one', { status: 'todo' });
  await meet(laptop, hub);
  await laptop.update('task', 'one', { status: 'done' });
  await laptop.close();
  copyFileSync(site.fileOf('laptop'), site.fileOf('copy'));
  const again = await site.open('laptop');
  const copy = await site.open('copy');
  await again.create('task', 'two', {});
  await copy.create('task', 'three', {});
  for (const replica of [again, copy, again]) await meet(replica, hub);

  expect(again.replicaId).toBe('laptop');
  expect(copy.replicaId).not.toBe('laptop');
  expect((await hub.status()).voids).toBe(0);
  expect((await collect(hub.list())).map(({ resourceId }) => resourceId)).toEqual(['one', 'three', 'two']);
  expect((await hub.get('task', 'one'))?.fields).toEqual({ status: 'done' });
  expect(new Set([await again.digest(), await copy.digest(), await hub.digest()]).size).toBe(1);
  for (const replica of [again, copy, hub]) expect(await replica.verify()).toMatchObject({ ok: true });
});

test('a backup opens under a new id with everything in it (R8)', async () => {
  const site = siteOn('file');
  const laptop = await site.open('laptop');
  await laptop.create('task', 'one', { status: 'todo' });
  await laptop.backup(site.fileOf('backup'));
  await laptop.update('task', 'one', { status: 'done' });
  const backup = await site.open('backup');

  expect(backup.replicaId).not.toBe('laptop');
  expect((await backup.get('task', 'one'))?.fields).toEqual({ status: 'todo' });
  await backup.update('task', 'one', { status: 'from the backup' });
  await meetAll(laptop, backup);
  expect((await laptop.status()).voids).toBe(0);
  expect(await laptop.digest()).toBe(await backup.digest());
  expect(await codeOf(() => laptop.backup(''))).not.toBe('accepted');
});
