/**
 * Fields that never conflict, as an embedder uses them: builders, what is refused at the author
 * and what becomes of it on import (R33 to R36), positions relative to what was looked at, and
 * events of other versions of a type (I41).
 */
import { join } from 'node:path';
import { describe, expect, expectTypeOf, test } from 'vitest';
import {
  add,
  counter,
  defineResource,
  definePolicy,
  increment,
  list,
  openReplica,
  register,
  remove,
  set,
  splice,
  text,
  type EventStore,
  type JsonObject,
  type Policy,
  type Replica,
} from '../../src/index.js';
import { createMemoryStore } from '../../src/adapters/memory/index.js';
import { number, text as textSchema } from '../support/definitions.js';
import { eventOf } from '../support/histories/event-builder.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const feature = defineResource('feature', {
  version: 1,
  fields: {
    title: register(),
    votes: counter(),
    tags: set(textSchema),
    steps: list(number),
    notes: text(),
  },
});
const policy = definePolicy({ name: 'fields', version: 1, resources: [feature] });

const opened = (agentId = 'ann', file?: string): Promise<Replica> =>
  openReplica({ agentId, policy, ...(file === undefined ? {} : { file }) });

const exchanged = async (from: Replica, to: Replica): Promise<void> => {
  await to.import(from.export());
};

describe('at its author', () => {
  test('each kind takes its operations, and a field that nobody wrote reads as empty', async () => {
    const replica = await opened();
    const features = replica.resource(feature);
    await features.create('one', { title: 'Merge' });

    expect((await features.get('one'))?.fields).toEqual({ title: 'Merge', votes: 0, tags: [], steps: [], notes: '' });

    await features.update('one', { votes: increment(2), tags: add('x', 'y'), steps: [1, 2, 3], notes: 'hello' });
    await features.update('one', {
      votes: increment(-5),
      tags: { ...remove('x'), ...add('z') },
      steps: splice(1, 1, [7, 8]),
      notes: splice(5, 0, ' world'),
    });
    await features.update('one', { notes: text.edit('Hello, world!') });

    const view = await features.get('one');
    expect(view?.fields).toEqual({
      title: 'Merge',
      votes: -3,
      tags: ['y', 'z'],
      steps: [1, 7, 8, 3],
      notes: 'Hello, world!',
    });
    if (view !== undefined) {
      expectTypeOf(view.fields.votes).toEqualTypeOf<number | string>();
      expectTypeOf(view.fields.tags).toEqualTypeOf<readonly string[]>();
      expectTypeOf(view.fields.notes).toEqualTypeOf<string>();
    }
    const last = (await replica.history('feature', 'one')).at(-1);
    expect(last?.event.payload).toEqual({
      notes: {
        $splice: [
          [0, 1, 'H'],
          [5, 0, ','],
          [12, 0, '!'],
        ],
      },
    });
    expect((await replica.verify()).ok).toBe(true);
  });

  test.each<{ readonly what: string; readonly fields: JsonObject; readonly code: string }>([
    { what: 'a splice on a register', fields: { title: { $splice: [[0, 0, 'x']] } }, code: 'reserved_operator' },
    { what: 'a fraction', fields: { votes: { $increment: 0.5 } }, code: 'invalid_operation' },
    { what: 'an unknown operation', fields: { votes: { $decrement: 1 } }, code: 'unknown_operation' },
    { what: 'a text for a counter', fields: { votes: 'many' }, code: 'invalid_operation' },
    { what: 'a member that is no list', fields: { tags: { $add: 'x' } }, code: 'invalid_operation' },
    { what: 'a member that its schema refuses', fields: { tags: { $add: [1] } }, code: 'invalid_value' },
    { what: 'an item that its schema refuses', fields: { steps: { $splice: [[0, 0, ['x']]] } }, code: 'invalid_value' },
    { what: 'a position beyond the end', fields: { notes: { $splice: [[4, 0, 'x']] } }, code: 'position_beyond_end' },
    { what: 'a count beyond the end', fields: { notes: { $splice: [[1, 3, '']] } }, code: 'position_beyond_end' },
    {
      what: 'a later splice beyond what the earlier leaves',
      fields: {
        notes: {
          $splice: [
            [0, 3, ''],
            [1, 0, 'x'],
          ],
        },
      },
      code: 'position_beyond_end',
    },
    { what: 'half a character', fields: { notes: { $splice: [[2, 0, 'x']] } }, code: 'splits_surrogate_pair' },
    {
      what: 'the deletion of half a character',
      fields: { notes: { $splice: [[0, 2, '']] } },
      code: 'splits_surrogate_pair',
    },
    { what: 'a negative position', fields: { notes: { $splice: [[-1, 0, 'x']] } }, code: 'invalid_operation' },
  ])('$what is refused, and nothing is written', async ({ fields, code }) => {
    const replica = await opened();
    await replica.create('feature', 'one', { notes: 'a😀' });

    await expect(replica.update('feature', 'one', fields)).rejects.toMatchObject({ code });
    expect(await replica.history('feature', 'one')).toHaveLength(1);
  });

  test('an operation in a create is refused: there is nothing to operate on', async () => {
    const replica = await opened();

    await expect(replica.create('feature', 'one', { votes: { $increment: 1 } })).rejects.toMatchObject({
      code: 'invalid_operation',
    });
  });

  test('a file holds what its fields add up to, and goes on from there', async () => {
    const file = join(temporaryFolder(), 'fields.db');
    const replica = await opened('ann', file);
    await replica.create('feature', 'one', { votes: 1, tags: ['b'], steps: [1], notes: 'a' });
    await replica.update('feature', 'one', { votes: increment(1), tags: add('a'), steps: splice(1, 0, [2]) });
    await replica.update('feature', 'one', { notes: splice(1, 0, '😀') });
    const digest = await replica.digest();
    await replica.close();

    const again = await opened('ann', file);
    expect(await again.digest()).toEqual(digest);
    await again.update('feature', 'one', { votes: increment(1), tags: remove('b'), notes: splice(3, 0, '!') });
    expect((await again.get('feature', 'one'))?.fields).toEqual({
      votes: 3,
      tags: ['a'],
      steps: [1, 2],
      notes: 'a😀!',
    });
    expect((await again.verify()).problems).toEqual([]);
    await again.close();
  });

  test('a sum beyond what a number holds exactly is a decimal text, and comes back as a number', async () => {
    const replica = await opened();
    const features = replica.resource(feature);
    await features.create('one', { votes: Number.MAX_SAFE_INTEGER });
    await features.update('one', { votes: increment(2) });
    expect((await features.get('one'))?.fields.votes).toBe('9007199254740993');

    await features.update('one', { votes: increment(-3) });
    expect((await features.get('one'))?.fields.votes).toBe(9_007_199_254_740_990);
  });
});

describe('on import', () => {
  test('what does not fit is applied as nothing, kept, and listed until a plain value has seen it (R35)', async () => {
    const replica = await opened();
    const root = eventOf('x:1', 'create', { notes: 'abc', votes: 1 }, [], {
      resource: { resourceType: 'feature', resourceId: 'one' },
    });
    const misfit = eventOf('x:2', 'update', { notes: { $splice: [[9, 0, 'far']] }, votes: { $double: true } }, [root], {
      resource: { resourceType: 'feature', resourceId: 'one' },
    });
    expect((await replica.import([root, misfit])).applied).toBe(2);

    const view = await replica.get('feature', 'one');
    expect(view?.fields).toMatchObject({ notes: 'abc', votes: 1 });
    expect([...(view?.invalid ?? [])].sort()).toEqual(['notes', 'votes']);
    expect((await replica.history('feature', 'one')).at(-1)?.event).toEqual(misfit);

    await replica.update('feature', 'one', { notes: 'new' });
    expect((await replica.get('feature', 'one'))?.invalid).toEqual(['votes']);
  });

  test('an addition that a remove had not seen wins, and increments of both sides count (R34)', async () => {
    const [ann, bob] = [await opened('ann'), await opened('bob')];
    await ann.create('feature', 'one', { tags: ['x'], votes: 1 });
    await exchanged(ann, bob);
    await ann.update('feature', 'one', { tags: remove('x'), votes: increment(10) });
    await bob.update('feature', 'one', { tags: add('x'), votes: increment(100) });
    await exchanged(ann, bob);
    await exchanged(bob, ann);

    expect((await ann.get('feature', 'one'))?.fields).toMatchObject({ tags: ['x'], votes: 111 });
    expect(await ann.conflicts.list()).toEqual([]);
    expect(await ann.digest()).toEqual(await bob.digest());
  });

  test('a job that two replicas recorded under one event id counts once (R6)', async () => {
    const [ann, bob] = [await opened('ann'), await opened('bob')];
    await ann.create('feature', 'one', { votes: 0 });
    await exchanged(ann, bob);
    await ann.update('feature', 'one', { votes: increment(5) }, { eventId: 'job 7' });
    await bob.update('feature', 'one', { votes: increment(5) }, { eventId: 'job 7' });
    await exchanged(ann, bob);
    await exchanged(bob, ann);

    expect((await ann.get('feature', 'one'))?.fields['votes']).toBe(5);
    expect(await ann.digest()).toEqual(await bob.digest());
  });
});

test('a twin counts once also where its double lies far back, or it had to wait (R6)', async () => {
  const resource = { resourceType: 'feature', resourceId: 'one' };
  const root = eventOf('x:1', 'create', { votes: 1 }, [], { resource });
  const first = eventOf('x:2', 'update', { votes: increment(5) }, [root], { resource, eventId: 'job 7' });
  const between = eventOf('x:3', 'update', { title: 'Merge' }, [first], { resource });
  const twin = eventOf('y:1', 'update', { votes: increment(5) }, [between], { resource, eventId: 'job 7' });
  for (const order of [
    [root, first, between, twin],
    [root, first, twin, between],
    [twin, root, between, first],
  ]) {
    const replica = await opened();
    for (const event of order) await replica.import([event]);

    expect((await replica.get('feature', 'one'))?.fields['votes']).toBe(6);
  }
});

describe('positions', () => {
  test('are relative to what was looked at, whatever came in meanwhile', async () => {
    const [ann, bob] = [await opened('ann'), await opened('bob')];
    await ann.create('feature', 'one', { notes: 'one three' });
    await exchanged(ann, bob);
    const looked = (await ann.get('feature', 'one'))?.heads ?? [];
    await bob.update('feature', 'one', { notes: splice(0, 0, 'zero ') });
    await exchanged(bob, ann);
    await ann.update('feature', 'one', { notes: splice(4, 0, 'two ') }, { seen: looked });

    expect((await ann.get('feature', 'one'))?.fields['notes']).toBe('zero one two three');
  });

  test('are said anew where this replica wrote in between, and a whole text keeps what others typed', async () => {
    const replica = await opened();
    await replica.create('feature', 'one', { notes: 'one three' });
    const looked = (await replica.get('feature', 'one'))?.heads ?? [];
    await replica.update('feature', 'one', { notes: splice(0, 0, 'zero ') });
    await replica.update('feature', 'one', { notes: splice(4, 0, 'two ') }, { seen: looked });
    await replica.update('feature', 'one', { notes: text.edit('one three four') }, { seen: looked });

    expect((await replica.get('feature', 'one'))?.fields['notes']).toBe('zero one two three four');
    expect((await replica.history('feature', 'one'))[2]?.event.payload).toEqual({
      notes: { $splice: [[9, 0, 'two ']] },
    });
  });

  test('are said anew of all that came in between, own and others’', async () => {
    const [ann, bob] = [await opened('ann'), await opened('bob')];
    await ann.create('feature', 'one', { notes: 'one three' });
    await exchanged(ann, bob);
    await ann.update('feature', 'one', { notes: splice(9, 0, ' four') });
    const looked = (await ann.get('feature', 'one'))?.heads ?? [];
    await bob.update('feature', 'one', { notes: splice(0, 0, 'zero ') });
    await exchanged(bob, ann);
    await ann.update('feature', 'one', { notes: splice(0, 0, 'minus one ') });
    await ann.update('feature', 'one', { notes: splice(4, 0, 'two ') }, { seen: looked });

    expect((await ann.get('feature', 'one'))?.fields['notes']).toBe('minus one zero one two three four');
  });

  test('a repeated edit under one event id is recorded once', async () => {
    const replica = await opened();
    await replica.create('feature', 'one', { notes: 'a' });
    const first = await replica.update('feature', 'one', { notes: text.edit('ab') }, { eventId: 'key' });

    expect(await replica.update('feature', 'one', { notes: text.edit('ab') }, { eventId: 'key' })).toEqual(first);
    expect((await replica.get('feature', 'one'))?.fields['notes']).toBe('ab');
  });
});

/** A store that outlives the replicas that are opened on it. */
const unclosed = (store: EventStore): EventStore => ({ ...store, close: async () => undefined });

describe('versions of a type', () => {
  const versions = [
    defineResource('task', { version: 1, fields: { name: register() } }),
    defineResource('task', {
      version: 3,
      fields: { title: register(), status: register() },
      upcast: {
        1: ({ name, ...rest }: JsonObject) => (name === undefined ? rest : { ...rest, title: name }),
        2: (payload: JsonObject) => ({ ...payload, ...('done' in payload ? { status: 'done' } : {}) }),
      },
    }),
  ] as const;
  const policyOf = (version: 0 | 1): Policy =>
    definePolicy({ name: 'tasks', version: 1, resources: [versions[version]] });

  test('an older event is read in the form of this one, and stays what it was', async () => {
    const old = await openReplica({ agentId: 'ann', policy: policyOf(0) });
    await old.create('task', 'one', { name: 'Merge' });
    const today = await openReplica({ agentId: 'bob', policy: policyOf(1) });
    await today.import(old.export());

    expect((await today.get('task', 'one'))?.fields).toEqual({ title: 'Merge' });
    const [entry] = await today.history('task', 'one');
    expect(entry?.event).toMatchObject({ payload: { name: 'Merge' }, schemaVersion: 1 });
    expect((await today.update('task', 'one', { status: 'todo' })).schemaVersion).toBe(3);
    expect((await today.verify()).ok).toBe(true);
  });

  test('concurrent writes of two versions meet in the field that both mean', async () => {
    const old = await openReplica({ agentId: 'ann', policy: policyOf(0) });
    const today = await openReplica({ agentId: 'bob', policy: policyOf(1) });
    await old.create('task', 'one', { name: 'Merge' });
    await today.import(old.export());
    await old.update('task', 'one', { name: 'Old' });
    await today.update('task', 'one', { title: 'New' });
    await today.import(old.export());

    const [conflict] = await today.conflicts.list();
    expect(conflict?.siblings.map(({ value }) => value).sort()).toEqual(['New', 'Old']);
  });

  test.each(['memory', 'file'])(
    'events of a newer version are kept and passed on as they came, and are understood after an upgrade (%s)',
    async (store) => {
      const older = defineResource('poll', { version: 1, fields: { question: register(), votes: register() } });
      const newer = defineResource('poll', {
        version: 2,
        fields: { title: register(), votes: counter(), notes: text() },
        upcast: { 1: ({ question, ...rest }) => (question === undefined ? rest : { ...rest, title: question }) },
      });
      const [before, after] = [older, newer].map((resource) =>
        definePolicy({ name: 'polls', version: 1, resources: [resource] }),
      ) as [Policy, Policy];
      const file = join(temporaryFolder(), 'polls.db');
      const data = store === 'file' ? { file } : { store: unclosed(createMemoryStore()) };

      const old = await openReplica({ agentId: 'ann', policy: before, ...data });
      await old.create('poll', 'p1', { question: 'Merge?', votes: 1 });
      const today = await openReplica({ agentId: 'bob', policy: after });
      await exchanged(old, today);
      await today.update('poll', 'p1', { votes: increment(2), notes: 'why' });
      await today.update('poll', 'p1', { title: 'Merge now?', notes: splice(3, 0, ' not') });
      await today.create('poll', 'p2', { title: 'Sync?' });

      // It does not know the fields, nor that this is no plain value; it loses nothing and stops nothing.
      expect(await old.import(today.export())).toMatchObject({ applied: 3, parked: 0, rejectedCount: 0 });
      expect((await old.get('poll', 'p2'))?.fields).toMatchObject({ title: 'Sync?' });
      await old.update('poll', 'p1', { question: 'Merge at once?' });
      const third = await openReplica({ agentId: 'cy', policy: after });
      await exchanged(old, third);
      await exchanged(old, today);
      expect(await third.digest()).toEqual(await today.digest());
      expect((await third.history('poll', 'p1')).map(({ event }) => event)).toEqual(
        (await today.history('poll', 'p1')).map(({ event }) => event),
      );
      await old.close();

      const upgraded = await openReplica({ agentId: 'ann', policy: after, ...data });
      expect((await upgraded.get('poll', 'p1'))?.fields).toEqual({
        title: 'Merge at once?',
        votes: 3,
        notes: 'why not',
      });
      expect(await upgraded.digest()).toEqual(await today.digest());
      expect((await upgraded.history('poll', 'p1')).map(({ event }) => event.schemaVersion)).toEqual([1, 2, 2, 1]);
      expect((await upgraded.verify()).problems).toEqual([]);
      await upgraded.close();
    },
  );

  test('a step that throws or returns no payload leaves what was written', async () => {
    for (const step of [
      () => {
        throw new Error('no');
      },
      () => [] as unknown as JsonObject,
      () => ({ title: Number.NaN }),
    ]) {
      const broken = defineResource('task', { version: 2, fields: { title: register() }, upcast: { 1: step } });
      const replica = await openReplica({
        agentId: 'ann',
        policy: definePolicy({ name: 'broken', version: 1, resources: [broken] }),
      });
      await replica.import([
        eventOf('x:1', 'create', { name: 'Merge' }, [], { resource: { resourceType: 'task', resourceId: 'one' } }),
      ]);

      expect((await replica.get('task', 'one'))?.fields).toEqual({ name: 'Merge' });
    }
  });

  test('steps from this version on, and what is no step, are refused in the definition', () => {
    for (const upcast of [{ 2: () => ({}) }, { 0: () => ({}) }, { 1: 'x' }, () => ({})])
      expect(() => defineResource('task', { version: 2, fields: {}, upcast: upcast as never })).toThrow(/upcast/);
  });
});
