import { describe, expect, test } from 'vitest';
import * as reknit from 'reknit';
import { createMemoryStore } from 'reknit/adapters/memory';
import { createMemoryKeyValueStore, eventStoreOver } from 'reknit/adapters/key-value';
import { replicaRemote as anywhere } from 'reknit/adapters/remote';
import { openSqliteStore, startRepair } from 'reknit/adapters/sqlite';
import { openReplica as openInBrowser } from 'reknit/browser';
import { openReplicaIn } from 'reknit/composition';
import { createDesk } from 'reknit/desk';
import {
  createHub,
  createMemoryHubLog,
  hubListener,
  openReceiptKey,
  openSqliteHubLog,
  openTokenList,
  serveHub,
} from 'reknit/hub';
import * as kit from 'reknit/testing';

type Call = (...given: readonly unknown[]) => unknown;

/** What somebody without a compiler hands in: nothing, and the first things that come to mind. */
const wrong: readonly (readonly [what: string, value: unknown])[] = [
  ['nothing', undefined],
  ['null', null],
  ['a number', 7],
  ['an empty object', {}],
  ['a list', []],
  ['a function', () => undefined],
];

const doors: Readonly<Record<string, Call>> = {
  bundleRemote: reknit.bundleRemote as Call,
  hubRemote: reknit.hubRemote as Call,
  replicaRemote: reknit.replicaRemote as Call,
  'replicaRemote of reknit/adapters/remote': anywhere as Call,
  openReplica: reknit.openReplica as Call,
  repairReplica: reknit.repairReplica as Call,
  definePolicy: reknit.definePolicy as Call,
  defineStrategy: reknit.defineStrategy as Call,
  'defineResource, what it is called': reknit.defineResource as unknown as Call,
  'defineResource, what it is': (given) => reknit.defineResource('note', given as never),
  byField: reknit.byField as Call,
  byConflict: reknit.byConflict as unknown as Call,
  firstThatDecides: reknit.firstThatDecides as unknown as Call,
  preferAgent: reknit.preferAgent as Call,
  reference: reknit.reference as unknown as Call,
  compare: reknit.compare as unknown as Call,
  'foldEvents, a policy': (given) => reknit.foldEvents([], given as never),
  'foldResource, a policy': (given) => reknit.foldResource([], given as never),
  'mergeEvents, a policy': (given) => reknit.mergeEvents([], [], (given ?? null) as never),
  eventStoreOver: eventStoreOver as Call,
  openSqliteStore: openSqliteStore as Call,
  startRepair: startRepair as Call,
  openReplicaIn: openReplicaIn as Call,
  createHub: createHub as Call,
  createDesk: createDesk as Call,
  serveHub: serveHub as Call,
  hubListener: hubListener as Call,
  openReceiptKey: openReceiptKey as Call,
  openSqliteHubLog: openSqliteHubLog as Call,
  openTokenList: openTokenList as Call,
  simulate: kit.simulate as unknown as Call,
  planOf: (given) => kit.planOf(1, given as never),
  replay: kit.replay as unknown as Call,
  strategyLaws: kit.strategyLaws as Call,
  seededFaults: kit.seededFaults as unknown as Call,
  faultyStore: kit.faultyStore as unknown as Call,
  faultyRemote: kit.faultyRemote as unknown as Call,
};

describe.each(Object.entries(doors))('%s', (_name, call) => {
  test.each(wrong)('called with %s says what it takes', async (_what, value) => {
    const attempt = async (): Promise<unknown> => call(value);

    await expect(attempt()).rejects.toSatisfy((error) =>
      reknit.isReknitError(error, 'wrong_type', 'invalid_policy', 'bad_url'),
    );
  });
});

test.each(wrong.filter(([, value]) => !Array.isArray(value)))('events are a list, and not %s', (_what, value) => {
  const policy = reknit.definePolicy({ name: 'p', version: 1 });

  for (const call of [
    () => reknit.foldEvents(value as never, policy),
    () => reknit.foldResource(value as never, policy),
    () => reknit.mergeEvents(value as never, []),
    () => reknit.mergeEvents([], value as never),
  ])
    expect(call).toThrow(expect.objectContaining({ code: 'wrong_type' }));
});

test('what a definition is made of is named where it is none', () => {
  for (const [call, message] of [
    [() => reknit.definePolicy({ name: 'p', version: 1, resources: [null as never] }), 'defineResource'],
    [() => reknit.definePolicy({ name: 'p', version: 1, agents: 7 as never }), 'agents'],
    [() => reknit.definePolicy({ name: 'p', version: 1, byConflict: 7 as never }), 'byConflict'],
    [() => createMemoryHubLog(null as never), '"options"'],
    [() => eventStoreOver(createMemoryKeyValueStore(), null as never), '"options"'],
    [() => kit.ambientInputsUsed(7 as never), '"run"'],
    [() => reknit.compare({ a: 1 }, null as never), '"b"'],
    [() => reknit.bundleRemote({ file: 'x', lockWaitMsMax: 'long' as never }), 'lockWaitMsMax'],
    [() => reknit.bundleRemote({ file: 'x', gzip: 'yes' as never }), 'gzip'],
  ] as const)
    expect(call).toThrow(expect.objectContaining({ message: expect.stringContaining(message) as unknown }));
});

test('a cut that was not awaited, or is no plain object, is refused and not taken for nothing', async () => {
  const replica = await reknit.openReplica({ agentId: 'ada' });
  await replica.create('task', 't1', {});

  for (const cut of [replica.cut(), new Map([[replica.replicaId, 1]])] as unknown as readonly reknit.Cut[]) {
    const exported = async (): Promise<void> => {
      for await (const event of replica.export({ since: cut })) expect(event).toBe('never reached');
    };
    await expect((async () => replica.at(cut).get('task', 't1'))()).rejects.toMatchObject({ code: 'bad_cut' });
    await expect(exported()).rejects.toMatchObject({ code: 'bad_cut' });
  }
  expect(await replica.at({}).get('task', 't1')).toBeUndefined();
});

test('what has another name is refused with the names that there are, and not passed over', async () => {
  const replica = await reknit.openReplica({ agentId: 'ada' });
  await replica.create('task', 't1', { status: 'todo' });
  const list = async (query: object): Promise<unknown> => {
    for await (const item of replica.list(query)) return item;
    return undefined;
  };

  for (const [call, member, names] of [
    [() => reknit.openReplica({ agentId: 'ada', filename: 'work.db' } as never), 'filename', 'file'],
    // In a browser data has a name, and here it would lie in memory.
    [() => reknit.openReplica({ agentId: 'ada', name: 'work' } as never), 'name', 'file'],
    [() => openInBrowser({ agentId: 'ada', file: 'work.db' } as never), 'file', 'name'],
    [() => list({ type: 'task' }), 'type', 'resourceType'],
    [() => replica.conflicts.list({ state: 'pending' } as never), 'state', 'status'],
    [async () => replica.connect(reknit.replicaRemote(replica), { continuous: true } as never), 'continuous', 'live'],
    [async () => replica.connect(reknit.replicaRemote(replica), { retry: { max: 3 } } as never), 'max', 'delayMsMax'],
  ] as const)
    await expect(call()).rejects.toMatchObject({
      code: 'unknown_option',
      facts: { member },
      message: expect.stringMatching(new RegExp(`"${member}".*\\b${names}\\b`)) as unknown,
    });
});

test('an operator of another query language is refused, and not looked for as a value', async () => {
  const replica = await reknit.openReplica({ agentId: 'ada' });
  await replica.create('task', 't1', { count: 3, place: { city: 'Bonn' } });
  const list = async (where: NonNullable<reknit.ListQuery['where']>): Promise<number> => {
    const found: string[] = [];
    for await (const { resourceId } of replica.list({ where })) found.push(resourceId);
    return found.length;
  };

  for (const where of [{ count: { $gt: 1 } }, { count: { $in: [1, 3] } }])
    await expect(list(where)).rejects.toMatchObject({ code: 'reserved_operator', facts: { field: 'count' } });
  expect([await list({ place: { city: 'Bonn' } }), await list({ count: [1, 3] })]).toEqual([1, 1]);
});

test('a store that lacks something is refused with what it lacks, and not found out half way', async () => {
  const whole = createMemoryStore();
  const optional = ['lease', 'checkStructure'];

  for (const member of Object.keys(whole).filter((name) => !optional.includes(name))) {
    const store = Object.fromEntries(Object.entries(whole).filter(([name]) => name !== member)) as never;
    await expect(reknit.openReplica({ agentId: 'ada', store })).rejects.toMatchObject({
      code: 'wrong_type',
      message: expect.stringContaining(`"${member}"`) as unknown,
    });
  }
  await expect(reknit.openReplica({ agentId: 'ada', store: whole, file: 'work.db' })).rejects.toMatchObject({
    code: 'wrong_type',
    facts: { member: 'file' },
  });
});

test.each(wrong)('a rule is made of two parts, and %s has none', async (_what, value) => {
  const { rules } = await reknit.openReplica({ agentId: 'ada' });

  for (const call of [rules.add, rules.preview] as unknown as readonly Call[])
    await expect(call(value)).rejects.toMatchObject({ code: 'bad_rule' });
});

test('what is no text is no dot and no time, and not an error', () => {
  for (const [, value] of wrong) {
    expect([reknit.isDot(value), reknit.parseDot(value), reknit.timestampToMs(value)]).toEqual([
      false,
      undefined,
      undefined,
    ]);
  }
});
