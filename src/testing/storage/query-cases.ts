/** S8 for lists with conditions: everything that meets them, and nothing else. */
import fc from 'fast-check';
import type { EventId, SealedEvent } from '../../domain/events/event.js';
import { sameJson } from '../../domain/shared/canonical-json.js';
import type { Json, JsonObject } from '../../domain/shared/json.js';
import type { ConflictQuery, ResourceCursor, ResourceQuery } from '../../application/ports/event-store.js';
import type { StoredResource } from '../../domain/merge/unit-of-work.js';
import { jsonValues } from '../arbitraries/json-values.js';
import { eventOf } from '../contract-story.js';
import { allPages, same, type StoreCase, type StoreUnderTest } from './store-under-test.js';
import { quarrel, receive } from './workshop.js';

const idsWhere = async ({ store }: StoreUnderTest, query: Partial<ResourceQuery>): Promise<readonly string[]> => {
  const limit = 3;
  const found = await allPages<StoredResource, ResourceCursor>(
    (after) => store.readResources({ orderBy: 'id', limit, ...query, ...(after === undefined ? {} : { after }) }),
    limit,
  );
  return found.map(({ state }) => state.resourceId);
};

/** Values that a database may take for each other. */
const lookAlikes: readonly Json[] = [
  1, '1', true, 'true', 0, '0', false, null, 'null', '', [], '[]', {}, '{}', { a: 1 }, '{"a":1}', [1], ['1'],
  0.1, 1.5, 0.1234567890123456, 9007199254740991, -1, '"', '\\', '\u0000', 'é', '😀', '\n',
]; // prettier-ignore

const oddFields = ['v', 'with "quotes"', "it's", 'back\\slash', 'new\nline', '$.v', 'é', '😀', 'toString', '[0]', ' '];

export const queryCases: readonly StoreCase[] = [
  [
    'S8 a list by value has exactly the resources whose field is equal as JSON',
    async (subject) => {
      const { store } = subject;
      const values = [...lookAlikes, ...fc.sample(jsonValues(), { numRuns: 30, seed: 1 })];
      await receive(store, [
        ...values.map((value, index) => eventOf('ann', index + 1, `${index}`, [], { payload: { v: value } })),
        eventOf('bob', 1, 'without', [], { payload: { w: 1 } }),
      ]);
      const expected = (accepted: readonly Json[]): readonly string[] =>
        values.flatMap((value, index) => (accepted.some((other) => sameJson(other, value)) ? [`${index}`] : [])).sort();

      for (const indexes of [new Map(), new Map([['task', ['v']]])]) {
        await store.declareIndexes(indexes);
        // One by one in brackets, since a list of values stands for any of them.
        for (const value of values)
          same(await idsWhere(subject, { where: { v: [value] } }), expected([value]), JSON.stringify(value));
        same(
          await idsWhere(subject, { where: { v: lookAlikes }, resourceType: 'task' }),
          expected(lookAlikes),
          'any of several',
        );
        same(await idsWhere(subject, { where: { v: 1 }, orderBy: 'updatedAt' }), expected([1]), 'in the other order');
        same(await idsWhere(subject, { where: { v: [] } }), [], 'none of none');
        same(await idsWhere(subject, { where: { x: [null] } }), [], 'a field that nobody has');
      }
    },
  ],
  [
    'S8 an absent field has the value that the query gives for its type, and a field that is there has its own',
    async (subject) => {
      const { store } = subject;
      const event = (replica: string, resourceType: string, id: string, payload: JsonObject): SealedEvent =>
        eventOf(replica, 1, id, [], { resourceType, payload });
      await receive(store, [
        event('a', 'task', 'absent', { w: 1 }),
        event('b', 'task', 'null', { v: null }),
        event('c', 'task', 'other', { v: 'done' }),
        event('d', 'task', 'written', { v: 'todo' }),
        event('e', 'note', 'no-default', { w: 1 }),
        event('f', 'note', 'note', { v: 'todo' }),
      ]);
      const defaults = new Map([['task', new Map<string, Json>([['v', 'todo']])]]);
      for (const indexes of [new Map(), new Map([['task', ['v']]])]) {
        await store.declareIndexes(indexes);
        for (const orderBy of ['id', 'updatedAt'] as const) {
          const found = async (query: Partial<ResourceQuery>): Promise<readonly string[]> =>
            [...(await idsWhere(subject, { defaults, orderBy, ...query }))].sort();
          same(
            await found({ where: { v: 'todo' }, resourceType: 'task' }),
            ['absent', 'written'],
            'the default, in its type',
          );
          same(await found({ where: { v: 'todo' } }), ['absent', 'note', 'written'], 'the default, among all types');
          same(await found({ where: { v: ['todo', 'done'], w: 1 } }), ['absent'], 'with another condition');
          same(await found({ where: { v: 'done' } }), ['other'], 'another value');
          same(await found({ where: { v: [null] } }), ['null'], 'null is a value, and not absent');
        }
      }
      await store.declareIndexes(new Map());
    },
  ],
  [
    'S8 a field may have any name',
    async (subject) => {
      const { store } = subject;
      await receive(
        store,
        oddFields.map((field, index) => eventOf('ann', index + 1, `${index}`, [], { payload: { [field]: 'here' } })),
      );
      await store.declareIndexes(new Map([['task', oddFields]]));

      for (const [index, field] of oddFields.entries())
        same(await idsWhere(subject, { where: { [field]: 'here' } }), [`${index}`], JSON.stringify(field));
      await store.declareIndexes(new Map());
    },
  ],
  [
    'S8 deleted resources, those without conflicts and those that nobody could contest are left out on demand',
    async (subject) => {
      const { store } = subject;
      await receive(store, [
        ...quarrel('contested'),
        eventOf('cy', 1, 'deleted', []),
        eventOf('cy', 2, 'deleted', ['cy:1'], { operation: 'delete', payload: {} }),
        eventOf('cy', 3, 'plain', []),
        eventOf('cy', 4, 'refers', [], { dependsOn: [{ resourceType: 'task', resourceId: 'plain' }] }),
      ]);

      same(await idsWhere(subject, {}), ['contested', 'plain', 'refers'], 'live ones');
      same(await idsWhere(subject, { includeDeleted: true }), ['contested', 'deleted', 'plain', 'refers'], 'all');
      same(await idsWhere(subject, { pendingOnly: true }), ['contested'], 'those with conflicts');
      same(await idsWhere(subject, { contestableOnly: true }), ['contested', 'refers'], 'those that can be contested');
      same(await idsWhere(subject, { resourceType: 'another' }), [], 'those of another type');
      same((await store.counts()).resources, 4, 'the number of resources');
    },
  ],
  [
    'S8 conflicts are found by status, resource, kind and event',
    async ({ store }) => {
      const second = [
        eventOf('dan', 1, 'two', []),
        eventOf('dan', 2, 'two', ['dan:1']),
        eventOf('eve', 1, 'two', ['dan:1']),
      ];
      await receive(store, [...quarrel(), ...second]);
      await receive(store, [eventOf('dan', 3, 'two', ['dan:2', 'eve:1'])]);
      // A third side: the conflict of two sides is superseded.
      await receive(store, [eventOf('cy', 1, 'one', ['ann:1'])]);
      const siblings = async (query: Partial<ConflictQuery>): Promise<readonly string[]> =>
        (await store.readConflicts({ limit: 9, ...query })).items.map(({ record }) => record.siblings.join(' ')).sort();
      const [pending, superseded, resolved] = ['ann:2 bob:1 cy:1', 'ann:2 bob:1', 'dan:2 eve:1'];

      same(await siblings({}), [pending, resolved], 'the log');
      same(await siblings({ includeSuperseded: true }), [superseded, pending, resolved], 'with those that grew');
      same(await siblings({ status: 'pending_review' }), [pending], 'those that wait');
      same(await siblings({ status: 'resolved' }), [resolved], 'those that were decided');
      same(
        await siblings({ resource: { resourceType: 'task', resourceId: 'two' } }),
        [resolved],
        'those of a resource',
      );
      same(await siblings({ resource: { resourceType: 'task', resourceId: 'none' } }), [], 'those of none');
      same(await siblings({ resourceType: 'task' }), [pending, resolved], 'those of a type');
      same(await siblings({ resourceType: 'none' }), [], 'those of no type');
      same(await siblings({ conflictType: 'concurrent_modification' }), [pending, resolved], 'those of a kind');
      same(await siblings({ conflictType: 'create_create' }), [], 'those of another kind');
      same(await siblings({ eventId: 'event of cy:1' as EventId }), [pending], 'those that hold an event');
      same(await siblings({ eventId: 'event of dan:3' as EventId }), [resolved], 'those that an event closed');
      same(await siblings({ eventId: 'event of dan:1' as EventId }), [], 'those of an event that has none');
      const { conflictsPending, conflictsResolved } = await store.counts();
      same([conflictsPending, conflictsResolved], [1, 1], 'their number');
    },
  ],
];
