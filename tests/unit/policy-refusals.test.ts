/** What could never be meant is refused where it is written, with what to write instead: policies, resources, strategies. */
import { describe, expect, test } from 'vitest';

import {
  defineResource,
  reference,
  register,
  set,
  type AnyResource,
} from '../../src/domain/resource-definition/index.js';
import { ReknitError } from '../../src/domain/shared/errors.js';
import {
  byConflict,
  byField,
  cascade,
  definePolicy,
  defineStrategy,
  firstThatDecides,
  lastWriteWins,
  maximum,
  policyFromData,
  preferAgent,
  restore,
  strategyFromData,
  undecided,
} from '../../src/domain/strategies/index.js';
import { text } from '../support/definitions.js';

/** Not every caller has a compiler. */
type Untyped = (...given: readonly unknown[]) => unknown;
const policy = definePolicy as Untyped;
const strategy = defineStrategy as Untyped;

const refusalOf = (act: () => unknown): string | undefined => {
  try {
    act();
    return undefined;
  } catch (error) {
    if (!(error instanceof ReknitError)) throw error;
    return `${error.code}: ${error.message}`;
  }
};
const refuses = (cases: readonly (readonly [string, () => unknown])[]): void => {
  expect(cases.map(([, act]) => refusalOf(act))).toEqual(cases.map(([message]) => message));
};
const takes = (...acts: readonly (() => unknown)[]): void => {
  expect(acts.map(refusalOf)).toEqual(acts.map(() => undefined));
};

const mine = defineStrategy({ name: 'mine', version: 1, decide: () => undecided });
const long = 'x'.repeat(513);

describe('a policy', () => {
  const of = (facts: object) => () => policy({ name: 'p', version: 1, ...facts });
  const task = defineResource('task', { version: 1, fields: {} });

  test('has a name and a version', () => {
    const nameWords = "invalid_policy: a policy's name is a text of 1 to 512 characters, not";
    const versionWords = 'invalid_policy: the version of the policy "p" is a whole number from 1';

    refuses([
      ['invalid_policy: definePolicy takes an object: { name, version, resources }', () => policy(undefined)],
      [`${nameWords} ""`, of({ name: '' })],
      [`${nameWords} 1`, of({ name: 1 })],
      [`${nameWords} "\\ud800"`, of({ name: '\uD800' })],
      [`${nameWords} "${'x'.repeat(199)}…`, of({ name: long })],
      [versionWords, of({ version: 0 })],
      [versionWords, of({ version: 1.5 })],
      [versionWords, of({ version: '1' })],
    ]);
    takes(of({}), of({ name: 'x'.repeat(512), version: 7 }));
  });

  test('has each resource once, as it was defined', () => {
    refuses([
      ['invalid_policy: resources is a list of definitions: [defineResource(…), …]', of({ resources: {} })],
      ['invalid_policy: a resource is what defineResource returns', of({ resources: [null] })],
      ['invalid_policy: a resource is what defineResource returns', of({ resources: [{ resourceType: 'task' }] })],
      ['invalid_policy: a resource is what defineResource returns', of({ resources: [{ fields: {} }] })],
      ['invalid_policy: "task" is defined twice: keep one definition', of({ resources: [task, task] })],
    ]);
  });

  test('has agents with priorities', () => {
    const words = 'invalid_policy: the priority of agent "ada" is low, medium, high, critical or a number';

    refuses([
      ['invalid_policy: agents is an object, from the id of an agent to { priority }', of({ agents: 'ada' })],
      ['invalid_policy: an agent has an id that is not empty', of({ agents: { '': { priority: 1 } } })],
      ['invalid_policy: an agent has an id that is not empty', of({ agents: { '\uD800': { priority: 1 } } })],
      [
        'invalid_policy: agents has a member named "constructor", which is refused for safety',
        of({ agents: { constructor: { priority: 1 } } }),
      ],
      [words, of({ agents: { ada: {} } })],
      [words, of({ agents: { ada: undefined } })],
      [words, of({ agents: { ada: { priority: 'urgent' } } })],
      [words, of({ agents: { ada: { priority: Infinity } } })],
    ]);
    takes(of({ agents: { ada: { priority: 'low' }, bob: { priority: -3 } } }));
  });

  test('has strategies where they can answer', () => {
    const noStrategy =
      'that is no strategy: use a shipped one, such as lastWriteWins(), or defineStrategy({ name, version, decide })';

    refuses([
      [`invalid_policy: policy, default: ${noStrategy}`, of({ default: 'last_write_wins' })],
      [`invalid_policy: policy, default: ${noStrategy}`, of({ default: { name: 'x', version: 1 } })],
      [
        'invalid_policy: policy, default: "restore" decides dependencies only: give it to a reference as onDelete, or as byConflict.dependency',
        of({ default: restore() }),
      ],
      [
        'invalid_policy: policy, byConflict is an object, from a kind of conflict to a strategy',
        of({ byConflict: 'last' }),
      ],
      [
        'invalid_policy: policy, byConflict: "update_update" is no kind of conflict: use concurrent_modification, delete_update, create_create, dependency, concurrent_resolution',
        of({ byConflict: { update_update: lastWriteWins() } }),
      ],
      [
        'invalid_policy: policy, byConflict.dependency: "maximum" never decides a dependency: use restore(), detach(), cascade() or review()',
        of({ byConflict: { dependency: maximum() } }),
      ],
      [
        'invalid_policy: policy, byConflict.create_create: "cascade" decides dependencies only: give it to a reference as onDelete, or as byConflict.dependency',
        of({ byConflict: { create_create: cascade() } }),
      ],
    ]);
    takes(
      of({ default: mine, byConflict: { dependency: mine, create_create: undefined } }),
      of({ byConflict: { dependency: byConflict({ dependency: restore(), otherwise: maximum() }) } }),
      of({ byConflict: { dependency: byField({ trackId: restore() }) } }),
      of({ byConflict: { dependency: firstThatDecides(lastWriteWins(), cascade()) } }),
    );
    for (const deaf of [
      byConflict({ dependency: maximum(), otherwise: restore() }),
      byConflict({ create_create: restore() }),
      byField({ trackId: maximum() }),
      firstThatDecides(lastWriteWins()),
    ])
      expect(refusalOf(of({ byConflict: { dependency: deaf } }))).toMatch(`"${deaf.name}" never decides a dependency`);
  });
});

describe('a strategy', () => {
  const of = (facts: object) => (): unknown => strategy({ name: 'own', version: 1, decide: () => undecided, ...facts });

  test('of one’s own has a name, a version, options, claims and a function', () => {
    const nameWords = "invalid_policy: a strategy's name is a text of 1 to 200 characters, not";
    const versionWords =
      'invalid_policy: the version of "own" must be a whole number from 1, raised whenever it may answer differently, not';
    const claimWords = 'invalid_policy: usesBase and usesPriority of "own" must be true or false';

    refuses([
      ['invalid_policy: defineStrategy takes an object: { name, version, decide }', () => strategy(null)],
      [`${nameWords} ""`, of({ name: '' })],
      [`${nameWords} 1`, of({ name: 1 })],
      [`${nameWords} "\\ud800"`, of({ name: '\uD800' })],
      [`${nameWords} "${'x'.repeat(199)}…`, of({ name: 'x'.repeat(201) })],
      [`${versionWords} 0`, of({ version: 0 })],
      [`${versionWords} 1.5`, of({ version: 1.5 })],
      [`${versionWords} 1`, of({ version: '1' })],
      [
        'invalid_policy: the options of "own" must be a JSON object, so that the fingerprint covers them',
        of({ options: [] }),
      ],
      [
        'invalid_policy: the options of "own" at "x" is NaN, which JSON cannot carry',
        of({ options: { x: Number.NaN } }),
      ],
      [claimWords, of({ usesBase: 'yes' })],
      [claimWords, of({ usesPriority: 1 })],
      [
        'invalid_policy: "last_write_wins" is the name of a shipped strategy: choose another',
        of({ name: 'last_write_wins' }),
      ],
      ['invalid_policy: "own" needs a function decide(conflict)', of({ decide: 'last' })],
      [
        'invalid_policy: decide of "own" is asynchronous, and strategies are synchronous: look up beforehand what it needs and put it into the options',
        of({ decide: async () => Promise.resolve(undecided) }),
      ],
    ]);
    takes(of({ name: 'x'.repeat(200) }), of({ options: { a: [1] }, usesBase: false, usesPriority: false }));
  });

  test('that has the name of a shipped one is that one', () => {
    expect(refusalOf(() => policy({ name: 'p', version: 1, default: { ...lastWriteWins() } }))).toBe(
      'invalid_policy: policy, default: "last_write_wins" is the name of a shipped strategy, and this is another: give it a name of its own with defineStrategy',
    );
    expect(refusalOf(() => policy({ name: 'p', version: 1, default: { ...mine, version: 0 } }))).toMatch(
      'policy, default: the version of "mine" must be',
    );
  });

  test('of several parts has parts', () => {
    const noStrategy =
      'that is no strategy: use a shipped one, such as lastWriteWins(), or defineStrategy({ name, version, decide })';

    refuses([
      [
        'invalid_policy: byConflict is an object, from a kind of conflict to a strategy',
        () => (byConflict as Untyped)(1),
      ],
      [
        'invalid_policy: byConflict: "never" is no kind of conflict: use concurrent_modification, delete_update, create_create, dependency, concurrent_resolution, otherwise',
        () => (byConflict as Untyped)({ never: mine }),
      ],
      ['invalid_policy: byConflict needs at least one strategy to choose from', () => byConflict({})],
      [
        'invalid_policy: byConflict needs at least one strategy to choose from',
        () => (byConflict as Untyped)({ otherwise: undefined }),
      ],
      [`invalid_policy: byConflict, "otherwise": ${noStrategy}`, () => (byConflict as Untyped)({ otherwise: 1 })],
      ['invalid_policy: byField takes an object of strategies', () => (byField as Untyped)(undefined)],
      ['invalid_policy: byField needs at least one strategy to choose from', () => byField({})],
      [`invalid_policy: byField, "title": ${noStrategy}`, () => (byField as Untyped)({ title: {} })],
      ['invalid_policy: firstThatDecides needs at least one strategy to ask', () => firstThatDecides()],
      [`invalid_policy: firstThatDecides, strategy 2: ${noStrategy}`, () => (firstThatDecides as Untyped)(mine, 1)],
    ]);
  });

  test('that prefers agents names them, each once', () => {
    refuses([
      [
        'invalid_policy: preferAgent needs at least one agent: name the agents, most preferred first',
        () => preferAgent([]),
      ],
      ['invalid_policy: preferAgent takes agent ids, and "" is none', () => preferAgent('')],
      ['invalid_policy: preferAgent takes agent ids, and "\\ud800" is none', () => preferAgent(['a', '\uD800'])],
      ['invalid_policy: preferAgent takes agent ids, and 1 is none', () => (preferAgent as Untyped)([1])],
      [
        'invalid_policy: preferAgent names an agent twice: keep its first place and drop the other',
        () => preferAgent(['a', 'b', 'a']),
      ],
    ]);
  });

  test('as data is what can be built from it, and nothing more', () => {
    const from = (data: unknown) => () => (strategyFromData as Untyped)(data);
    const nested = (depth: number): unknown =>
      depth === 0 ? { name: 'union' } : { name: 'by_field', options: { x: nested(depth - 1) } };

    refuses([
      ['invalid_policy: a strategy as data is { name, version, options }, not 1', from(1)],
      ['invalid_policy: a strategy as data is { name, version, options }, not {"name":1}', from({ name: 1 })],
      [
        'policy_missing: the strategy "mine" is code, not data: load the module that defines the policy',
        from({ name: 'mine', version: 1, options: {} }),
      ],
      [
        'invalid_policy: "union" is known here in version 1, not 2: use the version of reknit that wrote it',
        from({ name: 'union', version: 2 }),
      ],
      [
        'invalid_policy: "union" as data is { name, version, options } with an object of options',
        from({ name: 'union', options: [] }),
      ],
      [
        'invalid_policy: "union" as data is { name, version, options } with an object of options',
        from({ name: 'union', more: 1 }),
      ],
      ['invalid_policy: "union" has no option "order"', from({ name: 'union', options: { order: 1 } })],
      ['invalid_policy: "prefer_agent" needs the option "agents", a list', from({ name: 'prefer_agent' })],
      [
        'invalid_policy: "prefer_agent" has no option "order"',
        from({ name: 'prefer_agent', options: { agents: ['a'], order: 1 } }),
      ],
      [
        'invalid_policy: "first_that_decides" needs the option "strategies", a list',
        from({ name: 'first_that_decides' }),
      ],
      ['invalid_policy: strategies are nested deeper than 32 levels', from(nested(33))],
    ]);
    takes(from({ name: 'union' }), from(nested(32)));
  });
});

describe('a resource', () => {
  const of =
    (facts: object, type: unknown = 'task') =>
    () =>
      (defineResource as Untyped)(type, { version: 1, fields: {}, ...facts });
  const versionWords = 'invalid_policy: task: the version is a whole number from 1 to 2147483647, not';

  test('has a type, a version and fields', () => {
    const nul = 'a resource type holds no lone surrogate and no NUL';

    refuses([
      ['invalid_policy: : a resource type is a text that is not empty, not ""', of({}, '')],
      ['invalid_policy: 1: a resource type is a text that is not empty, not 1', of({}, 1)],
      [`invalid_policy: ${long}: a resource type has at most 512 characters`, of({}, long)],
      [`invalid_policy: a\u0000: ${nul}`, of({}, 'a\u0000')],
      [`invalid_policy: \uD800: ${nul}`, of({}, '\uD800')],
      [
        'invalid_policy: task: its definition is an object: { version, fields }',
        () => (defineResource as Untyped)('task', undefined),
      ],
      [`${versionWords} 0`, of({ version: 0 })],
      [`${versionWords} 1.5`, of({ version: 1.5 })],
      [`${versionWords} 2147483648`, of({ version: 2_147_483_648 })],
      [`${versionWords} undefined`, of({ version: undefined })],
      ['invalid_policy: task: fields is an object of fields, such as { title: register() }', of({ fields: null })],
      ['invalid_policy: task: fields is an object of fields, such as { title: register() }', of({ fields: 'title' })],
    ]);
    takes(of({ version: 2_147_483_647 }), of({}, 'x'.repeat(512)));
  });

  test('has fields, indexes and units that there are', () => {
    const unit = 'invalid_policy: task: granularity is "field" or "resource", not "group"';

    refuses([
      [unit, of({ granularity: 'group' })],
      ['invalid_policy: task: priorityField is the name of a field', of({ priorityField: '' })],
      [
        'invalid_policy: task: "title" is no field: declare it with a builder, such as register()',
        of({ fields: { title: 'text' } }),
      ],
      [
        'invalid_policy: task: "title" is no field: declare it with a builder, such as register()',
        of({ fields: { title: undefined } }),
      ],
      ['invalid_policy: task: a name is a text that is not empty, not ""', of({ fields: { '': register() } })],
      [
        'invalid_policy: task: a definition has a member named "constructor", which is refused for safety',
        of({ fields: { constructor: register() } }),
      ],
      [
        'invalid_policy: task: "title" has a strategy that would never be asked, since the whole resource is one value: give it to the resource',
        of({ granularity: 'resource', fields: { title: register(text, { strategy: maximum() }) } }),
      ],
      ['invalid_policy: task: the index "title" is on a field that is not declared', of({ indexes: ['title'] })],
    ]);
    takes(
      of({ granularity: 'resource', fields: { title: register(), tags: set() }, indexes: ['title'] }),
      of({ priorityField: 'weight', granularity: 'field' }),
    );
  });

  test('reads older versions by steps that there are', () => {
    const shape = 'invalid_policy: task: upcast is { [fromVersion]: (payload) => payload }';
    const step = (from: string) =>
      `invalid_policy: task: upcast has a step from ${from}: steps are from versions 1 to 2, each to the next`;
    const same = (payload: unknown) => payload;

    refuses([
      [shape, of({ upcast: 'x' })],
      [shape, of({ upcast: null })],
      [shape, of({ upcast: [same] })],
      [step('0'), of({ version: 3, upcast: { 0: same } })],
      [step('3'), of({ version: 3, upcast: { 3: same } })],
      [step('01'), of({ version: 3, upcast: { '01': same } })],
      [step('1x'), of({ version: 3, upcast: { '1x': same } })],
      ['invalid_policy: task: upcast from 1 is a function (payload) => payload', of({ version: 3, upcast: { 1: 1 } })],
    ]);
    takes(of({ version: 3, upcast: { 1: same, 2: same } }), of({ version: 21, upcast: { 10: same, 20: same } }));
  });

  test('has strategies where they can answer', () => {
    const only = 'decides dependencies only: give it to a reference as onDelete, or as byConflict.dependency';
    const never = 'never decides a dependency: use restore(), detach(), cascade() or review()';

    refuses([
      [`invalid_policy: task, strategy: "restore" ${only}`, of({ strategy: restore() })],
      [
        `invalid_policy: task, byConflict.create_create: "restore" ${only}`,
        of({ byConflict: { create_create: restore() } }),
      ],
      [`invalid_policy: task, onDelete: "maximum" ${never}`, of({ onDelete: maximum() })],
      [
        'invalid_policy: task: onDelete and byConflict.dependency say the same thing: keep one',
        of({ onDelete: restore(), byConflict: { dependency: cascade() } }),
      ],
      [`invalid_policy: register: "restore" ${only}`, () => register(text, { strategy: restore() })],
      [
        `invalid_policy: reference to "track", onDelete: "maximum" ${never}`,
        () => reference('track', { onDelete: maximum() }),
      ],
      [
        `invalid_policy: reference to "track", strategy: "restore" ${only}`,
        () => reference('track', { strategy: restore() }),
      ],
      ['invalid_policy: reference: a resource type is a text that is not empty, not ""', () => reference('')],
      [
        'invalid_policy: register takes a schema that follows Standard Schema, such as one of zod, valibot or arktype, or none',
        () => (register as Untyped)({}),
      ],
    ]);
    takes(of({ onDelete: restore(), byConflict: { create_create: maximum() } }));
  });

  test('has groups of registers, each in one place', () => {
    const fields = {
      street: register(),
      town: register(),
      size: register(undefined, { strategy: maximum() }),
      tags: set(),
    };
    const task = defineResource('task', { version: 1, fields });
    const grouped = task.group('address', ['street', 'town']);
    const whole = defineResource('task', { version: 1, fields: { street: register() }, granularity: 'resource' });
    const add =
      (resource: AnyResource, name: unknown, names: readonly string[], options?: object): (() => unknown) =>
      () =>
        (resource as unknown as { readonly group: Untyped }).group(name, names, options);
    const place = 'invalid_policy: task, group "place":';

    refuses([
      [
        `${place} the whole resource is one value already: leave the group out, or the granularity`,
        add(whole, 'place', ['street']),
      ],
      ['invalid_policy: task, group "town": a field has that name: choose another', add(task, 'town', ['street'])],
      [
        'invalid_policy: task, group "address": there is a group of that name: name all its fields at once',
        add(grouped, 'address', ['size']),
      ],
      ['invalid_policy: task, group "": a name is a text that is not empty, not ""', add(task, '', ['street'])],
      [`${place} it names no field`, add(task, 'place', [])],
      [`${place} it names a field twice`, add(task, 'place', ['street', 'street'])],
      [`${place} "zip" is not declared: add it to the fields`, add(task, 'place', ['zip'])],
      [`${place} "toString" is not declared: add it to the fields`, add(task, 'place', ['toString'])],
      [
        `${place} "street" is in the group "address" already, and a field is merged in one place`,
        add(grouped, 'place', ['street']),
      ],
      [`${place} "tags" is a set, which merges by itself: groups are of registers`, add(task, 'place', ['tags'])],
      [`${place} "size" has a strategy that would never be asked: give it to the group`, add(task, 'place', ['size'])],
      [
        `${place} "restore" decides dependencies only: give it to a reference as onDelete, or as byConflict.dependency`,
        add(task, 'place', ['street'], { strategy: restore() }),
      ],
    ]);
    expect(task.group('place', ['town', 'street'], { strategy: lastWriteWins() }).groups).toMatchObject([
      { name: 'place', fields: ['street', 'town'], strategy: { name: 'last_write_wins' } },
    ]);
    expect(grouped.groups).toEqual([{ name: 'address', fields: ['street', 'town'] }]);
  });
});

describe('a policy as data', () => {
  const from = (facts: object) => () => policyFromData({ name: 'p', version: 1, ...facts });
  const task = (facts: object) => from({ resources: { task: { version: 1, ...facts } } });
  const field = (facts: object) => task({ fields: { title: facts } });

  test('has the members that there are, and no others', () => {
    const known = 'is not known here; known are';

    refuses([
      ['invalid_policy: the policy as data is an object, not undefined', () => policyFromData(undefined)],
      ['invalid_policy: the policy as data is an object, not [1]', () => policyFromData([1])],
      ['invalid_policy: the policy is NaN, which JSON cannot carry', () => policyFromData(Number.NaN)],
      [
        `invalid_policy: the policy: "rules" ${known} engine, name, version, default, byConflict, agents, resources`,
        from({ rules: 1 }),
      ],
      [
        'invalid_policy: the policy is for version 2 of the merge rules, and this is version 1: use the version of reknit that wrote it',
        from({ engine: 2 }),
      ],
      ['invalid_policy: agents as data is an object, not 1', from({ agents: 1 })],
      ['invalid_policy: resources as data is an object, not [1]', from({ resources: [1] })],
      ['invalid_policy: byConflict as data is an object, not 1', from({ byConflict: 1 })],
      ['invalid_policy: a strategy as data is { name, version, options }, not 1', from({ default: 1 })],
      ['invalid_policy: "task" as data is an object, not 1', from({ resources: { task: 1 } })],
      [
        `invalid_policy: "task": "index" ${known} version, granularity, priorityField, fields, groups, indexes, strategy, byConflict, onDelete, upcast`,
        task({ index: [] }),
      ],
      [
        'policy_missing: "task" has an upcast, which is code: load the module that defines the policy',
        task({ upcast: [1] }),
      ],
      ['invalid_policy: "task", fields as data is an object, not 1', task({ fields: 1 })],
      ['invalid_policy: "task", groups as data is an object, not 1', task({ groups: 1 })],
      ['invalid_policy: "task", indexes: that is a list of names', task({ indexes: 'title' })],
      ['invalid_policy: "task", indexes: that is a list of names', task({ indexes: [1] })],
      ['invalid_policy: "task", group "g" as data is an object, not 1', task({ groups: { g: 1 } })],
      [`invalid_policy: "task", group "g": "x" ${known} fields, strategy`, task({ groups: { g: { x: 1 } } })],
      ['invalid_policy: "task", group "g", fields: that is a list of names', task({ groups: { g: {} } })],
    ]);
  });

  test('has fields of kinds that there are, with what they take', () => {
    const kinds = 'use register, reference, counter, set, list, text';

    refuses([
      ['invalid_policy: "task", "title" as data is an object, not 1', task({ fields: { title: 1 } })],
      [
        'invalid_policy: "task", "title": "type" is not known here; known are kind, options, strategy, default, onDelete, schema',
        field({ kind: 'register', type: 1 }),
      ],
      [
        'policy_missing: "task", "title" has a schema of "zod", which is code: load the module that defines the policy',
        field({ kind: 'register', schema: 'zod' }),
      ],
      [`invalid_policy: "task", "title": there is no kind of field "tree": ${kinds}`, field({ kind: 'tree' })],
      [`invalid_policy: "task", "title": there is no kind of field "toString": ${kinds}`, field({ kind: 'toString' })],
      [`invalid_policy: "task", "title": there is no kind of field undefined: ${kinds}`, field({})],
      ['invalid_policy: "task", "title", options as data is an object, not 1', field({ kind: 'set', options: 1 })],
      ['invalid_policy: "task", "title": a set takes no "default"', field({ kind: 'set', default: ['x'] })],
      [
        'invalid_policy: "task", "title": a set takes no "strategy"',
        field({ kind: 'set', strategy: { name: 'union' } }),
      ],
      [
        'invalid_policy: "task", "title": a register takes no "onDelete"',
        field({ kind: 'register', onDelete: { name: 'restore' } }),
      ],
      [
        'invalid_policy: "task", "title": a register takes no "size"',
        field({ kind: 'register', options: { size: 1 } }),
      ],
    ]);
  });

  test('is the policy that was written', () => {
    const data = {
      engine: 1,
      name: 'p',
      version: 2,
      default: { name: 'first_that_decides', options: { strategies: [{ name: 'prefer_agent', options: { agents: ['ada'] } }, { name: 'three_way' }] } },
      byConflict: { delete_update: { name: 'delete_wins' } },
      agents: { ada: { priority: 'high' }, bob: { priority: 7 } },
      resources: {
        task: {
          version: 3,
          priorityField: 'weight',
          fields: {
            title: { kind: 'register', default: 'none', strategy: { name: 'maximum' } },
            street: { kind: 'register' },
            town: { kind: 'register' },
            trackId: { kind: 'reference', options: { targetType: 'track' }, onDelete: { name: 'cascade' } },
            votes: { kind: 'counter' },
            tags: { kind: 'set' },
            steps: { kind: 'list' },
            notes: { kind: 'text' },
          },
          groups: { address: { fields: ['street', 'town'], strategy: { name: 'union' } } },
          indexes: ['title'],
          strategy: { name: 'user_choice' },
          byConflict: { create_create: { name: 'minimum' } },
          onDelete: { name: 'detach' },
        },
        note: { version: 1, granularity: 'resource' },
      },
    }; // prettier-ignore
    const built = policyFromData(data);
    const rules = built.rulesFor('task');

    expect(built.isData).toBe(true);
    expect(policyFromData(built.data).fingerprint).toBe(built.fingerprint);
    expect(built.data).toEqual(policyFromData(built.data).data);
    expect([built.agentPriority('ada'), built.agentPriority('bob'), built.agentPriority('cy')]).toEqual([
      2,
      7,
      undefined,
    ]);
    expect(rules.definition).toMatchObject({ version: 3, priorityField: 'weight', indexes: ['title'] });
    expect(rules.definition?.defaults.get('title')).toBe('none');
    expect(rules.references).toEqual([{ field: 'trackId', targetType: 'track' }]);
    expect(
      [
        rules.strategyFor({ kind: 'field', field: 'title' }, 'concurrent_modification'),
        rules.strategyFor({ kind: 'field', field: 'street' }, 'create_create'),
        rules.strategyFor({ kind: 'field', field: 'other' }, 'concurrent_modification'),
        rules.strategyFor({ kind: 'group', group: 'address', fields: ['street', 'town'] }, 'create_create'),
        rules.strategyFor({ kind: 'dependency', field: 'trackId', target: { resourceType: 'track', resourceId: 't' } }, 'dependency'),
        rules.strategyFor({ kind: 'dependency', field: 'other', target: { resourceType: 'track', resourceId: 't' } }, 'dependency'),
        built.rulesFor('note').strategyFor({ kind: 'existence' }, 'delete_update'),
        built.rulesFor('note').strategyFor({ kind: 'resource' }, 'concurrent_modification'),
      ].map(({ name }) => name),
    ).toEqual(['maximum', 'minimum', 'user_choice', 'union', 'cascade', 'detach', 'delete_wins', 'first_that_decides']); // prettier-ignore
  });
});

test('what is refused is named for programs too, beside the words', () => {
  const factsOf = (act: () => unknown): unknown => {
    try {
      act();
      return 'taken';
    } catch (error) {
      if (!(error instanceof ReknitError)) throw error;
      return error.facts;
    }
  };
  const task = defineResource('task', { version: 1, fields: { a: register(), b: register() } });
  const untyped = defineResource as Untyped;
  const fromData = strategyFromData as Untyped;
  const cases: readonly (readonly [facts: object, act: () => unknown])[] = [
    [{ policy: 'p' }, () => policy({ name: 'p', version: 0 })],
    [{ name: 'mine' }, () => strategy({ name: 'mine', version: 0, decide: () => undecided })],
    [{ resourceType: 'task' }, () => untyped('task', { version: 0, fields: {} })],
    [{ resourceType: 'task' }, () => defineResource('task', { version: 1, fields: {}, onDelete: cascade(), byConflict: { dependency: restore() } })],
    [{ resourceType: 'task', group: 'a' }, () => task.group('a', ['a', 'b'])],
    [{ targetType: '' }, () => reference('')],
    [{ default: '\ud800' }, () => register(undefined, { default: '\ud800' })],
    [{ agents: [''] }, () => preferAgent([''])],
    [{ agents: ['ann', 'ann'] }, () => preferAgent(['ann', 'ann'])],
    [{ place: 'byConflict' }, () => (byConflict as Untyped)(7)],
    [{ place: 'byConflict' }, () => (byConflict as Untyped)({ otherwise: lastWriteWins(), some: lastWriteWins() })],
    [{ place: 'register' }, () => register(undefined, { strategy: cascade() })],
    [{ place: 'register' }, () => register(undefined, { strategy: 7 as never })],
    [{ place: 'reference to "task", onDelete' }, () => reference('task', { onDelete: maximum() })],
    [{ name: 'mine', version: 2 }, () => fromData({ name: 'mine', version: 2 })],
    [{ name: 'union', version: 9 }, () => fromData({ name: 'union', version: 9 })],
    [{ name: 'union' }, () => fromData({ name: 'union', version: 1, options: 7 })],
    [{ name: 'union' }, () => fromData({ name: 'union', version: 1, options: { some: 1 } })],
    [{ name: 'prefer_agent' }, () => fromData({ name: 'prefer_agent', version: 1, options: {} })],
  ]; // prettier-ignore

  expect(cases.map(([, act]) => factsOf(act))).toEqual(cases.map(([facts]) => facts));
});
