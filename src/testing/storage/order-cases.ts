/** S9: texts compare by UTF-16 code units, which is not how most databases compare them. */
import type { ResourceCursor } from '../../application/ports/event-store.js';
import type { StoredResource } from '../../domain/merge/unit-of-work.js';
import { eventOf } from '../contract-story.js';
import { allPages, same, type StoreCase } from './store-under-test.js';
import { receive } from './workshop.js';

/** In the order of UTF-16. By code points the emoji come last; by letters "B" comes after "a". */
const texts = [
  '',
  '\u0000',
  ' ',
  '1',
  '10',
  '9',
  'B',
  'a',
  'a\u0000',
  'a\u0000b',
  'aB',
  'a😀',
  'a\ue000',
  'b',
  'é',
  '\ud7ff',
  '😀',
  '😀a',
  '😀\uffff',
  '😁',
  '\ue000',
  '\uff5e',
  '\uff5e😀',
  '\uffff',
];

export const orderCases: readonly StoreCase[] = [
  [
    'S9 resources by id stand in the order of UTF-16 code units, on pages of any size',
    async ({ store }) => {
      const ids = texts.filter((text) => text !== '');
      await receive(
        store,
        [...ids].reverse().map((resourceId, index) => eventOf('ann', index + 1, resourceId, [])),
      );

      for (const limit of [1, 2, 5, 100])
        for (const orderBy of ['id', 'updatedAt'] as const) {
          const query = { orderBy, limit, ...(orderBy === 'updatedAt' ? {} : { resourceType: 'task' }) };
          const found = await allPages<StoredResource, ResourceCursor>(
            (after) => store.readResources({ ...query, ...(after === undefined ? {} : { after }) }),
            limit,
          );
          const expected = orderBy === 'id' ? ids : [...ids].sort((a, b) => latest(ids, a, b));
          same(
            found.map(({ state }) => state.resourceId),
            expected,
            `by ${orderBy} in pages of ${limit}`,
          );
        }
    },
  ],
  [
    'S9 types stand in the order of UTF-16 code units',
    async ({ store }) => {
      const types = texts.filter((text) => text !== '' && !text.includes('\u0000'));
      await receive(
        store,
        [...types].reverse().map((resourceType, index) => eventOf('ann', index + 1, 'one', [], { resourceType })),
      );

      for (const limit of [1, 3, 100]) {
        const found = await allPages<StoredResource, ResourceCursor>(
          (after) => store.readResources({ orderBy: 'id', limit, ...(after === undefined ? {} : { after }) }),
          limit,
        );
        same(
          found.map(({ state }) => state.resourceType),
          types,
          `in pages of ${limit}`,
        );
      }
    },
  ],
  [
    'S9 of changes at one moment the resources stand in the order of UTF-16 code units',
    async ({ store }) => {
      const ids = texts.filter((text) => text !== '');
      const timestamp = '2026-02-02T10:00:00.000Z';
      await receive(
        store,
        [...ids].reverse().map((resourceId, index) => eventOf('ann', index + 1, resourceId, [], { timestamp })),
      );

      for (const limit of [1, 4, 100]) {
        const found = await allPages<StoredResource, ResourceCursor>(
          (after) => store.readResources({ orderBy: 'updatedAt', limit, ...(after === undefined ? {} : { after }) }),
          limit,
        );
        same(
          found.map(({ state }) => state.resourceId),
          ids,
          `in pages of ${limit}`,
        );
      }
    },
  ],
];

/** Events of the first case are a millisecond apart as far as a second has digits for them. */
const latest = (ids: readonly string[], a: string, b: string): number => ids.indexOf(a) - ids.indexOf(b);
