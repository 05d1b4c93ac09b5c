/** The store in memory keeps the contract by other tests; these say what it does not look at. */
import { expect, test } from 'vitest';
import { openReplica, reference, defineResource, definePolicy, type EventStore } from '../../src/index.js';
import { resourceKeyOf } from '../../src/domain/resource/resource-key.js';
import { createMemoryStore } from '../../src/adapters/memory/index.js';

/** Counts how often anyone looks at what a stored resource refers to. */
const watched = (): { readonly store: EventStore; readonly looks: () => number } => {
  const store = createMemoryStore();
  let looks = 0;
  const commit: EventStore['commit'] = (work) =>
    store.commit({
      ...work,
      resources: work.resources.map((stored) => {
        const { references, ...view } = stored.view;
        const told = Object.defineProperty(view, 'references', {
          enumerable: true,
          get: () => {
            looks += 1;
            return references;
          },
        });
        return { ...stored, view: told as typeof stored.view };
      }),
    });
  return { store: { ...store, commit }, looks: () => looks };
};

test('a write looks at no resource that it does not concern', async () => {
  const { store, looks } = watched();
  const replica = await openReplica({ agentId: 'ada', store });
  await replica.create('task', 't1', {});
  const before = looks();
  await replica.create('task', 't2', {});
  const ofOne = looks() - before;
  for (let index = 0; index < 100; index += 1) await replica.create('task', `more-${index}`, {});

  const beforeLast = looks();
  await replica.create('task', 'last', {});

  expect(looks() - beforeLast).toBe(ofOne);
});

test('what a resource referred to before knows nothing of it any more', async () => {
  const task = defineResource('task', { version: 1, fields: { track: reference('track') } });
  const policy = definePolicy({ name: 'tracks', version: 1, resources: [task] });
  const store = createMemoryStore();
  const replica = await openReplica({ agentId: 'ada', policy, store });
  for (const track of ['old', 'new']) await replica.create('track', track, {});
  await replica.create('task', 't1', { track: 'old' });

  await replica.update('task', 't1', { track: 'new' });

  const before = resourceKeyOf({ resourceType: 'track', resourceId: 'old' });
  const now = resourceKeyOf({ resourceType: 'track', resourceId: 'new' });
  const world = await store.loadWorld({ resources: [], referrersOf: [before, now] });
  expect(world.referrers.get(before)).toEqual([]);
  expect(world.referrers.get(now)).toHaveLength(1);
  expect(world.hasReferences).toBe(true);

  await replica.update('task', 't1', { track: null });

  expect((await store.loadWorld({ resources: [], referrersOf: [] })).hasReferences).toBe(false);
});
