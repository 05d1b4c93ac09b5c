/**
 * What a hostile, or merely unlucky, user does: keeps and changes what was handed over, breaks syncs off, brings
 * old copies back, turns clocks, closes in the middle, connects to nonsense. Nothing may be lost or half done.
 */
import { copyFileSync, rmSync } from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createMemoryStore } from '../../src/adapters/memory/index.js';
import type { EventStore, Remote } from '../../src/application/index.js';
import {
  eventLimits,
  isReknitError,
  openReplica,
  replicaRemote,
  write,
  type JsonObject,
  type ReknitEvent,
  type Replica,
} from '../../src/index.js';
import { eventOf } from '../support/histories/event-builder.js';
import { codeOf, collect, meet, siteOn, storeKinds } from '../support/site.js';

const yearMs = 365 * 24 * 3_600_000;

/** A store that fails once, at the n-th commit from when it is told to. */
const failingStore = (): { readonly store: EventStore; readonly failAt: (commit: number) => void } => {
  const inner = createMemoryStore();
  let left = Infinity;
  return {
    store: {
      ...inner,
      commit: async (work) => {
        left -= 1;
        if (left === 0) throw new Error('the disk is on fire');
        return inner.commit(work);
      },
    },
    failAt: (commit) => {
      left = commit;
    },
  };
};

/** Changes everything that can be changed in a value, and in all that it holds. */
const wreck = (value: unknown, seen = new Set<unknown>()): void => {
  if (typeof value !== 'object' || value === null || seen.has(value)) return;
  seen.add(value);
  const members = value as Record<string, unknown>;
  for (const key of Object.keys(members)) wreck(members[key], seen);
  for (const key of Object.keys(members)) Reflect.set(members, key, 'wrecked');
  Reflect.set(members, Array.isArray(value) ? value.length : 'evil', 'wrecked');
};

const ancestorsOf = (dot: string, events: ReadonlyMap<string, ReknitEvent>): ReadonlySet<string> => {
  const found = new Set<string>();
  const open = [...(events.get(dot)?.parents ?? [])] as string[];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (found.has(next)) continue;
    found.add(next);
    open.push(...(events.get(next)?.parents ?? []));
  }
  return found;
};

describe.each(storeKinds)('on a %s store', (kind) => {
  test('what a caller keeps, or is handed, can be changed without changing what is stored', async () => {
    const site = siteOn(kind);
    const [laptop, phone] = [await site.open('laptop'), await site.open('phone')];
    const fields = { status: 'todo', tags: ['a', { deep: 1 }] };
    wreck(await laptop.create('task', 'one', fields));
    wreck(fields);
    await meet(phone, laptop);
    await laptop.update('task', 'one', { tags: [{ deep: 2 }] });
    await phone.update('task', 'one', { tags: [{ deep: 3 }] });
    await meet(laptop, phone);
    const given = [eventOf('x:1', 'update', { tags: [{ deep: 4 }] }, ['x:9'])];
    await laptop.import(given);
    wreck(given);
    await collect(laptop.export());
    const looks: readonly (() => unknown)[] = [
      () => laptop.get('task', 'one'),
      () => collect(laptop.list()),
      () => laptop.conflicts.list(),
      () => laptop.explain('task', 'one'),
      () => laptop.history('task', 'one'),
      () => laptop.parked(),
      () => laptop.cut(),
      async () => laptop.at(await laptop.cut()).list(),
      () => collect(laptop.export()),
      () => collect(laptop.audit.entries()),
    ];
    const seeAll = async (): Promise<string> => {
      const seen: unknown[] = [];
      for (const look of looks) seen.push(await look());
      return JSON.stringify(seen);
    };
    const before = await seeAll();

    for (const look of looks) {
      wreck(await look());
      expect(await seeAll()).toBe(before);
    }
    expect(await laptop.verify()).toMatchObject({ ok: true });
  });

  test('one object filled anew for each write records what it held at each call', async () => {
    const laptop = await siteOn(kind).open('laptop');
    const fields: { n?: number } = {};
    const writes = [];
    for (let n = 0; n < 4; n += 1) {
      fields.n = n;
      writes.push(laptop.create('task', `task-${n}`, fields));
    }
    await Promise.all(writes);

    expect((await collect(laptop.list())).map((task) => task.fields['n'])).toEqual([0, 1, 2, 3]);
  });

  test('values that hold themselves, or each other without end, are refused at once', async () => {
    const laptop = await siteOn(kind).open('laptop');
    const ring: Record<string, unknown> = {};
    ring['a'] = ring;
    ring['b'] = ring;
    let laughs: Record<string, unknown> = {};
    for (let level = 0; level < 50; level += 1) laughs = { a: laughs, b: laughs };

    expect(await codeOf(() => laptop.create('task', 'one', ring as JsonObject))).toBe('too_deep');
    expect(await codeOf(() => laptop.create('task', 'one', laughs as JsonObject))).toBe('too_large');
    expect(await laptop.import([{ ...eventOf('x:1', 'create', {}), payload: laughs }])).toMatchObject({
      rejected: [{ error: { code: 'too_large' } }],
    });
  });

  test('a replica has always seen its own writes, within one commit and one moment too (R4)', async () => {
    const site = siteOn(kind);
    const [laptop, phone] = [await site.open('laptop'), await site.open('phone')];
    await laptop.create('task', 'one', { status: 'todo' });
    await meet(phone, laptop);
    const seen = (await laptop.get('task', 'one'))?.heads ?? [];
    await phone.update('task', 'one', { title: 'from the phone' });
    await meet(laptop, phone);
    await laptop.commit([
      write.update('task', 'one', { status: 'started' }, { seen }),
      write.update('task', 'one', { note: 'all was seen' }),
      write.update('task', 'one', { title: 'ours' }, { seen }),
    ]);
    const [second, stale] = await Promise.all([
      codeOf(() => laptop.update('task', 'one', { b: 1 })),
      codeOf(() => laptop.update('task', 'one', { b: 2 }, { seen })),
    ]);

    const events = new Map(
      (await laptop.history('task', 'one')).map(({ dot, event }) => [dot as string, event] as const),
    );
    for (const seq of [2, 3, 4]) expect(ancestorsOf(`laptop:${seq + 1}`, events)).toContain(`laptop:${seq}`);
    expect([second, stale]).toEqual(['accepted', 'stale_write']);
    expect(await codeOf(() => laptop.commit([1, 2].map((n) => write.update('task', 'one', { c: n }, { seen }))))).toBe(
      'stale_write',
    );
    expect(await laptop.verify()).toMatchObject({ ok: true });
  });

  test('a clock set back behind a recorded future hides no own write (R10, R4)', async () => {
    const site = siteOn(kind);
    const laptop = await site.open('laptop');
    await laptop.create('task', 'one', { status: 'todo' });
    site.at(50 * yearMs);
    await laptop.update('task', 'one', { status: 'from the future' });
    site.at(1_000);
    await laptop.update('task', 'one', { status: 'back' });
    await laptop.update('task', 'one', { title: 'and on' });

    expect((await laptop.get('task', 'one'))?.fields).toEqual({ status: 'back', title: 'and on' });
    expect(await laptop.parked()).toEqual([]);
    expect(await laptop.conflicts.list()).toEqual([]);
    expect((await laptop.get('task', 'one'))?.heads).toEqual(['laptop:4']);
  });

  test('closing while others watch and write answers everyone and throws at nobody', async () => {
    const laptop = await siteOn(kind).open('laptop');
    const uncaught: unknown[] = [];
    const note = (error: unknown): void => void uncaught.push(error);
    process.on('uncaughtException', note);
    onTestFinished(() => void process.off('uncaughtException', note));
    await laptop.commit(Array.from({ length: 1_200 }, (_, index) => write.create('task', `task-${index}`, {})));
    const ends: string[] = [];
    // Nobody here listens for errors, as most programs do not.
    laptop.watchList().subscribe({ complete: () => ends.push('list') });
    laptop.conflicts.watch().subscribe({ complete: () => ends.push('conflicts') });
    laptop.watch('task', 'task-1').subscribe({ complete: () => ends.push('one') });
    const writing = laptop.update('task', 'task-1', { status: 'done' });
    await Promise.resolve();
    const closing = laptop.close();

    expect(await codeOf(() => writing)).toBe('accepted');
    await closing;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(ends.sort()).toEqual(['conflicts', 'list', 'one']);
    expect(uncaught).toEqual([]);
  });

  test('a resource that thousands wrote without seeing each other can still be written', async () => {
    const laptop = await siteOn(kind).open('laptop');
    const start = eventOf('x:1', 'create', { status: 'todo' });
    const heads = eventLimits.parentsMax + 200;
    await laptop.import([
      start,
      ...Array.from({ length: heads }, (_, index) =>
        eventOf(`r${index}:1`, 'update', { status: `s${index}` }, [start]),
      ),
    ]);
    const event = await laptop.update('task', 'one', { status: 'settled' });

    const view = await laptop.get('task', 'one');
    expect(view).toMatchObject({ fields: { status: 'settled' }, heads: [`laptop:${event.seq}`], conflicts: [] });
    expect(await laptop.verify()).toMatchObject({ ok: true });
  });

  test('options and queries of the wrong kind are refused by name, and members that are undefined count as not given', async () => {
    const laptop = await siteOn(kind).open('laptop');
    await laptop.create('task', 'b', { status: 'todo' });
    await laptop.create('task', 'a', { status: 'todo' });
    const wrong = (value: unknown): never => value as never;
    const calls: readonly (() => unknown)[] = [
      () => collect(laptop.list({ resourceType: wrong({}) })),
      () => collect(laptop.list({ after: wrong({}) })),
      () => collect(laptop.list({ after: wrong({ resourceType: 'task', resourceId: [] }) })),
      () => laptop.resource(wrong(undefined)),
      () => laptop.import([], wrong(null)),
      () => laptop.import([], { signal: wrong({}) }),
      () => laptop.import([], { onProgress: wrong(7) }),
      () => collect(laptop.export(wrong(null))),
      () => collect(laptop.export({ resourceType: wrong({}) })),
      () => laptop.at({}).get(wrong({}), 'a'),
      () => laptop.at({}).list(wrong(null)),
      () => laptop.conflicts.list(wrong(null)),
      () => laptop.conflicts.list({ after: wrong(7) }),
      () => laptop.conflicts.list({ eventId: wrong([1]) }),
      () => laptop.conflicts.list({ resource: wrong(null) }),
      () => laptop.conflicts.get(wrong({})),
      () => laptop.conflicts.resolve(wrong({}), { value: 1 }),
      () => laptop.conflicts.undo(wrong(null)),
      () => laptop.conflicts.report(wrong(null)),
      () => laptop.parked(wrong(null)),
      () => laptop.verify(wrong(null)),
      () => laptop.verify({ auditHead: wrong('x') }),
      () => laptop.verify({ auditHead: wrong({ hash: 'x' }) }),
      () => laptop.connect(wrong(undefined)),
      () => laptop.connect(wrong({ hello: () => 1 })),
      () => laptop.update('task', 'a', {}, { eventId: wrong(null) }),
      () => laptop.services.reconnection.onReconnect(wrong(null)),
      () => laptop.services.log.markOffered(wrong('x'), 'x'),
      () => laptop.services.log.markSynced(wrong(7)),
      () => laptop.services.merger.mergeEvents(wrong(null), []),
    ];
    const codes = [];
    for (const call of calls) codes.push(await codeOf(call));

    expect(codes).toEqual(calls.map(() => 'wrong_type'));
    const nothing = wrong({ orderBy: undefined, limit: undefined, where: undefined });
    expect((await collect(laptop.list(nothing))).map(({ resourceId }) => resourceId)).toEqual(['a', 'b']);
    expect(await laptop.conflicts.list(wrong({ limit: undefined }))).toEqual([]);
    expect(await laptop.conflicts.list({ limit: Infinity })).toEqual([]);
    expect(await laptop.parked({ limit: Infinity })).toEqual([]);
  });

  test(
    'tens of thousands of events that wait for one come out at once when it arrives',
    { timeout: 30_000 },
    async () => {
      const count = kind === 'memory' ? 30_000 : 5_000;
      const laptop = await siteOn(kind).open('laptop');
      const events = Array.from({ length: count }, (_, index) =>
        eventOf(`x:${index + 1}`, index === 0 ? 'create' : 'update', { n: index }, index === 0 ? [] : [`x:${index}`]),
      );
      const [first, ...rest] = events;

      expect(await laptop.import(rest.reverse())).toMatchObject({ parked: count - 1 });
      expect(await laptop.import([first])).toMatchObject({ applied: count });
      expect((await laptop.get('task', 'one'))?.fields).toEqual({ n: count - 1 });
    },
  );
});

/** A page of a sync that is merged in several commits. */
const largeText = 'x'.repeat(200_000);

test('a sync that breaks off within a page goes on where it was, and skips nothing (I12, I19)', async () => {
  const site = siteOn('memory');
  const source = await site.open('source');
  await source.commit(
    Array.from({ length: 200 }, (_, index) => write.create('note', `note-${index}`, { text: largeText })),
  );
  const { store, failAt } = failingStore();
  const laptop = await site.open('laptop', { store });
  failAt(3);

  expect(await codeOf(() => meet(laptop, source))).toBe('sync_failed');
  expect((await laptop.status()).resources).toBeLessThan(200);
  await meet(laptop, source);
  expect((await laptop.status()).resources).toBe(200);
  expect(await laptop.digest()).toBe(await source.digest());
});

test('a failure after a part was committed is told to those whom it concerns alone (I19)', async () => {
  const site = siteOn('memory');
  const { store, failAt } = failingStore();
  const [laptop, phone] = [await site.open('laptop', { store }), await site.open('phone')];
  await laptop.create('task', 'one', { status: 'todo' });
  await meet(phone, laptop);
  const seen = (await laptop.get('task', 'one'))?.heads ?? [];
  await phone.update('task', 'one', { title: 'x' });
  await meet(laptop, phone);
  failAt(2);
  const answers = await Promise.allSettled([
    laptop.create('task', 'two', {}),
    laptop.update('task', 'one', { status: 'done' }, { seen }),
    laptop.update('task', 'one', { note: 'y' }),
  ]);

  expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
  expect((await laptop.get('task', 'one'))?.fields).toEqual({ status: 'done', title: 'x' });
  await laptop.update('task', 'one', { note: 'y' });
  expect(await laptop.verify()).toMatchObject({ ok: true });
});

test.each([1, 2, 3, 4])(
  'a store that fails at commit %i of anything leaves nothing half done, and it works afterwards (I19)',
  async (nth) => {
    const acts: readonly ((laptop: Replica, phone: Replica, conflictId: string) => Promise<unknown>)[] = [
      (laptop) => laptop.create('task', 'new', { status: 'todo' }),
      (laptop) => laptop.commit([write.create('task', 'x', {}), write.update('task', 'one', { title: 'y' })]),
      (laptop) =>
        laptop.import([
          eventOf('x:1', 'create', {}),
          eventOf('x:2', 'update', {}, ['x:1']),
          eventOf('x:9', 'update', {}, ['x:8']),
        ]),
      (laptop) => laptop.import([eventOf('laptop:99', 'create', {})]),
      (laptop, _phone, conflictId) => laptop.conflicts.resolve(conflictId, { value: 'settled' }),
      (laptop, phone) => meet(laptop, phone),
      (laptop, phone) => meet(phone, laptop),
      (laptop) => collect(laptop.export()),
    ];
    for (const act of acts) {
      const site = siteOn('memory');
      const { store, failAt } = failingStore();
      const [laptop, phone] = [await site.open('laptop', { store }), await site.open('phone')];
      await laptop.create('task', 'one', { status: 'todo' });
      await meet(phone, laptop);
      await laptop.update('task', 'one', { status: 'ours' });
      await phone.update('task', 'one', { status: 'theirs' });
      await meet(laptop, phone);
      await phone.create('task', 'fromPhone', {});
      const [conflict] = await laptop.conflicts.list();
      failAt(nth);
      const before = await codeOf(() => act(laptop, phone, conflict?.conflictId ?? ''));
      failAt(Infinity);

      expect(await laptop.verify()).toMatchObject({ ok: true });
      if (before !== 'accepted') await codeOf(() => act(laptop, phone, conflict?.conflictId ?? ''));
      await meet(laptop, phone);
      await meet(laptop, phone);
      expect(await laptop.digest()).toBe(await phone.digest());
      expect(await laptop.verify()).toMatchObject({ ok: true });
    }
  },
);

test('a source of ids that starts anew after a restart is found out before anything is written under an old id (R6)', async () => {
  const site = siteOn('file');
  const open = (): Promise<Replica> => {
    let ids = 0;
    return site.open('laptop', { ids: () => `id-${(ids += 1)}` });
  };
  const before = await open();
  await before.create('task', 'one', { status: 'todo' });
  await before.close();
  const laptop = await open();

  expect(await codeOf(() => laptop.update('task', 'one', { status: 'done' }))).toBe('id_repeated');
  expect((await laptop.get('task', 'one'))?.fields).toEqual({ status: 'todo' });
  expect(await laptop.verify()).toMatchObject({ ok: true, events: 1 });
});

test('openReplica refuses parts that cannot work, before they are needed', async () => {
  const wrong: readonly object[] = [
    { store: {} },
    { logger: 7 },
    { limits: { parkedMax: -1 } },
    { limits: { aheadMsMax: Number.NaN } },
    { readOnly: 'yes' },
    { onRederive: 7 },
    { signal: {} },
  ];
  const codes = [];
  for (const options of wrong) codes.push(await codeOf(() => openReplica({ agentId: 'a', ...options })));

  expect(codes).toEqual(wrong.map(() => 'wrong_type'));
});

test('a replica is no remote for itself: nothing written here counts as safe elsewhere', async () => {
  const site = siteOn('memory');
  const laptop = await site.open('laptop');
  await laptop.create('task', 'one', {});

  expect(await codeOf(() => meet(laptop, laptop))).toBe('same_replica');
  expect((await laptop.status()).localOnly).toBe(1);
});

test.each(['who stayed', 'who was brought back'])(
  'an old copy brought back in place of a replica loses nothing of either time, and %s may ask first (R8)',
  async (who) => {
    const site = siteOn('file');
    const laptop = await site.open('laptop');
    const file = site.fileOf('phone');
    const first = await site.open('phone');
    await first.create('task', 'shared', {});
    await meet(laptop, first);
    await first.close();
    copyFileSync(file, `${file}.old`);
    const second = await site.open('phone');
    for (const id of ['lost-1', 'lost-2', 'lost-3']) await second.create('task', id, {});
    await laptop.create('task', 'laptop', {});
    await meet(laptop, second);
    await second.close();
    for (const suffix of ['-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true });
    copyFileSync(`${file}.old`, file);
    const phone = await site.open('phone');
    await phone.create('task', 'new-1', {});
    await phone.create('task', 'new-2', {});
    for (let round = 0; round < 2; round += 1) await (who === 'who stayed' ? meet(laptop, phone) : meet(phone, laptop));

    expect(phone.replicaId).not.toBe('phone');
    expect((await collect(phone.list())).map(({ resourceId }) => resourceId)).toEqual([
      'laptop',
      'lost-1',
      'lost-2',
      'lost-3',
      'new-1',
      'new-2',
      'shared',
    ]);
    expect(await laptop.digest()).toBe(await phone.digest());
    expect((await laptop.status()).voids).toBe(0);
    for (const replica of [laptop, phone]) expect(await replica.verify()).toMatchObject({ ok: true });
  },
);

test('who gives up waiting for a round takes it from nobody else', async () => {
  const site = siteOn('memory');
  const [laptop, phone] = [await site.open('laptop'), await site.open('phone')];
  await phone.create('task', 'one', {});
  const sync = laptop.connect(replicaRemote(phone));
  const impatient = new AbortController();
  const rounds = [sync.now(), sync.now({ signal: impatient.signal }), sync.now()];
  impatient.abort();
  const [running, given, shared] = await Promise.allSettled(rounds);

  expect([running?.status, given?.status, shared?.status]).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(given).toMatchObject({ reason: { name: 'AbortError' } });
  await sync.close();
});

describe('a remote that does not keep its contract is an error with a name', () => {
  const sound: Remote = {
    capabilities: { canPull: true, canPush: true, pushMax: 100 },
    hello: async () => ({ remoteId: 'r', policyFingerprint: undefined, knownSeq: 0, clockOffsetMs: undefined }),
    pull: async () => ({ events: [], cursor: 'c', more: false }),
    push: async (events) => events.map(() => ({ type: 'accepted' })),
    close: async () => undefined,
  };

  test.each<readonly [string, string, Partial<Record<keyof Remote, unknown>>]>([
    ['gives no verdicts', 'remote_failed', { push: async () => [] }],
    ['gives no page', 'remote_failed', { pull: async () => undefined }],
    ['gives a page without events', 'remote_failed', { pull: async () => ({ cursor: 'c', more: false }) }],
    ['never comes to an end', 'remote_failed', { pull: async () => ({ events: [], cursor: 'c', more: true }) }],
    ['throws', 'sync_failed', { hello: async () => Promise.reject(new TypeError('fetch failed')) }],
  ])('one that %s', async (_what, code, broken) => {
    const laptop = await siteOn('memory').open('laptop');
    await laptop.create('task', 'one', {});
    const sync = laptop.connect({ ...sound, ...broken } as Remote);
    const error: unknown = await sync.now().catch((reason: unknown) => reason);

    expect(isReknitError(error, code)).toBe(true);
    expect(sync.status).toMatchObject({ phase: 'offline', error: { code } });
    expect((await laptop.status()).localOnly).toBe(1);
    const sent: number[] = [];
    const again = laptop.connect({
      ...sound,
      push: async (events) => {
        sent.push(events.length);
        return events.map(() => ({ type: 'accepted' }));
      },
    });
    await again.now();
    expect(sent).toEqual([1]);
    expect((await laptop.status()).localOnly).toBe(0);
  });
});
