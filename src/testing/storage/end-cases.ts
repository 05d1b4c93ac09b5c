/** S10 and S11: what a store refuses, and that it goes on, or not, afterwards. */
import type { EventStore } from '../../application/ports/event-store.js';
import { eventOf } from '../contract-story.js';
import { refusedWith, same, type StoreCase } from './store-under-test.js';
import { quarrel, receive, unitOn } from './workshop.js';

export const endCases: readonly StoreCase[] = [
  [
    'S10 a store without backups says so, and is usable afterwards',
    async ({ store }) => {
      if (store.capabilities.backup) return;
      await refusedWith('backup_unsupported', () => store.backup('nowhere'), 'a backup');

      await receive(store, quarrel());
      same((await store.counts()).events, 3, 'the events');
    },
  ],
  [
    'S10 a store is usable after it refused a unit of work',
    async ({ store }) => {
      const tooLate = await unitOn(store);
      await receive(store, quarrel());
      same(await store.commit(tooLate), 'stale', 'the answer');

      await receive(store, [eventOf('cy', 1, 'two', [])]);
      same(await store.readCut(), { ann: 2, bob: 1, cy: 1 }, 'the cut');
    },
  ],
  [
    'S11 a closed store refuses every call',
    async ({ store }) => {
      const work = await unitOn(store);
      await store.close();
      const calls: readonly (readonly [string, (store: EventStore) => Promise<unknown>])[] = [
        ['facts', (closed) => closed.facts()],
        ['load', (closed) => closed.load({ events: [], dueMs: 0, resources: [] })],
        ['loadHistories', (closed) => closed.loadHistories([])],
        ['loadWorld', (closed) => closed.loadWorld({ resources: [], referrersOf: [] })],
        ['commit', (closed) => closed.commit(work)],
        ['readEvents', (closed) => closed.readEvents({ after: 0, limit: 1 })],
        ['findEvents', (closed) => closed.findEvents({})],
        ['readResource', (closed) => closed.readResource({ resourceType: 'a', resourceId: 'b' })],
        ['readResources', (closed) => closed.readResources({ orderBy: 'id', limit: 1 })],
        ['readConflicts', (closed) => closed.readConflicts({ limit: 1 })],
        ['findConflicts', (closed) => closed.findConflicts([])],
        ['readAudit', (closed) => closed.readAudit({ after: 0, limit: 1 })],
        ['readParked', (closed) => closed.readParked({ after: 0, limit: 1 })],
        ['readCut', (closed) => closed.readCut()],
        ['readGaps', (closed) => closed.readGaps('ann')],
        ['readReplicas', (closed) => closed.readReplicas()],
        ['readRefusals', (closed) => closed.readRefusals({ after: 0, limit: 1 })],
        ['readReceipts', (closed) => closed.readReceipts('hub', [])],
        ['readCursor', (closed) => closed.readCursor('hub')],
        ['counts', (closed) => closed.counts()],
        ['declareIndexes', (closed) => closed.declareIndexes(new Map())],
      ];

      for (const [name, call] of calls) await refusedWith('store_closed', () => call(store), name);
    },
  ],
];
