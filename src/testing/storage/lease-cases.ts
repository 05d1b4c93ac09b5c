/** S14 and S15: who syncs, among those that share the data, and what others may not write meanwhile. */
import { refusedWith, same, type StoreCase } from './store-under-test.js';
import { nowMs, unitOn } from './workshop.js';

const ask = (holder: string, afterMs = 0, ttlMs = 10_000) => ({
  name: 'sync',
  holder,
  nowMs: nowMs + afterMs,
  ttlMs,
});

export const leaseCases: readonly StoreCase[] = [
  [
    'S14 a lease is one holder at a time',
    async ({ store: { lease } }) => {
      if (lease === undefined) return;
      const first = await lease(ask('one'));
      same([first.holder, first.expiresMs], ['one', nowMs + 10_000], 'the first lease');

      same(await lease(ask('two', 9_999)), first, 'what another is told');
      same((await lease({ ...ask('two'), name: 'something else' })).holder, 'two', 'a lease of another name');
      same(
        await lease(ask('one', 5_000)),
        { ...first, expiresMs: nowMs + 15_000 },
        'the same holder, asking again: longer, and the same token',
      );
      same((await lease(ask('two', 14_999))).holder, 'one', 'it was extended');
    },
  ],
  [
    'S14 a lease that ran out goes to who asks next, with a higher token',
    async ({ store: { lease } }) => {
      if (lease === undefined) return;
      const first = await lease(ask('one'));
      const second = await lease(ask('two', 10_000));

      same(second.holder, 'two', 'the holder');
      same(second.token > first.token, true, 'that the token is higher');
      const third = await lease(ask('one', 20_000));
      same(third.token > second.token, true, 'that it is higher again when it goes back');
    },
  ],
  [
    'S14 a lease that was given back is free at once, and only its holder can give it back',
    async ({ store: { lease } }) => {
      if (lease === undefined) return;
      const first = await lease(ask('one'));
      same(await lease(ask('two', 0, 0)), first, 'what stands when another gives it back');

      await lease(ask('one', 1, 0));
      const second = await lease(ask('two', 1));
      same([second.holder, second.token > first.token], ['two', true], 'who has it then');
    },
  ],
  [
    'S14 a clock that was set back blocks nobody',
    async ({ store: { lease } }) => {
      if (lease === undefined) return;
      await lease(ask('one', 3_600_000));

      same((await lease(ask('two'))).holder, 'two', 'the holder, an hour earlier');
    },
  ],
  [
    'S14 of two who ask at once one gets it',
    async ({ store: { lease } }) => {
      if (lease === undefined) return;
      const [a, b] = await Promise.all([lease(ask('one')), lease(ask('two'))]);

      same(a, b, 'what both are told');
    },
  ],
  [
    'S15 what is fenced is written by the holder, and by nobody who has lost the lease',
    async ({ store }) => {
      if (store.lease === undefined) return;
      const { token } = await store.lease(ask('one'));
      const fence = { name: 'sync', token };
      const marks = (cursor: string) => ({ fence, cursors: new Map([['hub', cursor]]) });
      same(await store.commit(await unitOn(store, marks('1'))), 'committed', 'the answer to the holder');

      const late = await unitOn(store, marks('2'));
      await store.lease(ask('two', 10_000));
      await refusedWith('lease_lost', () => store.commit(late), 'the commit of who has lost it');
      same(await store.readCursor('hub'), '1', 'the cursor');
      same((await store.facts()).audit.count, 1, 'the entries of the trail');
      const free = { cursors: new Map([['hub', '3']]) };
      same(await store.commit(await unitOn(store, free)), 'committed', 'the answer to one without a fence');
    },
  ],
];
