/**
 * Hubs that are deleted or brought back from an old copy, files of replicas that are brought back
 * or copied, and clocks that are a year off, over the real protocol, on files, whoever comes first:
 * nothing that anyone holds is lost, no dot means two things, and everyone goes on (R5, R7 to R10).
 */
import { copyFileSync } from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Replica } from '../../src/index.js';
import { hubOnFile, removeDatabase, type HubOnFile } from '../support/hub-on-file.js';
import { exchange } from '../support/hub-site.js';
import { collect, createSite, storyStartMs, type Site } from '../support/site.js';

interface Scene {
  readonly site: Site;
  readonly hub: HubOnFile;
  /** Lets time pass, for everyone. */
  readonly wait: (ms: number) => void;
  /** @param aheadMs by how much its wall clock is wrong */
  readonly open: (owner: string, file?: string, aheadMs?: number) => Promise<Replica>;
  readonly sync: (...replicas: readonly Replica[]) => Promise<void>;
}

const sceneOnFiles = (): Scene => {
  const site = createSite('file');
  let nowMs = storyStartMs;
  let ids = 0;
  const owners = new Map<Replica, string>();
  const hub = hubOnFile(site.fileOf('hub'), () => nowMs);
  onTestFinished(site.close);
  return {
    site,
    hub,
    wait: (ms) => {
      nowMs += ms;
    },
    open: async (owner, file = owner, aheadMs = 0) => {
      const replica = await site.open(owner, {
        file: site.fileOf(file),
        clock: () => nowMs + aheadMs,
        ids: () => `${owner}~${(ids += 1)}`,
      });
      owners.set(replica, owner);
      return replica;
    },
    sync: async (...replicas) => {
      for (const replica of replicas) {
        nowMs += 1_000;
        await exchange(replica, hub.remote(owners.get(replica) ?? ''));
      }
    },
  };
};

const titlesOf = async (replica: Replica): Promise<Readonly<Record<string, unknown>>> =>
  Object.fromEntries((await collect(replica.list())).map(({ resourceId, fields }) => [resourceId, fields['title']]));

const nameOf = ({ dot, hash }: { readonly dot: string; readonly hash: string }): string => `${dot} ${hash}`;

const heldBy = async (replica: Replica): Promise<ReadonlyMap<string, string>> =>
  new Map((await collect(replica.services.log.query())).map(({ sealed }) => [nameOf(sealed), sealed.event.eventId]));

/** Everyone and the hub hold the same events, each dot means one thing, and each state is sound. */
const expectAllInStep = async ({ hub }: Scene, replicas: readonly Replica[]): Promise<void> => {
  const atHub = (await hub.entries()).flatMap((entry) => (entry.type === 'event' ? [nameOf(entry.sealed)] : []));
  expect(new Set(atHub).size).toBe(atHub.length);
  expect(new Set(atHub.map((name) => name.slice(0, name.indexOf(' ')))).size).toBe(atHub.length);
  for (const replica of replicas) {
    const held = await heldBy(replica);
    expect([replica.replicaId, [...held.keys()].sort()]).toEqual([replica.replicaId, atHub.toSorted()]);
    expect(await replica.verify()).toMatchObject({ ok: true, problems: [] });
    expect(await replica.status()).toMatchObject({ localOnly: 0, parked: 0, voids: 0, rejected: 0, refusedForeign: 0 });
  }
  expect(new Set(await Promise.all(replicas.map((replica) => replica.digest()))).size).toBe(1);
  expect(new Set(replicas.map(({ replicaId }) => replicaId)).size).toBe(replicas.length);
};

const orders = [
  ['ann', 'bob'],
  ['bob', 'ann'],
  ['ann', 'ann', 'bob'],
  ['bob', 'new', 'ann'],
] as const;

describe.each(orders.map((order) => ({ order, name: order.join(', ') })))('first comes $name', ({ order }) => {
  test.each(['deleted', 'replaced by yesterday’s copy'] as const)(
    'the hub’s file is %s: all have everything afterwards, what a third one wrote who is gone included',
    async (fate) => {
      const scene = sceneOnFiles();
      const { hub, sync, site } = scene;
      const [ann, bob, gone] = [await scene.open('ann'), await scene.open('bob'), await scene.open('gone')];
      await gone.create('task', 'of the third', { title: 'yesterday' });
      await ann.create('task', 'common', { title: 'start' });
      await sync(gone, ann, bob);
      await hub.copyTo(site.fileOf('yesterday'));
      // Only one of the two has seen the last words of the third; each has sent something today.
      await gone.update('task', 'of the third', { title: 'its last words' });
      await gone.create('task', 'another of the third', { title: 'only bob knows' });
      await bob.update('task', 'common', { title: 'by bob, sent' });
      await sync(gone, bob);
      await gone.close();
      await ann.update('task', 'common', { title: 'by ann, sent' });
      const annSent = await ann.create('task', 'of ann', { title: 'sent' });
      await exchange(ann, { ...hub.remote('ann'), capabilities: { canPull: false, canPush: true, pushMax: 100 } });
      // And each has something that it has not sent.
      await ann.update('task', 'of ann', { title: 'not sent' });
      await ann.delete('task', 'of the third');
      await bob.create('task', 'of bob', { title: 'not sent' });

      await hub.restart((file) => {
        removeDatabase(file);
        if (fate !== 'deleted') copyFileSync(site.fileOf('yesterday'), file);
      });
      const fresh = await scene.open('new');
      const all = { ann, bob, new: fresh };
      await sync(...order.map((name) => all[name]));
      await sync(ann, bob, fresh, ann, bob, fresh);

      await expectAllInStep(scene, [ann, bob, fresh]);
      expect(Object.keys(await titlesOf(fresh)).sort()).toEqual(
        ['another of the third', 'common', 'of ann', 'of bob', 'of the third'].sort(),
      );
      expect((await titlesOf(fresh))['of ann']).toBe('not sent');
      expect((await ann.history('task', 'of ann'))[0]?.event).toEqual(annSent);
      expect([ann.replicaId, bob.replicaId]).toEqual(['ann', 'bob']);
    },
  );

  test('the hub is lost twice, and the second time before everyone was back', async () => {
    const scene = sceneOnFiles();
    const { hub, sync } = scene;
    const [ann, bob] = [await scene.open('ann'), await scene.open('bob')];
    const fresh = await scene.open('new');
    const all = { ann, bob, new: fresh };
    for (const turn of [1, 2]) {
      await ann.create('task', `of ann ${turn}`, {});
      await bob.create('task', `of bob ${turn}`, {});
      await sync(...order.map((name) => all[name]));
      await ann.update('task', `of ann ${turn}`, { title: 'later' });
      await hub.restart(removeDatabase);
    }
    await sync(ann, bob, fresh, ann, bob, fresh);
    await expectAllInStep(scene, [ann, bob, fresh]);
    expect(Object.keys(await titlesOf(fresh))).toHaveLength(4);
  });
});

test.each([1, 2, 3])(
  'the hub and a file are lost together, and %i numbers are given away again: everyone has both contents',
  async (again) => {
    const scene = sceneOnFiles();
    const { hub, site, sync } = scene;
    const bob = await scene.open('bob');
    await (await scene.open('ann')).close();
    copyFileSync(site.fileOf('ann'), site.fileOf('copy'));
    const before = await scene.open('ann');
    await before.create('task', 'of old', { title: 'known to bob' });
    await before.update('task', 'of old', { title: 'and this too' });
    await sync(before, bob);
    await before.close();

    await hub.restart(removeDatabase);
    removeDatabase(site.fileOf('ann'));
    copyFileSync(site.fileOf('copy'), site.fileOf('ann'));
    const ann = await scene.open('ann');
    for (let n = 1; n <= again; n += 1) await ann.create('task', `new ${n}`, { title: 'under a number of old' });
    // Nobody who comes after that can tell by numbers alone.
    await sync(ann, bob, ann, bob);

    const names = [...(await heldBy(ann)).keys()];
    expect([...(await heldBy(bob)).keys()].sort()).toEqual(names.toSorted());
    expect(names).toHaveLength(2 + again);
    expect(await bob.digest()).toBe(await ann.digest());
    for (const replica of [ann, bob]) {
      expect(await replica.verify()).toMatchObject({ ok: true, problems: [] });
      expect((await replica.status()).voids).toBe(Math.min(again, 2));
    }
  },
);

test.each(['before its first page', 'after its first page', 'after it was greeted'])(
  'the hub and a file are lost together, and a reader meets numbers that are given away again %s (R5)',
  async (moment) => {
    const scene = sceneOnFiles();
    const { hub, site, sync } = scene;
    const bob = await scene.open('bob');
    const before = await scene.open('ann');
    await before.create('task', 'of old', { title: 'common to both' });
    await before.close();
    copyFileSync(site.fileOf('ann'), site.fileOf('copy'));
    const lived = await scene.open('ann');
    await lived.update('task', 'of old', { title: 'known to bob' });
    await sync(lived, bob);
    await lived.close();
    await hub.restart(removeDatabase);
    removeDatabase(site.fileOf('ann'));
    copyFileSync(site.fileOf('copy'), site.fileOf('ann'));
    const ann = await scene.open('ann');
    await ann.create('task', 'new', { title: 'under a number of old' });
    await ann.create('task', 'newer', {});

    // Another one fills the hub while bob talks to it.
    const remote = hub.remote('bob');
    let isFilled = false;
    const fill = async (when: typeof moment): Promise<void> => {
      if (isFilled || when !== moment) return;
      isFilled = true;
      await sync(ann);
    };
    await exchange(bob, {
      ...remote,
      hello: async (caller) => {
        const answer = await remote.hello(caller);
        if (answer.mark !== 'none') await fill('after it was greeted');
        return answer;
      },
      pull: async (request) => {
        await fill('before its first page');
        const page = await remote.pull(request);
        await fill('after its first page');
        return page;
      },
    });
    await sync(ann, bob, ann, bob);

    expect(isFilled).toBe(true);
    const names = [...(await heldBy(ann)).keys()];
    expect([...(await heldBy(bob)).keys()].sort()).toEqual(names.toSorted());
    expect(names).toHaveLength(4);
    expect(await bob.digest()).toBe(await ann.digest());
    for (const replica of [ann, bob]) expect((await replica.status()).voids).toBe(1);
  },
);

describe.each([
  { lost: 1, written: 3 },
  { lost: 2, written: 2 },
  { lost: 3, written: 1 },
  { lost: 2, written: 0 },
])('a file brought back from a copy $lost events old, with $written written before its first sync', (counts) => {
  test.each([true, false])(
    'nothing that anyone holds is lost, and no dot means two things (seen by others: %s)',
    async (isSeen) => {
      const scene = sceneOnFiles();
      const { site, sync } = scene;
      const bob = await scene.open('bob');
      const before = await scene.open('ann');
      await before.create('task', 'common', { title: 'start' });
      await sync(before, bob);
      await before.update('task', 'common', { title: 'in the copy, not sent then' });
      await before.close();
      copyFileSync(site.fileOf('ann'), site.fileOf('copy'));

      const lived = await scene.open('ann');
      for (let n = 1; n <= counts.lost; n += 1) await lived.create('task', `lost ${n}`, { title: `${n}` });
      await sync(lived);
      if (isSeen) await sync(bob);
      await bob.update('task', 'common', { title: 'by bob' });
      const held = new Set([...(await heldBy(lived)).values(), ...(await heldBy(bob)).values()]);
      await lived.close();
      removeDatabase(site.fileOf('ann'));
      copyFileSync(site.fileOf('copy'), site.fileOf('ann'));

      const ann = await scene.open('ann');
      for (let n = 1; n <= counts.written; n += 1) {
        held.add((await ann.create('task', `new ${n}`, { title: `${n}` })).eventId);
        held.add((await ann.update('task', 'common', { status: `${n}` })).eventId);
      }
      await sync(...(isSeen ? [ann, bob, ann] : [bob, ann, bob]));

      await expectAllInStep(scene, [ann, bob]);
      const now = new Set((await heldBy(ann)).values());
      expect([...held].filter((id) => !now.has(id))).toEqual([]);
      expect(Object.keys(await titlesOf(bob)).length).toBe(1 + counts.lost + counts.written);
    },
  );
});

describe.each([
  { order: 'one two one', isSent: true },
  { order: 'two one two', isSent: true },
  { order: 'two two one two', isSent: false },
  { order: 'one one two one', isSent: false },
])('a file copied while closed, both used, $order (sent before: $isSent)', ({ order, isSent }) => {
  test.each([
    [1, 1],
    [3, 1],
    [1, 3],
    [0, 2],
  ])('nothing is lost, and no dot means two things: %i and %i writes', async (byOne, byTwo) => {
    const scene = sceneOnFiles();
    const { site, sync } = scene;
    const laptop = await scene.open('ann');
    await laptop.create('task', 'common', { title: 'start' });
    if (isSent) await sync(laptop);
    await laptop.update('task', 'common', { title: 'not sent before' });
    await laptop.close();
    copyFileSync(site.fileOf('ann'), site.fileOf('copy'));
    const [one, two] = [await scene.open('ann'), await scene.open('ann', 'copy')];
    for (let n = 1; n <= byOne; n += 1) await one.update('task', 'common', { title: `one ${n}` });
    for (let n = 1; n <= byTwo; n += 1) await two.create('task', `two ${n}`, {});

    const both = { one, two };
    for (const turn of order.split(' ')) await sync(both[turn as keyof typeof both]);
    // Whoever has written nothing since is told from the other by what it writes next.
    await one.create('task', 'last of one', {});
    await two.create('task', 'last of two', {});
    const bob = await scene.open('bob');
    await sync(one, two, bob, one, two);

    await expectAllInStep(scene, [one, two, bob]);
    expect(Object.keys(await titlesOf(bob)).length).toBe(3 + byTwo);
    expect((await bob.history('task', 'common')).length).toBe(2 + byOne);
  });
});

test.each([true, false])(
  'both copies of a file greet the hub before either has sent: what they wrote under one number is kept as evidence (R5, sent before: %s)',
  async (isSent) => {
    const scene = sceneOnFiles();
    const { hub, site, sync } = scene;
    const laptop = await scene.open('ann');
    await laptop.create('task', 'common', { title: 'start' });
    if (isSent) await sync(laptop);
    await laptop.close();
    copyFileSync(site.fileOf('ann'), site.fileOf('copy'));
    const [one, two] = [await scene.open('ann'), await scene.open('ann', 'copy')];
    const written = [await one.create('task', 'one', {}), await two.create('task', 'two', {})];
    let greeted = 0;
    let goOn: () => void = () => undefined;
    const bothGreeted = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    await Promise.all(
      [one, two].map(async (replica) => {
        const remote = hub.remote('ann');
        await exchange(replica, {
          ...remote,
          hello: async (caller) => {
            const answer = await remote.hello(caller);
            greeted += 1;
            if (greeted === 2) goOn();
            await bothGreeted;
            return answer;
          },
        });
      }),
    );
    const bob = await scene.open('bob');
    await sync(one, two, bob, one, two, bob);
    // From here on they are two.
    await one.create('task', 'three', {});
    await two.create('task', 'four', {});
    await sync(one, two, bob, one, two);

    expect(new Set(await Promise.all([one, two, bob].map((replica) => replica.digest()))).size).toBe(1);
    expect(one.replicaId).not.toBe(two.replicaId);
    for (const replica of [one, two, bob]) {
      const ids = new Set<string>((await heldBy(replica)).values());
      expect(written.filter(({ eventId }) => !ids.has(eventId))).toEqual([]);
      expect(await replica.verify()).toMatchObject({ ok: true });
      expect(Object.keys(await titlesOf(replica))).toEqual(expect.arrayContaining(['common', 'three', 'four']));
      expect(await replica.status()).toMatchObject({ localOnly: 0, parked: 0, voids: 1 });
    }
  },
);

test('a hub and an author’s file are lost together: what readers of parts hold of that author reaches everyone (R5)', async () => {
  const scene = sceneOnFiles();
  const { hub, sync } = scene;
  const [gone, bob] = [await scene.open('gone'), await scene.open('bob')];
  await gone.create('note', 'first', { title: 'held by bob' });
  await gone.create('task', 'between', { title: 'held by nobody afterwards' });
  await gone.create('note', 'second', { title: 'held by bob' });
  await gone.update('note', 'first', { title: 'held by bob, and changed' });
  await sync(gone);
  await exchange(bob, hub.remote('bob'), { subscribe: { resourceTypes: ['note'] } });
  await gone.close();

  await hub.restart(removeDatabase);
  await exchange(bob, hub.remote('bob'), { subscribe: { resourceTypes: ['note'] } });
  const cid = await scene.open('cid');
  await sync(cid);

  expect(await titlesOf(cid)).toEqual({ first: 'held by bob, and changed', second: 'held by bob' });
  expect(await cid.verify()).toMatchObject({ ok: true });
  // Whoever finds the number later still brings it.
  const found = await scene.open('gone');
  await sync(found, cid);
  expect(Object.keys(await titlesOf(cid)).sort()).toEqual(['between', 'first', 'second']);
  expect(await cid.digest()).toBe(await found.digest());
});

test('what a hub that was wiped has more of than somebody holds is not given to it again by that one', async () => {
  const scene = sceneOnFiles();
  const { hub, sync } = scene;
  const [ann, bob] = [await scene.open('ann'), await scene.open('bob')];
  for (const id of ['one', 'two', 'three']) await ann.create('task', id, { title: 'before' });
  await sync(ann, bob);
  await hub.restart(removeDatabase);
  for (const id of ['four', 'five']) await ann.create('task', id, { title: 'after' });
  await sync(ann);

  const given: string[] = [];
  const remote = hub.remote('bob');
  await exchange(bob, {
    ...remote,
    push: (events, ...more) => {
      given.push(...events.map(({ dot }) => dot));
      return remote.push(events, ...more);
    },
  });

  expect(given).toEqual([]);
  await expectAllInStep(scene, [ann, bob]);
});

const yearMs = 365 * 24 * 3_600_000;

describe.each([
  ['ahead', 'behind', 'honest'],
  ['behind', 'honest', 'ahead'],
  ['honest', 'ahead', 'behind'],
] as const)('clocks a year off, in the order %s, %s, %s', (...order) => {
  const openAll = async (scene: Scene) => ({
    ahead: await scene.open('ahead', 'ahead', yearMs),
    behind: await scene.open('behind', 'behind', -yearMs),
    honest: await scene.open('honest'),
  });

  test('neither wins by its clock, neither blocks anyone, both are told', async () => {
    const scene = sceneOnFiles();
    const { hub, sync, wait } = scene;
    const replicas = await openAll(scene);
    const inOrder = order.map((name) => replicas[name]);
    // Each has recorded offline what nobody has seen; who wrote last in truth is last.
    await replicas.honest.create('task', 'common', { title: 'start' });
    await sync(replicas.honest);
    for (const name of order) {
      wait(10_000);
      await replicas[name].create('task', `of ${name}`, { title: 'offline' });
    }
    await sync(...inOrder, ...inOrder);
    for (const last of order) {
      for (const name of order.filter((other) => other !== last)) {
        wait(10_000);
        await replicas[name].update('task', 'common', { title: `${name}, before ${last}` });
      }
      wait(10_000);
      await replicas[last].update('task', 'common', { title: `the last word of ${last}` });
      await sync(...inOrder, ...inOrder);
      expect(await Promise.all(inOrder.map(async (one) => (await titlesOf(one))['common']))).toEqual(
        order.map(() => `the last word of ${last}`),
      );
    }

    await expectAllInStep(scene, inOrder);
    // To the second: an answer takes its time.
    const skewOf = async (replica: Replica): Promise<number> =>
      Math.round((await replica.status()).clockSkewMs / 1_000) * 1_000;
    expect(await Promise.all([replicas.ahead, replicas.behind, replicas.honest].map(skewOf))).toEqual([
      -yearMs,
      yearMs,
      0,
    ]);
    const connection = replicas.ahead.connect(hub.remote('ahead'));
    await connection.now();
    expect(Math.abs((connection.status.clockSkewMs ?? 0) + yearMs)).toBeLessThan(1_000);
    await connection.close();
    expect(Object.keys(await titlesOf(replicas.honest)).length).toBe(4);
  });

  test('what left with a wrong time before anybody could tell is held until its time, and delays nothing else', async () => {
    const scene = sceneOnFiles();
    const { sync, wait } = scene;
    const replicas = await openAll(scene);
    const inOrder = order.map((name) => replicas[name]);
    await replicas.ahead.create('task', 'from tomorrow', { title: 'a year too early' });
    // Exported: others may hold it, so its time stays what it is.
    await collect(replicas.ahead.export());
    await replicas.behind.create('task', 'of behind', { title: 'in time' });
    await replicas.honest.create('task', 'of honest', { title: 'in time' });
    await sync(...inOrder, ...inOrder);
    // From here on it knows what time it is.
    const beside = await replicas.ahead.create('task', 'beside it', { title: 'in time' });
    await sync(...inOrder, ...inOrder);

    expect(Date.parse(beside.timestamp)).toBeLessThan(storyStartMs + 3_600_000);
    for (const replica of [replicas.behind, replicas.honest]) {
      expect(Object.keys(await titlesOf(replica)).sort()).toEqual(['beside it', 'of behind', 'of honest']);
      expect(await replica.parked()).toMatchObject([{ sealed: { event: { resourceId: 'from tomorrow' } } }]);
    }
    wait(yearMs + 60_000);
    await sync(...inOrder, ...inOrder);
    await expectAllInStep(scene, inOrder);
    expect(Object.keys(await titlesOf(replicas.honest)).sort()).toEqual(
      ['beside it', 'from tomorrow', 'of behind', 'of honest'].sort(),
    );
  });
});
