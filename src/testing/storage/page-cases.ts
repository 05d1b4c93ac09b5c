/** S8: pages are complete, in their order, and each item is on one of them. */
import { vectorFrom } from '../../domain/causality/version-vector.js';
import type { ResourceCursor, StoredConflict, StoredEvent } from '../../application/ports/event-store.js';
import type { AgentId, SealedEvent } from '../../domain/events/event.js';
import type { StoredResource } from '../../domain/merge/unit-of-work.js';
import { eventOf } from '../contract-story.js';
import { check } from '../remote-calls.js';
import { allPages, same, type StoreCase } from './store-under-test.js';
import { fork, quarrel, receive } from './workshop.js';

/** Two replicas, taking turns on two resources each, with what waits and what is void between them. */
const longStory = (): readonly SealedEvent[] => [
  ...['ann', 'bob'].flatMap((replica) =>
    Array.from({ length: 12 }, (_, index) =>
      eventOf(replica, index + 1, `${replica} ${index % 2}`, index < 2 ? [] : [`${replica}:${index - 1}`]),
    ),
  ),
  eventOf('cy', 2, 'waits', ['cy:1']),
  ...fork().slice(0, 2),
];

const dotsOf = (events: readonly StoredEvent[]): readonly string[] => events.map(({ sealed }) => sealed.dot);

export const pageCases: readonly StoreCase[] = [
  [
    'S8 the log in pages of any size is the whole log by position',
    async ({ store }) => {
      await receive(store, longStory());
      const { items: whole } = await store.readEvents({ after: 0, limit: 100 });

      same(
        whole.map(({ position }) => position),
        whole.map((_, index) => index + 1),
        'the positions',
      );
      for (const limit of [1, 2, 3, 26, 27, 28]) {
        const pages = await allPages<StoredEvent, number>((after = 0) => store.readEvents({ after, limit }), limit);
        same(dotsOf(pages), dotsOf(whole), `the log in pages of ${limit}`);
      }
    },
  ],
  [
    'S8 what is added while pages are read comes on a later page',
    async ({ store }) => {
      await receive(store, longStory());
      const first = await store.readEvents({ after: 0, limit: 20 });
      await receive(store, [eventOf('cy', 1, 'waits', []), eventOf('dan', 1, 'new', [])]);

      const rest = await allPages<StoredEvent, number>(
        (after = first.next ?? 0) => store.readEvents({ after, limit: 5 }),
        5,
      );
      const dots = dotsOf([...first.items, ...rest]);
      for (const dot of ['ann:12', 'bob:12', 'dan:1', 'cy:1', 'cy:2']) check(dots.includes(dot), `${dot} is missing`);
      same(
        new Set(dots).size,
        dots.length - 2,
        'dots that came once, but for the void and for what waited and was applied',
      );
    },
  ],
  [
    'S8 since a cut the log has what the cut lacks, and always what waits and what is void',
    async ({ store }) => {
      await receive(store, longStory().slice(0, -1));
      // The first content of the void is in the log already.
      await receive(store, longStory().slice(-1));
      for (const [ann, bob] of [
        [0, 0],
        [12, 12],
        [5, 12],
        [12, 0],
        [99, 3],
      ] as const)
        for (const limit of [1, 4, 100]) {
          const since = vectorFrom([
            ['ann', ann],
            ['bob', bob],
            ['cy', 9],
            ['eve', 9],
          ]);
          const pages = await allPages<StoredEvent, number>(
            (after = 0) => store.readEvents({ after, limit, since }),
            limit,
          );
          const { items: whole } = await store.readEvents({ after: 0, limit: 100 });
          const expected = whole.filter(
            ({ sealed: { event }, place }) =>
              place !== 'applied' || event.seq > (event.replicaId === 'ann' ? ann : bob),
          );
          same(dotsOf(pages), dotsOf(expected), `since ann ${ann}, bob ${bob}, in pages of ${limit}`);
        }
    },
  ],
  [
    'S8 the log of one resource, type or agent is what the whole log has of it',
    async ({ store }) => {
      await receive(store, [...longStory(), eventOf('dan', 1, 'ann 0', [], { resourceType: 'note' })]);
      const { items: whole } = await store.readEvents({ after: 0, limit: 100 });
      const resource = { resourceType: 'task', resourceId: 'ann 0' };
      const since = vectorFrom([['ann', 6]]);
      const queries = [
        [
          { resource },
          whole.filter(({ sealed: { event } }) => event.resourceType === 'task' && event.resourceId === 'ann 0'),
        ],
        [
          { resource, since },
          whole.filter(
            ({ sealed: { event } }) => event.resourceType === 'task' && event.resourceId === 'ann 0' && event.seq > 6,
          ),
        ],
        [{ resourceType: 'note' }, whole.filter(({ sealed: { event } }) => event.resourceType === 'note')],
        [{ agentId: 'bob' as AgentId }, whole.filter(({ sealed: { event } }) => event.agentId === 'bob')],
        [{ agentId: 'nobody' as AgentId }, []],
        [{ resourceType: 'nothing' }, []],
        [
          { resource: { resourceType: 'task', resourceId: 'waits' } },
          whole.filter(({ sealed: { event } }) => event.resourceId === 'waits'),
        ],
      ] as const;

      for (const [query, expected] of queries)
        for (const limit of [2, 100]) {
          const pages = await allPages<StoredEvent, number>(
            (after = 0) => store.readEvents({ after, limit, ...query }),
            limit,
          );
          same(dotsOf(pages), dotsOf(expected), `${JSON.stringify(query)} in pages of ${limit}`);
        }
    },
  ],
  [
    'S8 resources in pages of any size, in both orders, are all of them, each once',
    async ({ store }) => {
      const times = [3, 1, 2, 2, 2, 5, 4];
      const events = times.map((time, index) =>
        eventOf('ann', index + 1, `${(index * 5) % 7}`, [], {
          resourceType: index % 2 === 0 ? 'b' : 'a',
          timestamp: `2026-02-02T10:00:00.00${time}Z`,
        }),
      );
      await receive(store, events);
      const name = ({ state }: StoredResource): string => `${state.resourceType} ${state.resourceId}`;

      for (const limit of [1, 2, 3, 7, 8])
        for (const resourceType of [undefined, 'a', 'b']) {
          const query = { limit, ...(resourceType === undefined ? {} : { resourceType }) };
          const read = (orderBy: 'id' | 'updatedAt') =>
            allPages<StoredResource, ResourceCursor>(
              (after) => store.readResources({ orderBy, ...query, ...(after === undefined ? {} : { after }) }),
              limit,
            );
          const expected = events
            .map(({ event }) => event)
            .filter((event) => resourceType === undefined || event.resourceType === resourceType);
          const names = expected.map((event) => `${event.resourceType} ${event.resourceId}`).sort();
          same((await read('id')).map(name), names, `by id in pages of ${limit}`);
          const late = [...expected].sort((a, b) =>
            a.timestamp === b.timestamp
              ? `${a.resourceType} ${a.resourceId}` < `${b.resourceType} ${b.resourceId}`
                ? -1
                : 1
              : a.timestamp < b.timestamp
                ? 1
                : -1,
          );
          same(
            (await read('updatedAt')).map(name),
            late.map((event) => `${event.resourceType} ${event.resourceId}`),
            `by time in pages of ${limit}`,
          );
        }
    },
  ],
  [
    'S8 conflicts in pages of any size are all of them by id',
    async ({ store }) => {
      for (const resourceId of ['a', 'b', 'c'])
        await receive(store, [
          eventOf(`${resourceId}1`, 1, resourceId, []),
          eventOf(`${resourceId}2`, 1, resourceId, [`${resourceId}1:1`]),
          eventOf(`${resourceId}3`, 1, resourceId, [`${resourceId}1:1`]),
        ]);

      for (const limit of [1, 2, 3, 4]) {
        const ids = (
          await allPages<StoredConflict, string>(
            (after) => store.readConflicts({ limit, ...(after === undefined ? {} : { after }) }),
            limit,
          )
        ).map(({ record }) => record.conflictId);
        same([ids.length, ids], [3, [...ids].sort()], `the ids in pages of ${limit}`);
      }
    },
  ],
  [
    'S8 the trail and what waits in pages of any size are complete',
    async ({ store }) => {
      for (let seq = 2; seq <= 6; seq += 1) await receive(store, [eventOf('ann', seq, 'one', ['ann:1'])]);
      await receive(store, quarrel('two').slice(2));

      for (const limit of [1, 2, 6, 7]) {
        const trail = await allPages((after?: number) => store.readAudit({ after: after ?? 0, limit }), limit);
        same(
          trail.map(({ number }) => number),
          [1, 2, 3, 4, 5, 6],
          `the trail in pages of ${limit}`,
        );
        trail.forEach(({ previousHash }, index) =>
          same(previousHash, trail[index - 1]?.hash ?? '', `the link of ${index + 1}`),
        );
        const parked = await allPages((after?: number) => store.readParked({ after: after ?? 0, limit }), limit);
        same(
          parked.map(({ position }) => position),
          [1, 2, 3, 4, 5, 6],
          `what waits in pages of ${limit}`,
        );
      }
    },
  ],
];
