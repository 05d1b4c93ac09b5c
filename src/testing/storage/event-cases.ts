/** S6 and S7: events come back as they were, and their positions only grow. */
import fc from 'fast-check';
import type { Dot, SealedEvent } from '../../domain/events/event.js';
import { canonicalEvent } from '../../domain/events/canonical-event.js';
import { eventOf } from '../contract-story.js';
import { jsonValues } from '../arbitraries/json-values.js';
import { allPages, present, same, type StoreCase } from './store-under-test.js';
import { fork, receive } from './workshop.js';

/** Texts that a store may damage: quotes, controls, NUL, characters beyond U+FFFF, and above the surrogates. */
const texts = fc.string({
  unit: fc.constantFrom('a', '"', "'", '\\', '\u0000', '\n', ':', ' ', 'é', '\uff5e', '😀', '\u2028'),
  minLength: 1,
  maxLength: 8,
});

const arbitraryEvents: fc.Arbitrary<readonly SealedEvent[]> = fc
  .array(
    fc.record({
      agentId: texts,
      eventId: texts,
      resourceId: texts,
      payload: fc.dictionary(texts, jsonValues(), { maxKeys: 4, noNullPrototype: true }),
      schemaVersion: fc.constantFrom(0, 1, 2),
      unknown: fc.dictionary(fc.constantFrom('later', 'Later member', '\u0000'), jsonValues(), {
        maxKeys: 2,
        noNullPrototype: true,
      }),
      optional: fc.constantFrom(
        {},
        { priority: 'high' },
        { priority: -0.5, note: '"' },
        { dependsOn: [{ resourceType: 'a', resourceId: 'b' }], sees: ['x:y:1'] },
      ),
      atMs: fc.constantFrom(
        '0000-01-01T00:00:00.000Z',
        '1969-12-31T23:59:59.999Z',
        '2026-02-02T10:00:00.123Z',
        '2026-11-22T12:00:00.000Z',
      ),
      counter: fc.constantFrom(0, 1, 0xff_ffff),
    }),
    { minLength: 1, maxLength: 6 },
  )
  .map((parts) =>
    parts.map(({ atMs, unknown, optional, ...members }, index) =>
      eventOf('re:plica 😀', index + 1, members.resourceId, [], {
        ...unknown,
        ...optional,
        ...members,
        eventId: `${members.eventId}${index}`,
        timestamp: atMs,
      }),
    ),
  );

export const eventCases: readonly StoreCase[] = [
  [
    'S6 events are given back equal to the byte in canonical form',
    async ({ store, reopened }) => {
      const events = fc.sample(arbitraryEvents, { numRuns: 20, seed: 1 });
      const all = events.flatMap((batch, index) =>
        batch.map(({ event }) =>
          eventOf(`replica ${index}`, event.seq, event.resourceId, [], {
            ...event,
            replicaId: `replica ${index}`,
            eventId: `${index} ${event.eventId}`,
          }),
        ),
      );
      await receive(store, all);
      const again = reopened === undefined ? store : await reopened();

      const stored = await allPages<SealedEvent, number>(async (after = 0) => {
        const page = await again.readEvents({ after, limit: 10 });
        return { ...page, items: page.items.map(({ sealed }) => sealed) };
      }, 10);
      const byDot = new Map(stored.map((sealed) => [sealed.dot, sealed]));
      for (const { dot, event, hash } of all) {
        const back = present(byDot.get(dot), dot);
        same(canonicalEvent(back.event), canonicalEvent(event), dot);
        same([back.hash, back.dot], [hash, dot], `the hash of ${dot}`);
      }
      same(stored.length, all.length, 'the number of events');
    },
  ],
  [
    'S6 events that wait, and evidence, are given back like others',
    async ({ store }) => {
      const [first, second] = fork();
      const waiting = eventOf('ann', 2, 'one', ['ann:1'], { later: ['member'], note: 'wait' });
      await receive(store, [first, waiting]);
      await receive(store, [second]);

      const found = await store.findEvents({ dots: [waiting.dot, first.dot] });
      same(
        found.map(({ sealed }) => sealed.hash).sort(),
        [first, second, waiting].map(({ hash }) => hash).sort(),
        'the hashes',
      );
      for (const { sealed } of found) {
        const original = [first, second, waiting].find(({ hash }) => hash === sealed.hash);
        same(
          canonicalEvent(sealed.event),
          original === undefined ? undefined : canonicalEvent(original.event),
          sealed.dot,
        );
      }
    },
  ],
  [
    'S6 what was never stored is not found, the number before the first one too',
    async ({ store }) => {
      await receive(store, [eventOf('ann', 1, 'one', [])]);
      const found = await store.findEvents({ dots: ['ann:0', 'ann:1', 'ann:2', 'bob:1'] as Dot[] });
      same(
        found.map(({ sealed }) => sealed.dot),
        ['ann:1'],
        'the dots',
      );
    },
  ],
  [
    'S6 an event is found by its id, whatever the id is',
    async ({ store }) => {
      const ids = ['a', 'A', 'aa', '😀', '\uff5e', '\u0000', ' ', 'é', 'e\u0301', '1', '01'];
      const events = ids.map((eventId, index) => eventOf('ann', index + 1, `${index}`, [], { eventId }));
      await receive(store, events);

      for (const { event, dot } of events) {
        const found = await store.findEvents({ eventIds: [event.eventId] });
        same(
          found.map(({ sealed }) => sealed.dot),
          [dot],
          JSON.stringify(event.eventId),
        );
      }
      const all = await store.findEvents({
        eventIds: events.map(({ event }) => event.eventId),
        dots: events.map(({ dot }) => dot),
      });
      same(
        all.map(({ position }) => position),
        ids.map((_, index) => index + 1),
        'the positions of all, each once',
      );
    },
  ],
  [
    'S7 every event has a position of its own, and an applied one that waited takes a new one',
    async ({ store, reopened }) => {
      await receive(store, [eventOf('ann', 2, 'one', ['ann:1'])]);
      const [waiting] = (await store.readEvents({ after: 0, limit: 9 })).items;
      same([waiting?.position, waiting?.place, waiting?.status], [1, 'parked', 'parked'], 'what waits');
      const again = reopened === undefined ? store : await reopened();
      await receive(again, [eventOf('ann', 1, 'one', [])]);

      const { items } = await again.readEvents({ after: 0, limit: 9 });
      same(
        items.map(({ position, sealed }) => [position, sealed.dot]),
        [
          [2, 'ann:1'],
          [3, 'ann:2'],
        ],
        'the log',
      );
      same((await again.facts()).logHead, 3, 'the last position');
      same((await again.readEvents({ after: 1, limit: 9 })).items.length, 2, 'what comes after the first position');
    },
  ],
  [
    'S7 what waits on and is looked at again keeps its position',
    async ({ store }) => {
      await receive(store, [eventOf('ann', 3, 'one', ['ann:1', 'ann:2'])]);
      await receive(store, [eventOf('ann', 1, 'one', [])]);

      const [parked] = (await store.readParked({ after: 0, limit: 9 })).items;
      same([parked?.position, parked?.missing], [1, ['ann:2']], 'what waits');
      await receive(store, [eventOf('ann', 2, 'one', ['ann:1'])]);
      same((await store.readParked({ after: 0, limit: 9 })).items, [], 'what waits in the end');
    },
  ],
];
