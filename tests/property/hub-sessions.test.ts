/**
 * Whole sessions around a hub, over the real protocol: people write, decide and meet on a network
 * that loses, cuts off and repeats; rights come and go; parts of the log are read; policies
 * differ; the hub is wiped or brought back from a copy, and so are the files of replicas. No step but
 * the loss of a disk ever loses an event, and once all is well again everyone agrees, no dot means
 * two things, and whatever was refused is listed where it was written (R5, R8, R9, R38, R40).
 *
 * `npm test` plays half as many as `npm run test:long`.
 */
import fc from 'fast-check';
import { copyFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createHub, type Hub, type Principal, type Right } from 'reknit/hub';
import {
  defineResource,
  definePolicy,
  hubRemote,
  isReknitError,
  reference,
  register,
  userChoice,
  type Remote,
  type Replica,
  type SyncScope,
} from '../../src/index.js';
import { manualClock, receiptKey, type ManualClock } from '../support/hub.js';
import { isLong } from '../support/long.js';
import { propertyOptions } from '../support/property-options.js';
import { restorableLog, type LogCopy, type RestorableLog } from '../support/restorable-log.js';
import { collect, createSite, storyStartMs, type Site } from '../support/site.js';

const owners = ['ann', 'bob', 'cid', 'dan'] as const;
const types = ['task', 'note', 'secret'] as const;
const agents = ['chief', 'intern'] as const;
const paths = ['hello', 'pull', 'push', 'heads'] as const;
const harms = ['lost', 'answer lost', 'twice', 'cut off'] as const;

/** What befalls one call: the first of its kind, or one after it. */
interface Fault {
  readonly path: (typeof paths)[number];
  readonly skip: number;
  readonly harm: (typeof harms)[number];
}

const resources = [
  defineResource('task', { version: 1, fields: { title: register(), status: register(), about: reference('note') } }),
  defineResource('note', { version: 1, fields: { title: register(), status: register() } }),
];
const policies = [
  definePolicy({ name: 'machines', version: 1, resources }),
  definePolicy({ name: 'people', version: 1, resources, default: userChoice() }),
] as const;

const scopes: readonly (SyncScope | undefined)[] = [
  undefined,
  { resourceTypes: ['task'] },
  { resourceTypes: ['secret'] },
  { resourceTypes: ['note'], resources: [{ resourceType: 'secret', resourceId: '1' }] },
];

interface Writing {
  readonly do: 'write' | 'delete' | 'resolve';
  readonly who: number;
  readonly type: number;
  readonly id: number;
  readonly agent: number;
}

type Step =
  | Writing
  | { readonly do: 'sync'; readonly who: number; readonly plan: readonly Fault[] }
  | { readonly do: 'grant' | 'revoke'; readonly who: number; readonly type: number; readonly right: Right }
  | { readonly do: 'dismiss' | 'engage'; readonly who: number }
  | { readonly do: 'subscribe'; readonly who: number; readonly scope: number }
  | { readonly do: 'retry' | 'shelve' | 'reissue'; readonly who: number; readonly which: number }
  | { readonly do: 'keep' | 'bring back' | 'use copy'; readonly who: number }
  | { readonly do: 'wipe hub' | 'keep hub' | 'bring back hub' };

const who = fc.nat(3);
const type = fc.nat(types.length - 1);
const constant = <Text extends string>(...texts: readonly Text[]) => fc.constantFrom(...texts);
const ordinary: readonly fc.WeightedArbitrary<Step>[] = [
  {
    weight: 12,
    arbitrary: fc.record({
      do: constant('write', 'write', 'write', 'write', 'write', 'delete', 'resolve'),
      who,
      type,
      id: fc.nat(1),
      agent: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.constant(1)),
    }),
  },
  {
    weight: 10,
    arbitrary: fc.record({
      do: constant('sync'),
      who,
      plan: fc.array(
        fc.record({
          path: fc.constantFrom(...paths, 'pull', 'push', 'push'),
          skip: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat(3)),
          harm: fc.constantFrom(...harms),
        }),
        { maxLength: 2, size: 'max' },
      ),
    }),
  },
];
const rightsChange: readonly fc.WeightedArbitrary<Step>[] = [
  {
    weight: 2,
    arbitrary: fc.record({
      do: constant('grant', 'revoke'),
      who,
      type,
      right: fc.constantFrom('read', 'write', 'delete', 'resolve'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: constant('dismiss', 'engage'), who }) },
  { weight: 3, arbitrary: fc.record({ do: constant('retry', 'shelve', 'reissue'), who, which: fc.nat(3) }) },
];
const partsChange: readonly fc.WeightedArbitrary<Step>[] = [
  { weight: 2, arbitrary: fc.record({ do: constant('subscribe'), who, scope: fc.nat(scopes.length - 1) }) },
];
const filesChange: readonly fc.WeightedArbitrary<Step>[] = [
  { weight: 2, arbitrary: fc.record({ do: constant('keep', 'bring back', 'use copy'), who }) },
];
const hubChanges: readonly fc.WeightedArbitrary<Step>[] = [
  { weight: 2, arbitrary: fc.record({ do: constant('wipe hub', 'keep hub', 'bring back hub') }) },
];

interface Place {
  readonly owner: string;
  replica: Replica;
  file: string | undefined;
  copy: string | undefined;
  policy: number;
  scope: number;
  /** The life of the hub in which it was last in step. */
  life: number;
}

interface World {
  readonly site: Site;
  readonly time: ManualClock;
  readonly places: Place[];
  readonly rights: Map<string, Principal['rights']>;
  readonly dismissed: Set<string>;
  hub: Hub;
  log: RestorableLog;
  hubCopy: LogCopy | undefined;
  /** What people decided to leave out. */
  readonly decided: Set<string>;
  /** A push that is lost was offered, and what was offered is given no other number (R7). */
  readonly lost: Set<'hub' | 'file' | 'push'>;
  /** How often the hub was lost. */
  life: number;
  count: number;
}

const allRights: Principal['rights'] = { '*': ['read', 'write', 'delete', 'resolve'] };
const manyRequests = 1_000_000_000;

const startHub = (world: Omit<World, 'hub'>): Hub =>
  createHub({
    log: world.log,
    receiptKey,
    clock: world.time,
    limits: {
      eventsMax: 3,
      pageEntriesMax: 4,
      principalRequestsBurst: manyRequests,
      addressRequestsBurst: manyRequests,
    },
    // An owner's replicas have their owner's name before the wave.
    authenticate: (token, { replicaId }) =>
      token === undefined
        ? undefined
        : {
            id: token,
            replicas: [
              token,
              ...(replicaId?.startsWith(`${token}~`) === true ? [replicaId] : []),
              ...idsOf(world, token),
            ],
            agents: world.dismissed.has(token) ? ['chief'] : 'any',
            rights: world.rights.get(token) ?? allRights,
          },
  });

const idsOf = ({ places }: Pick<World, 'places'>, owner: string): readonly string[] =>
  places.filter((place) => place.owner === owner).map(({ replica }) => replica.replicaId);

/** The wire, with what befalls it; all is well otherwise. */
const remoteFor = (world: World, { owner }: Place, plan: readonly Fault[]): Remote => {
  const calls = new Map<string, number>();
  const { live: _live, ...remote } = hubRemote({
    url: 'http://127.0.0.1:1',
    token: owner,
    fetch: async (url, init) => {
      const path = url.slice(url.lastIndexOf('/') + 1);
      const before = calls.get(path) ?? 0;
      calls.set(path, before + 1);
      const harm = plan.find((fault) => fault.path === path && fault.skip === before)?.harm;
      if (harm === 'lost') {
        if (path === 'push') world.lost.add('push');
        throw new TypeError('the network is gone');
      }
      const response = await world.hub.fetch(new Request(url, init));
      if (harm === 'answer lost') throw new TypeError('the connection was reset');
      if (harm === 'twice') return world.hub.fetch(new Request(url, init));
      if (harm !== 'cut off') return response;
      const text = await response.text();
      return new Response(text.slice(0, Math.floor(text.length / 2)), response);
    },
  });
  return remote;
};

const sync = async (world: World, place: Place, plan: readonly Fault[]): Promise<void> => {
  const subscribe = scopes[place.scope];
  const connection = place.replica.connect(remoteFor(world, place, plan), subscribe === undefined ? {} : { subscribe });
  try {
    await connection.now();
    place.life = world.life;
  } finally {
    await connection.close();
  }
};

/** Refusals are part of the game; what is not one of ours is a defect. */
const tolerant = async (call: () => Promise<unknown>): Promise<void> => {
  try {
    await call();
  } catch (error) {
    if (!isReknitError(error)) throw error;
  }
};

const open = (world: Pick<World, 'site' | 'time'>, owner: string, policy: number, file: string | undefined) => {
  let ids = 0;
  return world.site.open(owner, {
    agentId: agents[0],
    clock: world.time.nowMs,
    // Unique whoever opens, so that whatever has one id is one event.
    ids: () => `${owner}~${(ids += 1)}~${(idCount += 1)}`,
    policy: policies[policy] ?? policies[0],
    ...(file === undefined ? {} : { file, durability: 'process' as const }),
  });
};
let idCount = 0;

const reopen = async (world: World, place: Place, change: () => void): Promise<void> => {
  await place.replica.close();
  change();
  place.replica = await open(world, place.owner, place.policy, place.file);
};

const write = async (world: World, { replica }: Place, step: Writing): Promise<void> => {
  const author = replica.as(agents[step.agent] ?? agents[0]);
  const resourceType = types[step.type] ?? 'task';
  const resourceId = `${step.id}`;
  const title = `step ${world.count}`;
  if (step.do === 'write') {
    const isThere = (await replica.get(resourceType, resourceId))?.deleted === false;
    if (!isThere) await author.create(resourceType, resourceId, { title });
    else if (resourceType === 'task' && world.count % 3 === 0)
      await author.update(resourceType, resourceId, { about: `${world.count % 2}` });
    else await author.update(resourceType, resourceId, { title });
  } else if (step.do === 'delete') await author.delete(resourceType, resourceId);
  else {
    const [conflict] = await replica.conflicts.list({ status: 'pending_review' });
    if (conflict === undefined) return;
    const [sibling] = conflict.siblings;
    await author.conflicts.resolve(conflict.conflictId, { choose: sibling?.eventId ?? '' });
  }
};

const take = async (world: World, step: Step): Promise<void> => {
  world.count += 1;
  world.time.advance(1_000);
  if (!('who' in step)) {
    if (step.do === 'keep hub') world.hubCopy = world.log.copy();
    else {
      if (step.do === 'bring back hub' && world.hubCopy === undefined) return;
      await world.hub.close();
      world.log = await restorableLog(step.do === 'wipe hub' ? undefined : world.hubCopy);
      world.hub = startHub(world);
      world.lost.add('hub');
      world.life += 1;
    }
    return;
  }
  const place = world.places[step.who % world.places.length];
  if (place === undefined) return;
  const { owner, replica } = place;
  switch (step.do) {
    case 'write':
    case 'delete':
    case 'resolve':
      return tolerant(() => write(world, place, step));
    case 'sync':
      await tolerant(() => sync(world, place, step.plan));
      return expectHonest(world, place);
    case 'grant':
    case 'revoke': {
      const named = types[step.type] ?? 'task';
      const rights = world.rights.get(owner) ?? allRights;
      const before = (rights[named] ?? rights['*'] ?? []).filter((right) => right !== step.right);
      world.rights.set(owner, { ...rights, [named]: step.do === 'grant' ? [...before, step.right] : before });
      return;
    }
    case 'dismiss':
      world.dismissed.add(owner);
      return;
    case 'engage':
      world.dismissed.delete(owner);
      return;
    case 'subscribe':
      place.scope = step.scope;
      return;
    case 'retry':
    case 'shelve':
    case 'reissue': {
      const { refusals } = replica.services;
      const rejected = await refusals.listRejected();
      const one = rejected[step.which % Math.max(rejected.length, 1)];
      if (one === undefined) return;
      await tolerant(async () => {
        await refusals[step.do](one.eventId);
        if (step.do !== 'retry') world.decided.add(one.eventId);
      });
      return;
    }
    case 'keep': {
      const { file } = place;
      if (file === undefined) return;
      const copy = world.site.fileOf(`kept ${world.count}`);
      await reopen(world, place, () => copyFileSync(file, copy));
      place.copy = copy;
      return;
    }
    case 'bring back': {
      const { copy } = place;
      if (copy === undefined) return;
      await reopen(world, place, () => {
        place.file = world.site.fileOf(`again ${world.count}`);
        copyFileSync(copy, place.file);
      });
      world.lost.add('file');
      return;
    }
    case 'use copy': {
      if (place.copy === undefined || world.places.length > 5) return;
      const file = world.site.fileOf(`copy ${world.count}`);
      copyFileSync(place.copy, file);
      const another = await open(world, owner, place.policy, file);
      world.places.push({ ...place, replica: another, file, copy: undefined });
      // Who writes nothing after a copy was made cannot be told from it, and need not be.
      await another.create('note', `of copy ${world.count}`, {});
      world.lost.add('file');
    }
  }
};

interface Held {
  readonly dot: string;
  readonly hash: string;
  readonly eventId: string;
  readonly replicaId: string;
  readonly isOut: boolean;
}

const heldBy = async (replica: Replica): Promise<readonly Held[]> =>
  (await collect(replica.services.log.query())).map(({ sealed, place }) => ({
    dot: sealed.dot,
    hash: sealed.hash,
    eventId: sealed.event.eventId,
    replicaId: sealed.event.replicaId,
    isOut: place === 'refused',
  }));

/** What is said to be safe at the hub is there, as long as the hub is the one that took it. */
const expectHonest = async (world: World, { replica, life }: Place): Promise<void> => {
  if (life !== world.life) return;
  const { replicaId } = replica;
  const { seq = 0 } = (await world.log.heads([replicaId])).get(replicaId) ?? {};
  // What waits here, since what it builds on was refused, is said to wait, and not to be anywhere else.
  const unclaimed: readonly string[] = ['local_only', 'parked'];
  const claimed = (await collect(replica.services.log.query()))
    .filter(({ sealed, status }) => sealed.event.replicaId === replicaId && !unclaimed.includes(status))
    .map(({ sealed }) => sealed.event.seq);
  expect([replicaId, claimed.filter((one) => one > seq)]).toEqual([replicaId, []]);
};

const heldByHub = async (log: RestorableLog): Promise<readonly Held[]> =>
  (await log.all()).flatMap((entry) =>
    entry.type === 'refusal'
      ? []
      : [
          {
            dot: entry.sealed.dot,
            hash: entry.sealed.hash,
            eventId: entry.sealed.event.eventId,
            replicaId: entry.sealed.event.replicaId,
            isOut: false,
          },
        ],
  );

const heldByAnyone = async (world: World): Promise<ReadonlySet<string>> => {
  const lists = await Promise.all([heldByHub(world.log), ...world.places.map(({ replica }) => heldBy(replica))]);
  return new Set(lists.flat().map(({ eventId }) => eventId));
};

/** Steps after which something may be held no longer, by nobody's fault. */
const losing: ReadonlySet<Step['do']> = new Set(['bring back', 'wipe hub', 'bring back hub']);

const expectEqualWhereComparable = async (places: readonly Place[]): Promise<void> => {
  const byKind = new Map<string, Map<string, string>>();
  for (const { replica } of places) {
    const digest = await replica.digest();
    const kind = digest.split(':').slice(0, 3).join(':');
    byKind.set(kind, (byKind.get(kind) ?? new Map()).set(replica.replicaId, digest));
  }
  for (const [kind, digests] of byKind)
    expect([kind, new Set(digests.values()).size, ...(new Set(digests.values()).size > 1 ? digests : [])]).toEqual([
      kind,
      1,
    ]);
};

const expectAllWell = async (world: World, held: ReadonlySet<string>): Promise<void> => {
  const { places, log, decided, lost } = world;
  const atHub = await heldByHub(log);
  const names = atHub.map(({ dot, hash }) => `${dot} ${hash}`);
  expect(new Set(names).size).toBe(names.length);
  // Who loses a file together with the hub, or with what was on its way there, may have given away a number twice: then
  // both contents are evidence (R5).
  const mayBeTwice = lost.has('file') && lost.size > 1;
  const replicas = places.map(({ replica }) => replica);
  const ids = replicas.map(({ replicaId }) => replicaId);
  expect(new Set(ids).size).toBe(ids.length);

  const listed = new Map<string, readonly string[]>();
  for (const { replicaId, services } of replicas)
    listed.set(
      replicaId,
      (await services.refusals.listRejected()).map(({ dot }) => dot),
    );
  const isExplained = ({ eventId, dot, replicaId }: Held): boolean =>
    decided.has(eventId) || !ids.includes(replicaId) || listed.get(replicaId)?.includes(dot) === true;

  const meanings = new Map<string, Set<string>>();
  const present = new Set(atHub.map(({ eventId }) => eventId));
  for (const replica of replicas) {
    const own = await heldBy(replica);
    for (const one of [...own, ...atHub]) meanings.set(one.dot, (meanings.get(one.dot) ?? new Set()).add(one.hash));
    expect([replica.replicaId, own.filter((one) => one.isOut && !isExplained(one))]).toEqual([replica.replicaId, []]);
    for (const one of own) if (one.isOut) present.add(one.eventId);
    const applied = own.filter(({ isOut }) => !isOut).map(({ dot, hash }) => `${dot} ${hash}`);
    expect([replica.replicaId, applied.sort()]).toEqual([replica.replicaId, names.toSorted()]);
    expect(await replica.verify()).toMatchObject({ ok: true, problems: [] });
    expect(await replica.status()).toMatchObject({
      localOnly: 0,
      parked: 0,
      rejected: listed.get(replica.replicaId)?.length,
      ...(mayBeTwice ? {} : { voids: 0 }),
    });
  }
  expect([...held].filter((id) => !present.has(id))).toEqual([]);
  if (!mayBeTwice) expect([...meanings].filter(([, hashes]) => hashes.size > 1)).toEqual([]);

  const acceptedAt = new Set(names);
  for (const entry of await log.all()) {
    if (entry.type !== 'refusal') continue;
    const { dot, hash, eventId } = entry.refusal;
    const author = dot.slice(0, dot.lastIndexOf(':'));
    if (acceptedAt.has(`${dot} ${hash}`) || decided.has(eventId) || !ids.includes(author)) continue;
    expect([dot, listed.get(author)?.includes(dot)]).toEqual([dot, true]);
  }
};

/** Whether everyone agrees in the end, or only that nothing is lost on the way. */
type Claim = 'all agree' | 'nothing is lost';

const play = async (
  claim: Claim,
  ...[count, files, mixed, steps]: [number, readonly boolean[], boolean, readonly Step[]]
): Promise<void> => {
  const site = createSite('file');
  const begun: Omit<World, 'hub'> = {
    site,
    time: manualClock(storyStartMs),
    places: [],
    rights: new Map(),
    dismissed: new Set(),
    log: await restorableLog(),
    hubCopy: undefined,
    decided: new Set(),
    lost: new Set(),
    life: 0,
    count: 0,
  };
  const world: World = Object.assign(begun, { hub: startHub(begun) });
  try {
    for (const [index, owner] of owners.slice(0, count).entries()) {
      const file = files[index] === true ? site.fileOf(owner) : undefined;
      const policy = mixed && index > 0 ? 1 : 0;
      const replica = await open(world, owner, policy, file);
      world.places.push({ owner, replica, file, copy: undefined, policy, scope: 0, life: -1 });
    }
    let held: ReadonlySet<string> = new Set();
    for (const step of steps) {
      await take(world, step);
      const now = await heldByAnyone(world);
      if (!losing.has(step.do)) expect([step, [...held].filter((id) => !now.has(id))]).toEqual([step, []]);
      held = now;
    }

    world.rights.clear();
    world.dismissed.clear();
    const rounds = async (): Promise<void> => {
      for (let round = 0; round < 4; round += 1) for (const place of world.places) await sync(world, place, []);
    };
    await rounds();
    if (claim === 'nothing is lost') {
      const now = await heldByAnyone(world);
      expect([...held].filter((id) => !now.has(id))).toEqual([]);
      for (const { replica } of world.places) expect(await replica.verify()).toMatchObject({ ok: true, problems: [] });
      return;
    }
    await expectEqualWhereComparable(world.places);
    for (const place of world.places) place.scope = 0;
    await rounds();
    await expectEqualWhereComparable(world.places);
    await expectAllWell(world, held);

    // Now that everyone may do everything, everything is taken that nobody left out.
    for (const { replica } of world.places)
      for (const { eventId } of await replica.services.refusals.listRejected())
        await replica.services.refusals.retry(eventId);
    await rounds();
    await expectEqualWhereComparable(world.places);
    await expectAllWell(world, held);
    if (world.decided.size === 0)
      for (const { replica } of world.places) expect(await replica.services.refusals.listRejected()).toEqual([]);
  } finally {
    await world.hub.close();
    await site.close();
  }
};

const session = (kinds: readonly fc.WeightedArbitrary<Step>[]) =>
  fc.tuple(
    fc.constantFrom(2, 2, 3, 4),
    fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
    fc.boolean(),
    fc.array(fc.oneof(...kinds), { minLength: 20, maxLength: 60, size: 'max' }),
  );

test.each([
  ['a bad network, rights that change, and parts', 'all agree', [...ordinary, ...rightsChange, ...partsChange], 30],
  ['a hub that is lost and brought back', 'all agree', [...ordinary, ...partsChange, ...hubChanges], 20],
  [
    'rights that change, files that are brought back and copied',
    'all agree',
    [...ordinary, ...rightsChange, ...filesChange],
    15,
  ],
  ['the hub and files are lost together', 'all agree', [...ordinary, ...filesChange, ...hubChanges], 15],
  // Who reads a part may be the last to hold an event whose forerunner nobody holds any more: the hub waits for that.
  [
    'the hub and files are lost together, and parts',
    'nothing is lost',
    [...ordinary, ...partsChange, ...filesChange, ...hubChanges],
    10,
  ],
] as const)('%s: %s in the end', { timeout: 120_000 }, async (_what, claim, kinds, numRuns) => {
  await fc.assert(
    fc.asyncProperty(session(kinds), (drawn) => play(claim, ...drawn)),
    propertyOptions({ numRuns: isLong ? numRuns : Math.ceil(numRuns / 2) }),
  );
});
