/** S4 for what a merge starts from: dots, ids, parked events, histories, neighbours. */
import { resourceKeyOf } from '../../domain/resource/resource-key.js';
import type { Dot, EventId } from '../../domain/events/event.js';
import { eventOf } from '../contract-story.js';
import { check } from '../remote-calls.js';
import { same, type StoreCase } from './store-under-test.js';
import { fork, nowMs, quarrel, receive, unitOn } from './workshop.js';

const one = { resourceType: 'task', resourceId: 'one' };
const dot = (text: string): Dot => text as Dot;

export const loadCases: readonly StoreCase[] = [
  [
    'S4 loading tells the dots that are stored from those that are not',
    async ({ store }) => {
      const events = quarrel();
      await receive(store, events);
      const unknown = eventOf('bob', 2, 'one', ['bob:1', 'cy:1']);
      const { known } = await store.load({ events: [...events, unknown], dueMs: 0, resources: [] });

      for (const { dot: stored, hash } of events)
        same(known.get(stored), { hashes: [hash], appliedIn: [resourceKeyOf(one)] }, `what is known of ${stored}`);
      same([known.get(unknown.dot), known.get(dot('cy:1'))], [undefined, undefined], 'what is known of others');
    },
  ],
  [
    'S4 loading finds the parents of an event, though a head may be left out',
    async ({ store }) => {
      const events = quarrel();
      await receive(store, events);
      const { known, states } = await store.load({
        events: [eventOf('cy', 1, 'one', ['ann:1', 'ann:2'])],
        dueMs: 0,
        resources: [],
      });

      same(known.get(dot('ann:1'))?.appliedIn, [resourceKeyOf(one)], 'an earlier event');
      check(
        states.get(resourceKeyOf(one))?.heads.includes(dot('ann:2')) === true,
        'the state of the resource is missing',
      );
    },
  ],
  [
    'S4 loading finds stored events by the ids of new ones, and what is known of their dots',
    async ({ store }) => {
      const [first] = quarrel();
      await receive(store, [first]);
      const twin = eventOf('bob', 1, 'one', [], { eventId: first.event.eventId });
      const { sameId, known } = await store.load({
        events: [twin, eventOf('bob', 2, 'one', [])],
        dueMs: 0,
        resources: [],
      });

      same(sameId, new Map([[first.event.eventId, [first]]]), 'the events of the same id');
      same(known.get(first.dot)?.hashes, [first.hash], 'what is known of the stored one');
    },
  ],
  [
    'S4 what waits is loaded with the event it waits for, directly or not, with its dot, or when it is due',
    async ({ store }) => {
      const waiting = [eventOf('ann', 2, 'one', ['ann:1']), eventOf('ann', 3, 'one', ['ann:2'])];
      const other = eventOf('bob', 2, 'one', ['bob:1']);
      const late = eventOf('cy', 1, 'one', [], { timestamp: '2026-11-23T12:00:00.000Z' });
      await receive(store, [...waiting, other, late]);
      const loadedWith = async (
        events: Parameters<typeof store.load>[0]['events'],
        dueMs = nowMs,
      ): Promise<unknown> => {
        const { parked, parkedCount } = await store.load({ events, dueMs, resources: [] });
        same(parkedCount, 4, 'how many wait');
        return parked.map(({ sealed, reason, missing }) => [sealed.dot, reason, missing]);
      };

      const both = [
        ['ann:2', 'parents', ['ann:1']],
        ['ann:3', 'parents', ['ann:2']],
      ];
      same(await loadedWith([eventOf('ann', 1, 'one', [])]), both, 'with the first parent');
      same(await loadedWith([eventOf('ann', 2, 'one', ['ann:1'])]), both, 'with the dot of one');
      same(await loadedWith([eventOf('dan', 1, 'one', [])]), [], 'with another');
      same(await loadedWith([], nowMs + 86_400_000), [['cy:1', 'future', []]], 'when it is due');
    },
  ],
  [
    'S4 what waited and is applied waits no longer',
    async ({ store }) => {
      await receive(store, [eventOf('ann', 2, 'one', ['ann:1'])]);
      same(
        (await store.readParked({ after: 0, limit: 9 })).items.map(({ sealed }) => sealed.dot),
        ['ann:2'],
        'what waits',
      );
      same(await store.readCut(), {}, 'the cut, with a gap');
      await receive(store, [eventOf('ann', 1, 'one', [])]);

      same((await store.readParked({ after: 0, limit: 9 })).items, [], 'what waits afterwards');
      same(await store.readCut(), { ann: 2 }, 'the cut');
      same((await store.counts()).parked, 0, 'their number');
      same((await store.findEvents({ eventIds: ['event of ann:2' as EventId] })).length, 1, 'the events of that id');
    },
  ],
  [
    'S4 a whole history has its events in the order of application, its conflicts, and what waits',
    async ({ store }) => {
      await receive(store, quarrel());
      await receive(store, [
        eventOf('ann', 3, 'one', ['ann:2', 'bob:1']),
        eventOf('ann', 9, 'one', ['ann:8']),
        eventOf('ann', 4, 'two', []),
      ]);
      const history = (await store.loadHistories([{ ...one, since: undefined }])).get(resourceKeyOf(one));

      same(
        history?.events.map(({ sealed, sawAll }) => [sealed.dot, sawAll]),
        [
          ['ann:1', true],
          ['ann:2', true],
          ['bob:1', false],
          ['ann:3', true],
        ],
        'the events',
      );
      same(
        history?.conflicts.map(({ closedBy }) => closedBy),
        [['ann:3']],
        'who closed the conflicts',
      );
      same(
        history?.parked.map(({ sealed }) => sealed.dot),
        ['ann:9'],
        'what waits',
      );
      same([history?.isWhole, history?.voids, history?.variants], [true, [], []], 'the rest');
    },
  ],
  [
    'S4 a part of a history begins with the earliest event asked for and has the conflicts that it closed',
    async ({ store }) => {
      await receive(store, quarrel());
      await receive(store, [eventOf('ann', 3, 'one', ['ann:2', 'bob:1'])]);
      const partFrom = async (...since: readonly string[]) =>
        (await store.loadHistories([{ ...one, since: since.map(dot) }])).get(resourceKeyOf(one));

      const late = await partFrom('ann:3');
      same(
        [late?.isWhole, late?.events.map(({ sealed }) => sealed.dot), late?.conflicts.length],
        [false, ['ann:3'], 1],
        'the last event',
      );
      const early = await partFrom('bob:1', 'ann:2');
      same(
        early?.events.map(({ sealed }) => sealed.dot),
        ['ann:2', 'bob:1', 'ann:3'],
        'the part from two events on',
      );
    },
  ],
  [
    'S4 of a resource that is not there the history is whole and empty, and there is no state',
    async ({ store }) => {
      const none = { resourceType: 'task', resourceId: 'none' };
      const history = (await store.loadHistories([{ ...none, since: undefined }])).get(resourceKeyOf(none));

      same(history, { isWhole: true, events: [], voids: [], variants: [], parked: [], conflicts: [] }, 'the history');
      same(await store.readResource(none), undefined, 'the resource');
      same((await store.load({ events: [], dueMs: 0, resources: [none] })).states.size, 0, 'the states');
    },
  ],
  [
    'S4 a void is known by all its contents, and stands in the graph of each resource it was for',
    async ({ store }) => {
      const [first, second, child] = fork();
      await receive(store, [first]);
      await receive(store, [second, child]);
      const { known, withVoids } = await store.load({ events: [child], dueMs: 0, resources: [] });
      const key = resourceKeyOf(first.event);

      const of = known.get(first.dot);
      same(
        [[...(of?.hashes ?? [])].sort(), of?.appliedIn],
        [[first.hash, second.hash].sort(), [key]],
        'what is known of it',
      );
      same([...withVoids], [key], 'the resources with voids');
      const history = (await store.loadHistories([{ ...first.event, since: undefined }])).get(key);
      same(
        history?.voids.map(({ dot: node, isApplied }) => [node, isApplied]),
        [['eve:1', true]],
        'the voids',
      );
      same(history?.variants.map(({ hash }) => hash).sort(), [first.hash, second.hash].sort(), 'the variants');
      same(
        history?.events.map(({ sealed }) => sealed.dot),
        ['ann:1'],
        'the events',
      );
      const found = await store.findEvents({ dots: [first.dot] });
      same(
        found.map(({ place, status }) => [place, status]),
        [
          ['variant', 'void'],
          ['variant', 'void'],
        ],
        'the events of the dot',
      );
      same((await store.counts()).voids, 1, 'the number of voids');
    },
  ],
  [
    'S4 neighbours by reference are found in both directions',
    async ({ store }) => {
      const target = { resourceType: 'track', resourceId: 't' };
      await receive(store, [
        eventOf('ann', 1, 'one', [], { dependsOn: [target] }),
        eventOf('ann', 2, 'two', [], { dependsOn: [target, one] }),
        eventOf('ann', 3, 'three', []),
      ]);
      const key = resourceKeyOf(target);
      const world = await store.loadWorld({
        resources: [resourceKeyOf(one), key],
        referrersOf: [key, resourceKeyOf(one)],
      });

      const two = { resourceType: 'task', resourceId: 'two' };
      same(
        [...(world.referrers.get(key) ?? [])].sort(),
        [one, two].map(resourceKeyOf).sort(),
        'who refers to the target',
      );
      same(world.referrers.get(resourceKeyOf(one)), [resourceKeyOf(two)], 'who refers to the other');
      same(world.resources.get(resourceKeyOf(one))?.view.references, [target], 'what it refers to');
      check(
        world.resources.has(key) && world.resources.get(key) === undefined,
        'what was asked for and is not there is not said to be missing',
      );
      same(world.hasReferences, true, 'whether there are references');
      same(
        (await store.readResource({ resourceType: 'task', resourceId: 'three' }))?.view.references,
        [],
        'a resource without any',
      );
    },
  ],
  [
    'S4 dots are renamed with their place, id and standing kept (R8)',
    async ({ store }) => {
      const [old, next] = [eventOf('old', 1, 'one', []), eventOf('old', 2, 'one', ['old:1'])];
      await receive(store, [old, next]);
      const renamed = eventOf('new', 1, 'one', ['old:1'], { eventId: next.event.eventId, was: 'old:2' });
      await store.commit(await unitOn(store, { renamed: [{ from: next.dot, sealed: renamed }] }));

      const { items } = await store.readEvents({ after: 0, limit: 9 });
      same(
        items.map(({ position, sealed }) => [position, sealed]),
        [
          [1, old],
          [2, renamed],
        ],
        'the log',
      );
      same(await store.readCut(), { old: 1, new: 1 }, 'the cut');
      same((await store.findEvents({ dots: [next.dot] })).length, 0, 'the events under the old dot');
      same(
        (await store.findEvents({ eventIds: [next.event.eventId] })).map(({ sealed }) => sealed.dot),
        ['new:1'],
        'the events of that id',
      );
    },
  ],
];
