/** H3, H4: what does not depend on how submissions were cut into batches, and what a batch leaves behind. */
import type { HubLog, HubSubmission, HubVerdict } from '../../application/ports/hub-log.js';
import type { SealedEvent } from '../../domain/events/event.js';
import { eventOf, story } from '../contract-story.js';
import { check } from '../remote-calls.js';
import { same } from '../storage/store-under-test.js';
import { allEntries, holdsExactly, receivedAt, submit, verdictsAre, wordsOf, type LogCase } from './log-under-test.js';

/** Out of order, with a fork, a refusal to come, and a retry's worth of duplicates. */
const muddle = (): readonly SealedEvent[] => {
  const events = story();
  const pick = (...places: readonly number[]): readonly SealedEvent[] =>
    places.flatMap((place) => events.slice(place, place + 1));
  return [
    ...pick(5, 3, 0),
    eventOf('cid', 2, 'two', ['bob:1']),
    ...pick(2, 2, 8, 7),
    eventOf('ann', 2, 'one', ['ann:1'], { eventId: 'another ann:2' }),
    ...pick(4, 1, 6),
    eventOf('cid', 1, 'two', []),
    eventOf('dan', 1, 'one', ['bob:1']),
    eventOf('dan', 2, 'one', ['dan:1']),
    eventOf('cid', 3, 'two', ['ann:4']),
  ];
};

const inBatches = async (log: HubLog, events: readonly SealedEvent[], size: number): Promise<readonly HubVerdict[]> => {
  for (let start = 0; start < events.length; start += size) await submit(log, events.slice(start, start + size));
  return submit(log, events);
};

export const batchCases: readonly LogCase[] = [
  [
    'H3 the entries and their order do not depend on how submissions were cut into batches',
    async ({ log, another }) => {
      const events = muddle();
      const verdicts = await inBatches(log, events, events.length);
      const expected = wordsOf(await allEntries(log));
      for (const size of [1, 2, 3, 7]) {
        const other = await another();
        same(await inBatches(other, events, size), verdicts, `the verdicts with batches of ${size}`);
        same(wordsOf(await allEntries(other)), expected, `the entries with batches of ${size}`);
      }
    },
  ],
  [
    'H3 what waits is decided at the same place, wherever a batch ends: also where a parent stands for another resource',
    async ({ another }) => {
      const submissions: readonly HubSubmission[] = [
        { sealed: eventOf('cid', 1, 'one', ['ann:1', 'bob:1']) },
        { sealed: eventOf('bob', 1, 'two', []) },
        { sealed: eventOf('bob', 1, 'one', []), refusal: { code: 'forbidden', message: 'no' } },
        { sealed: eventOf('ann', 1, 'one', []) },
      ];
      for (const size of [1, 2, 3, 4]) {
        const log = await another();
        for (let start = 0; start < submissions.length; start += size)
          await log.append(submissions.slice(start, start + size), receivedAt);
        await holdsExactly(log, ['bob:1', 'bob:1 forbidden', 'cid:1 parent_refused', 'ann:1']);
      }
    },
  ],
  [
    'H3 a verdict says what holds when its commit ends',
    async ({ log }) => {
      const child = eventOf('bob', 1, 'one', ['ann:1']);
      const parent = eventOf('ann', 1, 'one', []);
      verdictsAre(await submit(log, [child, parent, child]), ['accepted 2', 'accepted 1', 'duplicate 2']);
    },
  ],
  [
    'H3 batches that come at the same moment are taken one after another',
    async ({ log, beside }) => {
      const other = (await beside?.()) ?? log;
      const own = (replicaId: string): readonly SealedEvent[] =>
        Array.from({ length: 40 }, (_, index) => eventOf(replicaId, index + 1, `${index % 7}`, []).event).map((event) =>
          eventOf(replicaId, event.seq, `only ${replicaId} ${event.seq}`, []),
        );
      const verdicts = await Promise.all(
        ['ann', 'bob', 'cid', 'dan'].flatMap((replicaId, place) =>
          own(replicaId).map((sealed) => submit(place % 2 === 0 ? log : other, [sealed])),
        ),
      );

      check(
        verdicts.every(([verdict]) => verdict?.type === 'accepted' || verdict?.type === 'parked'),
        'an event was not taken',
      );
      const entries = await allEntries(log);
      same(entries.length, 160, 'the number of entries');
      same(
        entries.map(({ position }) => position),
        entries.map((_, index) => index + 1),
        'the positions',
      );
      same(
        [...(await log.heads(['ann', 'bob', 'cid', 'dan'])).values()].map(({ seq }) => seq),
        [40, 40, 40, 40],
        'the heads',
      );
    },
  ],
  [
    'H4 what was acknowledged is there when the log is opened again',
    async ({ log, beside }) => {
      const events = story();
      await submit(log, events.slice(0, 5));
      await submit(log, [eventOf('dan', 2, 'three', ['dan:1'])]);
      await submit(log, [eventOf('eve', 1, 'four', [])], { refusal: { code: 'forbidden', message: 'no' } });
      const before = [await allEntries(log), await log.facts(), await log.counts()];
      if (beside === undefined) return;
      await log.close();
      const again = await beside();

      same([await allEntries(again), await again.facts(), await again.counts()], before, 'what is there');
      verdictsAre(await submit(again, [eventOf('dan', 1, 'three', [])]), ['accepted 7']);
      await holdsExactly(again, [...events.slice(0, 5).map(({ dot }) => dot), 'eve:1 forbidden', 'dan:1', 'dan:2']);
    },
  ],
  [
    'H4 an empty batch is nothing',
    async ({ log }) => {
      same(await submit(log, []), [], 'the verdicts');
      same((await log.facts()).head.position, 0, 'the head');
    },
  ],
];
