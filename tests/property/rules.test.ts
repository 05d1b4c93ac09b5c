/**
 * Rules made from decisions are habits of one replica: whatever different rules some replicas have, and in whatever
 * order they meet, they come to rest and agree to the byte. No rule ever answers a disagreement between resolutions,
 * and what one of them answers, it answers as a naive reading of the rule says.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  definePolicy,
  decideByRule,
  defineResource,
  isReknitError,
  register,
  ruleStrategies,
  takeBoth,
  userChoice,
  type ConflictCase,
  type Json,
  type Replica,
  type RuleChoice,
  type RuleMatch,
  type RuleRun,
} from '../../src/index.js';
import { propertyOptions } from '../support/property-options.js';
import { createSite, meet } from '../support/site.js';

const policy = definePolicy({
  name: 'rules',
  version: 1,
  resources: [
    defineResource('task', {
      version: 1,
      fields: { status: register(), tags: register(), street: register(), town: register() },
    }).group('address', ['street', 'town']),
  ],
  default: userChoice(),
  byConflict: { delete_update: userChoice() },
});

const values: readonly Record<string, Json>[] = [
  { status: 'done' },
  { status: 'blocked' },
  { tags: ['a'] },
  { tags: ['b', 'a'] },
  { tags: { x: 1 } },
  { tags: { y: 2 } },
  { street: 'Main' },
  { town: 'Ulm', street: 'Low' },
];

const match: fc.Arbitrary<RuleMatch> = fc.record(
  {
    resourceType: fc.constant('task'),
    resourceId: fc.constantFrom('one', 'two'),
    unit: fc.constantFrom<NonNullable<RuleMatch['unit']>>(
      { kind: 'field', field: 'status' },
      { kind: 'field', field: 'tags' },
      { kind: 'group', group: 'address' },
      { kind: 'existence' },
    ),
    conflictType: fc.constantFrom('concurrent_modification', 'delete_update', 'create_create'),
  },
  { requiredKeys: ['resourceType'] },
);
const names = ['r0', 'r1', 'r2'] as const;
const choose: fc.Arbitrary<RuleChoice> = fc.oneof(
  fc.record({ replicaId: fc.constantFrom(...names) }),
  fc.record({ agentId: fc.constantFrom('ada', 'bob') }),
  fc.record({ strategy: fc.constantFrom(...ruleStrategies) }),
  fc.constant({ both: true } as const),
);

const step = fc.record({
  do: fc.constantFrom('write', 'write', 'write', 'delete', 'meet', 'meet', 'undo'),
  who: fc.nat(2),
  other: fc.nat(2),
  id: fc.constantFrom('one', 'two'),
  value: fc.nat(values.length - 1),
  agent: fc.constantFrom('ada', 'bob'),
});

const refusals = async (act: () => Promise<unknown>): Promise<void> => {
  try {
    await act();
  } catch (error) {
    if (!isReknitError(error)) throw error;
  }
};

const everyoneMeets = async (replicas: readonly Replica[], runs: readonly RuleRun[]): Promise<void> => {
  for (let round = 0; round < 2; round += 1)
    for (const one of replicas) for (const other of replicas) if (one !== other) await meet(one, other);
  for (const run of runs) await run.settled();
};

test('replicas with different rules come to rest and agree to the byte (I32)', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(2), match, choose), { maxLength: 6 }),
      fc.array(step, { minLength: 4, maxLength: 25 }),
      async (rules, steps) => {
        const site = createSite('memory');
        const runs: RuleRun[] = [];
        try {
          const replicas: Replica[] = [];
          for (const name of names) replicas.push(await site.open(name, { policy, agentId: `owner of ${name}` }));
          for (const [who, matched, chosen] of rules)
            await replicas[who]?.rules.add({ match: matched, choose: chosen });
          runs.push(...replicas.map((replica) => replica.rules.run()));
          const [first] = replicas;
          if (first === undefined) return;
          for (const id of ['one', 'two']) await first.create('task', id, { status: 'todo', tags: [], town: 'Bonn' });
          await everyoneMeets(replicas, runs);

          for (const { do: what, who, other, id, value, agent } of steps) {
            const [one, two] = [replicas[who], replicas[other]];
            if (one === undefined || two === undefined) continue;
            if (what === 'meet' && one !== two) await meet(one, two);
            if (what === 'write') await refusals(() => one.update('task', id, values[value] ?? {}, { agentId: agent }));
            if (what === 'delete') await refusals(() => one.delete('task', id, { agentId: agent }));
            if (what === 'undo')
              for (const { conflictId } of (await one.conflicts.list({ status: 'resolved' })).slice(0, 1))
                await refusals(() => one.conflicts.undo(conflictId));
            if (value % 2 === 0) for (const run of runs) await run.settled();
          }

          // Nobody writes any more, so the rules have a last word, and then none.
          let before = '';
          let rounds = 0;
          for (;;) {
            await everyoneMeets(replicas, runs);
            const now = (await Promise.all(replicas.map(async (one) => (await one.status()).events))).join();
            if (now === before) break;
            before = now;
            rounds += 1;
            expect(rounds).toBeLessThan(10);
          }
          const digests = new Set(await Promise.all(replicas.map((one) => one.digest())));
          expect(digests.size).toBe(1);

          for (const replica of replicas) {
            for (const conflict of await replica.conflicts.list())
              for (const closer of conflict.closedBy)
                if (closer.ruleId !== undefined) expect(conflict.conflictType).not.toBe('concurrent_resolution');
            expect((await replica.verify()).ok).toBe(true);
          }
        } finally {
          for (const run of runs) await run.close();
          await site.close();
        }
      },
    ),
    propertyOptions({ numRuns: 12 }),
  );
});

/** The rule as a person would read it. */
const naive = (
  { match: wanted, choose: chosen }: { match: RuleMatch; choose: RuleChoice },
  one: ConflictCase,
): unknown => {
  const fits =
    one.unit.kind !== 'dependency' &&
    one.conflictType !== 'concurrent_resolution' &&
    one.conflictType !== 'dependency' &&
    wanted.resourceType === one.resourceType &&
    (wanted.resourceId ?? one.resourceId) === one.resourceId &&
    (wanted.conflictType ?? one.conflictType) === one.conflictType &&
    (wanted.unit === undefined ||
      Object.entries(wanted.unit).every(([member, value]) => (one.unit as Record<string, unknown>)[member] === value));
  if (!fits) return undefined;
  if ('both' in chosen) return takeBoth(one);
  if ('strategy' in chosen) return 'asked elsewhere';
  const mine = one.siblings
    .filter((side) => ('replicaId' in chosen ? side.replicaId === chosen.replicaId : side.agentId === chosen.agentId))
    .sort((a, b) => (a.timestamp < b.timestamp ? -1 : a.timestamp > b.timestamp ? 1 : a.counter - b.counter));
  const last = mine.at(-1);
  return last === undefined ? undefined : { choose: last.eventId };
};

const conflictCase: fc.Arbitrary<ConflictCase> = fc
  .record({
    resourceType: fc.constantFrom('task', 'other'),
    resourceId: fc.constantFrom('one', 'two'),
    unit: fc.constantFrom<ConflictCase['unit']>(
      { kind: 'field', field: 'status' },
      { kind: 'field', field: 'tags' },
      { kind: 'group', group: 'address', fields: ['street', 'town'] },
      { kind: 'existence' },
      { kind: 'dependency', field: 'track', target: { resourceType: 'track', resourceId: 'one' } },
    ),
    conflictType: fc.constantFrom(
      'concurrent_modification' as const,
      'delete_update' as const,
      'create_create' as const,
      'dependency' as const,
      'concurrent_resolution' as const,
    ),
    sides: fc.array(fc.record({ agentId: fc.constantFrom('ada', 'bob'), value: fc.jsonValue(), ms: fc.nat(3) }), {
      minLength: 2,
      maxLength: 3,
    }),
  })
  .map(({ sides, ...rest }) => ({
    ...rest,
    conflictId: 'c',
    hasBase: false,
    siblings: sides.map(({ agentId, value, ms }, index) => ({
      dot: `r${index}:1`,
      eventId: `e${index}`,
      replicaId: `r${index}`,
      seq: 1,
      agentId,
      operation: 'update' as const,
      timestamp: `2026-02-02T10:00:00.00${ms}Z`,
      counter: index,
      priority: 1,
      value: value as Json,
    })),
  }));

test('a rule decides what a person would read in it', () => {
  fc.assert(
    fc.property(match, choose, conflictCase, (matched, chosen, one) => {
      const rule = { match: matched, choose: chosen };
      const decision = decideByRule(rule, one);
      const expected = naive(rule, one);
      if (expected === 'asked elsewhere') return;
      expect(decision).toEqual(expected);
    }),
    propertyOptions({ numRuns: 500 }),
  );
});

test('taking both loses no item and no member, and does not depend on the order of the sides', () => {
  fc.assert(
    fc.property(conflictCase, (one) => {
      const both = takeBoth(one);
      const turned = takeBoth({ ...one, siblings: [...one.siblings].reverse() });
      expect(turned).toEqual(both);
      if (both === undefined) return;
      for (const { value } of one.siblings)
        if (Array.isArray(value)) for (const item of value) expect(both.value).toContainEqual(item);
        else expect(Object.keys(both.value as object)).toEqual(expect.arrayContaining(Object.keys(value as object)));
    }),
    propertyOptions({ numRuns: 500 }),
  );
});
