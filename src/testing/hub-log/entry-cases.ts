/** H1, H5 to H7, H15: what an entry is, and that each content has one. */
import type { SealedEvent } from '../../domain/events/event.js';
import { canonicalEvent } from '../../domain/events/canonical-event.js';
import { eventOf, story } from '../contract-story.js';
import { check } from '../remote-calls.js';
import { same } from '../storage/store-under-test.js';
import { allEntries, holdsExactly, receivedAt, submit, verdictsAre, wordsOf, type LogCase } from './log-under-test.js';

const fork = (): readonly [SealedEvent, SealedEvent] => [
  eventOf('eve', 1, 'forked', [], { eventId: 'told to ann' }),
  eventOf('eve', 1, 'forked', [], { eventId: 'told to bob', payload: { title: 'another' } }),
];

export const entryCases: readonly LogCase[] = [
  [
    'H1 positions begin at 1, grow by one and are given once',
    async ({ log, beside }) => {
      const events = story();
      verdictsAre(await submit(log, events.slice(0, 4)), ['accepted 1', 'accepted 2', 'accepted 3', 'accepted 4']);
      const other = (await beside?.()) ?? log;
      verdictsAre(await submit(other, events.slice(4, 6)), ['accepted 5', 'accepted 6']);
      verdictsAre(await submit(log, events.slice(6)), ['accepted 7', 'accepted 8', 'accepted 9']);

      await holdsExactly(
        log,
        events.map(({ dot }) => dot),
      );
      same((await log.facts()).head.position, 9, 'the head');
    },
  ],
  [
    'H5 an event that comes again is told where it stands, and nothing is written',
    async ({ log, beside }) => {
      const events = story();
      await submit(log, events);
      const again = (await beside?.()) ?? log;
      verdictsAre(
        await submit(again, [...events].reverse()),
        events.map((_, index) => `duplicate ${events.length - index}`),
      );

      const fresh = eventOf('cid', 1, 'one', []);
      verdictsAre(await submit(log, [fresh, fresh]), ['accepted 10', 'duplicate 10']);
      same((await allEntries(log)).length, 10, 'the number of entries');
    },
  ],
  [
    'H6 another content under a dot is an entry of its own, also in one batch',
    async ({ log, another }) => {
      const [first, second] = fork();
      verdictsAre(await submit(log, [first]), ['accepted 1']);
      verdictsAre(await submit(log, [second]), ['accepted 2']);
      verdictsAre(await submit(log, [second, first]), ['duplicate 2', 'duplicate 1']);

      const other = await another();
      verdictsAre(await submit(other, [first, second]), ['accepted 1', 'accepted 2']);
      same(
        (await allEntries(other)).map((entry) => (entry.type === 'event' ? entry.sealed.hash : undefined)),
        [first.hash, second.hash],
        'the hashes',
      );
    },
  ],
  [
    'H6 what builds on a fork is accepted, on the resource of any of its contents',
    async ({ log }) => {
      const here = eventOf('eve', 1, 'one', []);
      const there = eventOf('eve', 1, 'two', []);
      await submit(log, [here, there]);
      verdictsAre(await submit(log, [eventOf('ann', 1, 'one', ['eve:1']), eventOf('ann', 2, 'two', ['eve:1'])]), [
        'accepted 3',
        'accepted 4',
      ]);
    },
  ],
  [
    'H7 one event id under several dots is no reason to refuse',
    async ({ log }) => {
      const events = [
        eventOf('ann', 1, 'one', [], { eventId: 'twice' }),
        eventOf('bob', 1, 'one', [], { eventId: 'twice' }),
        eventOf('cid', 1, 'two', [], { eventId: 'twice' }),
      ];
      verdictsAre(await submit(log, events), ['accepted 1', 'accepted 2', 'accepted 3']);
      await holdsExactly(log, ['ann:1', 'bob:1', 'cid:1']);
    },
  ],
  [
    'H15 events come back equal to the byte in canonical form, also those that waited',
    async ({ log, beside }) => {
      const odd = ['"', "'", '\\', '\u0000', '\n', ':', 'é', 'e\u0301', '\uff5e', '😀', '\u2028', '[1,2]', '$', '%'];
      const events = odd.flatMap((text, index) => [
        eventOf(`re:plica ${text}`, 1, `resource ${text}`, [], {
          eventId: text,
          agentId: text,
          payload: { [text]: [text, null, { deep: -0.5 }], big: 1e-7 },
          'a later member': { [text]: index },
          counter: 0xff_ffff,
          schemaVersion: index,
        }),
        eventOf(`re:plica ${text}`, 2, `resource ${text}`, [`re:plica ${text}:1`], {
          payload: { text },
          note: text,
          sees: ['x:y:1'],
        }),
      ]);
      await submit(
        log,
        events.filter(({ event }) => event.seq === 2),
      );
      await submit(
        (await beside?.()) ?? log,
        events.filter(({ event }) => event.seq === 1),
      );

      const entries = await allEntries(log);
      same(entries.length, events.length, 'the number of entries');
      const byHash = new Map(events.map((sealed) => [sealed.hash, sealed]));
      for (const entry of entries) {
        if (entry.type !== 'event') throw new Error(`refused: ${JSON.stringify(entry)}`);
        const original = byHash.get(entry.sealed.hash);
        if (original === undefined) throw new Error(`${entry.sealed.dot} has another hash`);
        same(canonicalEvent(entry.sealed.event), canonicalEvent(original.event), original.dot);
        same(entry.sealed.dot, original.dot, 'the dot');
        check(entry.canonical === undefined || entry.canonical === canonicalEvent(original.event), 'the text differs');
        same(entry.receivedAt, receivedAt, 'when it was received');
      }
    },
  ],
  [
    'H15 a refusal comes back as it was made',
    async ({ log, beside }) => {
      const event = eventOf('an:n 😀', 1, 'one\u0000"', [], { eventId: '\uff5e"' });
      const refusal = { code: 'forbidden', message: 'not "yours"\n\u0000' };
      await submit(log, [event], { refusal });
      const [entry] = await allEntries((await beside?.()) ?? log);

      same(
        entry,
        {
          type: 'refusal',
          position: 1,
          refusal: {
            dot: event.dot,
            hash: event.hash,
            eventId: event.event.eventId,
            resourceType: event.event.resourceType,
            resourceId: event.event.resourceId,
            ...refusal,
          },
          receivedAt,
        },
        'the entry',
      );
    },
  ],
  [
    'H1 what is acknowledged can be read at once, by every process',
    async ({ log, beside }) => {
      const other = (await beside?.()) ?? log;
      const own = Array.from({ length: 30 }, (_, index) => eventOf('ann', index + 1, `${index}`, []));
      for (const [index, sealed] of own.entries()) {
        await submit(index % 2 === 0 ? log : other, [sealed]);
        const read = await (index % 3 === 0 ? log : other).read({ after: index, limit: 9, bytesMax: 1_000 });
        same(wordsOf(read.entries), [sealed.dot], 'what came last');
      }
    },
  ],
];
