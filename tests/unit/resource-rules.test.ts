/** Which unit a field belongs to, what a policy's rules say of it, and how events of older versions are read (I41). */
import { describe, expect, test } from 'vitest';
import type { ReknitEvent } from '../../src/domain/events/event.js';
import { counter, defineResource, register, set, type Upcast } from '../../src/domain/resource-definition/index.js';
import { ruleOfUnit, undeclaredUnits, unitRules } from '../../src/domain/resource-definition/unit-rules.js';
import { readerOf } from '../../src/domain/resource-definition/upcast.js';
import { definePolicy, review, userChoice } from '../../src/domain/strategies/index.js';
import type { JsonObject } from '../../src/domain/shared/json.js';
import { eventOf } from '../support/histories/event-builder.js';

const undeclared = undeclaredUnits();
const fields = { title: register(), street: register(), town: register(), tags: set() };
const plain = unitRules(defineResource('task', { version: 1, fields: { title: register() } }), undeclared);
const mixed = unitRules(defineResource('task', { version: 1, fields }), undeclared);
const grouped = unitRules(
  defineResource('task', { version: 1, fields }).group('address', ['street', 'town']),
  undeclared,
);
const whole = unitRules(defineResource('task', { version: 1, fields, granularity: 'resource' }), undeclared);

describe('a field', () => {
  test('that nobody declared is a register of its own, the same for all types, found by its key', () => {
    const unit = undeclared.unitOf('other');

    expect(unit).toMatchObject({ key: 'other', unit: { kind: 'field', field: 'other' }, kind: { name: 'register' } });
    expect(undeclared.unitByKey('other')).toBe(unit);
    for (const rules of [plain, mixed, grouped]) {
      expect(rules.unitOf('other')).toBe(unit);
      expect(rules.unitByKey('other')).toBe(unit);
    }
    expect(Object.isFrozen(unit) && Object.isFrozen(unit.unit)).toBe(true);
  });

  test('is made once for each name, up to a bound', () => {
    const units = undeclaredUnits();
    const first = units.unitOf('f0');
    for (let index = 1; index < 10_000; index += 1) units.unitOf(`f${index}`);

    expect(units.unitOf('f0')).toBe(first);
    units.unitOf('one more');
    expect(units.unitOf('f0')).not.toBe(first);
    expect(units.unitOf('f0')).toEqual(first);
  });

  test('of a type with registers alone is quick to look at, and one with groups is not', () => {
    const told = ({ registersOnly, hasComposites }: typeof plain) => [registersOnly, hasComposites];

    expect([undeclared, plain, mixed, grouped, whole].map(told)).toEqual([
      [true, false],
      [true, false],
      [false, false],
      [false, true],
      [false, true],
    ]);
  });

  test('of a group, or of a whole resource, is in that unit; a set goes on by itself (R23)', () => {
    expect(grouped.unitOf('street')).toBe(grouped.unitOf('town'));
    expect(grouped.unitOf('town')).toMatchObject({
      key: 'address',
      unit: { kind: 'group', group: 'address', fields: ['street', 'town'] },
    });
    expect(grouped.unitByKey('address')).toBe(grouped.unitOf('town'));
    expect(grouped.unitOf('title')).toMatchObject({ key: 'title', unit: { kind: 'field' } });
    expect(whole.unitOf('title')).toMatchObject({ key: '', unit: { kind: 'resource' } });
    expect(whole.unitOf('other')).toBe(whole.unitOf('title'));
    expect(whole.unitByKey('')).toBe(whole.unitOf('title'));
    expect(whole.unitOf('tags')).toMatchObject({ key: 'tags', kind: { name: 'set' } });
    expect(whole.unitByKey('tags')).toBe(whole.unitOf('tags'));
  });

  test.each(['address', '\0address', '\0\0address'])('that is named like a group, %j, has a key of its own', (name) => {
    const unit = grouped.unitOf(name);

    expect(unit).toMatchObject({ key: `\0${name}`, unit: { kind: 'field', field: name }, kind: { name: 'register' } });
    expect(grouped.unitByKey(`\0${name}`)).toEqual(unit);
  });

  test.each(['\0', '\0title', 'x\0address', 'x\0\0address', 'addresses'])('named %j has its name for a key', (name) => {
    expect(grouped.unitOf(name).key).toBe(name);
    expect(grouped.unitByKey(name)).toBe(grouped.unitOf(name));
  });

  test('is found by the unit of a conflict; existence and dependencies hold none', () => {
    expect(ruleOfUnit({ kind: 'field', field: 'title' }, grouped)?.key).toBe('title');
    expect(ruleOfUnit({ kind: 'field', field: 'address' }, grouped)?.key).toBe('\0address');
    expect(ruleOfUnit({ kind: 'group', group: 'address', fields: [] }, grouped)?.key).toBe('address');
    expect(ruleOfUnit({ kind: 'resource' }, whole)?.key).toBe('');
    expect(ruleOfUnit({ kind: 'existence' }, grouped)).toBeUndefined();
    const target = { resourceType: 'track', resourceId: 't' };
    expect(ruleOfUnit({ kind: 'dependency', field: 'title', target }, grouped)).toBeUndefined();
  });
});

describe('rules', () => {
  test('of a type that nobody declared refer to nothing, index nothing and check nothing', () => {
    const rules = definePolicy({ name: 'test', version: 1 }).rulesFor('anything');
    const event = eventOf('a:1', 'create', { title: 'x' });

    expect(rules).toMatchObject({ resourceType: 'anything', references: [], indexes: [], priorityField: 'priority' });
    expect(rules.usesBase).toBe(false);
    expect(rules.validate('title', () => 1)).toBeUndefined();
    expect(rules.read(event)).toBe(event);
    expect(rules.definition).toBeUndefined();
  });

  test('of a type: existence and the whole are decided by the type, dependencies by who can', () => {
    const task = defineResource('task', { version: 1, fields, strategy: userChoice() });
    const rules = definePolicy({ name: 'test', version: 1, resources: [task], byConflict: { dependency: review() } });
    const nameOf = (
      unit: Parameters<ReturnType<typeof rules.rulesFor>['strategyFor']>[0],
      kind: 'dependency' | 'delete_update',
    ) => rules.rulesFor('task').strategyFor(unit, kind).name;

    expect(nameOf({ kind: 'existence' }, 'delete_update')).toBe('user_choice');
    expect(nameOf({ kind: 'resource' }, 'delete_update')).toBe('user_choice');
    const target = { resourceType: 'track', resourceId: 't' };
    expect(nameOf({ kind: 'dependency', field: 'title', target }, 'dependency')).toBe('user_choice');
  });

  test('hold defaults of what has one, and indexes in one order, each once', () => {
    const task = defineResource('task', {
      version: 1,
      fields: { title: register(), votes: counter(), size: register(undefined, { default: null }) },
      indexes: ['votes', 'title', 'votes'],
    });

    expect([...task.defaults]).toEqual([
      ['votes', 0],
      ['size', null],
    ]);
    expect(task.indexes).toEqual(['title', 'votes']);
    expect(task.byConflict).toEqual({});
    expect('upcast' in task).toBe(false);
  });
});

describe('an event of an older version', () => {
  const readBy = (version: number, upcast?: Upcast) =>
    readerOf(defineResource('task', { version, fields: {}, ...(upcast === undefined ? {} : { upcast }) }));
  const at = (schemaVersion: number, payload: JsonObject | null, operation: ReknitEvent['operation'] = 'update') => ({
    ...eventOf('a:1', operation, payload),
    schemaVersion,
  });
  const steps: Upcast = {
    1: ({ name, ...rest }) => ({ ...rest, title: name ?? null }),
    2: (payload) => ({ ...payload, second: true }),
    10: (payload) => ({ ...payload, tenth: true }),
  };
  const read = readBy(11, steps);

  test('is read by the steps from its version on, one after the other', () => {
    expect(read(at(1, { name: 'x', a: 1 }))).toEqual(at(1, { a: 1, title: 'x', second: true, tenth: true }));
    expect(read(at(2, { name: 'x' })).payload).toEqual({ name: 'x', second: true, tenth: true });
    expect(read(at(0, { name: 'x' })).payload).toEqual({ title: 'x', second: true, tenth: true });
    expect(read(at(10, {})).payload).toEqual({ tenth: true });
    expect(readBy(10, { 2: (payload) => ({ ...payload, on: Object.keys(payload) }), 1: () => ({ one: 1 }) })(at(1, {})).payload).toEqual({ one: 1, on: ['one'] }); // prettier-ignore
  });

  test('is left as it is where nothing is to be read anew', () => {
    for (const event of [at(11, { name: 'x' }), at(12, { name: 'x' }), at(1, null, 'resolve'), at(1, {}, 'delete')])
      expect(read(event)).toBe(event);
    const untouched = at(1, { a: 1 });
    expect(readBy(2, { 1: (payload) => payload })(untouched).payload).toEqual({ a: 1 });
    expect(readBy(3, {})(untouched)).toBe(untouched);
    expect(readBy(3)(untouched)).toBe(untouched);
  });

  test('is taken as it was written where a step fails', () => {
    const failing = (step: () => unknown) => readBy(3, { 1: step as never, 2: () => ({ late: true }) });
    const event = at(1, { a: 1 });

    for (const step of [
      () => {
        throw new Error('broken');
      },
      () => undefined,
      () => [1],
      () => ({ a: undefined }),
      () => ({ a: new Date(0) }),
    ])
      expect(failing(step)(event)).toBe(event);
  });

  test('changes nothing that a step may change, neither what was written nor what it gave back', () => {
    const kept: { a: unknown[] } = { a: [1] };
    const event = at(1, { list: [1] });
    const given: unknown[] = [];
    const reader = readBy(2, {
      1: (payload) => {
        given.push(payload);
        return kept as never;
      },
    });
    const { payload } = reader(event);
    kept.a.push(2);

    expect(payload).toEqual({ a: [1] });
    expect(Object.isFrozen(payload)).toBe(true);
    expect(Object.isFrozen((given[0] as { list: unknown[] }).list)).toBe(true);
    expect(Object.isFrozen(event.payload)).toBe(false);
  });
});
