/** S1 to S5: what a commit writes, when it does not, and who sees it. */
import type { EventStore } from '../../application/ports/event-store.js';
import type { Dot } from '../../domain/events/event.js';
import type { StoredResource } from '../../domain/merge/unit-of-work.js';
import { resourceKeyOf, type ResourceKey } from '../../domain/resource/resource-key.js';
import { eventOf } from '../contract-story.js';
import { check } from '../remote-calls.js';
import { comparable, contentOf } from './content.js';
import { present, same, type StoreCase } from './store-under-test.js';
import { fork, policy, quarrel, receive, record, someone, unitOn } from './workshop.js';

const one = { resourceType: 'task', resourceId: 'one' };

export const commitCases: readonly StoreCase[] = [
  [
    'S1 a new store holds nothing',
    async ({ store }) => {
      const { replica, policy: adopted, audit, isCopy, logHead } = await store.facts();

      same(
        [replica, adopted, audit, isCopy, logHead],
        [undefined, undefined, { count: 0, hash: '' }, false, 0],
        'the facts',
      );
      same((await store.readEvents({ after: 0, limit: 1 })).items, [], 'the events');
      same(await store.readCut(), {}, 'the cut');
    },
  ],
  [
    'S1 all parts of a unit of work are written together',
    async ({ store }) => {
      const work = await unitOn(store, {
        replica: { ...someone, lastSeq: 7, offeredSeq: 4 },
        policy: { fingerprint: 'f', data: { name: 'mine' }, rederiveFrom: one },
        cursors: new Map([
          ['hub', 'cursor 1'],
          ['😀', ''],
        ]),
      });
      same(await store.commit(work), 'committed', 'the answer');

      const facts = await store.facts();
      same(facts.replica, work.replica, 'the replica');
      same(facts.policy, work.policy, 'the policy');
      same(facts.audit, { count: 1, hash: work.audit.hash }, 'the head of the trail');
      same((await store.readAudit({ after: 0, limit: 9 })).items, [work.audit], 'the trail');
      same([await store.readCursor('hub'), await store.readCursor('😀')], ['cursor 1', ''], 'the cursors');
      same(await store.readCursor('another'), undefined, 'the cursor of a remote that was never read');
    },
  ],
  [
    'S1 a merge leaves its events, states, conflicts and standings',
    async ({ store }) => {
      await receive(store, quarrel());

      const { items } = await store.readEvents({ after: 0, limit: 9 });
      same(
        items.map(({ sealed, status }) => [sealed.dot, status]),
        [
          ['ann:1', 'synced'],
          ['ann:2', 'conflict'],
          ['bob:1', 'conflict'],
        ],
        'the events',
      );
      const stored = await store.readResource(one);
      same(stored?.state.heads, ['ann:2', 'bob:1'], 'the heads');
      same(stored?.view.pendingConflicts, 1, 'the pending conflicts');
      const [conflict] = (await store.readConflicts({ limit: 9 })).items;
      same(conflict?.record.siblings, ['ann:2', 'bob:1'], 'the siblings');
      same(conflict?.createdAt, '2026-11-22T12:00:00.000Z', 'when it was recorded');
    },
  ],
  [
    'S1 a conflict that is written again keeps the time when it was recorded first, until it is removed',
    async ({ store }) => {
      await receive(store, quarrel());
      const first = present((await store.readConflicts({ limit: 9 })).items[0], 'the conflict');
      const { record: before } = first;
      const later = { audit: { ...(await unitOn(store)).audit, time: '2027-01-01T00:00:00.000Z' } };
      const superseded = { ...before, isStanding: false, isSuperseded: true };
      await store.commit(await unitOn(store, { ...later, conflicts: [superseded] }));
      same(
        await store.findConflicts([before.conflictId]),
        [{ record: superseded, createdAt: first.createdAt }],
        'written again',
      );

      await store.commit(await unitOn(store, { removedConflicts: [before.conflictId], recount: before.siblings }));
      same(await store.findConflicts([before.conflictId]), [], 'removed');
      const { items } = await store.readEvents({ after: 0, limit: 9 });
      same(
        items.map(({ status }) => status),
        ['synced', 'synced', 'synced'],
        'the standing of its events, counted again',
      );
    },
  ],
  [
    'S2 a unit of work that was decided from another version is not written',
    async ({ store }) => {
      await receive(store, quarrel());
      const tooLate = await unitOn(store, { cursors: new Map([['hub', 'too late']]) });
      await receive(store, [eventOf('ann', 3, 'one', ['ann:2'])]);
      const before = await contentOf(store);

      same(await store.commit(tooLate), 'stale', 'the answer');
      same(await store.commit({ ...tooLate, basedOn: 99 }), 'stale', 'the answer to one from the future');
      same(await contentOf(store), before, 'the content');
      same(await store.readCursor('hub'), undefined, 'the cursor');
    },
  ],
  [
    'S2 of two that were decided from one version only one is written',
    async ({ store }) => {
      const [a, b] = [await unitOn(store), await unitOn(store)];

      same((await Promise.all([store.commit(a), store.commit(b)])).sort(), ['committed', 'stale'], 'the answers');
      same((await store.facts()).audit.count, 1, 'the entries of the trail');
    },
  ],
  [
    'S3 everything is there when the store is opened again',
    async ({ store, reopened }) => {
      await record(store, [eventOf('here', 1, 'own', [])]);
      await receive(store, [...quarrel(), ...fork(), eventOf('ann', 9, 'one', ['ann:8'])]);
      await store.commit(
        await unitOn(store, {
          policy: { fingerprint: policy.fingerprint, data: policy.data, rederiveFrom: undefined },
        }),
      );
      if (reopened === undefined) return;
      const before = await contentOf(store);

      same(await contentOf(await reopened()), before, 'the content');
    },
  ],
  [
    'S4 what was committed is seen by what is asked next',
    async ({ store }) => {
      for (let seq = 1; seq <= 5; seq += 1) {
        await receive(store, [eventOf('ann', seq, 'one', seq === 1 ? [] : [`ann:${seq - 1}`])]);
        same((await store.readResource(one))?.state.heads, [`ann:${seq}`], 'the heads');
        same(await store.readCut(), { ann: seq }, 'the cut');
      }
    },
  ],
  [
    'S4 own events are local until a remote has them, others never',
    async ({ store }) => {
      await record(store, [eventOf('here', 1, 'a', []), eventOf('here', 2, 'b', []), eventOf('here', 3, 'c', [])]);
      await receive(store, [eventOf('ann', 1, 'd', [])]);
      const locals = async (): Promise<readonly Dot[]> =>
        (await store.readEvents({ after: 0, limit: 9, localOnly: true })).items.map(({ sealed }) => sealed.dot);
      same(await locals(), ['here:1', 'here:2', 'here:3'], 'at first');

      await store.commit(await unitOn(store, { syncedSeq: 2 }));
      same(await locals(), ['here:3'], 'after the remote had two');
      same((await store.counts()).localOnly, 1, 'their number');
      await store.commit(await unitOn(store, { syncedSeq: 3 }));
      same(await locals(), [], 'after it had all');
    },
  ],
  [
    'S5 what is loaded together is of one version',
    async ({ store }) => {
      const events = Array.from({ length: 8 }, (_, index) =>
        eventOf('ann', index + 1, 'one', index === 0 ? [] : [`ann:${index}`]),
      );
      const state = { isMerging: true };
      const merges = (async () => {
        for (const event of events) await receive(store, [event]);
        state.isMerging = false;
      })();
      /** As long as something is merged, however slow the store is; several at once, out of step. */
      const loads = Array.from({ length: 4 }, async () => {
        for (let count = 0; state.isMerging && count < 200; count += 1) {
          const { audit, states } = await store.load({ events: [], dueMs: 0, resources: [one] });
          same(
            states.get(resourceKeyOf(one))?.heads,
            audit.count === 0 ? undefined : [`ann:${audit.count}`],
            `the heads at ${audit.count}`,
          );
        }
      });
      await Promise.all([merges, ...loads]);
    },
  ],
  [
    'S5 states come back as they were written, contested ones and those with voids too',
    async ({ store, reopened }) => {
      const written = new Map<ResourceKey, StoredResource>();
      const capturing: EventStore = {
        ...store,
        commit: (work) => {
          for (const stored of work.resources) written.set(resourceKeyOf(stored.state), stored);
          return store.commit(work);
        },
      };
      await receive(capturing, [
        ...quarrel(),
        ...fork(),
        eventOf('ann', 4, 'plain', [], { payload: { a: 1, b: null, c: { d: [] } } }),
      ]);
      await receive(capturing, [eventOf('ann', 5, 'plain', ['ann:4'], { operation: 'delete', payload: {} })]);
      const again = reopened === undefined ? store : await reopened();

      check(written.size === 3, `expected three resources, but ${written.size} were written`);
      const { states } = await again.load({
        events: [],
        dueMs: 0,
        resources: [...written.values()].map(({ state }) => state),
      });
      for (const [key, stored] of written) {
        const read = await again.readResource(stored.state);
        same(
          read === undefined ? undefined : comparable(read),
          comparable(stored),
          `what is read of ${stored.state.resourceId}`,
        );
        same(states.get(key), read?.state, `what is loaded of ${stored.state.resourceId}`);
      }
    },
  ],
];
