import { describe, expect, it } from 'vitest';
import {
  cascade,
  defaultPolicy,
  definePolicy,
  lastWriteWins,
  maximum,
  priorityBased,
  restore,
  review,
} from '../../src/domain/strategies/index.js';
import { defineResource, reference, register, type AnyResource } from '../../src/domain/resource-definition/index.js';
import { number, schemaOf, tally, text } from '../support/definitions.js';

const rulesOf = (resource: AnyResource) =>
  definePolicy({ name: 'test', version: 1, resources: [resource] }).rulesFor(resource.resourceType);

const refused = (message: RegExp) =>
  expect.objectContaining({ code: 'invalid_policy', message: expect.stringMatching(message) as string });

describe('a field', () => {
  const feature = defineResource('feature', {
    version: 3,
    fields: {
      title: register(text),
      status: register(text, { default: 'todo' }),
      note: register(),
      trackId: reference('track'),
      votes: tally(),
    },
    indexes: ['status', 'title', 'status'],
  });
  const rules = rulesOf(feature);

  it('is a unit of its own, declared or not', () => {
    expect(rules.unitOf('title')).toMatchObject({
      key: 'title',
      unit: { kind: 'field', field: 'title' },
      kind: { name: 'register' },
    });
    expect(rules.unitOf('votes').kind.name).toBe('tally');
    expect(rules.unitOf('constructor')).toMatchObject({ key: 'constructor', kind: { name: 'register' } });
    expect(rules.unitByKey('votes')).toBe(rules.unitOf('votes'));
    expect(rules.hasComposites).toBe(false);
  });

  it('holds what its schema allows, and anything where there is none', () => {
    expect(rules.validate('title', 'Merge')).toBeUndefined();
    expect(rules.validate('title', 7)).toBe('must be a text');
    expect(rules.validate('note', { any: ['thing'] })).toBeUndefined();
    expect(rules.validate('toString', 7)).toBeUndefined();
    expect(rules.validate('trackId', null)).toBeUndefined();
    expect(rules.validate('trackId', 7)).toMatch(/id of a resource/);
  });

  it('has a default that fits', () => {
    expect(rules.definition?.defaults).toEqual(new Map([['status', 'todo']]));
    expect(() => register(text, { default: 7 as never })).toThrow(refused(/must be a text/));
    expect(() => register(undefined, { default: { $increment: 1 } })).toThrow(refused(/operation/));
    expect(() => register(undefined, { default: Number.NaN })).toThrow(refused(/JSON/));
  });

  it('refers to a type, and the policy knows', () => {
    expect(rules.references).toEqual([{ field: 'trackId', targetType: 'track' }]);
    expect(definePolicy({ name: 'test', version: 1, resources: [feature] }).hasReferences).toBe(true);
    expect(defaultPolicy.hasReferences).toBe(false);
    expect(() => reference('')).toThrow(refused(/resource type/));
    expect(() => reference('track', { onDelete: lastWriteWins() })).toThrow(refused(/never decides a dependency/));
  });

  it('has an index where one is declared', () => {
    expect(rules.indexes).toEqual(['status', 'title']);
    expect(() => defineResource('feature', { version: 1, fields: {}, indexes: ['status'] as never })).toThrow(
      refused(/not declared/),
    );
  });
});

describe('a schema', () => {
  it('names the place of each problem', () => {
    const address = {
      '~standard': {
        version: 1 as const,
        vendor: 'tiny',
        validate: () => ({ issues: [{ message: 'too short', path: ['street', { key: 0 }] }, { message: 'odd' }] }),
      },
    };
    const rules = rulesOf(defineResource('place', { version: 1, fields: { address: register(address) } }));

    expect(rules.validate('address', {})).toBe('street.0: too short; odd');
  });

  it('that answers later is a problem, not a crash', async () => {
    const later = {
      '~standard': { version: 1 as const, vendor: 'later', validate: () => Promise.reject(new Error('too late')) },
    };
    const rules = rulesOf(defineResource('place', { version: 1, fields: { name: register(later) } }));

    expect(rules.validate('name', 'x')).toMatch(/later schema is asynchronous/);
    await new Promise((resolve) => setImmediate(resolve));
  });

  it('that throws is a problem, not a crash', () => {
    const throwing = schemaOf<string>('', () => {
      throw new Error('boom');
    });
    const rules = rulesOf(defineResource('place', { version: 1, fields: { name: register(throwing) } }));

    expect(rules.validate('name', 'x')).toMatch(/boom/);
    expect(() => register({} as never)).toThrow(refused(/Standard Schema/));
  });
});

describe('a group', () => {
  const place = defineResource('place', {
    version: 1,
    fields: {
      street: register(text),
      town: register(text),
      visits: tally(),
      name: register(),
      ownerId: reference('person'),
    },
  });
  const grouped = place.group('address', ['town', 'street'], { strategy: priorityBased() });

  it('is one unit for all its fields', () => {
    const rules = rulesOf(grouped);

    expect(rules.unitOf('street')).toMatchObject({
      key: 'address',
      unit: { kind: 'group', group: 'address', fields: ['street', 'town'] },
    });
    expect(rules.unitOf('town')).toBe(rules.unitOf('street'));
    expect(rules.unitByKey('address')).toBe(rules.unitOf('street'));
    expect(rules.unitOf('name').unit).toEqual({ kind: 'field', field: 'name' });
    expect(rules.hasComposites).toBe(true);
    expect(rules.strategyFor(rules.unitOf('street').unit, 'concurrent_modification').name).toBe('priority_based');
    expect(place.groups).toEqual([]);
  });

  it('keeps apart from undeclared fields that are named like it', () => {
    const rules = rulesOf(grouped);
    const names = ['address', '\0address', '\0\0address', 'street', 'other'];

    const units = names.map((name) => rules.unitOf(name));

    expect(units.map(({ unit }) => unit.kind)).toEqual(['field', 'field', 'field', 'group', 'field']);
    expect(new Set(units.map(({ key }) => key)).size).toBe(names.length);
    for (const unit of units) expect(rules.unitByKey(unit.key)).toEqual(unit);
  });

  it('is refused where it could not be merged as one value', () => {
    expect(() => place.group('name', ['street'])).toThrow(refused(/a field has that name/));
    expect(() => place.group('address', ['zip' as 'town'])).toThrow(refused(/"zip" is not declared/));
    expect(() => place.group('address', ['toString' as 'town'])).toThrow(refused(/not declared/));
    expect(() => place.group('address', [])).toThrow(refused(/names no field/));
    expect(() => place.group('address', ['town', 'town'])).toThrow(refused(/twice/));
    expect(() => place.group('address', ['visits'])).toThrow(refused(/merges by itself/));
    expect(() => grouped.group('address', ['name'])).toThrow(refused(/a group of that name/));
    expect(() => grouped.group('label', ['name', 'town'])).toThrow(refused(/in the group "address" already/));
  });

  it('decides for its fields, so they have no strategy of their own', () => {
    const strict = defineResource('place', { version: 1, fields: { street: register(text, { strategy: maximum() }) } });

    expect(() => strict.group('address', ['street'])).toThrow(refused(/never be asked/));
  });
});

describe('a resource as one value', () => {
  const fields = { title: register(), votes: tally(), trackId: reference('track') };
  const whole = defineResource('document', { version: 1, fields, granularity: 'resource' });

  it('holds all its registers, undeclared ones too', () => {
    const rules = rulesOf(whole);

    expect(rules.unitOf('title')).toMatchObject({ key: '', unit: { kind: 'resource' } });
    expect(rules.unitOf('undeclared')).toBe(rules.unitOf('title'));
    expect(rules.unitOf('trackId')).toBe(rules.unitOf('title'));
    expect(rules.unitOf('votes')).toMatchObject({ key: 'votes', kind: { name: 'tally' } });
    expect(rules.unitByKey('')).toBe(rules.unitOf('title'));
    expect(rules.unitByKey('votes')).toBe(rules.unitOf('votes'));
    expect(rules.hasComposites).toBe(true);
  });

  it('has no groups and no strategies of single registers', () => {
    expect(() => whole.group('head', ['title'])).toThrow(refused(/one value already/));
    expect(() =>
      defineResource('document', {
        version: 1,
        granularity: 'resource',
        fields: { size: register(number, { strategy: maximum() }) },
      }),
    ).toThrow(refused(/never be asked/));
  });
});

describe('a definition', () => {
  it('says only what was said: what was left out is not there as undefined', () => {
    const pathsOfUndefined = (value: unknown, path: string): readonly string[] => {
      if (value === undefined) return [path];
      if (typeof value !== 'object' || value === null) return [];
      return Object.entries(value).flatMap(([key, member]) => pathsOfUndefined(member, `${path}.${key}`));
    };
    const fields = { title: register(), count: register(number), trackId: reference('track') };
    const task = defineResource('task', { version: 1, fields }).group('both', ['title', 'count']);

    expect(pathsOfUndefined(task, 'task')).toEqual([]);
    expect(reference('track', { strategy: lastWriteWins() }).strategy?.name).toBe('last_write_wins');
  });

  it('is refused where it cannot be meant', () => {
    const define =
      (options: object, type: unknown = 'feature') =>
      () =>
        defineResource(type as string, { version: 1, fields: {}, ...options });

    expect(define({ version: 0 })).toThrow(refused(/version/));
    expect(define({ version: 1.5 })).toThrow(refused(/version/));
    expect(define({}, '')).toThrow(refused(/resource type/));
    expect(define({}, 'a\0b')).toThrow(refused(/NUL/));
    expect(define({ fields: undefined })).toThrow(refused(/fields/));
    expect(define({ fields: { title: 'text' } })).toThrow(refused(/"title" is no field/));
    expect(define({ fields: { title: null } })).toThrow(refused(/"title" is no field/));
    expect(define({ fields: { constructor: register() } })).toThrow(refused(/safety/));
    expect(define({ fields: { '': register() } })).toThrow(refused(/not empty/));
    expect(define({ granularity: 'row' })).toThrow(refused(/granularity/));
    expect(define({ upcast: 'v2' })).toThrow(refused(/upcast/));
    expect(define({ priorityField: '' })).toThrow(refused(/priorityField/));
    expect(define({ strategy: restore() })).toThrow(refused(/dependencies only/));
    expect(define({ strategy: { name: 'x' } })).toThrow(refused(/no strategy/));
    expect(define({ byConflict: { dependency: lastWriteWins() } })).toThrow(refused(/never decides a dependency/));
    expect(define({ byConflict: { delete_update: cascade() } })).toThrow(refused(/dependencies only/));
    expect(define({ byConflict: { deleted: review() } })).toThrow(refused(/no kind of conflict/));
    expect(define({ onDelete: restore(), byConflict: { dependency: review() } })).toThrow(refused(/say the same/));
  });

  it('is not changed by what happens to its parts later', () => {
    const fields = { title: register() };
    const feature = defineResource('feature', { version: 1, fields });

    Object.assign(fields, { status: register() });

    expect(Object.keys(feature.fields)).toEqual(['title']);
    expect(Object.isFrozen(feature)).toBe(true);
  });
});
