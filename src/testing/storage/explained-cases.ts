/** S12 and S13: what leaves the state and stays, and what explains numbers that are not stored. */
import type { EventStore } from '../../application/ports/event-store.js';
import type { Dot, SealedEvent } from '../../domain/events/event.js';
import type { Refusal, UnitOfWork } from '../../domain/merge/unit-of-work.js';
import { eventOf } from '../contract-story.js';
import { contentOf } from './content.js';
import { allPages, same, type StoreCase } from './store-under-test.js';
import { quarrel, receive, unitOn } from './workshop.js';

const one = { resourceType: 'task', resourceId: 'one' };

const refusalOf = ({ dot, hash, event }: SealedEvent, more: Partial<Refusal> = {}): Refusal => ({
  dot,
  hash,
  eventId: event.eventId,
  code: 'not_allowed',
  message: 'against a rule',
  by: 'hub',
  at: '2026-11-22T12:00:00.000Z',
  status: 'pending',
  ...more,
});

const write = async (store: EventStore, parts: Partial<UnitOfWork>): Promise<void> =>
  same(await store.commit(await unitOn(store, parts)), 'committed', 'the answer');

/** Takes events out of the state, as their author does once a hub has refused them. */
const withdraw = (store: EventStore, events: readonly SealedEvent[]): Promise<unknown> =>
  receive(store, [], {
    rederive: [one],
    refusals: { withdraw: new Set(events.map(({ dot }) => dot)), readmit: new Set() },
    complete: (work) => ({ ...work, refusals: events.map((event) => refusalOf(event)) }),
  });

const refusalsIn = (store: EventStore, limit: number): Promise<readonly (Refusal & { position: number })[]> =>
  allPages((after?: number) => store.readRefusals({ after: after ?? 0, limit }), limit);

export const explainedCases: readonly StoreCase[] = [
  [
    'S12 a withdrawn event leaves the history and the state, and is found at the position that it had',
    async ({ store }) => {
      const [first, second, third] = quarrel();
      await receive(store, [first, second, third, eventOf('ann', 3, 'one', ['ann:2'])]);
      const before = await store.findEvents({ dots: [second.dot] });
      await withdraw(store, [second]);

      const found = await store.findEvents({ dots: [second.dot] });
      same(
        found.map(({ position, place, status, sealed }) => [position, place, status, sealed.hash]),
        [[before[0]?.position, 'refused', 'refused', second.hash]],
        'the withdrawn event',
      );
      same(await store.findEvents({ eventIds: [second.event.eventId] }), found, 'the same by its id');
      same((await store.readResource(one))?.state.heads, ['bob:1'], 'the heads');
      const history = [...(await store.loadHistories([{ ...one, since: undefined }])).values()][0];
      same(
        history?.events.map(({ sealed }) => sealed.dot),
        ['ann:1', 'bob:1'],
        'the history',
      );
      same(
        history?.parked.map(({ sealed, reason, missing }) => [sealed.dot, reason, missing]),
        [
          ['ann:2', 'refused', []],
          ['ann:3', 'parents', ['ann:2']],
        ],
        'what is withheld, and what waits for it',
      );
      same(
        (await store.readParked({ after: 0, limit: 9 })).items.map(({ sealed }) => sealed.dot),
        ['ann:3'],
        'what waits',
      );
      same((await store.readEvents({ after: 0, limit: 9 })).items.length, 4, 'the log');
      const { parked, rejected, conflictsPending } = await store.counts();
      same([parked, rejected, conflictsPending], [1, 1, 0], 'the counts');
    },
  ],
  [
    'S12 what is readmitted is applied again, with what waited for it',
    async ({ store }) => {
      const [first, second, third] = quarrel();
      await receive(store, [first, second, third, eventOf('ann', 3, 'one', ['ann:2'])]);
      await withdraw(store, [second]);
      await receive(store, [], {
        rederive: [one],
        refusals: { withdraw: new Set(), readmit: new Set([second.dot]) },
        complete: (work) => ({ ...work, refusals: [refusalOf(second, { status: 'accepted' })] }),
      });

      same((await store.readResource(one))?.state.heads, ['ann:3', 'bob:1'], 'the heads');
      const { parked, rejected, refusedForeign, conflictsPending } = await store.counts();
      same([parked, rejected, refusedForeign, conflictsPending], [0, 0, 0, 1], 'the counts');
      same(
        (await store.readEvents({ after: 0, limit: 9 })).items.map(({ sealed, place }) => [sealed.dot, place]),
        [
          ['ann:1', 'applied'],
          ['bob:1', 'applied'],
          ['ann:2', 'applied'],
          ['ann:3', 'applied'],
        ],
        'the log',
      );
    },
  ],
  [
    'S12 duplicates of a withdrawn event, and news of others, do not bring it back',
    async ({ store }) => {
      const [first, second, third] = quarrel();
      await receive(store, [first, second]);
      await withdraw(store, [second]);
      await receive(store, [second, third]);

      same((await store.readResource(one))?.state.heads, ['bob:1'], 'the heads');
      same(
        (await store.findEvents({ dots: [second.dot] })).map(({ place }) => place),
        ['refused'],
        'where it stands',
      );
    },
  ],
  [
    'S13 refusals come back as they were written, in the order in which they came, in complete pages',
    async ({ store }) => {
      const refusals = [3, 1, 2].map((seq) => refusalOf(eventOf('ann', seq, `number ${seq}`, [])));
      await write(store, { refusals });
      await write(store, { refusals: [{ ...(refusals[1] as Refusal), status: 'shelved', message: 'again' }] });

      for (const limit of [1, 2, 9])
        same(
          (await refusalsIn(store, limit)).map(({ position: _position, ...refusal }) => refusal),
          [refusals[0], { ...refusals[1], status: 'shelved', message: 'again' }, refusals[2]],
          `in pages of ${limit}`,
        );
      const dots = ['ann:2', 'ann:7', 'eve:1', 'ann:2'] as Dot[];
      const found = await store.readRefusals({ after: 0, limit: 9, dots });
      same(
        found.items.map(({ dot }) => dot),
        ['ann:2'],
        'those of these dots',
      );
    },
  ],
  [
    'S13 a refused number is no gap, unless its event is there',
    async ({ store }) => {
      await receive(store, [
        eventOf('ann', 1, 'one', []),
        eventOf('ann', 3, 'three', []),
        eventOf('ann', 5, 'five', []),
      ]);
      await write(store, {
        refusals: [refusalOf(eventOf('ann', 2, 'two', [])), refusalOf(eventOf('ann', 3, 'three', []))],
      });

      same(await store.readCut(), { ann: 3 }, 'the cut');
      same(await store.readGaps('ann'), [{ replicaId: 'ann', from: 2, to: 2 }], 'the explained gaps');
      same((await store.counts()).refusedForeign, 1, 'events here that a hub refused');
      await receive(store, [eventOf('ann', 4, 'four', [])]);
      same(await store.readCut(), { ann: 5 }, 'the cut once the gap is closed');
      same(await store.readReplicas(), { ann: 5 }, 'the replicas');
    },
  ],
  [
    'S13 skipped ranges are no gaps, however they are cut, and are forgotten with their scope',
    async ({ store }) => {
      const range = (from: number, to: number) => ({ replicaId: 'ann', from, to });
      await receive(store, [eventOf('ann', 1, 'one', []), eventOf('ann', 7, 'seven', []), eventOf('ann', 20, 'x', [])]);
      await write(store, { scope: 'tasks', skipped: [range(2, 3), range(5, 6)] });
      same(await store.readCut(), { ann: 3 }, 'the cut before the gap at 4');
      await write(store, { skipped: [range(3, 5), range(8, 8), range(12, 19), range(9, 11), range(2, 2)] });
      await receive(store, [eventOf('ann', 10, 'ten', [])]);

      same(await store.readCut(), { ann: 20 }, 'the cut');
      same(await store.readGaps('ann'), [range(2, 6), range(8, 9), range(11, 19)], 'the explained gaps');
      same((await store.facts()).scope, 'tasks', 'the scope');
      await write(store, { scope: 'tasks' });
      same(await store.readCut(), { ann: 20 }, 'the cut under the same scope');
      await write(store, { scope: '' });
      same([await store.readCut(), await store.readGaps('ann')], [{ ann: 1 }, []], 'the cut under another one');
    },
  ],
  [
    'S13 receipts come back by hash, those of the asked remote before others',
    async ({ store }) => {
      const [first, second] = [eventOf('ann', 1, 'one', []), eventOf('ann', 2, 'two', [])];
      const variant = eventOf('ann', 1, 'one', [], { payload: { title: 'another' } });
      const receipt = (remoteId: string, { dot, hash }: SealedEvent, text: string) => ({
        remoteId,
        dot,
        hash,
        receipt: text,
      });
      const usual = 'AAECAwQFBgcICQoLDA0ODw';
      await write(store, {
        receipts: [
          receipt('hub', first, usual),
          receipt('another', first, 'in a form of its own'),
          receipt('another', second, '__ECAwQFBgcICQoLDA0ODw'),
          receipt('hub', variant, 'AQECAwQFBgcICQoLDA0ODw'),
        ],
      });

      same(
        await store.readReceipts('hub', [first, second, variant, eventOf('eve', 1, 'one', [])]),
        new Map([
          [first.hash, usual],
          [second.hash, '__ECAwQFBgcICQoLDA0ODw'],
          [variant.hash, 'AQECAwQFBgcICQoLDA0ODw'],
        ]),
        'for the hub',
      );
      same([...(await store.readReceipts('another', [first])).values()], ['in a form of its own'], 'for another');
    },
  ],
  [
    'S13 own events are synced up to a number, and no further; under a new id nothing is',
    async ({ store }) => {
      await receive(store, quarrel());
      same((await store.facts()).syncedSeq, 0, 'at first');
      await write(store, { syncedSeq: 2 });
      await write(store, { syncedSeq: 1 });
      same((await store.facts()).syncedSeq, 2, 'it never falls back');
    },
  ],
  [
    'S13 what was withdrawn, refused, skipped and receipted is the same when the data is opened again',
    async ({ store, reopened }) => {
      if (reopened === undefined) return;
      const [first, second, third] = quarrel();
      await receive(store, [first, second, third]);
      await withdraw(store, [second]);
      await write(store, {
        scope: 'tasks',
        skipped: [{ replicaId: 'bob', from: 2, to: 4 }],
        receipts: [{ remoteId: 'hub', dot: first.dot, hash: first.hash, receipt: 'AAECAwQFBgcICQoLDA0ODw' }],
      });
      const all = async (at: EventStore): Promise<unknown> => [
        await contentOf(at),
        await refusalsIn(at, 9),
        await at.readReceipts('hub', [first]),
        await at.readGaps('bob'),
        await at.readReplicas(),
      ];
      const before = await all(store);

      same(await all(await reopened()), before, 'what is there');
    },
  ],
];
