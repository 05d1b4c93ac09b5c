/** What must not get in, each with its code and its advice; what is valid beside it does, and nothing half done stays. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  bundleRemote,
  definePolicy,
  defineResource,
  defineStrategy,
  eventLimits,
  openReplica,
  type ConflictCase,
  type Decision,
  type OpenOptions,
  type Replica,
  undecided,
  write,
} from '../../../src/index.js';
import { readBundle } from '../../../src/adapters/remote/bundle/index.js';
import { sha256 } from '../../support/bundles.js';
import { eventOf } from '../../support/histories/event-builder.js';
import { codeOf, collect, meet, meetAll, siteOn, standOf, storeKinds } from '../../support/site.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

const good = eventOf('x:1', 'create', { status: 'todo' });
const other = eventOf('x:2', 'create', { status: 'other' }, [], {
  resource: { resourceType: 'task', resourceId: 'two' },
});
const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)]);
const without = (member: string): unknown =>
  Object.fromEntries(Object.entries(good).filter(([name]) => name !== member));

const bad: readonly (readonly [string, string, unknown])[] = [
  ['no object', 'not_an_event', 'text'],
  ['a list', 'not_an_event', [good]],
  ['nothing', 'not_an_event', undefined],
  ['null', 'not_an_event', null],
  ...Object.keys(good).map((member) => [`without ${member}`, 'missing_member', without(member)] as const),
  ['an unknown operation', 'unknown_operation', { ...good, operation: 'upsert' }],
  ...[
    'yesterday',
    '2026-02-02',
    '2026-02-30T10:00:00.000Z',
    '2026-02-02T10:00:00Z',
    '2026-02-02T10:00:00.000+01:00',
    '2026-13-02T10:00:00.000Z',
    1,
  ].map((timestamp) => [`the timestamp ${timestamp}`, 'bad_timestamp', { ...good, timestamp }] as const),
  ...[0, -1, 1.5, '1', Number.NaN, 2 ** 53].map(
    (seq) => [`the number ${seq}`, 'wrong_type', { ...good, seq }] as const,
  ),
  ['an empty id', 'wrong_type', { ...good, resourceId: '' }],
  ['an id that is too long', 'too_large', { ...good, resourceId: 'x'.repeat(513) }],
  ['an id with a lone surrogate', 'bad_json', { ...good, resourceId: '\uD800' }],
  ['a reserved id', 'reserved_id', { ...good, eventId: 'remote' }],
  ['parents that are no dots', 'bad_parents', { ...good, parents: ['x'] }],
  ['itself as parent', 'bad_parents', { ...good, parents: ['x:1'] }],
  ['a parent twice', 'bad_parents', { ...good, parents: ['y:1', 'y:1'] }],
  ['a payload that is a list', 'wrong_type', { ...good, payload: [] }],
  [
    'a __proto__ key',
    'bad_json',
    JSON.parse(
      `{"eventId":"e","replicaId":"x","seq":1,"agentId":"a","resourceType":"task","resourceId":"one","operation":"create","timestamp":"2026-02-02T10:00:00.000Z","counter":0,"parents":[],"payload":{"__proto__":{"polluted":true}},"schemaVersion":1}`,
    ) as unknown,
  ],
  ['a constructor key deep inside', 'bad_json', { ...good, payload: { a: [{ constructor: {} }] } }],
  ['a lone surrogate', 'bad_json', { ...good, payload: { a: '\uDC00' } }],
  ['not a number', 'bad_json', { ...good, payload: { a: Number.NaN } }],
  ['negative zero', 'bad_json', { ...good, payload: { a: -0 } }],
  ['an integer beyond 2^53', 'bad_json', { ...good, payload: { a: 2 ** 53 } }],
  ['a date', 'bad_json', { ...good, payload: { a: new Date(0) } }],
  ['undefined', 'bad_json', { ...good, payload: { a: undefined } }],
  ['a function', 'bad_json', { ...good, payload: { a: () => 1 } }],
  ['too deep', 'too_deep', { ...good, payload: { a: nested(100) } }],
  ['much too deep', 'too_deep', { ...good, payload: { a: nested(5_000) } }],
  ['too large', 'too_large', { ...good, payload: { a: 'x'.repeat(eventLimits.eventBytesMax) } }],
  [
    'too many members',
    'too_large',
    { ...good, payload: Object.fromEntries(Array.from({ length: 10_001 }, (_, index) => [`k${index}`, 1])) },
  ],
  ['a note that is no text', 'wrong_type', { ...good, note: 1 }],
  ['a priority that is none', 'wrong_type', { ...good, priority: 'urgent' }],
];

describe.each(storeKinds)('on a %s store', (kind) => {
  test.each(bad)(
    '%s is refused as %s, and what stands beside it is taken (R4, I45, I47, I49)',
    async (_what, code, event) => {
      const laptop = await siteOn(kind).open('laptop');
      const report = await laptop.import([event, other, event]);

      expect(report).toMatchObject({ applied: 1, rejectedCount: 2 });
      expect(report.rejected[0]?.error.code).toBe(code);
      expect(report.rejected[0]?.error.message).toMatch(/\w+ \w+/);
      expect(report.rejected[0]?.event).toBe(event);
      expect(await laptop.get('task', 'two')).toBeDefined();
      expect((await laptop.status()).events).toBe(1);
      expect(({} as { readonly polluted?: unknown }).polluted).toBeUndefined();
      expect(await laptop.verify()).toMatchObject({ ok: true });
    },
  );

  test('parents of another resource hold an event for good, visibly, and stop nothing (R3, I47)', async () => {
    const laptop = await siteOn(kind).open('laptop');
    const wrong = eventOf('y:1', 'update', { status: 'never' }, [other]);
    const child = eventOf('y:2', 'update', { status: 'never' }, [wrong]);
    const report = await laptop.import([
      child,
      wrong,
      other,
      good,
      eventOf('z:1', 'update', { title: 'fine' }, [good]),
    ]);

    expect(report).toMatchObject({ applied: 3, parked: 2, rejectedCount: 0 });
    expect((await laptop.parked()).map(({ sealed, reason }) => `${sealed.dot} ${reason}`).sort()).toEqual([
      'y:1 invalid_parent',
      'y:2 parents',
    ]);
    expect((await laptop.get('task', 'one'))?.fields).toEqual({ status: 'todo', title: 'fine' });
    await laptop.create('task', 'three', {});
    expect(await laptop.verify()).toMatchObject({ ok: true });
  });

  test('parents that never come, or that form a ring, wait without harm (R3, I4)', async () => {
    const site = siteOn(kind);
    const laptop = await site.open('laptop', { limits: { parkedMax: 3 } });
    const report = await laptop.import([
      eventOf('a:1', 'update', {}, ['b:1']),
      eventOf('b:1', 'update', {}, ['a:1']),
      eventOf('c:1', 'update', {}, ['nobody:9']),
      eventOf('d:1', 'update', {}, ['nobody:9']),
      good,
    ]);

    expect(report).toMatchObject({ applied: 1, parked: 3, rejectedCount: 1 });
    expect(report.rejected[0]?.error.code).toBe('parking_full');
    const phone = await site.open('phone');
    await meetAll(phone, laptop);
    expect(await phone.parked()).toHaveLength(3);
    expect(await laptop.digest()).toBe(await phone.digest());
    expect(await laptop.verify()).toMatchObject({ ok: true });
  });

  test.each<readonly [string, (conflict: ConflictCase) => unknown]>([
    ['throws', () => { throw new Error('broken'); }], // prettier-ignore
    ['throws nothing sensible', () => { throw Object.create(null); }], // prettier-ignore
    ['returns nothing', () => undefined],
    ['returns a stranger as winner', () => ({ winner: { dot: 'nobody:1' } })],
    ['returns two decisions', () => ({ value: 1, undecided: true })],
    ['returns a value that JSON cannot carry', () => ({ value: Number.NaN })],
    ['returns a promise', () => Promise.resolve({ undecided: true })],
    ['changes what it is given', ({ siblings }) => { (siblings as unknown[]).length = 0; return { undecided: true }; }], // prettier-ignore
  ])(
    'a strategy that %s leaves the conflict pending with the error, and the sync goes on (R19, R24, I36, I47)',
    async (_what, decide) => {
      const site = siteOn(kind);
      const policy = definePolicy({
        name: 'broken',
        version: 1,
        default: defineStrategy({ name: 'broken', version: 1, decide: decide as (conflict: ConflictCase) => Decision }),
      });
      const [laptop, phone] = [await site.open('laptop', { policy }), await site.open('phone', { policy })];
      await laptop.create('task', 'one', { status: 'todo' });
      await meet(phone, laptop);
      await laptop.update('task', 'one', { status: 'done' });
      await phone.update('task', 'one', { status: 'blocked' });
      await phone.create('task', 'two', {});
      expect(await meet(laptop, phone)).toMatchObject({ refused: [], rejectedCount: 0 });

      const [conflict] = await laptop.conflicts.list();
      expect(conflict).toMatchObject({ status: 'pending_review', error: expect.stringMatching(/\w/) as unknown });
      expect(await laptop.get('task', 'two')).toBeDefined();
      expect(await laptop.digest()).toBe(await phone.digest());
      await laptop.conflicts.resolve(conflict?.conflictId ?? '', { value: 'settled' });
      expect((await laptop.get('task', 'one'))?.fields['status']).toBe('settled');
      expect(await laptop.verify()).toMatchObject({ ok: true });
    },
  );

  test.each<readonly [string, (laptop: Replica) => unknown]>([
    ['writes what it decides', (laptop) => laptop.update('task', 'one', { status: 'mine' })],
    ['writes something else', (laptop) => laptop.as('another').create('note', 'n', {})],
    ['writes by a service', (laptop) => laptop.services.log.logEvents([write.create('note', 'n', {})], 'another')],
    [
      'writes by a definition',
      (laptop) => laptop.resource(defineResource('note', { version: 1, fields: {} })).create('n', {}),
    ],
    ['reads what is there', (laptop) => laptop.get('task', 'one')],
    ['asks for conflicts', (laptop) => laptop.conflicts.list()],
  ])(
    'a strategy that %s is told so by its conflict, writes nothing and does not go on for ever (R24)',
    async (_what, use) => {
      let used: Replica | undefined;
      const policy = definePolicy({
        name: 'meddling',
        version: 1,
        default: defineStrategy({
          name: 'meddler',
          version: 1,
          decide: ({ siblings: [first] }) => {
            if (used !== undefined) use(used);
            return first === undefined ? undecided : { winner: first };
          },
        }),
      });
      const site = siteOn(kind);
      const [laptop, phone] = [await site.open('laptop', { policy }), await site.open('phone', { policy })];
      await laptop.create('task', 'one', { status: 'todo' });
      await meet(phone, laptop);
      await laptop.update('task', 'one', { status: 'done' });
      await phone.update('task', 'one', { status: 'blocked' });
      used = laptop;
      await meet(laptop, phone);
      used = undefined;

      const [conflict] = await laptop.conflicts.list();
      expect(conflict).toMatchObject({
        status: 'pending_review',
        error: expect.stringContaining('meddler') as unknown,
      });
      expect(conflict?.error).toContain('while it was deciding');
      expect((await laptop.status()).events).toBe(3);
    },
  );

  test('writes that cannot be are refused by name, and leave no trace (I19)', async () => {
    const site = siteOn(kind);
    const laptop = await site.open('laptop');
    await laptop.create('task', 'one', { status: 'todo' });
    await laptop.create('task', 'gone', {});
    await laptop.delete('task', 'gone');
    const before = await standOf(laptop);
    const refusals: readonly (readonly [string, () => unknown])[] = [
      ['resource_exists', () => laptop.create('task', 'one', {})],
      ['resource_not_found', () => laptop.update('task', 'nothing', {})],
      ['resource_not_found', () => laptop.delete('task', 'nothing')],
      ['resource_deleted', () => laptop.update('task', 'gone', {})],
      ['resource_deleted', () => laptop.delete('task', 'gone')],
      ['unknown_seen', () => laptop.update('task', 'one', { a: 1 }, { seen: ['nobody:1'] })],
      ['unknown_seen', () => laptop.update('task', 'one', { a: 1 }, { seen: ['no dot'] })],
      ['unknown_seen', () => laptop.update('task', 'one', { a: 1 }, { seen: ['laptop:2'] })],
      ['wrong_type', () => laptop.update('task', 'one', { a: 1 }, { seen: 'laptop:1' as unknown as string[] })],
      ['wrong_type', () => laptop.update('task', 'one', { a: 1 }, { seen: [1] as unknown as string[] })],
      ['wrong_type', () => laptop.update('task', 'one', { a: 1 }, { agentId: '' })],
      ['wrong_type', () => laptop.update('task', 'one', { a: 1 }, { eventId: '' })],
      ['wrong_type', () => laptop.update('task', 'one', { a: 1 }, { eventId: 7 as unknown as string })],
      ['wrong_type', () => laptop.update('task', 'one', { a: 1 }, { note: 7 as unknown as string })],
      ['wrong_type', () => laptop.update('task', 'one', { a: 1 }, { priority: 'urgent' as 'high' })],
      ['wrong_type', () => laptop.update('task', 'one', { a: 1 }, { dependsOn: 'track' as unknown as [] })],
      ['wrong_type', () => laptop.update('task', 'one', { a: 1 }, { dependsOn: [{}] as unknown as [] })],
      ['wrong_type', () => laptop.update('task', 'one', { a: 1 }, null as unknown as object)],
      ['wrong_type', () => laptop.update('task', 'one', { a: 1 }, 7 as unknown as object)],
      ['bad_json', () => laptop.update('task', 'one', { a: Number.NaN })],
      ['bad_json', () => laptop.update('task', 'one', JSON.parse('{"__proto__":1}') as Record<string, never>)],
      ['too_large', () => laptop.update('task', 'one', { a: 'x'.repeat(300_000) })],
      ['too_deep', () => laptop.update('task', 'one', { a: nested(100) as number })],
      ['wrong_type', () => laptop.update('task', '', { a: 1 })],
      ['wrong_type', () => laptop.update(undefined as unknown as string, 'one', { a: 1 })],
      ['wrong_type', () => laptop.update('task', 'one', undefined as unknown as Record<string, never>)],
      ['wrong_type', () => laptop.create('task', 'x', 'text' as unknown as Record<string, never>)],
      ['wrong_type', () => laptop.create('task\u0000', 'x', {})],
      ['wrong_type', () => laptop.as('')],
      ['wrong_type', () => laptop.as(undefined as unknown as string)],
      ['wrong_type', () => laptop.commit(undefined as unknown as [])],
      ['wrong_type', () => laptop.commit([undefined] as unknown as [])],
      ['wrong_type', () => laptop.commit([{ operation: 'update' }] as unknown as [])],
      ['wrong_type', () => laptop.edit('task', 'one', undefined as unknown as () => undefined)],
      ['wrong_type', () => laptop.edit('task', 'one', () => 'text' as unknown as Record<string, never>)],
      ['wrong_type', () => laptop.edit('task', 'one', (async () => ({ a: 1 })) as unknown as () => undefined)],
      ['wrong_type', () => laptop.import(undefined as unknown as [])],
      ['wrong_type', () => laptop.import(7 as unknown as [])],
      ['wrong_type', () => laptop.preview(null as unknown as [])],
      ['bad_cut', () => laptop.at(7 as unknown as Record<string, number>).list()],
      ['bad_cut', () => laptop.at({ laptop: -1 }).get('task', 'one')],
      ['bad_cut', () => laptop.at({ laptop: 1.5 }).conflicts()],
      ['bad_cut', () => collect(laptop.export({ since: { laptop: 'x' as unknown as number } }))],
      ['bad_resolution', () => laptop.conflicts.resolve('x', undefined as unknown as { readonly choose: string })],
      ['bad_resolution', () => laptop.conflicts.resolve('x', {} as unknown as { readonly choose: string })],
      ['conflict_not_found', () => laptop.conflicts.resolve('x', { value: 1 })],
      ['conflict_not_found', () => laptop.conflicts.undo('x')],
      ['wrong_type', () => collect(laptop.list({ limit: -1 }))],
      ['wrong_type', () => collect(laptop.list({ limit: 'x' as unknown as number }))],
      ['wrong_type', () => collect(laptop.list({ orderBy: 'size' as 'id' }))],
      ['wrong_type', () => laptop.conflicts.list({ limit: -1 })],
      ['wrong_type', () => laptop.conflicts.list({ status: 'open' as 'resolved' })],
      ['wrong_type', () => laptop.parked({ limit: -1 })],
      ['wrong_type', () => laptop.get(7 as unknown as string, 'one')],
      ['wrong_type', () => laptop.history('task', undefined as unknown as string)],
      ['wrong_type', () => laptop.explain('', 'one')],
    ];
    const answers = [];
    for (const [, call] of refusals) answers.push(await codeOf(call));

    expect(answers.map((code, index) => `${index} ${String(code)}`)).toEqual(
      refusals.map(([code], index) => `${index} ${code}`),
    );
    expect(await standOf(laptop)).toEqual(before);
    expect(await laptop.verify()).toMatchObject({ ok: true });
  });

  test('after closing every call is refused, and a second close is none (I19)', async () => {
    const laptop = await siteOn(kind).open('laptop');
    await laptop.close();
    await laptop.close();

    expect(await codeOf(() => laptop.get('task', 'one'))).toBe('store_closed');
    expect(await codeOf(() => laptop.create('task', 'one', {}))).toBe('store_closed');
    expect(await codeOf(() => laptop.import([good]))).toBe('store_closed');
    expect(await codeOf(() => laptop.digest())).toBe('store_closed');
  });
});

test('openReplica refuses what it cannot work with (I19)', async () => {
  const wrong: readonly unknown[] = [
    undefined,
    {},
    { agentId: '' },
    { agentId: 7 },
    { agentId: 'a', replicaId: '' },
    { agentId: 'a', replicaId: '\uD800' },
    { agentId: 'a', file: '' },
    { agentId: 'a', file: ':memory:' },
    { agentId: 'a', policy: {} },
    { agentId: 'a', clock: 7 },
    { agentId: 'a', onPolicyMismatch: 'never' },
  ];
  const codes = [];
  for (const options of wrong) codes.push(await codeOf(() => openReplica(options as OpenOptions)));
  expect(codes).toEqual(wrong.map(() => 'wrong_type'));
});

test('malformed lines of a bundle are named by number, and the rest of the file counts (I47, I49)', async () => {
  const file = join(temporaryFolder(), 'bundle.ndjson');
  writeFileSync(
    file,
    [
      JSON.stringify(good),
      '{"half":',
      '',
      JSON.stringify({ ...good, operation: 'upsert' }),
      `${JSON.stringify(good).slice(0, -1)},"seq":1}`,
      JSON.stringify(other),
    ].join('\n'),
  );
  const laptop: Replica = await siteOn('memory').open('laptop');
  const report = await laptop.services.merger.mergeChecked(readBundle(file, { sha256 }));

  expect(report).toMatchObject({ applied: 2, rejectedCount: 3 });
  expect(report.rejected.map(({ line, error }) => [line, error.code])).toEqual([
    [2, 'bad_json'],
    [4, 'unknown_operation'],
    [5, 'duplicate_key'],
  ]);
  const phone = await siteOn('memory').open('phone');
  const sync = phone.connect(bundleRemote({ file }));
  expect(await sync.now()).toMatchObject({ applied: 2, rejectedCount: 3 });
  await sync.close();
  expect(await phone.digest()).toBe(await laptop.digest());
});
