/** Deciding conflicts: existence and its fields, groups, ids that moved on, local and remote, and taking a decision back. */
import { describe, expect, test } from 'vitest';
import {
  definePolicy,
  defineResource,
  deleteWins,
  register,
  review,
  userChoice,
  type Policy,
  type Replica,
} from '../../../src/index.js';
import { eventOf } from '../../support/histories/event-builder.js';
import { codeOf, meet, meetAll, siteOn, storeKinds, type Site } from '../../support/site.js';

const people = definePolicy({
  name: 'people decide',
  version: 1,
  default: userChoice(),
  byConflict: { delete_update: userChoice(), dependency: review() },
});
const deletions = definePolicy({
  name: 'deletions win',
  version: 1,
  default: userChoice(),
  byConflict: { delete_update: deleteWins() },
});

const trioOf = async (
  site: Site,
  policy: Policy = people,
  fields: Readonly<Record<string, string>> = { title: 'Merge', status: 'todo' },
): Promise<readonly [Replica, Replica, Replica]> => {
  const trio = [
    await site.open('laptop', { policy }),
    await site.open('phone', { policy }),
    await site.open('tablet', { policy }),
  ] as const;
  await trio[0].create('task', 'one', fields);
  await meet(trio[1], trio[0]);
  await meet(trio[2], trio[0]);
  return trio;
};
const pendingOf = (replica: Replica) => replica.conflicts.list({ status: 'pending_review' });
const firstOf = async (replica: Replica): Promise<string> => (await pendingOf(replica))[0]?.conflictId ?? 'none';
const expectConverged = async (...replicas: readonly Replica[]): Promise<void> => {
  expect(new Set(await Promise.all(replicas.map((replica) => replica.digest()))).size).toBe(1);
  for (const replica of replicas) expect(await replica.verify()).toMatchObject({ ok: true });
};

describe.each(storeKinds)('on a %s store', (kind) => {
  test('where a delete stands undisputed its fields are in no conflict; where a decision made it, they are moot and open again with it (R15)', async () => {
    const site = siteOn(kind);
    const [laptop, phone, tablet] = await trioOf(site, deletions);
    await laptop.update('task', 'one', { status: 'done' });
    await phone.update('task', 'one', { status: 'blocked' });
    await tablet.delete('task', 'one');
    await meetAll(laptop, phone, tablet);

    expect(await laptop.get('task', 'one')).toMatchObject({ deleted: true });
    expect(
      (await laptop.conflicts.list())
        .map(({ conflictType, status, resolution }) => `${conflictType} ${status} ${resolution?.type}`)
        .sort(),
    ).toEqual(['concurrent_modification resolved moot', 'delete_update resolved winner']);
    expect(await pendingOf(laptop)).toEqual([]);
    const settled = (await laptop.conflicts.list()).find(({ conflictType }) => conflictType === 'delete_update');
    await laptop.conflicts.resolve(settled?.conflictId ?? '', { value: 'alive' });
    await meetAll(laptop, phone, tablet);
    expect(await pendingOf(phone)).toMatchObject([{ conflictType: 'concurrent_modification' }]);
    await expectConverged(laptop, phone, tablet);

    await laptop.delete('task', 'one');
    expect(await pendingOf(laptop)).toEqual([]);
  });

  test('existence that is pending refuses updates and resolves of fields, naming the conflict; deciding it, delete and create pass (R31)', async () => {
    const site = siteOn(kind);
    const [laptop, phone, tablet] = await trioOf(site);
    await laptop.update('task', 'one', { status: 'done' });
    await phone.update('task', 'one', { status: 'blocked' });
    await tablet.delete('task', 'one');
    await meetAll(laptop, phone, tablet);
    const pending = await pendingOf(laptop);
    const existence = pending.find(({ unit }) => unit.kind === 'existence');
    const field = pending.find(({ unit }) => unit.kind === 'field');

    await expect(laptop.update('task', 'one', { title: 'x' })).rejects.toMatchObject({
      code: 'existence_pending',
      facts: { conflictId: existence?.conflictId },
    });
    expect(await codeOf(() => laptop.edit('task', 'one', () => ({ title: 'x' })))).toBe('existence_pending');
    expect(await codeOf(() => laptop.conflicts.resolve(field?.conflictId ?? '', { value: 'x' }))).toBe(
      'existence_pending',
    );
    expect((await laptop.get('task', 'one'))?.deleted).toBe(false);
    await laptop.conflicts.resolve(existence?.conflictId ?? '', { value: 'alive' });
    await laptop.conflicts.resolve(field?.conflictId ?? '', { choose: 'local' });
    await phone.delete('task', 'one');
    await tablet.create('task', 'one', { title: 'new' });
    await meetAll(laptop, phone, tablet);
    await expectConverged(laptop, phone, tablet);
  });

  test('a resolve with {} keeps and restores, with null deletes; one without a conflict id is fine (R28, R29)', async () => {
    const site = siteOn(kind);
    const laptop = await site.open('laptop', { policy: people });
    const start = eventOf('x:1', 'create', { status: 'todo' });
    const gone = eventOf('x:2', 'delete', {}, [start]);
    const back = eventOf('x:3', 'resolve', {}, [gone]);
    const away = eventOf('x:4', 'resolve', null, [back]);
    const named = eventOf('x:5', 'resolve', { status: 'kept' }, [away], { conflictId: 'no conflict of ours' });
    const seen = [];
    for (const event of [start, gone, back, away, named]) {
      await laptop.import([event]);
      const { deleted, fields } = (await laptop.get('task', 'one')) ?? {};
      seen.push([deleted, fields?.['status']]);
    }

    expect(seen).toEqual([
      [false, 'todo'],
      [true, 'todo'],
      [false, 'todo'],
      [true, 'todo'],
      [false, 'kept'],
    ]);
  });

  test.each(['alive', 'deleted'] as const)(
    'a person decides that a disputed resource is %s (R12, R29)',
    async (value) => {
      const site = siteOn(kind);
      const [laptop, phone] = await trioOf(site);
      await laptop.update('task', 'one', { status: 'done' });
      await phone.delete('task', 'one');
      await meetAll(laptop, phone);
      const event = await phone.conflicts.resolve(await firstOf(phone), { value });
      await meetAll(laptop, phone);

      expect(event).toMatchObject({ operation: 'resolve', payload: value === 'alive' ? {} : null });
      expect((await laptop.get('task', 'one'))?.deleted).toBe(value === 'deleted');
      expect(await pendingOf(laptop)).toEqual([]);
      await expectConverged(laptop, phone);
    },
  );

  test('an id that was superseded is accepted while it holds every value, and otherwise refused with the new one (R30)', async () => {
    const site = siteOn(kind);
    const [laptop, phone, tablet] = await trioOf(site);
    await laptop.update('task', 'one', { status: 'done', title: 'L' });
    await phone.update('task', 'one', { status: 'blocked', title: 'P' });
    await tablet.update('task', 'one', { status: 'blocked', title: 'T' });
    await meet(laptop, phone);
    const before = await pendingOf(laptop);
    const [status, title] = ['status', 'title'].map(
      (name) => before.find(({ unit }) => unit.kind === 'field' && unit.field === name)?.conflictId ?? '',
    );
    await meet(laptop, tablet);
    const now = await pendingOf(laptop);
    const titleNow = now.find(({ unit }) => unit.kind === 'field' && unit.field === 'title')?.conflictId;

    expect(titleNow).not.toBe(title);
    await expect(laptop.conflicts.resolve(title ?? '', { value: 'X' })).rejects.toMatchObject({
      code: 'conflict_superseded',
      facts: { conflictId: titleNow },
    });
    const event = await laptop.conflicts.resolve(status ?? '', { value: 'done' });
    expect(event.conflictId).toBe(now.find(({ unit }) => unit.kind === 'field' && unit.field === 'status')?.conflictId);
    await laptop.conflicts.resolve(titleNow ?? '', { value: 'L' });
    await meetAll(laptop, phone, tablet);
    expect(await pendingOf(phone)).toEqual([]);
    await expectConverged(laptop, phone, tablet);
  });

  test('local and remote are one side each, and ambiguous with three values or with none of ours (R32)', async () => {
    const site = siteOn(kind);
    const [laptop, phone, tablet] = await trioOf(site);
    await laptop.update('task', 'one', { status: 'done' });
    await phone.update('task', 'one', { status: 'blocked' });
    await meet(laptop, phone);
    const third = await site.open('third', { policy: people });
    await meet(third, laptop);
    for (const choose of ['local', 'remote'])
      expect(await codeOf(async () => third.conflicts.resolve(await firstOf(third), { choose }))).toBe(
        'ambiguous_choice',
      );
    await tablet.update('task', 'one', { status: 'waiting' });
    await meet(laptop, tablet);
    for (const choose of ['local', 'remote'])
      expect(await codeOf(async () => laptop.conflicts.resolve(await firstOf(laptop), { choose }))).toBe(
        'ambiguous_choice',
      );
    expect(await codeOf(async () => laptop.conflicts.resolve(await firstOf(laptop), { choose: 'no event' }))).toBe(
      'unknown_side',
    );

    const side = (await pendingOf(laptop))[0]?.siblings.find(({ value }) => value === 'waiting');
    await laptop.conflicts.resolve(await firstOf(laptop), { choose: side?.eventId ?? '' });
    expect((await laptop.get('task', 'one'))?.fields['status']).toBe('waiting');
    for (const eventId of ['local', 'remote'])
      expect(await codeOf(() => laptop.create('task', 'two', {}, { eventId }))).toBe('reserved_id');
  });

  test('a conflict is found by the id of an event, where that is a side of one pending conflict (R32)', async () => {
    const site = siteOn(kind);
    const [laptop, phone] = await trioOf(site);
    const ours = await laptop.update('task', 'one', { status: 'done' });
    const both = await phone.update('task', 'one', { status: 'blocked' });
    await meetAll(laptop, phone);
    await laptop.conflicts.resolve(both.eventId, { choose: ours.eventId });

    expect(await pendingOf(laptop)).toEqual([]);
    expect(await codeOf(() => laptop.conflicts.resolve(both.eventId, { choose: ours.eventId }))).toBe(
      'conflict_not_found',
    );
  });

  test('an update of a group is completed from what was seen, and the group is decided as one value (R23)', async () => {
    const site = siteOn(kind);
    const policy = definePolicy({
      name: 'addresses',
      version: 1,
      default: userChoice(),
      resources: [
        defineResource('task', {
          version: 1,
          fields: { street: register(), town: register(), title: register() },
        }).group('address', ['street', 'town']),
      ],
    });
    const [laptop, phone] = await trioOf(site, policy, { street: 'Main Street', town: 'Springfield', title: 'x' });
    const completed = await laptop.update('task', 'one', { street: 'High Street' }, { eventId: 'move' });
    await phone.update('task', 'one', { town: 'Shelbyville' });
    await meetAll(laptop, phone);

    expect(completed.payload).toEqual({ street: 'High Street', town: 'Springfield' });
    expect(await laptop.update('task', 'one', { street: 'High Street' }, { eventId: 'move' })).toEqual(completed);
    const [conflict] = await pendingOf(laptop);
    expect(conflict).toMatchObject({
      unit: { kind: 'group', group: 'address' },
      base: { street: 'Main Street', town: 'Springfield' },
    });
    expect(conflict?.siblings.map(({ value }) => value)).toEqual([
      { street: 'High Street', town: 'Springfield' },
      { street: 'Main Street', town: 'Shelbyville' },
    ]);
    expect((await laptop.get('task', 'one'))?.provisional).toEqual(['street', 'town']);
    expect(await codeOf(() => laptop.conflicts.resolve(conflict?.conflictId ?? '', { value: 'text' }))).toBe(
      'bad_resolution',
    );
    await laptop.conflicts.resolve(conflict?.conflictId ?? '', { choose: 'remote' });
    await meetAll(laptop, phone);
    expect((await phone.get('task', 'one'))?.fields).toEqual({
      street: 'Main Street',
      town: 'Shelbyville',
      title: 'x',
    });
    await expectConverged(laptop, phone);
  });

  test('a resolution is undone as a decision of its own, and not where that would take back what came after (I31, I42)', async () => {
    const site = siteOn(kind);
    const [laptop, phone] = await trioOf(site);
    site.at(1_000);
    await laptop.update('task', 'one', { status: 'done' });
    site.at(2_000);
    await phone.update('task', 'one', { status: 'blocked' });
    await meetAll(laptop, phone);
    const conflictId = await firstOf(laptop);
    expect(await codeOf(() => laptop.conflicts.undo(conflictId))).toBe('nothing_to_undo');
    await laptop.conflicts.resolve(conflictId, { choose: 'local' });
    const undone = await laptop.conflicts.undo(conflictId, { note: 'too early' });

    expect(undone).toMatchObject({ operation: 'resolve', conflictId, note: 'too early' });
    expect((await laptop.get('task', 'one'))?.fields['status']).toBe('blocked');
    await expect(laptop.conflicts.undo(conflictId)).rejects.toMatchObject({ code: 'stale_undo' });
    await meetAll(laptop, phone);
    await expectConverged(laptop, phone);
    expect(await codeOf(() => laptop.conflicts.undo('nothing'))).toBe('conflict_not_found');
  });
});
