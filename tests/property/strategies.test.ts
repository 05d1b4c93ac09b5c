import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { canonicalJson } from '../../src/domain/shared/canonical-json.js';
import type { JsonObject } from '../../src/domain/shared/json.js';
import type { GeneralStrategy } from '../../src/domain/strategies/any-strategy.js';
import type { ConflictType, MergeStrategy } from '../../src/domain/strategies/merge-strategy.js';
import {
  byConflict,
  byField,
  cascade,
  compareWrites,
  conflictTypes,
  defaultPolicy,
  definePolicy,
  deleteWins,
  detach,
  firstThatDecides,
  lastWriteWins,
  maximum,
  minimum,
  policyFromData,
  preferAgent,
  priorityBased,
  restore,
  review,
  runStrategy,
  shippedNames,
  strategyData,
  strategyFromData,
  threeWay,
  union,
  updateWins,
  userChoice,
  type PolicyOptions,
} from '../../src/domain/strategies/index.js';
import { defineResource, reference, register } from '../../src/domain/resource-definition/index.js';
import { conflictCases, fieldConflicts, strategyLaws } from '../../src/testing/index.js';
import { propertyOptions } from '../support/property-options.js';

const simple: readonly GeneralStrategy[] = [
  lastWriteWins(), priorityBased(), userChoice(), threeWay(), deleteWins(), updateWins(), restore(), detach(), cascade(), review(),
  minimum(), maximum(), union(), preferAgent(['claude-2', 'mia']),
]; // prettier-ignore

const combined: readonly MergeStrategy[] = [
  byConflict({ delete_update: deleteWins(), dependency: cascade(), otherwise: priorityBased() }),
  byField({ title: union(), status: threeWay(), address: minimum(), trackId: detach(), otherwise: lastWriteWins() }),
  firstThatDecides(preferAgent('claude-1'), threeWay(), byConflict({ delete_update: updateWins() }), priorityBased()),
];

describe('every shipped strategy keeps the laws', () => {
  it('leaves none out', () => {
    expect(new Set([...simple, ...combined].map(({ name }) => name))).toEqual(new Set(shippedNames));
  });

  for (const strategy of [...simple, ...combined])
    for (const { name, run } of strategyLaws(strategy, propertyOptions())) test(name, run);

  for (const { name, run } of strategyLaws(union(), {
    ...propertyOptions(),
    values: fc.array(fc.constantFrom('a', 'b', 'c')),
  }))
    test(`on lists, ${name}`, run);
});

describe('what the shipped strategies decide', () => {
  it('last write wins: nothing was written later than the winner', () => {
    fc.assert(
      fc.property(conflictCases(), (conflict) => {
        const outcome = runStrategy(lastWriteWins(), conflict);
        const winner = conflict.siblings.find(({ dot }) => outcome.type === 'winner' && dot === outcome.dot);

        if (conflict.unit.kind === 'dependency') expect(outcome).toEqual({ type: 'undecided' });
        else
          for (const sibling of conflict.siblings)
            expect(winner && compareWrites(sibling, winner)).toBeLessThanOrEqual(0);
      }),
      propertyOptions(),
    );
  });

  it('last write order is total', () => {
    fc.assert(
      fc.property(conflictCases(), ({ siblings }) => {
        for (const a of siblings)
          for (const b of siblings) {
            expect(Math.sign(compareWrites(a, b)) + Math.sign(compareWrites(b, a))).toBe(0);
            expect(compareWrites(a, b) === 0).toBe(a.dot === b.dot);
          }
      }),
      propertyOptions(),
    );
  });

  it('three-way never overrides a change that somebody made', () => {
    fc.assert(
      fc.property(conflictCases(), (conflict) => {
        const outcome = runStrategy(threeWay(), conflict);

        if (outcome.type !== 'winner') return;
        const winner = conflict.siblings.find(({ dot }) => dot === outcome.dot);
        const values = new Set([conflict.base, winner?.value].map(canonicalJson));
        for (const { value } of conflict.siblings) expect(values).toContain(canonicalJson(value));
      }),
      propertyOptions(),
    );
  });

  it('the first that decides is the first that decides', () => {
    const parts = [threeWay(), minimum(), updateWins(), detach(), preferAgent('mia')];
    fc.assert(
      fc.property(conflictCases(), (conflict) => {
        const outcomes = parts.map((part) => runStrategy(part, conflict));

        expect(runStrategy(firstThatDecides(...parts), conflict)).toEqual(
          outcomes.find(({ type }) => type !== 'undecided') ?? { type: 'undecided' },
        );
      }),
      propertyOptions(),
    );
  });

  it('union holds every item that somebody wrote, once, and no other', () => {
    const lists = fieldConflicts(fc.array(fc.constantFrom(0, 1, '1', null), { maxLength: 4 }));
    fc.assert(
      fc.property(lists, (conflict) => {
        const outcome = runStrategy(union(), conflict);
        const items =
          outcome.type === 'value' && Array.isArray(outcome.value) ? (outcome.value as readonly unknown[]) : undefined;
        expect(items).toHaveLength(new Set(items).size);
        expect(new Set(items)).toEqual(new Set(conflict.siblings.flatMap(({ value }) => value ?? [])));
      }),
      propertyOptions(),
    );
  });
});

/** Strategies for values, nested as combinators do. */
const { strategy: strategies } = fc.letrec<{ strategy: GeneralStrategy }>((tie) => ({
  strategy: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.constantFrom(...simple.filter(({ name }) => !['restore', 'detach', 'cascade'].includes(name))),
    fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 3 }).map((agents) => preferAgent(agents)),
    fc.array(tie('strategy'), { minLength: 1, maxLength: 3 }).map((parts) => firstThatDecides(...parts)),
    fc
      .dictionary(fc.constantFrom(...conflictTypes, 'otherwise'), tie('strategy'), { minKeys: 1 })
      .map((parts) => byConflict(parts as Partial<Record<ConflictType | 'otherwise', GeneralStrategy>>)),
  ),
}));

const resources = fc
  .record({
    version: fc.integer({ min: 1, max: 9 }),
    title: fc.option(strategies, { nil: undefined }),
    own: fc.option(strategies, { nil: undefined }),
    address: fc.option(strategies, { nil: undefined }),
    onDelete: fc.option(fc.constantFrom(restore(), detach(), cascade(), review()), { nil: undefined }),
    isGrouped: fc.boolean(),
    fallback: fc.option(fc.string(), { nil: undefined }),
  })
  .map(({ version, title, own, address, onDelete, isGrouped, fallback }) => {
    const definition = defineResource('feature', {
      version,
      fields: {
        title: register(undefined, title === undefined ? {} : { strategy: title }),
        street: register(undefined, fallback === undefined ? {} : { default: fallback }),
        town: register(),
        trackId: reference('track', onDelete === undefined ? {} : { onDelete }),
      },
      ...(own === undefined ? {} : { strategy: own }),
    });
    return isGrouped
      ? definition.group('address', ['street', 'town'], address === undefined ? {} : { strategy: address })
      : definition;
  });

/** No member is called so anywhere, since some code that reads data would take it for something else. */
const refusedNames = ['__proto__', 'constructor', 'prototype'];

const policies: fc.Arbitrary<PolicyOptions> = fc
  .record({
    name: fc.string({ minLength: 1 }),
    version: fc.integer({ min: 1 }),
    resource: fc.option(resources, { nil: undefined }),
    fallback: fc.option(strategies, { nil: undefined }),
    agents: fc.dictionary(
      fc.string({ minLength: 1 }).filter((id) => !refusedNames.includes(id)),
      fc.record({ priority: fc.constantFrom('low', 'critical', 1.5, -1) }),
    ),
  })
  .map(({ name, version, resource, fallback, agents }) => ({
    name,
    version,
    agents,
    ...(resource === undefined ? {} : { resources: [resource] }),
    ...(fallback === undefined ? {} : { default: fallback }),
  })) as fc.Arbitrary<PolicyOptions>;

describe('policies as data', () => {
  test.each(refusedNames)('an agent that is called %s is refused at once', (agentId) => {
    const agents = JSON.parse(`{ ${JSON.stringify(agentId)}: { "priority": "low" } }`) as NonNullable<
      PolicyOptions['agents']
    >;

    expect(() => definePolicy({ name: 'named', version: 1, agents })).toThrow(
      expect.objectContaining({ code: 'invalid_policy', message: expect.stringContaining(agentId) as string }),
    );
  });

  it('come back from JSON with the same fingerprint and the same answers', () => {
    fc.assert(
      fc.property(policies, conflictCases(), (options, conflict) => {
        const policy = definePolicy(options);
        const rebuilt = policyFromData(JSON.parse(JSON.stringify(policy.data)));

        expect(rebuilt.fingerprint).toBe(policy.fingerprint);
        expect(rebuilt.data).toEqual(policy.data);
        expect(policy.isData).toBe(true);
        const answers = [policy, rebuilt].map((each) => {
          const rules = each.rulesFor('feature');
          return runStrategy(rules.strategyFor(conflict.unit, conflict.conflictType), conflict, rules);
        });
        expect(answers[1]).toEqual(answers[0]);
      }),
      propertyOptions(),
    );
  });

  it('show strategies that never give an answer of no use', () => {
    fc.assert(
      fc.property(strategies, conflictCases(), (strategy, conflict) => {
        const rebuilt = strategyFromData(
          JSON.parse(JSON.stringify(strategyData(strategy))) as ReturnType<typeof strategyData>,
        );

        expect(runStrategy(strategy, conflict).type).not.toBe('failed');
        expect(runStrategy(rebuilt, conflict)).toEqual(runStrategy(strategy, conflict));
      }),
      propertyOptions(),
    );
  });

  it('either come to life or are refused with a code, whatever someone sends', () => {
    const pieces = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom<unknown>(
        { name: 'union' },
        { name: 'by_conflict', options: { otherwise: { name: 'review' } } },
        1,
      ),
    );
    const { name: _, ...rest } = defaultPolicy.data;
    const keys = ['name', 'version', 'engine', 'default', 'byConflict', 'agents', 'resources'];
    const broken = fc
      .dictionary(fc.constantFrom(...keys), pieces)
      .map((some): JsonObject => ({ name: 'sent', ...rest, ...(some as JsonObject) }));
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), broken), (data) => {
        try {
          expect(policyFromData(data).fingerprint).toMatch(/^[0-9a-f]{64}$/);
        } catch (error) {
          expect(error).toMatchObject({ code: expect.stringMatching(/^(invalid_policy|policy_missing)$/) as string });
        }
      }),
      propertyOptions(),
    );
  });
});

describe('units', () => {
  it('have keys that name them and nothing else', () => {
    const names = fc.uniqueArray(
      fc.oneof(fc.constantFrom('street', 'address', '\0address', '\0\0address', 'title', '', '\0'), fc.string()),
    );
    fc.assert(
      fc.property(resources, names, (resource, fields) => {
        const rules = definePolicy({ name: 'test', version: 1, resources: [resource] }).rulesFor('feature');
        const units = fields.map((field) => rules.unitOf(field));

        for (const unit of units) expect(rules.unitByKey(unit.key)).toEqual(unit);
        expect(new Set(units.map(({ key }) => key)).size).toBe(
          new Set(units.map(({ unit }) => canonicalJson(unit))).size,
        );
      }),
      propertyOptions(),
    );
  });
});
