/**
 * Whatever is brought back, copied or wiped, one fault class at a time: nothing that anyone
 * holds is lost, no dot means two things, and everyone ends in step (I15, I21, I22, I23).
 */
import fc from 'fast-check';
import { copyFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Replica } from '../../src/index.js';
import { exchange } from '../support/hub-site.js';
import { createOperatedHub, type OperatedHub } from '../support/operated-hub.js';
import { propertyOptions } from '../support/property-options.js';
import { collect, createSite, storyStartMs, type Site } from '../support/site.js';

const names = ['a', 'b', 'c'] as const;

type Step =
  | { readonly type: 'write'; readonly who: number; readonly what: number }
  | { readonly type: 'sync'; readonly who: number }
  /** Keeps a copy of the closed file. */
  | { readonly type: 'keep'; readonly who: number }
  /** Puts the kept copy in the place of the file. */
  | { readonly type: 'bring back'; readonly who: number }
  /** Goes on with the kept copy beside the file. */
  | { readonly type: 'clone'; readonly who: number }
  | { readonly type: 'wipe hub' }
  | { readonly type: 'keep hub' }
  | { readonly type: 'bring back hub' };

const who = fc.nat(2);
const ordinary: readonly fc.WeightedArbitrary<Step>[] = [
  { weight: 5, arbitrary: fc.record({ type: fc.constant('write' as const), who, what: fc.nat(3) }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('sync' as const), who }) },
];
const fileFaults: readonly fc.WeightedArbitrary<Step>[] = [
  ...ordinary,
  { weight: 2, arbitrary: fc.record({ type: fc.constant('keep' as const), who }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('bring back' as const), who }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('clone' as const), who }) },
];
const hubFaults: readonly fc.WeightedArbitrary<Step>[] = [
  ...ordinary,
  { weight: 1, arbitrary: fc.constant({ type: 'wipe hub' as const }) },
  { weight: 1, arbitrary: fc.constant({ type: 'keep hub' as const }) },
  { weight: 1, arbitrary: fc.constant({ type: 'bring back hub' as const }) },
];

interface World {
  readonly site: Site;
  readonly hub: OperatedHub;
  readonly open: Map<string, Replica>;
  readonly files: Map<string, string>;
  readonly kept: Map<string, string>;
  restoreHub: (() => Promise<void>) | undefined;
  count: number;
}

const sync = async (world: World, replica: Replica): Promise<void> => {
  await exchange(replica, world.hub.remote());
};

const reopen = async (world: World, name: string, change: (file: string) => void): Promise<void> => {
  const file = world.files.get(name) ?? '';
  await world.open.get(name)?.close();
  change(file);
  world.open.set(name, await world.site.open(name, { file, replicaId: name }));
};

const take = async (world: World, step: Step): Promise<void> => {
  const name = 'who' in step ? (names[step.who] ?? 'a') : '';
  const replica = world.open.get(name);
  world.count += 1;
  world.site.at(world.count * 1_000);
  world.hub.at(world.count * 1_000);
  switch (step.type) {
    case 'write': {
      const id = `item ${step.what}`;
      const value = { title: `step ${world.count}` };
      const isThere = (await replica?.get('task', id)) !== undefined;
      await (isThere ? replica?.update('task', id, value) : replica?.create('task', id, value));
      return;
    }
    case 'sync':
      if (replica !== undefined) await sync(world, replica);
      return;
    case 'keep': {
      const copy = world.site.fileOf(`kept ${name} ${world.count}`);
      await reopen(world, name, (file) => copyFileSync(file, copy));
      world.kept.set(name, copy);
      return;
    }
    case 'bring back': {
      const copy = world.kept.get(name);
      if (copy === undefined) return;
      const file = world.site.fileOf(`${name} again ${world.count}`);
      copyFileSync(copy, file);
      world.files.set(name, file);
      await reopen(world, name, () => undefined);
      return;
    }
    case 'clone': {
      const copy = world.kept.get(name);
      if (copy === undefined) return;
      const clone = `clone ${world.count}`;
      const file = world.site.fileOf(clone);
      copyFileSync(copy, file);
      world.files.set(clone, file);
      const opened = await world.site.open(clone, { file });
      await opened.create('task', `of ${clone}`, { title: clone });
      world.open.set(clone, opened);
      return;
    }
    case 'wipe hub':
      await world.hub.wipe();
      return;
    case 'keep hub':
      world.restoreHub = await world.hub.copy();
      return;
    case 'bring back hub':
      await world.restoreHub?.();
  }
};

const eventIdsOf = async (replica: Replica): Promise<readonly string[]> =>
  (await collect(replica.services.log.query())).map(({ sealed }) => sealed.event.eventId);

const eventIdsAt = async (hub: OperatedHub): Promise<readonly string[]> => {
  const { entries } = await hub.log().read({ after: 0, limit: 1_000_000, bytesMax: 1_000_000_000 });
  return entries.flatMap((entry) => (entry.type === 'event' ? [entry.sealed.event.eventId] : []));
};

const play = async (steps: readonly Step[]): Promise<void> => {
  const site = createSite('file');
  const world: World = {
    site,
    hub: await createOperatedHub(storyStartMs),
    open: new Map(),
    files: new Map(names.map((name) => [name, site.fileOf(name)])),
    kept: new Map(),
    restoreHub: undefined,
    count: 0,
  };
  try {
    for (const name of names) world.open.set(name, await site.open(name));
    for (const step of steps) await take(world, step);
    const held = new Set<string>();
    for (const id of await eventIdsAt(world.hub)) held.add(id);
    for (const replica of world.open.values()) for (const id of await eventIdsOf(replica)) held.add(id);

    for (let round = 0; round < 3; round += 1) for (const replica of world.open.values()) await sync(world, replica);

    const atHub = new Set(await eventIdsAt(world.hub));
    expect([...held].filter((id) => !atHub.has(id))).toEqual([]);
    const replicas = [...world.open.values()];
    expect(new Set(await Promise.all(replicas.map((replica) => replica.digest()))).size).toBe(1);
    expect(new Set(replicas.map(({ replicaId }) => replicaId)).size).toBe(replicas.length);
    for (const replica of replicas) {
      expect(await replica.verify()).toMatchObject({ ok: true });
      expect(await replica.status()).toMatchObject({ voids: 0, parked: 0, localOnly: 0, rejected: 0 });
      const ids = new Set(await eventIdsOf(replica));
      expect([...held].filter((id) => !ids.has(id))).toEqual([]);
    }
  } finally {
    await site.close();
  }
};

test('old copies brought back, copies used beside their originals: nothing held is lost, no dot means two things (R8)', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(...fileFaults), { minLength: 12, maxLength: 40 }), play),
    propertyOptions({ numRuns: 15 }),
  );
}, 60_000);

test('a hub wiped or brought back from an old copy gets back everything that anyone holds, and nothing twice', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(...hubFaults), { minLength: 12, maxLength: 40 }), play),
    propertyOptions({ numRuns: 15 }),
  );
}, 60_000);
