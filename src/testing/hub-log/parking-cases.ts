/** H2, H8, H13: what waits, for what, how far numbers are held, and what heads say of it. */
import type { SealedEvent } from '../../domain/events/event.js';
import { eventOf } from '../contract-story.js';
import { same } from '../storage/store-under-test.js';
import { headOf, holdsExactly, submit, verdictsAre, type LogCase } from './log-under-test.js';

export const parkingCases: readonly LogCase[] = [
  [
    'H13 of a number that is asked for the hash there is told, and none of what is not held',
    async ({ log }) => {
      const own = [1, 2, 3].map((seq) => eventOf('ann', seq, `${seq}`, seq === 2 ? ['nobody:1'] : []));
      await submit(log, own);
      await submit(log, [eventOf('ann', 1, '1', [], { eventId: 'another ann:1' }), eventOf('bob', 3, 'one', [])]);
      const hashesAt = async (...at: readonly number[]): Promise<unknown> => {
        const heads = await log.heads(
          at.map((_, index) => (index === 0 ? 'ann' : 'bob')),
          at,
        );
        return [...heads.values()].map(({ hashAt }) => hashAt);
      };
      same(await hashesAt(1, 3), [own[0]?.hash, undefined], 'of the first of two contents, and of one beyond a gap');
      same(await hashesAt(2), [own[1]?.hash], 'of what waits');
      same(await hashesAt(3), [own[2]?.hash], 'of the last');
      same(await hashesAt(0), [undefined], 'of none');
      same(await hashesAt(4), [undefined], 'of one that nobody has sent');
    },
  ],
  [
    'H2 a child waits for its parents, and stands after the last of them',
    async ({ log, beside }) => {
      const verdicts = await submit(log, [eventOf('cid', 1, 'one', ['ann:1', 'bob:1'])]);
      same(verdicts, [{ type: 'parked', missing: ['ann:1', 'bob:1'] }], 'the verdict');
      await submit(log, [eventOf('ann', 1, 'one', [])]);
      same((await log.counts()).parked, 1, 'what waits');
      await submit((await beside?.()) ?? log, [eventOf('bob', 1, 'one', [])]);

      await holdsExactly(log, ['ann:1', 'bob:1', 'cid:1']);
      same((await log.counts()).parked, 0, 'what waits in the end');
    },
  ],
  [
    'H2 a chain that came backwards is released as a whole',
    async ({ log, beside }) => {
      const chain = Array.from({ length: 50 }, (_, index) =>
        eventOf(`r${index}`, 1, 'one', index === 0 ? [] : [`r${index - 1}:1`]),
      );
      for (const sealed of chain.slice(1).reverse()) verdictsAre(await submit(log, [sealed]), ['parked']);
      verdictsAre(await submit((await beside?.()) ?? log, chain.slice(0, 1)), ['accepted 1']);

      await holdsExactly(
        log,
        chain.map(({ dot }) => dot),
      );
    },
  ],
  [
    'H2 a chain is released as a whole also where its middle comes again with its beginning',
    async ({ log, beside }) => {
      const chain = ['ann', 'bob', 'cid', 'dan'].map((replicaId, index, all) =>
        eventOf(replicaId, 1, 'one', index === 0 ? [] : [`${all[index - 1]}:1`]),
      );
      await submit(log, chain.slice(1));
      const again = (await beside?.()) ?? log;
      verdictsAre(await submit(again, [...chain.slice(1, 3), ...chain.slice(0, 1)]), [
        'accepted 2',
        'accepted 3',
        'accepted 1',
      ]);
      same((await log.counts()).parked, 0, 'what waits in the end');
    },
  ],
  [
    'H2 a gap in the numbers of an author is waited for and asked for',
    async ({ log }) => {
      const own = Array.from({ length: 5 }, (_, index) => eventOf('ann', index + 1, `${index}`, []));
      const [first, second, third, fourth, fifth] = own as [
        SealedEvent,
        SealedEvent,
        SealedEvent,
        SealedEvent,
        SealedEvent,
      ];
      await submit(log, [first]);
      const wanted = { replicaId: 'ann', fromSeq: 2 };
      same(await submit(log, [fifth]), [{ type: 'parked', missing: [], wanted }], 'the verdict for the fifth');
      same(await submit(log, [third]), [{ type: 'parked', missing: [], wanted }], 'the verdict for the third');
      same(await headOf(log, 'ann'), { seq: 1, hash: first.hash }, 'the head before');
      verdictsAre(await submit(log, [second]), ['accepted 2']);
      same(await headOf(log, 'ann'), { seq: 3, hash: third.hash }, 'the head between');
      verdictsAre(await submit(log, [fourth]), ['accepted 4']);

      await holdsExactly(log, ['ann:1', 'ann:2', 'ann:3', 'ann:4', 'ann:5']);
      same(await headOf(log, 'ann'), { seq: 5, hash: fifth.hash }, 'the head');
    },
  ],
  [
    'H2 a parent that is of another resource only is waited for: its dot may have another content',
    async ({ log, beside }) => {
      await submit(log, [eventOf('bob', 1, 'one', ['ann:1'])]);
      verdictsAre(await submit(log, [eventOf('ann', 1, 'two', [])]), ['accepted 1']);
      verdictsAre(await submit(log, [eventOf('cid', 1, 'one', ['ann:1'])]), ['parked']);
      await holdsExactly(log, ['ann:1']);
      const other = (await beside?.()) ?? log;
      verdictsAre(await submit(other, [eventOf('ann', 1, 'one', [], { eventId: 'from a copy' })]), ['accepted 2']);

      await holdsExactly(other, ['ann:1', 'ann:1', 'bob:1', 'cid:1']);
      same((await other.counts()).parked, 0, 'what waits');
    },
  ],
  [
    'H2 an event that waits delays nothing of its author that does not build on it',
    async ({ log }) => {
      const verdicts = await submit(log, [
        eventOf('ann', 1, 'one', ['bob:1']),
        eventOf('ann', 2, 'two', []),
        eventOf('ann', 3, 'one', ['ann:1']),
        eventOf('ann', 4, 'two', ['ann:2']),
      ]);
      verdictsAre(verdicts, ['parked', 'accepted 1', 'parked', 'accepted 2']);
      same(
        verdicts.map((verdict) => ('missing' in verdict ? verdict.missing : [])),
        [['bob:1'], [], [], []],
        'what is missing',
      );
      await submit(log, [eventOf('bob', 1, 'one', [])]);

      await holdsExactly(log, ['ann:2', 'ann:4', 'bob:1', 'ann:1', 'ann:3']);
    },
  ],
  [
    'H2 what has not seen an own event that waits is decided after it',
    async ({ log }) => {
      await submit(log, [eventOf('ann', 1, 'one', ['bob:1'])]);
      verdictsAre(await submit(log, [eventOf('ann', 2, 'one', [])]), ['parked']);
      await submit(log, [eventOf('bob', 1, 'one', [])]);

      await holdsExactly(log, ['bob:1', 'ann:1', 'ann:2 own_past_unseen']);
    },
  ],
  [
    'H2 what was held before a loss is taken in spite of a gap, and counts once the gap is filled',
    async ({ log, beside }) => {
      const own = [1, 2, 3, 4].map((seq) => eventOf('ann', seq, `${seq}`, [])) as [
        SealedEvent,
        SealedEvent,
        SealedEvent,
        SealedEvent,
      ];
      await submit(log, own.slice(0, 1));
      verdictsAre(await submit(log, [own[2]], { wasHeld: true }), ['accepted 2']);
      const other = (await beside?.()) ?? log;
      same(await headOf(other, 'ann'), { seq: 1, hash: own[0].hash }, 'the head before the gap');
      verdictsAre(await submit(other, [own[3]]), ['parked']);
      verdictsAre(await submit(other, [own[2]]), ['duplicate 2']);

      verdictsAre(await submit(log, [own[1]]), ['accepted 3']);
      await holdsExactly(log, ['ann:1', 'ann:3', 'ann:2', 'ann:4']);
      same(await headOf(log, 'ann'), { seq: 4, hash: own[3].hash }, 'the head');
    },
  ],
  [
    'H2 what waits for a gap goes on as soon as it turns out to have been held before',
    async ({ log, beside }) => {
      const waiting = [eventOf('ann', 3, 'one', []), eventOf('bob', 1, 'one', ['ann:3'])];
      await submit(log, waiting);
      verdictsAre(await submit((await beside?.()) ?? log, waiting.slice(0, 1), { wasHeld: true }), ['accepted 1']);
      await holdsExactly(log, ['ann:3', 'bob:1']);
      same((await log.counts()).parked, 0, 'what waits');
    },
  ],
  [
    'H2 what was held before still waits for its parents, and for no gap when they come',
    async ({ log, beside }) => {
      const event = eventOf('ann', 3, 'one', ['bob:1']);
      await submit(log, [event]);
      const other = (await beside?.()) ?? log;
      verdictsAre(await submit(other, [event], { wasHeld: true }), ['parked']);
      await submit(log, [eventOf('bob', 1, 'one', [])]);
      await holdsExactly(log, ['bob:1', 'ann:3']);
    },
  ],
  [
    'H8 an own event that waits is waited for no longer once another content is held under its number',
    async ({ log, beside }) => {
      await submit(log, [eventOf('ann', 1, 'one', ['bob:1']), eventOf('ann', 2, 'one', [])]);
      await holdsExactly(log, []);
      const other = (await beside?.()) ?? log;
      verdictsAre(await submit(other, [eventOf('ann', 1, 'two', [])]), ['accepted 1']);
      await holdsExactly(other, ['ann:1', 'ann:2']);

      // The same where it comes after that.
      verdictsAre(await submit(log, [eventOf('ann', 3, 'one', ['ann:2'])]), ['accepted 3']);
      await submit(log, [eventOf('bob', 1, 'one', [])]);
      await holdsExactly(log, ['ann:1', 'ann:2', 'ann:3', 'bob:1', 'ann:1']);
    },
  ],
  [
    'H8 the same where neither content can be decided yet',
    async ({ log, beside }) => {
      await submit(log, [eventOf('ann', 1, 'one', ['bob:1']), eventOf('ann', 2, 'one', [])]);
      const copied = eventOf('ann', 1, 'one', ['cid:1'], { eventId: 'from a copy' });
      verdictsAre(await submit((await beside?.()) ?? log, [copied]), ['parked']);
      await holdsExactly(log, ['ann:2']);

      await submit(log, [eventOf('bob', 1, 'one', [])]);
      verdictsAre(await submit(log, [eventOf('ann', 3, 'one', ['ann:2'])]), ['accepted 4']);
      await holdsExactly(log, ['ann:2', 'bob:1', 'ann:1', 'ann:3']);
    },
  ],
  [
    'H2 what waits is told so again, and no second time',
    async ({ log, beside }) => {
      const waiting = eventOf('ann', 2, 'one', ['ann:1']);
      await submit(log, [waiting]);
      const verdict = { type: 'parked', missing: ['ann:1'], wanted: { replicaId: 'ann', fromSeq: 1 } };
      same(await submit((await beside?.()) ?? log, [waiting, waiting]), [verdict, verdict], 'the verdicts');
      same((await log.counts()).parked, 1, 'what waits');
    },
  ],
  [
    'H13 a head counts what waits, and what was refused',
    async ({ log, beside }) => {
      const own = [
        eventOf('ann', 1, 'one', []),
        eventOf('ann', 2, 'two', ['bob:1']),
        eventOf('ann', 3, 'three', []),
        eventOf('ann', 5, 'three', ['ann:3']),
      ];
      await submit(log, own.slice(0, 1));
      await submit(log, own.slice(1, 2));
      same(await headOf(log, 'ann'), { seq: 2, hash: own[1]?.hash }, 'the head that waits');
      await submit(log, own.slice(2, 3), { refusal: { code: 'forbidden', message: 'no' } });
      await submit(log, own.slice(3));

      const other = (await beside?.()) ?? log;
      same(await headOf(other, 'ann'), { seq: 3, hash: own[2]?.hash }, 'the head');
      same(await headOf(other, 'bob'), { seq: 0, hash: undefined }, 'the head of one who is only named');
      same((await other.heads([])).size, 0, 'the heads of nobody');
    },
  ],
];
