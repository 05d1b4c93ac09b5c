/**
 * The storage contract's cases are proved on stores that break it, each in one way in which stores
 * really do: every fault is found by the case that should find it. That a store without a fault
 * passes all of them is what the tests of the shipped stores say.
 */
import { describe, expect, test } from 'vitest';
import { createMemoryStore } from '../../src/adapters/memory/index.js';
import type { EventStore } from '../../src/application/ports/event-store.js';
import type { StoredResource } from '../../src/domain/merge/unit-of-work.js';
import type { Json } from '../../src/domain/shared/json.js';
import { sealedOf } from '../support/bundles.js';
import { casesBrokenBy } from '../support/broken-cases.js';
import { storageContract } from '../../src/testing/index.js';

type Mutation = (right: EventStore) => EventStore;

/** Mutation, the case that finds it, and what is wrong. */
const mutations: Readonly<Record<string, readonly [finder: string, mutate: Mutation]>> = {
  'forgets cursors': [
    'S1 all parts of a unit of work are written together',
    (right) => ({ ...right, commit: ({ cursors: _lost, ...work }) => right.commit(work) }),
  ],
  'writes no standings': [
    'S1 a merge leaves its events, states, conflicts and standings',
    (right) => ({ ...right, commit: (work) => right.commit({ ...work, standings: new Map() }) }),
  ],
  'keeps conflicts that were removed': [
    'S1 a conflict that is written again keeps the time when it was recorded first',
    (right) => ({ ...right, commit: (work) => right.commit({ ...work, removedConflicts: [] }) }),
  ],
  'does not count standings again': [
    'S1 a conflict that is written again keeps the time when it was recorded first',
    (right) => ({ ...right, commit: (work) => right.commit({ ...work, recount: [] }) }),
  ],
  'writes whatever version it was decided from': [
    'S2 a unit of work that was decided from another version is not written',
    (right) => ({
      ...right,
      commit: async (work) => right.commit({ ...work, basedOn: (await right.facts()).audit.count }),
    }),
  ],
  'answers before it has looked': [
    'S2 of two that were decided from one version only one is written',
    (right) => ({ ...right, commit: async (work) => (await right.commit(work), 'committed') }),
  ],
  'answers from an old reading': [
    'S4 what was committed is seen by what is asked next',
    (right) => {
      const cache = new Map<string, Promise<StoredResource | undefined>>();
      return {
        ...right,
        readResource: (ref) => {
          const key = JSON.stringify([ref.resourceType, ref.resourceId]);
          const cached = cache.get(key) ?? right.readResource(ref);
          cache.set(key, cached);
          return cached;
        },
      };
    },
  ],
  'takes own events for synced': [
    'S4 own events are local until a remote has them, others never',
    (right) => ({
      ...right,
      commit: (work) =>
        right.commit({ ...work, append: work.append.map((applied) => ({ ...applied, isLocal: false })) }),
    }),
  ],
  'loads the parts of an answer one after the other': [
    'S5 what is loaded together is of one version',
    (right) => ({
      ...right,
      load: async (request) => {
        const { audit } = await right.facts();
        await new Promise((resolve) => setImmediate(resolve));
        return { ...(await right.load(request)), audit };
      },
    }),
  ],
  'drops members that it does not know': [
    'S6 events are given back equal to the byte in canonical form',
    (right) => ({
      ...right,
      readEvents: async (query) => {
        const page = await right.readEvents(query);
        const items = page.items.map((item) => {
          const { later: _lost, 'Later member': _too, ...event } = item.sealed.event;
          return { ...item, sealed: sealedOf(event) };
        });
        return { ...page, items };
      },
    }),
  ],
  'compares ids without their case': [
    'S6 an event is found by its id',
    (right) => ({
      ...right,
      findEvents: async ({ eventIds = [], ...wanted }) => {
        const { items } = await right.readEvents({ after: 0, limit: 1_000 });
        const lower = new Set(eventIds.map((id) => id.toLowerCase()));
        const dots = items.filter(({ sealed }) => lower.has(sealed.event.eventId.toLowerCase()));
        return right.findEvents({ ...wanted, dots: [...(wanted.dots ?? []), ...dots.map(({ sealed }) => sealed.dot)] });
      },
    }),
  ],
  'gives what waited its old position': [
    'S7 every event has a position of its own',
    (right) => {
      const first = new Map<string, number>();
      return {
        ...right,
        readEvents: async (query) => {
          const page = await right.readEvents(query);
          const items = page.items.map((item) => {
            const position = first.get(item.sealed.dot) ?? item.position;
            first.set(item.sealed.dot, position);
            return { ...item, position };
          });
          return { ...page, items };
        },
      };
    },
  ],
  'skips an event at the end of a page': [
    'S8 the log in pages of any size is the whole log by position',
    (right) => ({
      ...right,
      readEvents: async (query) => {
        const page = await right.readEvents(query);
        return page.next === undefined ? page : { ...page, next: page.next + 1 };
      },
    }),
  ],
  'says that there is more where there is not': [
    'S8 the log in pages of any size is the whole log by position',
    (right) => ({
      ...right,
      readEvents: async (query) => {
        const page = await right.readEvents(query);
        const last = page.items.at(-1);
        return last === undefined ? page : { ...page, next: last.position };
      },
    }),
  ],
  'leaves out what waits since a cut': [
    'S8 since a cut the log has what the cut lacks',
    (right) => ({
      ...right,
      readEvents: async (query) => {
        const page = await right.readEvents(query);
        if (query.since === undefined) return page;
        return { ...page, items: page.items.filter(({ place }) => place === 'applied') };
      },
    }),
  ],
  'takes 1 for true': [
    'S8 a list by value has exactly the resources whose field is equal as JSON',
    (right) => ({
      ...right,
      readResources: ({ where, ...query }) =>
        right.readResources({
          ...query,
          ...(where === undefined
            ? {}
            : {
                where: Object.fromEntries(
                  Object.entries(where).map(([field, wanted]) => [
                    field,
                    [wanted].flat().flatMap((value: Json): readonly Json[] => (value === true ? [1, true] : [value])),
                  ]),
                ),
              }),
        }),
    }),
  ],
  'shows deleted resources': [
    'S8 deleted resources, those without conflicts',
    (right) => ({ ...right, readResources: (query) => right.readResources({ ...query, includeDeleted: true }) }),
  ],
  'finds conflicts of any status': [
    'S8 conflicts are found by status, resource, kind and event',
    (right) => ({ ...right, readConflicts: ({ status: _lost, ...query }) => right.readConflicts(query) }),
  ],
  'orders texts as people do': [
    'S9 resources by id stand in the order of UTF-16 code units',
    (right) => ({
      ...right,
      readResources: async (query) => {
        const page = await right.readResources(query);
        const items = [...page.items].sort((a, b) => a.state.resourceId.localeCompare(b.state.resourceId, 'en'));
        return { ...page, items };
      },
    }),
  ],
  'makes backups that nobody can open': [
    'S10 a store without backups says so',
    (right) => ({ ...right, backup: () => Promise.resolve() }),
  ],
  'answers after it was closed': [
    'S11 a closed store refuses every call',
    (right) => ({ ...right, counts: async () => ({ ...(await createMemoryStore().counts()) }) }),
  ],
  'throws withdrawn events away': [
    'S12 a withdrawn event leaves the history and the state',
    (right) => ({
      ...right,
      commit: (work) => right.commit({ ...work, park: work.park.filter(({ reason }) => reason !== 'refused') }),
    }),
  ],
  'takes a refused number for a gap': [
    'S13 a refused number is no gap',
    (right) => ({ ...right, commit: ({ refusals: _lost, ...work }) => right.commit(work) }),
  ],
  'keeps skipped ranges with another scope': [
    'S13 skipped ranges are no gaps',
    (right) => ({
      ...right,
      commit: ({ scope, ...work }) => right.commit(scope === '' ? work : { ...work, ...(scope && { scope }) }),
    }),
  ],
  'mixes up the receipts of remotes': [
    'S13 receipts come back by hash',
    (right) => ({ ...right, readReceipts: (_remote, events) => right.readReceipts('another', events) }),
  ],
  'gives a lease to everybody': [
    'S14 a lease is one holder at a time',
    (right) => ({
      ...right,
      lease: ({ name, holder, nowMs, ttlMs }) =>
        Promise.resolve({ name, holder, token: 1, expiresMs: nowMs + ttlMs, ttlMs }),
    }),
  ],
  'never raises the token': [
    'S14 a lease that ran out goes to who asks next',
    (right) => ({
      ...right,
      lease: async (request) =>
        ({ ...(await (right.lease ?? createMemoryStore().lease)?.(request)), token: 1 }) as never,
    }),
  ],
  'writes for who has lost the lease': [
    'S15 what is fenced is written by the holder',
    (right) => ({ ...right, commit: ({ fence: _lost, ...work }) => right.commit(work) }),
  ],
};

describe('the storage contract', () => {
  test.each(Object.entries(mutations))('finds a store that %s', async (_name, [finder, mutate]) => {
    const broken = await casesBrokenBy(storageContract(async () => ({ store: mutate(createMemoryStore()) })));

    expect(
      broken.some((name) => name.startsWith(finder)),
      `found by ${broken.join('; ') || 'nothing'}`,
    ).toBe(true);
  });
});
