/** H10, H17: how much may wait, what is listed of it, and what is given up. */
import type { HubLog } from '../../application/ports/hub-log.js';
import type { Dot, SealedEvent } from '../../domain/events/event.js';
import { eventOf } from '../contract-story.js';
import { same } from '../storage/store-under-test.js';
import { headOf, holdsExactly, submit, verdictsAre, type LogCase } from './log-under-test.js';

/** Everything that waits, page by page: its dot, why, and for what. */
const waitingIn = async (log: HubLog): Promise<readonly string[]> => {
  const words: string[] = [];
  for (let [after, more] = [0, true]; more;) {
    const page = await log.parked({ after, limit: 2 });
    for (const { sealed, reason, waits, since, place } of page.items) {
      words.push(`${sealed.dot} ${reason} ${[...waits].sort().join(' ')} since ${since.slice(11, 16)}`);
      after = place;
    }
    ({ more } = page);
  }
  return words;
};

const at = (time: string): string => `2026-11-22T${time}:00.000Z`;

export const parkingListCases: readonly LogCase[] = [
  [
    'H17 what waits is listed in the order in which it began to, with what each waits for at the moment',
    async ({ log, beside }) => {
      const give = (time: string, ...events: readonly SealedEvent[]): Promise<unknown> =>
        log.append(
          events.map((sealed) => ({ sealed })),
          at(time),
        );
      await give('12:00', eventOf('cid', 1, 'one', ['ann:1', 'bob:1']));
      await give('12:01', eventOf('dan', 3, 'one', []), eventOf('cid', 2, 'one', ['cid:1']));
      same(
        await waitingIn(log),
        ['cid:1 parents ann:1 bob:1 since 12:00', 'dan:3 gap dan:2 since 12:01', 'cid:2 parents cid:1 since 12:01'],
        'what waits',
      );
      await give('12:02', eventOf('ann', 1, 'one', []), eventOf('dan', 2, 'two', []));
      same(
        await waitingIn((await beside?.()) ?? log),
        [
          'cid:1 parents bob:1 since 12:00',
          'dan:3 gap dan:2 since 12:01',
          'cid:2 parents cid:1 since 12:01',
          'dan:2 gap dan:1 since 12:02',
        ],
        'what waits then',
      );
      await give('12:03', eventOf('bob', 1, 'one', []), eventOf('dan', 1, 'three', []));
      same(await waitingIn(log), [], 'what waits in the end');
    },
  ],
  [
    'H17 what waits for parents is refused when it is given up, with what builds on it',
    async ({ log, beside }) => {
      const waiting = [
        eventOf('cid', 1, 'one', ['ann:1']),
        eventOf('dan', 1, 'one', ['cid:1']),
        eventOf('eve', 1, 'one', ['ann:1']),
      ];
      await submit(log, waiting);
      const dropped = await ((await beside?.()) ?? log).dropParked({ dots: [waiting[0]?.dot as Dot] }, at('13:00'));
      same(dropped, 1, 'how many were given up');
      await holdsExactly(log, ['cid:1 parking_dropped', 'dan:1 parent_refused']);
      same((await log.counts()).parked, 1, 'what waits');
      verdictsAre(await submit(log, waiting), ['refused parking_dropped', 'refused parent_refused', 'parked']);

      await submit(log, [eventOf('ann', 1, 'one', [])]);
      verdictsAre(await submit(log, waiting.slice(0, 1), { isRetry: true }), ['accepted 5']);
      verdictsAre(await submit(log, [eventOf('cid', 2, 'two', [])]), ['accepted 6']);
    },
  ],
  [
    'H17 what waits for a gap is forgotten when it is given up, and may come again',
    async ({ log, beside }) => {
      const own = [1, 2, 3, 4].map((seq) => eventOf('ann', seq, `${seq}`, []));
      await submit(log, [...own.slice(0, 1), ...own.slice(2)]);
      same(await ((await beside?.()) ?? log).dropParked({ dots: [own[2]?.dot as Dot] }, at('13:00')), 1, 'how many');
      await holdsExactly(log, ['ann:1']);
      same(await headOf(log, 'ann'), { seq: 1, hash: own[0]?.hash }, 'the head');

      await submit(log, own.slice(1, 2));
      same(await headOf(log, 'ann'), { seq: 2, hash: own[1]?.hash }, 'the head, before it came again');
      verdictsAre(await submit(log, own.slice(2, 3)), ['accepted 3']);
      await holdsExactly(
        log,
        own.map(({ dot }) => dot),
      );
      same((await log.counts()).parked, 0, 'what waits in the end');
    },
  ],
  [
    'H17 what has waited since before a time is given up, and gives its room back',
    async ({ log }) => {
      const [old, recent, later] = ['ann', 'bob', 'cid'].map((replicaId) =>
        eventOf(replicaId, 1, 'one', ['nobody:1']),
      ) as [SealedEvent, SealedEvent, SealedEvent];
      await log.append([{ sealed: old }], at('12:00'));
      await log.append([{ sealed: recent }], at('12:30'));
      verdictsAre(await log.append([{ sealed: later }], at('12:45')), ['refused parking_full']);
      same(await log.dropParked({ before: at('12:30') }, at('13:00')), 1, 'how many were given up');
      same(await waitingIn(log), ['bob:1 parents nobody:1 since 12:30'], 'what waits');
      verdictsAre(await log.append([{ sealed: later }], at('13:01')), ['parked']);
      same(await log.dropParked({ before: at('12:30') }, at('13:02')), 0, 'how many then');
    },
    { parking: { eventsMax: 2 } },
  ],
  [
    'H10 what does not fit is refused, leaves nothing, and may come again',
    async ({ log, beside }) => {
      const waiting = ['ann', 'bob', 'cid', 'dan'].map((replicaId) => eventOf(replicaId, 1, 'one', ['zoe:1']));
      verdictsAre(await submit(log, waiting), ['parked', 'parked', 'parked', 'refused parking_full']);
      const [verdict] = await submit((await beside?.()) ?? log, waiting.slice(3));
      same(verdict?.type === 'refused' && verdict.position, undefined, 'the position of what is kept nowhere');
      same([(await log.facts()).head.position, (await log.counts()).parked], [0, 3], 'what is held');
      same(await headOf(log, 'dan'), { seq: 0, hash: undefined }, 'the head of the one that was refused');
      await submit(log, [eventOf('zoe', 1, 'one', [])]);
      verdictsAre(await submit(log, waiting.slice(3)), ['accepted 5']);
    },
    { parking: { eventsMax: 3 } },
  ],
  [
    'H10 one author cannot take the room of others',
    async ({ log }) => {
      const flood = Array.from({ length: 4 }, (_, index) => eventOf('ann', index + 1, `${index}`, ['zoe:1']));
      verdictsAre(await submit(log, [...flood, eventOf('bob', 1, 'one', ['zoe:1'])]), [
        'parked',
        'parked',
        'refused parking_full',
        'refused parking_full',
        'parked',
      ]);
      // Its third was not kept, so the fourth would leave a gap.
      verdictsAre(await submit(log, [eventOf('ann', 4, 'three', [])]), ['refused parking_full']);
    },
    { parking: { eventsPerAuthorMax: 2 } },
  ],
  [
    'H10 the room is bounded in bytes too',
    async ({ log }) => {
      const big = { payload: { text: 'x'.repeat(3_000) } };
      const waiting = ['ann', 'bob', 'cid'].map((replicaId) => eventOf(replicaId, 1, 'one', ['zoe:1'], big));
      verdictsAre(await submit(log, waiting), ['parked', 'parked', 'refused parking_full']);
      verdictsAre(await submit(log, [eventOf('ann', 2, 'two', ['zoe:1'], big)]), ['refused parking_full']);
    },
    { parking: { bytesMax: 9_000, bytesPerAuthorMax: 5_000 } },
  ],
];
