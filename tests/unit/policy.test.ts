import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../src/domain/shared/canonical-json.js';
import { portableSha256 } from '../../src/domain/shared/sha256.js';
import type { ConflictType, Unit } from '../../src/domain/strategies/merge-strategy.js';
import type { TypeRules } from '../../src/domain/strategies/policy.js';
import {
  byConflict,
  byField,
  cascade,
  defaultPolicy,
  definePolicy,
  defineStrategy,
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
  threeWay,
  undecided,
  union,
  updateWins,
  userChoice,
  type PolicyOptions,
} from '../../src/domain/strategies/index.js';
import { defineResource, reference, register } from '../../src/domain/resource-definition/index.js';
import { text } from '../support/definitions.js';

const policy = (options: Partial<PolicyOptions> = {}) => definePolicy({ name: 'test', version: 1, ...options });

const field = (name: string): Unit => ({ kind: 'field', field: name });
const existence: Unit = { kind: 'existence' };
const dependency = (name: string): Unit => ({
  kind: 'dependency',
  field: name,
  target: { resourceType: 'track', resourceId: 't' },
});

const named = (rules: TypeRules, unit: Unit, type: ConflictType = 'concurrent_modification') =>
  rules.strategyFor(unit, type).name;
const refused = (message: RegExp, code = 'invalid_policy') =>
  expect.objectContaining({ code, message: expect.stringMatching(message) as string });

const custom = defineStrategy({ name: 'mine', version: 4, options: { weight: 2 }, decide: () => undecided });

describe('which strategy decides', () => {
  it('without a word: the last write, the update over the delete, a person about dependencies', () => {
    const rules = defaultPolicy.rulesFor('anything');

    expect(named(rules, field('title'))).toBe('last_write_wins');
    expect(named(rules, field('title'), 'create_create')).toBe('last_write_wins');
    expect(named(rules, existence, 'delete_update')).toBe('update_wins');
    expect(named(rules, existence, 'concurrent_resolution')).toBe('last_write_wins');
    expect(named(rules, dependency('trackId'), 'dependency')).toBe('review');
  });

  it('a default of one’s own holds for everything but dependencies', () => {
    const rules = policy({ default: userChoice() }).rulesFor('anything');

    expect(named(rules, existence, 'delete_update')).toBe('user_choice');
    expect(named(rules, dependency('trackId'), 'dependency')).toBe('review');
  });

  it('the nearest that is said: field, kind in the type, type, kind in the policy, policy', () => {
    const levels = {
      own: { title: register(text, { strategy: maximum() }) },
      typeKind: { byConflict: { concurrent_modification: minimum() } },
      type: { strategy: priorityBased() },
      policyKind: { byConflict: { concurrent_modification: threeWay() } },
      policy: { default: userChoice() },
    };
    const rules = (fields: object, type: object, whole: object) =>
      policy({
        ...whole,
        resources: [defineResource('feature', { version: 1, fields: { title: register(text), ...fields }, ...type })],
      }).rulesFor('feature');
    const all = { ...levels.policyKind, ...levels.policy };

    expect(named(rules(levels.own, { ...levels.typeKind, ...levels.type }, all), field('title'))).toBe('maximum');
    expect(named(rules({}, { ...levels.typeKind, ...levels.type }, all), field('title'))).toBe('minimum');
    expect(named(rules({}, levels.type, all), field('title'))).toBe('priority_based');
    expect(named(rules({}, {}, all), field('title'))).toBe('three_way');
    expect(named(rules({}, {}, levels.policy), field('title'))).toBe('user_choice');
    expect(named(rules(levels.own, {}, {}), existence, 'delete_update')).toBe('update_wins');
    expect(named(rules(levels.own, levels.type, {}), existence, 'delete_update')).toBe('priority_based');
    expect(named(rules(levels.own, levels.type, {}), field('undeclared'))).toBe('priority_based');
  });

  it('for a dependency the reference, then the type, then the policy; a strategy for values is passed over', () => {
    const fields = {
      trackId: reference('track', { onDelete: cascade() }),
      parentId: reference('feature', { strategy: lastWriteWins() }),
    };
    const rules = (type: object, whole: object = {}) =>
      policy({ ...whole, resources: [defineResource('feature', { version: 1, fields, ...type })] }).rulesFor('feature');
    const whole = { byConflict: { dependency: detach() } };
    const of = (given: TypeRules, name: string) => named(given, dependency(name), 'dependency');

    expect(of(rules({ onDelete: restore() }, whole), 'trackId')).toBe('cascade');
    expect(of(rules({ onDelete: restore() }, whole), 'parentId')).toBe('restore');
    expect(of(rules({ byConflict: { dependency: restore() } }, whole), 'parentId')).toBe('restore');
    expect(of(rules({ strategy: threeWay() }, whole), 'parentId')).toBe('detach');
    expect(of(rules({ strategy: firstThatDecides(threeWay(), lastWriteWins()) }, whole), 'parentId')).toBe('detach');
    expect(of(rules({ strategy: userChoice() }, whole), 'parentId')).toBe('user_choice');
    expect(of(rules({ strategy: custom }, whole), 'parentId')).toBe('mine');
    expect(
      of(rules({ strategy: byConflict({ dependency: restore(), otherwise: lastWriteWins() }) }, whole), 'parentId'),
    ).toBe('by_conflict');
    expect(of(rules({ strategy: byField({ parentId: restore() }) }, whole), 'parentId')).toBe('by_field');
    expect(of(rules({}, whole), 'dependsOn')).toBe('detach');
    expect(of(rules({}), 'parentId')).toBe('review');
  });
});

describe('what a merge has to look up', () => {
  const rules = (options: Partial<PolicyOptions>) => policy(options).rulesFor('feature');
  const feature = (fields: Parameters<typeof defineResource>[1]['fields'], options: object = {}) => [
    defineResource('feature', { version: 1, fields, ...options }),
  ];

  it('is no more than the strategies of the type read', () => {
    expect(rules({})).toMatchObject({ usesBase: false, usesPriority: false });
    expect(rules({ default: threeWay() })).toMatchObject({ usesBase: true, usesPriority: false });
    expect(rules({ byConflict: { create_create: priorityBased() } })).toMatchObject({
      usesBase: false,
      usesPriority: true,
    });
    expect(rules({ default: threeWay(), resources: feature({}, { strategy: union() }) })).toMatchObject({
      usesBase: false,
    });
    expect(rules({ resources: feature({ title: register(text, { strategy: threeWay() }) }) })).toMatchObject({
      usesBase: true,
    });
    expect(
      rules({
        resources: feature({ a: register() }).map((one) => one.group('g', ['a'], { strategy: custom as never })),
      }),
    ).toMatchObject({
      usesBase: true,
      usesPriority: true,
    });
  });

  it('reads priority from the field that is named', () => {
    expect(rules({}).priorityField).toBe('priority');
    expect(rules({ resources: feature({}, { priorityField: 'urgency' }) }).priorityField).toBe('urgency');
  });

  it('knows the agents', () => {
    const { agentPriority } = policy({ agents: { lead: { priority: 'critical' }, bot: { priority: -2 } } });

    expect([agentPriority('lead'), agentPriority('bot'), agentPriority('toString')]).toEqual([3, -2, undefined]);
  });
});

describe('rules are looked up for every event', () => {
  it('and are made once', () => {
    const { rulesFor } = policy();

    expect(rulesFor('feature')).toBe(rulesFor('feature'));
    expect(rulesFor('feature').resourceType).toBe('feature');
    expect(rulesFor('feature').unitOf('title')).toBe(rulesFor('track').unitOf('title'));
  });

  it('without growing with the names that others make up', () => {
    const { rulesFor } = policy();

    for (let count = 0; count < 25_000; count += 1) {
      expect(rulesFor(`type-${count}`).resourceType).toBe(`type-${count}`);
      expect(rulesFor('feature').unitOf(`field-${count}`).key).toBe(`field-${count}`);
    }

    expect(rulesFor('feature').unitOf('field-1').unit).toEqual(field('field-1'));
  });
});

describe('the fingerprint', () => {
  it('is the hash of the data, where all of that is about merging', () => {
    const { fingerprint, data } = policy();

    expect(fingerprint).toBe(portableSha256(canonicalJson(data)));
    expect(data).toMatchObject({ engine: 1, name: 'test', version: 1 });
    expect(Object.isFrozen(data['byConflict'])).toBe(true);
  });

  it('is the same for policies that say the same', () => {
    const fields = { a: register(), b: register() };
    const one = (names: readonly ('a' | 'b')[], order: 'ab' | 'ba') =>
      defineResource('feature', { version: 1, fields: order === 'ab' ? fields : { b: fields.b, a: fields.a } }).group(
        'g',
        names,
      );
    const track = defineResource('track', { version: 1, fields: {} });

    expect(policy().fingerprint).toBe(
      policy({ default: lastWriteWins(), byConflict: { delete_update: updateWins(), dependency: review() } })
        .fingerprint,
    );
    expect(policy({ agents: { mia: { priority: 'high' } } }).fingerprint).toBe(
      policy({ agents: { mia: { priority: 2 } } }).fingerprint,
    );
    expect(policy({ resources: [one(['a', 'b'], 'ab'), track] }).fingerprint).toBe(
      policy({ resources: [track, one(['b', 'a'], 'ba')] }).fingerprint,
    );
  });

  it('differs with anything that may change an answer', () => {
    const feature = (options: object, fields: object = {}) =>
      policy({
        resources: [defineResource('feature', { version: 1, fields: { title: register(), ...fields }, ...options })],
      });
    const mine = (version: number, weight: number) =>
      policy({ default: defineStrategy({ name: 'mine', version, options: { weight }, decide: () => undecided }) });
    const policies = [
      policy(), policy({ name: 'other' }), policy({ version: 2 }), policy({ default: threeWay() }), policy({ byConflict: { delete_update: deleteWins() } }),
      policy({ agents: { mia: { priority: 1 } } }), policy({ default: preferAgent('mia') }), policy({ default: preferAgent('claude-1') }),
      mine(1, 1), mine(2, 1), mine(1, 2), policy({ default: firstThatDecides(threeWay(), userChoice()) }), policy({ default: firstThatDecides(userChoice(), threeWay()) }),
      feature({}), feature({ version: 2 }), feature({ granularity: 'resource' }), feature({ priorityField: 'urgency' }), feature({ strategy: union() }),
      feature({ byConflict: { delete_update: deleteWins() } }), feature({ onDelete: restore() }), feature({ version: 2, upcast: { 1: (payload: object) => payload } }),
      feature({}, { title: register(undefined, { strategy: maximum() }) }), feature({}, { title: register(text) }),
      feature({}, { title: reference('track') }), feature({}, { title: reference('feature') }), feature({}, { title: reference('track', { onDelete: detach() }) }),
    ]; // prettier-ignore

    expect(new Set(policies.map(({ fingerprint }) => fingerprint)).size).toBe(policies.length);
  });

  it('stays when only an index, a default or the library of a schema changes, and the data says them', () => {
    const feature = (fields: object, options: object = {}) =>
      policy({
        resources: [defineResource('feature', { version: 1, fields: { title: register(), ...fields }, ...options })],
      });
    const indexed = feature({}, { indexes: ['title'] });
    const withDefault = feature({ title: register(undefined, { default: 'untitled' }) });
    const otherLibrary = { '~standard': { ...text['~standard'], vendor: 'another' } };

    expect([indexed, withDefault].map(({ fingerprint }) => fingerprint)).toEqual(
      [1, 2].map(() => feature({}).fingerprint),
    );
    expect(feature({ title: register(otherLibrary) }).fingerprint).toBe(feature({ title: register(text) }).fingerprint);
    expect(indexed.data['resources']).toMatchObject({ feature: { indexes: ['title'] } });
    expect(withDefault.data['resources']).toMatchObject({ feature: { fields: { title: { default: 'untitled' } } } });
  });

  it('says in the data which parts are code', () => {
    const policies = [
      policy({ default: custom }),
      policy({ default: firstThatDecides(custom, lastWriteWins()) }),
      policy({ resources: [defineResource('feature', { version: 1, fields: { title: register(text) } })] }),
      policy({
        resources: [defineResource('feature', { version: 2, fields: {}, upcast: { 1: (payload) => payload } })],
      }),
      policy({
        resources: [defineResource('feature', { version: 1, fields: { a: reference('b', { onDelete: custom }) } })],
      }),
      policy({
        resources: [
          defineResource('feature', { version: 1, fields: { a: register() } }).group('g', ['a'], {
            strategy: custom as never,
          }),
        ],
      }),
    ];

    expect(policies.map(({ isData }) => isData)).toEqual(policies.map(() => false));
    expect(policies[0]?.data['byConflict']).toMatchObject({
      create_create: { name: 'mine', version: 4, options: { weight: 2 } },
    });
    expect(policies[2]?.data['resources']).toMatchObject({
      feature: { fields: { title: { kind: 'register', schema: 'tiny' } } },
    });
    for (const { data } of policies)
      expect(() => policyFromData(data)).toThrow(refused(/load the module/, 'policy_missing'));
  });
});

describe('a policy from data', () => {
  const full = policy({
    default: firstThatDecides(preferAgent(['lead']), threeWay()),
    byConflict: { dependency: firstThatDecides(restore(), review()) },
    agents: { lead: { priority: 'high' } },
    resources: [
      defineResource('feature', {
        version: 7,
        fields: {
          title: register(undefined, { strategy: maximum(), default: 'untitled' }),
          street: register(),
          town: register(),
          trackId: reference('track', { onDelete: cascade(), strategy: minimum() }),
        },
        indexes: ['title'],
        strategy: byField({ title: union(), otherwise: userChoice() }),
        byConflict: { delete_update: deleteWins() },
        onDelete: detach(),
        priorityField: 'urgency',
      }).group('address', ['street', 'town'], { strategy: priorityBased() }),
      defineResource('document', { version: 1, fields: { title: register() }, granularity: 'resource' }),
    ],
  });

  it('is the policy that it was', () => {
    const rebuilt = policyFromData(JSON.parse(canonicalJson(full.data)));
    const rules = rebuilt.rulesFor('feature');

    expect(full.isData).toBe(true);
    expect(rebuilt.fingerprint).toBe(full.fingerprint);
    expect(rebuilt.isData).toBe(true);
    expect(named(rules, field('title'))).toBe('maximum');
    expect(named(rules, rules.unitOf('town').unit)).toBe('priority_based');
    expect(named(rules, dependency('trackId'), 'dependency')).toBe('cascade');
    expect(named(rules, existence, 'delete_update')).toBe('delete_wins');
    expect(rules.definition?.defaults.get('title')).toBe('untitled');
    expect(rebuilt.agentPriority('lead')).toBe(2);
    expect(rebuilt.rulesFor('document').unitOf('title').key).toBe('');
    expect(policyFromData(defaultPolicy.data).fingerprint).toBe(defaultPolicy.fingerprint);
  });

  it('may be written by hand, leaving out what goes without saying', () => {
    const written = policyFromData({
      name: 'test',
      version: 1,
      default: { name: 'three_way' },
      resources: { feature: { version: 1, fields: { title: { kind: 'register', strategy: { name: 'union' } } } } },
    });

    expect(written.fingerprint).toBe(
      policy({
        default: threeWay(),
        resources: [
          defineResource('feature', { version: 1, fields: { title: register(undefined, { strategy: union() }) } }),
        ],
      }).fingerprint,
    );
  });

  it('is refused rather than understood in part', () => {
    const base = { name: 'test', version: 1 };
    const feature = (resource: object) => ({
      ...base,
      resources: { feature: { version: 1, fields: {}, ...resource } },
    });

    expect(() => policyFromData(undefined)).toThrow(refused(/is an object/));
    expect(() => policyFromData([])).toThrow(refused(/is an object/));
    expect(() => policyFromData({})).toThrow(refused(/name/));
    expect(() => policyFromData({ ...base, engine: 2 })).toThrow(refused(/version 2 of the merge rules/));
    expect(() => policyFromData({ ...base, strategy: {} })).toThrow(refused(/"strategy" is not known/));
    expect(() => policyFromData({ ...base, agents: { mia: { priority: 'urgent' } } })).toThrow(refused(/priority/));
    expect(() => policyFromData(feature({ retention: 3 }))).toThrow(refused(/"retention" is not known/));
    expect(() => policyFromData(feature({ indexes: 'title' }))).toThrow(refused(/list of names/));
    expect(() => policyFromData(feature({ fields: { a: { kind: 'blob' } } }))).toThrow(
      refused(/no kind of field "blob"/),
    );
    expect(() => policyFromData(feature({ fields: { a: { kind: 'toString' } } }))).toThrow(refused(/no kind of field/));
    expect(() => policyFromData(feature({ fields: { a: { kind: 'reference' } } }))).toThrow(refused(/resource type/));
    expect(() =>
      policyFromData(feature({ fields: { a: { kind: 'register', onDelete: { name: 'restore' } } } })),
    ).toThrow(refused(/takes no "onDelete"/));
    expect(() => policyFromData(feature({ fields: { a: { kind: 'register', options: { max: 3 } } } }))).toThrow(
      refused(/takes no "max"/),
    );
    expect(() => policyFromData(feature({ groups: { g: { fields: ['a'] } } }))).toThrow(refused(/not declared/));
  });
});

describe('a policy is refused', () => {
  it('without a name and a version, with a type defined twice, with strategies where they decide nothing', () => {
    const feature = defineResource('feature', { version: 1, fields: {} });

    expect(() => policy({ name: '' })).toThrow(refused(/name/));
    expect(() => policy({ version: 0 })).toThrow(refused(/version/));
    expect(() => policy({ resources: [feature, feature] })).toThrow(refused(/defined twice/));
    expect(() => policy({ resources: { feature } as never })).toThrow(refused(/a list of definitions/));
    expect(() => policy({ resources: [{} as never] })).toThrow(refused(/defineResource/));
    expect(() => policy({ default: cascade() })).toThrow(refused(/dependencies only/));
    expect(() => policy({ byConflict: { dependency: union() } })).toThrow(refused(/never decides/));
    expect(() => policy({ default: { ...lastWriteWins(), decide: () => undecided } })).toThrow(
      refused(/name of its own/),
    );
    expect(() => policy({ agents: { '': { priority: 1 } } })).toThrow(refused(/id/));
  });
});
