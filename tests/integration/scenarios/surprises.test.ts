/** What is intended and surprises, each as the smallest story; and the trail that can say why. */
import { describe, expect, test } from 'vitest';
import { definePolicy, deleteWins } from '../../../src/index.js';
import { eventOf } from '../../support/histories/event-builder.js';
import { collect, meet, meetAll, siteOn, storeKinds } from '../../support/site.js';

describe.each(storeKinds)('on a %s store', (kind) => {
  test('null is a value, and only a create makes a field absent (R24, R11)', async () => {
    const laptop = await siteOn(kind).open('laptop');
    await laptop.create('task', 'one', { title: 'x', status: 'todo' });
    await laptop.update('task', 'one', { status: null });
    expect((await laptop.get('task', 'one'))?.fields).toEqual({ title: 'x', status: null });
    await laptop.delete('task', 'one');
    await laptop.create('task', 'one', { title: 'again' });
    expect((await laptop.get('task', 'one'))?.fields).toEqual({ title: 'again' });
  });

  test('a status that is set and then deleted by one side stands, if the other side keeps the resource (R13)', async () => {
    const site = siteOn(kind);
    const [laptop, phone] = [await site.open('laptop'), await site.open('phone')];
    await laptop.create('task', 'one', { title: 'x', status: 'todo' });
    await meet(phone, laptop);
    await laptop.update('task', 'one', { status: 'done' });
    await laptop.delete('task', 'one');
    await phone.update('task', 'one', { title: 'y' });
    await meetAll(laptop, phone);
    expect(await phone.get('task', 'one')).toMatchObject({ deleted: false, fields: { title: 'y', status: 'done' } });
  });

  test('a value that its own side deleted does not come back to quarrel with one that somebody wrote since (R14)', async () => {
    const site = siteOn(kind);
    const [laptop, phone] = [await site.open('laptop'), await site.open('phone')];
    await laptop.create('task', 'one', { status: 'todo' });
    await meet(phone, laptop);
    await laptop.update('task', 'one', { status: 'done' });
    await laptop.delete('task', 'one');
    await phone.update('task', 'one', { status: 'blocked' });
    await meetAll(laptop, phone);
    expect((await laptop.get('task', 'one'))?.fields).toEqual({ status: 'blocked' });
    expect((await laptop.conflicts.list()).map(({ conflictType }) => conflictType)).toEqual(['delete_update']);
  });

  test('re-created by one side and deleted by the other it is disputed, and by default alive (R12, R17)', async () => {
    const site = siteOn(kind);
    const [laptop, phone] = [await site.open('laptop'), await site.open('phone')];
    await laptop.create('task', 'one', { title: 'old' });
    await meet(phone, laptop);
    await laptop.delete('task', 'one');
    await laptop.create('task', 'one', { title: 'new' });
    await phone.delete('task', 'one');
    await meetAll(laptop, phone);
    expect(await phone.get('task', 'one')).toMatchObject({ deleted: false, fields: { title: 'new' } });
    expect((await phone.conflicts.list()).map(({ conflictType }) => conflictType)).toEqual(['delete_update']);
  });

  test('two creates of one id are a conflict of their fields (R17)', async () => {
    const site = siteOn(kind);
    const [laptop, phone] = [await site.open('laptop'), await site.open('phone')];
    await laptop.create('task', 'one', { title: 'laptop', same: 1 });
    await phone.create('task', 'one', { title: 'phone', same: 1 });
    await meetAll(laptop, phone);
    expect(await phone.conflicts.list()).toMatchObject([{ conflictType: 'create_create', unit: { field: 'title' } }]);
  });

  test('replica ids may hold colons, and order by code units and then by number (R1)', async () => {
    const laptop = await siteOn(kind).open('laptop');
    const start = eventOf('a:b:1', 'create', { status: 'todo' });
    const sides = ['a:b:10', 'a:b:9', 'Z:1', '\u{1F600}:1', '\uFFFD:1'].map((dot) =>
      eventOf(dot, 'update', { status: dot }, [start]),
    );
    expect(await laptop.import([...sides, start])).toMatchObject({ applied: 6, rejectedCount: 0 });
    const [conflict] = await laptop.conflicts.list();
    expect(conflict?.siblings.map(({ value }) => value)).toEqual(['Z:1', 'a:b:9', 'a:b:10', '\u{1F600}:1', '\uFFFD:1']);
    expect(await laptop.verify()).toMatchObject({ ok: true });
  });

  test('what leaves is marked as offered before its first byte does, by any way (R7, I11)', async () => {
    const site = siteOn(kind);
    const [laptop, phone] = [await site.open('laptop'), await site.open('phone')];
    const offered = async (): Promise<readonly unknown[]> =>
      (await collect(laptop.audit.entries()))
        .flatMap(({ acts }) => acts)
        .filter(({ type }) => type === 'EventsOffered');
    await laptop.create('task', 'one', {});
    expect(await offered()).toEqual([]);
    await laptop.export()[Symbol.asyncIterator]().next();
    expect(await offered()).toEqual([{ type: 'EventsOffered', upTo: 1, to: 'an export' }]);
    await laptop.create('task', 'two', {});
    await meet(phone, laptop);
    expect(await offered()).toMatchObject([{ upTo: 1 }, { upTo: 2 }]);
  });

  test('the trail is a chain whose head can be kept elsewhere, and tells each decision (I42, I43)', async () => {
    const site = siteOn(kind);
    const policy = definePolicy({ name: 'deletions win', version: 1, default: deleteWins() });
    const [laptop, phone] = [await site.open('laptop', { policy }), await site.open('phone', { policy })];
    await laptop.create('task', 'one', { status: 'todo' });
    await meet(phone, laptop);
    const kept = await laptop.audit.head();
    await laptop.update('task', 'one', { status: 'done' });
    await phone.delete('task', 'one');
    await meetAll(laptop, phone);
    const acts = (await collect(laptop.audit.entries())).flatMap((entry) => entry.acts);
    expect(acts).toContainEqual(expect.objectContaining({ type: 'ConflictDecided', conflictType: 'delete_update' }));
    expect(await laptop.audit.verify(kept)).not.toHaveProperty('problem');
    expect(await laptop.audit.verify({ ...kept, hash: kept.hash.replace(/^./, 'x') })).toMatchObject({
      problem: { type: 'HeadDiffers' },
    });
    const ahead = { ...kept, count: 1_000 };
    expect(await laptop.verify({ auditHead: ahead })).toMatchObject({
      ok: false,
      problems: [{ type: 'Audit', problem: { type: 'HeadMissing' } }],
    });
  });
});
