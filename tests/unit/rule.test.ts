/** A rule made from a decision: which conflicts it is about, what it says of them, and what is no rule. */
import { describe, expect, test } from 'vitest';
import { decideByChoice, decideByRule } from '../../src/domain/automation/rule-decision.js';
import {
  checkRule,
  isRuled,
  isRuleStrategy,
  matchesRule,
  ruledConflictTypes,
  ruleStrategies,
  ruleStrategy,
  type RuleChoice,
  type RuleMatch,
} from '../../src/domain/automation/rule.js';
import { ReknitError } from '../../src/domain/shared/errors.js';
import type { ConflictType, Unit } from '../../src/domain/strategies/merge-strategy.js';
import { address, conflict, dependency, existence, field, sibling, whole } from '../support/strategy-cases.js';

const about = (unit: Unit = field, conflictType: ConflictType = 'concurrent_modification') => ({
  resourceType: 'task',
  resourceId: 't1',
  unit,
  conflictType,
});

describe('a rule is about', () => {
  test.each<[string, RuleMatch]>([
    ['all conflicts of a type', { resourceType: 'task' }],
    ['those of a resource', { resourceType: 'task', resourceId: 't1' }],
    ['those of a field', { resourceType: 'task', unit: { kind: 'field', field: 'status' } }],
    ['those of a kind', { resourceType: 'task', conflictType: 'concurrent_modification' }],
  ])('%s', (_what, match) => {
    expect(matchesRule(match, about())).toBe(true);
  });

  test.each<[string, RuleMatch]>([
    ['another type', { resourceType: 'track' }],
    ['another resource', { resourceType: 'task', resourceId: 't2' }],
    ['another field', { resourceType: 'task', unit: { kind: 'field', field: 'title' } }],
    ['a group', { resourceType: 'task', unit: { kind: 'group', group: 'status' } }],
    ['existence', { resourceType: 'task', unit: { kind: 'existence' } }],
    ['the whole resource', { resourceType: 'task', unit: { kind: 'resource' } }],
    ['another kind', { resourceType: 'task', conflictType: 'create_create' }],
  ])('no conflict of a field, where it is about %s', (_what, match) => {
    expect(matchesRule(match, about())).toBe(false);
  });

  test('a group by its name, and the whole resource and existence wherever they are', () => {
    const of = (unit: NonNullable<RuleMatch['unit']>) => ({ resourceType: 'task', unit });

    expect(matchesRule(of({ kind: 'group', group: 'address' }), about(address))).toBe(true);
    expect(matchesRule(of({ kind: 'group', group: 'name' }), about(address))).toBe(false);
    expect(matchesRule(of({ kind: 'resource' }), about(whole))).toBe(true);
    expect(matchesRule(of({ kind: 'existence' }), about(existence, 'delete_update'))).toBe(true);
    expect(matchesRule(of({ kind: 'field', field: 'address' }), about(address))).toBe(false);
  });

  test('neither a dependency nor a disagreement between decisions, whatever it matches', () => {
    const all = { resourceType: 'task' };

    expect(matchesRule(all, about(dependency, 'dependency'))).toBe(false);
    expect(matchesRule(all, about(field, 'concurrent_resolution'))).toBe(false);
    expect(isRuled(about(dependency, 'concurrent_modification'))).toBe(false);
    expect(isRuled(about(field, 'dependency'))).toBe(false);
    expect(ruledConflictTypes.every((type) => isRuled(about(field, type)))).toBe(true);
    expect(ruledConflictTypes).toEqual(['concurrent_modification', 'delete_update', 'create_create']);
  });
});

describe('a rule decides', () => {
  const early = { timestamp: '2026-01-01T00:00:00.000Z' };
  const late = { timestamp: '2026-01-02T00:00:00.000Z' };
  const sides = [
    sibling('phone:1', 'x', { ...early, eventId: 'e1', agentId: 'ada' }),
    sibling('phone:2', 'y', { ...late, eventId: 'e2', agentId: 'bob' }),
    sibling('laptop:1', 'z', { ...early, eventId: 'e3', agentId: 'ada', priority: 3 }),
  ];
  const given = conflict(sides);
  const tags = conflict([sibling('a:1', ['x']), sibling('b:1', ['y', 'x'])]);

  test.each<[RuleChoice, unknown]>([
    [{ replicaId: 'phone' }, { choose: 'e2' }],
    [{ replicaId: 'laptop' }, { choose: 'e3' }],
    [{ replicaId: 'desk' }, undefined],
    [{ agentId: 'bob' }, { choose: 'e2' }],
    [{ agentId: 'cy' }, undefined],
    [{ strategy: 'last_write_wins' }, { choose: 'e2' }],
    [{ strategy: 'priority_based' }, { choose: 'e3' }],
    [{ strategy: 'three_way' }, undefined],
    [{ strategy: 'user_choice' }, undefined],
    [{ strategy: 'nothing' }, undefined],
    [{ both: true }, undefined],
  ])('%j', (choose, decision) => {
    expect(decideByChoice(choose, given)).toEqual(decision);
    expect(decideByRule({ match: { resourceType: given.resourceType }, choose }, given)).toEqual(decision);
    expect(decideByRule({ match: { resourceType: 'another' }, choose }, given)).toBeUndefined();
  });

  test('for both, and for a value that a strategy makes', () => {
    expect(decideByChoice({ both: true }, tags)).toEqual({ value: ['x', 'y'] });
    expect(decideByChoice({ strategy: 'union' }, tags)).toEqual({ value: ['x', 'y'] });
    expect(decideByChoice({ strategy: 'union' }, tags, { validate: () => 'no' })).toBeUndefined();
  });

  test('nothing of a dependency', () => {
    expect(
      decideByChoice({ replicaId: 'phone' }, conflict(sides, { unit: dependency, conflictType: 'dependency' })),
    ).toBeUndefined();
  });

  test('by strategies that go by the conflict alone', () => {
    expect(ruleStrategies.every(isRuleStrategy)).toBe(true);
    expect(['user_choice', 'prefer_agent', '', 'toString'].some(isRuleStrategy)).toBe(false);
    expect(ruleStrategies.map((name) => ruleStrategy(name).name)).toEqual([...ruleStrategies]);
  });
});

describe('what is said of a rule', () => {
  const match = { resourceType: 'task' };
  const choose = { replicaId: 'phone' };
  const kinds = 'concurrent_modification, delete_update, create_create';
  const labelWords = 'a rule has a label of 1 to 200 characters, or none';
  const typeWords = 'a rule matches one resource type at least';
  const unitWords =
    'a rule matches a unit as { kind: "field", field }, { kind: "group", group }, { kind: "resource" } or { kind: "existence" }';
  const choiceWords = `a rule chooses one of { replicaId }, { agentId }, { both: true } or { strategy }, which is one of ${ruleStrategies.join(', ')}`;

  test.each<[unknown, unknown, unknown]>([
    [match, choose, undefined],
    [match, choose, 'x'],
    [match, choose, 'x'.repeat(200)],
    [{ resourceType: 'x'.repeat(512) }, choose, undefined],
    [{ ...match, resourceId: 't1' }, choose, undefined],
    ...ruledConflictTypes.map((conflictType): [unknown, unknown, unknown] => [
      { ...match, conflictType },
      choose,
      undefined,
    ]),
    [{ ...match, unit: { kind: 'field', field: 'status' } }, choose, undefined],
    [{ ...match, unit: { group: 'address', kind: 'group' } }, choose, undefined],
    [{ ...match, unit: { kind: 'resource' } }, choose, undefined],
    [{ ...match, unit: { kind: 'existence' } }, choose, undefined],
    [match, { agentId: 'ada' }, undefined],
    [match, { both: true }, undefined],
    ...ruleStrategies.map((strategy): [unknown, unknown, unknown] => [match, { strategy }, undefined]),
  ])('%j, %j and %j is right', (matched, chosen, label) => {
    expect(() => checkRule(matched, chosen, label)).not.toThrow();
  });

  test.each<[unknown, unknown, unknown, string]>([
    [match, choose, '', labelWords],
    [match, choose, 1, labelWords],
    [match, choose, null, labelWords],
    [match, choose, 'x'.repeat(201), labelWords],
    [undefined, choose, undefined, typeWords],
    ['task', choose, undefined, typeWords],
    [{}, choose, undefined, typeWords],
    [{ resourceType: '' }, choose, undefined, typeWords],
    [{ resourceType: 1 }, choose, undefined, typeWords],
    [{ resourceType: 'x'.repeat(513) }, choose, undefined, typeWords],
    [
      { ...match, field: 'status' },
      choose,
      undefined,
      'a rule matches by resourceType, resourceId, unit and conflictType, not by "field"',
    ],
    [{ ...match, resourceId: '' }, choose, undefined, 'a rule matches a resource by its id'],
    [{ ...match, resourceId: 1 }, choose, undefined, 'a rule matches a resource by its id'],
    ...['dependency', 'concurrent_resolution', '', null].map((conflictType): [unknown, unknown, unknown, string] => [
      { ...match, conflictType },
      choose,
      undefined,
      `a rule decides conflicts of the types ${kinds}: others are for people`,
    ]),
    ...[
      'status',
      null,
      {},
      { kind: 'field' },
      { kind: 'field', field: '' },
      { kind: 'field', field: 'status', group: 'x' },
      { kind: 'field', group: 'x' },
      { kind: 'group' },
      { kind: 'group', group: 1 },
      { kind: 'group', field: 'x' },
      { kind: 'resource', field: 'x' },
      { kind: 'existence', field: 'x' },
      { kind: 'dependency' },
    ].map((unit): [unknown, unknown, unknown, string] => [{ ...match, unit }, choose, undefined, unitWords]),
    ...[
      undefined,
      'phone',
      {},
      { replicaId: '' },
      { agentId: 1 },
      { replicaId: 'phone', agentId: 'ada' },
      { both: false },
      { both: 'true' },
      { strategy: 'user_choice' },
      { strategy: ['union'] },
      { value: 'x' },
    ].map((chosen): [unknown, unknown, unknown, string] => [match, chosen, undefined, choiceWords]),
  ])('%j, %j and %j is refused', (matched, chosen, label, message) => {
    expect(() => checkRule(matched, chosen, label)).toThrow(new ReknitError('bad_rule', message));
  });
});
