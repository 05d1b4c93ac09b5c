/** Looking without touching, and being told: cuts, previews, exports, watching; and writes that go together or not at all. */
import { firstValueFrom, take, toArray } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { definePolicy, userChoice, write, type Replica, type ReplicaChange } from '../../../src/index.js';
import { eventOf } from '../../support/histories/event-builder.js';
import { codeOf, collect, meet, meetAll, siteOn, standOf, storeKinds } from '../../support/site.js';

const people = definePolicy({ name: 'people decide', version: 1, default: userChoice() });
const settled = (): Promise<void> => new Promise((done) => setTimeout(done, 30));

describe.each(storeKinds)('on a %s store', (kind) => {
  const openPair = async (): Promise<readonly [Replica, Replica]> => {
    const site = siteOn(kind);
    const [laptop, phone] = [
      await site.open('laptop', { policy: people }),
      await site.open('phone', { policy: people }),
    ];
    await laptop.create('task', 'one', { title: 'Merge', status: 'todo' });
    await meet(phone, laptop);
    return [laptop, phone];
  };

  test('the past of a cut: its resources, its conflicts, and what it names and cannot hold (R37)', async () => {
    const [laptop, phone] = await openPair();
    await laptop.update('task', 'one', { status: 'done' });
    await phone.update('task', 'one', { status: 'blocked' });
    await meetAll(laptop, phone);
    const disputed = await laptop.cut();
    const [conflict] = await laptop.conflicts.list();
    await laptop.conflicts.resolve(conflict?.conflictId ?? '', { value: 'agreed' });
    await laptop.delete('task', 'one');

    const past = laptop.at(disputed);
    expect(await past.get('task', 'one')).toMatchObject({
      deleted: false,
      provisional: ['status'],
      conflicts: [conflict?.conflictId],
    });
    expect((await past.conflicts()).map(({ conflictId, status, base }) => [conflictId, status, base])).toEqual([
      [conflict?.conflictId, 'pending_review', 'todo'],
    ]);
    expect(await past.leftOut()).toEqual([]);
    expect((await laptop.at({ laptop: 1 }).get('task', 'one'))?.fields).toEqual({ title: 'Merge', status: 'todo' });
    expect(await laptop.at({ phone: 1 }).get('task', 'one')).toBeUndefined();
    expect(await laptop.at({ phone: 1, laptop: 0, nobody: 2 }).leftOut()).toEqual(['phone:1', 'nobody:1', 'nobody:2']);
    expect(await laptop.at({}).list()).toEqual([]);
    expect(await laptop.at(await laptop.cut()).list()).toEqual([]);
    expect(await laptop.at(await laptop.cut()).list({ includeDeleted: true })).toHaveLength(1);
  });

  test('a preview says what an import would do and leaves everything as it was (I47)', async () => {
    const [laptop, phone] = await openPair();
    await laptop.update('task', 'one', { status: 'done' });
    await phone.update('task', 'one', { status: 'blocked' });
    await phone.create('task', 'two', {});
    const events = [...(await collect(phone.export())), { not: 'an event' }, eventOf('x:2', 'update', {}, ['x:1'])];
    const before = await standOf(laptop);
    const preview = await laptop.preview(events);

    expect(await standOf(laptop)).toEqual(before);
    expect(preview).toMatchObject({ applied: 2, duplicates: 1, parked: 1, rejectedCount: 1 });
    const report = await laptop.import(events);
    const { resources, conflictRecords, ...same } = preview;
    expect(same).toEqual(report);
    expect(resources.map(({ resourceId }) => resourceId).sort()).toEqual(['one', 'two']);
    expect(conflictRecords.map(({ conflictId }) => conflictId)).toEqual(report.conflicts);
  });

  test('an export since a cut holds what the cut does not, parents first, and may be of one type (I6, I14)', async () => {
    const [laptop, phone] = await openPair();
    const cut = await phone.cut();
    await laptop.update('task', 'one', { status: 'done' });
    await laptop.create('note', 'n', {});

    expect((await collect(laptop.export({ since: cut }))).map(({ seq }) => seq)).toEqual([2, 3]);
    expect(
      (await collect(laptop.export({ since: cut, resourceType: 'note' }))).map(({ resourceId }) => resourceId),
    ).toEqual(['n']);
    expect(await collect(laptop.export({ since: await laptop.cut() }))).toEqual([]);
    expect(await phone.import(laptop.export({ since: cut }))).toMatchObject({ applied: 2, duplicates: 0 });
    expect(await laptop.digest()).toBe(await phone.digest());
  });

  test('watchers see the current value first, then local and remote changes (I25)', async () => {
    const [laptop, phone] = await openPair();
    const changes: ReplicaChange[] = [];
    const titles: unknown[] = [];
    const lists: number[] = [];
    const open: number[] = [];
    const subscriptions = [
      laptop.changes$.subscribe((change) => changes.push(change)),
      laptop.watch('task', 'one').subscribe((view) => titles.push(view?.fields['title'])),
      laptop.watchList({ resourceType: 'task' }).subscribe((found) => lists.push(found.length)),
      laptop.conflicts.watch({ status: 'pending_review' }).subscribe((found) => open.push(found.length)),
    ];
    await settled();
    await laptop.update('task', 'one', { title: 'Local' });
    await settled();
    await phone.update('task', 'one', { title: 'Remote' });
    await phone.create('task', 'two', {});
    await meet(laptop, phone);
    await settled();
    for (const subscription of subscriptions) subscription.unsubscribe();

    expect(changes.map(({ origin }) => origin)).toEqual(['local', 'remote']);
    expect(changes[1]?.conflicts).toHaveLength(1);
    expect(changes[1]?.resources).toEqual(expect.arrayContaining([{ resourceType: 'task', resourceId: 'two' }]));
    expect(titles[0]).toBe('Merge');
    expect(titles).toContain('Local');
    expect([lists[0], lists.at(-1)]).toEqual([1, 2]);
    expect([open[0], open.at(-1)]).toEqual([0, 1]);
    expect(await firstValueFrom(laptop.watch('task', 'nothing').pipe(take(1), toArray()))).toEqual([undefined]);
  });

  test('edits are decided in the transaction, so that of many who want one job one gets it (I25)', async () => {
    const [laptop] = await openPair();
    const take = (agent: string) =>
      laptop
        .as(agent)
        .edit('task', 'one', ({ fields }) =>
          fields['status'] === 'todo' ? { status: 'taken', by: agent } : undefined,
        );
    const taken = await Promise.all(Array.from({ length: 20 }, (_, index) => take(`agent-${index}`)));

    expect(taken.filter((event) => event !== undefined)).toHaveLength(1);
    expect((await laptop.get('task', 'one'))?.fields['by']).toBe(taken.find((event) => event !== undefined)?.agentId);
    const failure = new Error('no');
    await expect(laptop.edit('task', 'one', () => { throw failure; })).rejects.toBe(failure); // prettier-ignore
    expect(await codeOf(() => laptop.edit('task', 'nothing', () => ({})))).toBe('resource_not_found');
    expect((await laptop.status()).events).toBe(2);
  });

  test('a commit is all or nothing, and later changes of it build on earlier ones (I39)', async () => {
    const [laptop] = await openPair();
    const before = await standOf(laptop);
    expect(
      await codeOf(() => laptop.commit([write.create('task', 'two', {}), write.update('task', 'three', { a: 1 })])),
    ).toBe('resource_not_found');
    expect(await standOf(laptop)).toEqual(before);

    const events = await laptop.commit([
      write.create('task', 'two', { n: 1 }),
      write.update('task', 'two', { n: 2 }),
      write.delete('task', 'one'),
    ]);
    expect(events.map(({ seq, parents }) => [seq, parents])).toEqual([
      [2, []],
      [3, ['laptop:2']],
      [4, ['laptop:1']],
    ]);
    expect(await laptop.commit([])).toEqual([]);
    const [kept, refused] = await Promise.allSettled([
      laptop.create('task', 'four', {}),
      laptop.create('task', 'two', {}),
    ]);
    expect([kept.status, refused.status]).toEqual(['fulfilled', 'rejected']);
    expect(await laptop.verify()).toMatchObject({ ok: true, events: 5 });
  });

  test('a replica writes for several agents (I44)', async () => {
    const [laptop] = await openPair();
    const other = laptop.as('claude-2');
    const event = await other.update('task', 'one', { status: 'done' });
    const third = await other.update('task', 'one', { status: 'x' }, { agentId: 'claude-3' });

    expect([event.agentId, third.agentId, other.agentId, other.replicaId]).toEqual([
      'claude-2',
      'claude-3',
      'claude-2',
      'laptop',
    ]);
    expect((await laptop.get('task', 'one'))?.updatedBy).toBe('claude-3');
  });

  test('lists go by field, by time and by page (I6)', async () => {
    const site = siteOn(kind);
    const laptop = await site.open('laptop');
    for (let index = 0; index < 12; index += 1) {
      site.at(index * 1_000);
      await laptop.create('task', `t-${index % 10}${index}`, { status: ['todo', 'taken', 'done'][index % 3] ?? '' });
    }
    const open = await collect(laptop.list({ resourceType: 'task', where: { status: ['todo', 'taken'] } }));
    expect(open).toHaveLength(8);
    const newest = await collect(laptop.list({ orderBy: 'updatedAt', limit: 2 }));
    expect(newest.map(({ resourceId }) => resourceId)).toEqual(['t-111', 't-010']);
    const after = newest.at(-1);
    expect(after).toBeDefined();
    if (after !== undefined) expect(await collect(laptop.list({ orderBy: 'updatedAt', after }))).toHaveLength(10);
  });
});
