/** H8, H9: what is refused, that it is published, and how it may be accepted later. */
import { eventOf } from '../contract-story.js';
import { same } from '../storage/store-under-test.js';
import { allEntries, holdsExactly, submit, verdictsAre, type LogCase } from './log-under-test.js';

const refusal = { code: 'forbidden', message: 'may not write' };

export const refusalCases: readonly LogCase[] = [
  [
    'H8 an event that has not seen an earlier one of its author on the resource is refused',
    async ({ log }) => {
      await submit(log, [eventOf('ann', 1, 'one', []), eventOf('bob', 1, 'one', ['ann:1'])]);
      verdictsAre(
        await submit(log, [
          eventOf('ann', 2, 'one', []),
          eventOf('ann', 3, 'two', []),
          eventOf('ann', 4, 'one', ['bob:1']),
          eventOf('ann', 5, 'two', ['ann:3']),
          eventOf('ann', 6, 'two', ['ann:3']),
        ]),
        ['refused own_past_unseen', 'accepted 4', 'accepted 5', 'accepted 6', 'refused own_past_unseen'],
      );
    },
  ],
  [
    'H8 its own past may be seen through a long line of others',
    async ({ log, beside }) => {
      const line = Array.from({ length: 40 }, (_, index) => {
        const place = index + 1;
        return eventOf(
          `r${place % 3}`,
          Math.ceil(place / 3),
          'one',
          place === 1 ? ['ann:1'] : [`r${(place - 1) % 3}:${Math.ceil((place - 1) / 3)}`],
        );
      });
      const last = line.at(-1)?.dot ?? '';
      await submit(log, [eventOf('ann', 1, 'one', []), eventOf('bob', 1, 'one', [])]);
      await submit(log, line);
      const other = (await beside?.()) ?? log;
      verdictsAre(await submit(other, [eventOf('ann', 2, 'one', [last])]), ['accepted 43']);
      verdictsAre(await submit(other, [eventOf('bob', 2, 'one', [last])]), ['refused own_past_unseen']);
    },
  ],
  [
    'H8 a forked dot, and what was ever refused, is not asked for',
    async ({ log }) => {
      await submit(log, [
        eventOf('ann', 1, 'one', []),
        eventOf('ann', 2, 'one', ['ann:1']),
        eventOf('bob', 1, 'one', []),
      ]);
      await submit(log, [eventOf('ann', 2, 'two', [], { eventId: 'from a copy' })]);
      verdictsAre(await submit(log, [eventOf('ann', 3, 'one', ['ann:1'])]), ['accepted 5']);
      await submit(log, [eventOf('bob', 2, 'one', ['bob:1'])], { refusal });
      verdictsAre(await submit(log, [eventOf('bob', 3, 'one', ['bob:1'])]), ['accepted 7']);
      verdictsAre(await submit(log, [eventOf('bob', 2, 'one', ['bob:1'])], { isRetry: true }), ['accepted 8']);
      verdictsAre(await submit(log, [eventOf('bob', 4, 'one', ['bob:3'])]), ['accepted 9']);

      await submit(log, [eventOf('cid', 1, 'one', [])], { refusal });
      verdictsAre(await submit(log, [eventOf('cid', 1, 'one', [])], { isRetry: true }), ['accepted 11']);
      verdictsAre(await submit(log, [eventOf('cid', 2, 'one', [])]), ['accepted 12']);
    },
  ],
  [
    'H9 a refusal is published and fills its number',
    async ({ log, beside }) => {
      const refused = eventOf('ann', 1, 'one', []);
      same(await submit(log, [refused], { refusal }), [{ type: 'refused', ...refusal, position: 1 }], 'the verdict');
      verdictsAre(await submit(log, [eventOf('ann', 2, 'two', [])]), ['accepted 2']);
      same(
        await submit((await beside?.()) ?? log, [refused]),
        [{ type: 'refused', ...refusal, position: 1 }],
        'the verdict when it comes again',
      );
      await holdsExactly(log, ['ann:1 forbidden', 'ann:2']);
      same((await log.counts()).refusals, 1, 'the number of refusals');
    },
  ],
  [
    'H9 a refusal waits for its author’s gap like an event',
    async ({ log, beside }) => {
      verdictsAre(await submit(log, [eventOf('ann', 2, 'one', [])], { refusal }), ['parked']);
      verdictsAre(await submit((await beside?.()) ?? log, [eventOf('ann', 1, 'one', [])]), ['accepted 1']);
      await holdsExactly(log, ['ann:1', 'ann:2 forbidden']);
    },
  ],
  [
    'H9 whatever builds on a refused event is refused, also what waited for it',
    async ({ log, beside }) => {
      await submit(log, [
        eventOf('bob', 1, 'one', ['ann:1']),
        eventOf('cid', 1, 'one', ['bob:1']),
        eventOf('dan', 1, 'one', ['cid:1', 'nobody:1']),
      ]);
      await submit((await beside?.()) ?? log, [eventOf('ann', 1, 'one', [])], { refusal });

      await holdsExactly(log, [
        'ann:1 forbidden',
        'bob:1 parent_refused',
        'cid:1 parent_refused',
        'dan:1 parent_refused',
      ]);
      verdictsAre(await submit(log, [eventOf('eve', 1, 'one', ['dan:1'])]), ['refused parent_refused']);
    },
  ],
  [
    'H9 a retry is judged anew, and may be accepted as a later entry',
    async ({ log, beside }) => {
      const [parent, child] = [eventOf('ann', 1, 'one', []), eventOf('ann', 2, 'one', ['ann:1'])];
      await submit(log, [parent], { refusal });
      verdictsAre(await submit(log, [child]), ['refused parent_refused']);
      verdictsAre(await submit(log, [child], { isRetry: true }), ['refused parent_refused']);
      same((await allEntries(log)).length, 2, 'the number of entries: a dot and hash are refused once');
      const other = (await beside?.()) ?? log;
      verdictsAre(await submit(other, [parent], { isRetry: true }), ['accepted 3']);
      verdictsAre(await submit(other, [child]), ['refused parent_refused']);
      verdictsAre(await submit(other, [child], { isRetry: true }), ['accepted 4']);
      verdictsAre(await submit(log, [parent, child], { isRetry: true }), ['duplicate 3', 'duplicate 4']);

      await holdsExactly(log, ['ann:1 forbidden', 'ann:2 parent_refused', 'ann:1', 'ann:2']);
    },
  ],
  [
    'H9 retries that come in the wrong order wait for each other',
    async ({ log }) => {
      const chain = [
        eventOf('ann', 1, 'one', []),
        eventOf('bob', 1, 'one', ['ann:1']),
        eventOf('cid', 1, 'one', ['bob:1']),
      ];
      await submit(log, chain.slice(0, 1), { refusal });
      await submit(log, chain.slice(1));
      verdictsAre(await submit(log, [...chain].reverse(), { isRetry: true }), [
        'refused parent_refused',
        'refused parent_refused',
        'accepted 4',
      ]);
      verdictsAre(await submit(log, chain.slice(1), { isRetry: true }), ['accepted 5', 'accepted 6']);
    },
  ],
];
