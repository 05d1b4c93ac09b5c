/**
 * Typed access to one type's resources: the replica's own calls with the type filled in; and lists
 * by condition, which go by what readers are shown, defaults included, on every store.
 */
import fc from 'fast-check';
import { firstValueFrom } from 'rxjs';
import { describe, expect, test } from 'vitest';
import {
  add,
  counter,
  definePolicy,
  defineResource,
  increment,
  register,
  sameJson,
  set,
  text,
  type Json,
  type JsonObject,
} from '../../src/index.js';
import { propertyOptions } from '../support/property-options.js';
import { collect, createSite, siteOn, storeKinds } from '../support/site.js';

const feature = defineResource('feature', {
  version: 1,
  fields: {
    title: register<string>(),
    status: register<string>(undefined, { default: 'todo' }),
    votes: counter(),
    tags: set<string>(),
    notes: text(),
  },
  indexes: ['status'],
});
// Declared as well, without a default for the same field.
const note = defineResource('note', { version: 1, fields: { status: register<string>() } });
const policy = definePolicy({ name: 'typed', version: 1, resources: [feature, note] });

describe.each(storeKinds)('on a %s store', (kind) => {
  test('writes, reads, edits, commits, watches and lists one type', async () => {
    const replica = await siteOn(kind).open('ann', { policy });
    const features = replica.resource(feature);
    await features.create('f1', { title: 'Merge' });
    await replica.commit([
      features.write.create('f2', { title: 'Sync' }),
      features.write.update('f1', { votes: increment(2) }),
    ]);
    const edited = await features.edit('f1', ({ fields }) =>
      fields.status === 'todo' ? { status: 'done', tags: add('x') } : undefined,
    );
    const again = await features.edit('f1', ({ fields }) =>
      fields.status === 'todo' ? { status: 'done' } : undefined,
    );
    await features.delete('f2', { note: 'not needed' });

    expect(edited?.payload).toEqual({ status: 'done', tags: { $add: ['x'] } });
    expect(again).toBeUndefined();
    expect((await features.get('f1'))?.fields).toEqual({
      title: 'Merge',
      status: 'done',
      votes: 2,
      tags: ['x'],
      notes: '',
    });
    expect((await features.get('f2'))?.deleted).toBe(true);
    expect((await firstValueFrom(features.watch('f1')))?.fields.votes).toBe(2);
    const done = await firstValueFrom(features.watchList({ where: { status: 'done' } }));
    expect(done.map(({ resourceId }) => resourceId)).toEqual(['f1']);
  });

  test('an edit that is no function, and a query that is no object, are refused by name', async () => {
    const features = (await siteOn(kind).open('ann', { policy })).resource(feature);

    await expect(features.edit('f1', undefined as never)).rejects.toMatchObject({ code: 'wrong_type' });
    expect(() => features.list('todo' as never)).toThrow(/"query" must be an object/);
  });

  test('a list by the default has what nobody wrote, in its own type alone', async () => {
    const replica = await siteOn(kind).open('ann', { policy });
    await replica.create('feature', 'absent', { title: 'x' });
    await replica.create('feature', 'done', { status: 'done' });
    await replica.create('feature', 'written', { status: 'todo' });
    await replica.create('note', 'without', {});
    await replica.create('note', 'with', { status: 'todo' });
    await replica.create('undeclared', 'without', {});
    const found = async (where: JsonObject, resourceType?: string): Promise<readonly string[]> =>
      (await collect(replica.list({ where, ...(resourceType === undefined ? {} : { resourceType }) })))
        .map((view) => `${view.resourceType} ${view.resourceId}`)
        .sort();

    expect(await found({ status: 'todo' }, 'feature')).toEqual(['feature absent', 'feature written']);
    expect(await found({ status: 'todo' })).toEqual(['feature absent', 'feature written', 'note with']);
    expect(await found({ status: ['done', 'todo'], votes: 0 })).toEqual([
      'feature absent',
      'feature done',
      'feature written',
    ]);
    expect(await found({ tags: [[]], notes: '' }, 'feature')).toHaveLength(3);
    expect(await found({ status: 'done' }, 'note')).toEqual([]);
  });
});

const values: fc.Arbitrary<Json> = fc.constantFrom('todo', 'done', null, 0, '', 1, [], ['x']);
const fieldNames = ['title', 'status', 'votes', 'tags', 'notes', 'other'] as const;
const someFields = fc.dictionary(fc.constantFrom(...fieldNames), values, { maxKeys: 3 });

test.each(storeKinds)('a list on a %s store has exactly what readers are shown that way', async (kind) => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.constantFrom('feature', 'note'), someFields), { maxLength: 8 }),
      fc.dictionary(fc.constantFrom(...fieldNames), fc.array(values, { maxLength: 3 }), { maxKeys: 2 }),
      fc.constantFrom(undefined, 'feature', 'note'),
      fc.constantFrom('id' as const, 'updatedAt' as const),
      async (written, where, resourceType, orderBy) => {
        const site = createSite(kind);
        try {
          const replica = await site.open('ann', { policy });
          // As another replica wrote them, so that nothing is refused that does not fit.
          await replica.import(
            written.map(([type, payload], index) => ({
              ...root(index + 1),
              resourceType: type,
              resourceId: `${index}`,
              payload,
            })),
          );
          const all = await collect(replica.list({ orderBy }));
          const wanted = all.filter(
            (view) =>
              (resourceType === undefined || view.resourceType === resourceType) &&
              Object.entries(where).every(([field, accepted]) => {
                const shown = view.fields[field];
                return shown !== undefined && accepted.some((value) => sameJson(value, shown));
              }),
          );
          const query = { where, orderBy, ...(resourceType === undefined ? {} : { resourceType }) };

          expect(all).toHaveLength(written.length);
          expect(await collect(replica.list(query))).toEqual(wanted);
        } finally {
          await site.close();
        }
      },
    ),
    propertyOptions({ numRuns: kind === 'memory' ? 60 : 20 }),
  );
});

const root = (seq: number): JsonObject => ({
  eventId: `e${seq}`,
  replicaId: 'bob',
  seq,
  agentId: 'bob',
  operation: 'create',
  timestamp: '2026-02-02T10:00:00.000Z',
  counter: seq,
  parents: [],
  schemaVersion: 1,
});
