/** What is said of an answer that is none, and what a policy knows of its types beforehand. */
import { describe, expect, test } from 'vitest';
import { defineResource, reference, register } from '../../src/domain/resource-definition/index.js';
import {
  byField,
  definePolicy,
  defineStrategy,
  lastWriteWins,
  runStrategy,
  threeWay,
  updateWins,
} from '../../src/domain/strategies/index.js';
import type { ConflictCase, Decision } from '../../src/domain/strategies/merge-strategy.js';
import type { ValueCheck } from '../../src/domain/strategies/run-strategy.js';
import {
  address,
  conflict,
  dependency,
  deleteUpdate,
  existence,
  orphaned,
  sibling,
  whole,
} from '../support/strategy-cases.js';

const sides = [sibling('a:1', 'x'), sibling('b:1', 'y')];
const given = conflict(sides);
const run = (answer: unknown, about: ConflictCase = given, check?: ValueCheck) =>
  runStrategy(defineStrategy({ name: 'answering', version: 1, decide: () => answer as Decision }), about, check);
const messageOf = (answer: unknown, about?: ConflictCase, check?: ValueCheck): unknown => {
  const outcome = run(answer, about, check);
  return outcome.type === 'failed' ? outcome.message : outcome;
};

describe('an answer that is none says why', () => {
  const none = 'which is no decision';
  const oneOf = 'a decision is exactly one of winner, value, apply, undecided';
  const having = (name: string, member: unknown) => Object.fromEntries([[name, member]]) as object;
  const unshowable = { toString: () => { throw new Error('no'); } }; // prettier-ignore

  test.each<[string, unknown, string]>([
    ['a promise', Promise.resolve({ undecided: true }), 'it returned a promise, and strategies are synchronous: look up beforehand what it needs'],
    ['what is like one', having('then', () => undefined), 'it returned a promise, and strategies are synchronous: look up beforehand what it needs'],
    ['nothing', undefined, `it returned undefined, ${none}`],
    ['null', null, `it returned null, ${none}`],
    ['a list', [1], `it returned an array, ${none}`],
    ['a number', 7, `it returned number 7, ${none}`],
    ['a function', String, `it returned function ${String.toString()}, ${none}`],
    ['two answers', { winner: 1, value: 2 }, `it returned { winner, value }; ${oneOf}`],
    ['another word', having('then', 1), `it returned { then }; ${oneOf}`],
    ['undecided, not as true', { undecided: 1 }, 'it returned undecided, but not as true'],
    ['a winner that is a text', { winner: 'a:1' }, 'its winner is string a:1, none of the siblings'],
    ['a winner that is none of them', { winner: { dot: 'c:1' } }, 'its winner is "c:1", which is none of the siblings'],
    ['a winner without a dot', { winner: {} }, 'its winner is "undefined", which is none of the siblings'],
    ['a winner that cannot be shown', { winner: { dot: unshowable } }, 'its winner is "something that cannot be shown as text", which is none of the siblings'],
    ['an action', { apply: 'restore' }, 'it returned apply, which decides dependencies only'],
    ['a value that is no JSON', { value: Number.NaN }, 'its value is NaN, which JSON cannot carry'],
    ['a value that is too large', { value: 'x'.repeat(262_143) }, 'its value is longer than 262144 characters, and no event could carry it'],
  ])('%s', (_what, answer, message) => {
    expect(messageOf(answer)).toBe(message);
  }); // prettier-ignore

  test('a value as large as an event may be is one, and a message is no longer than it need be', () => {
    expect(run({ value: 'x'.repeat(262_142) }).type).toBe('value');
    expect(messageOf({ winner: 'x'.repeat(600) })).toBe(`its winner is string ${'x'.repeat(479)}`);
    expect(messageOf({ winner: `${'x'.repeat(478)}😀` })).toBe(`its winner is string ${'x'.repeat(478)}\uFFFD`);
  });

  test('what it threw', () => {
    const throwing = (thrown: unknown) =>
      runStrategy(
        defineStrategy({
          name: 'throwing',
          version: 1,
          decide: () => {
            throw thrown;
          },
        }),
        given,
      );

    expect(throwing(new Error('broken'))).toEqual({ type: 'failed', message: 'it threw: broken' });
    expect(throwing('broken')).toEqual({ type: 'failed', message: 'it threw: broken' });
    expect(throwing(unshowable)).toEqual({
      type: 'failed',
      message: 'it threw: something that cannot be shown as text',
    });
  });

  test('what a dependency is decided by', () => {
    const actions = 'restore | detach | cascade';

    expect(messageOf({ winner: orphaned().siblings[0] }, orphaned())).toBe(
      `it returned a winner; a dependency is decided by { apply: ${actions} }`,
    );
    expect(messageOf({ value: null }, orphaned())).toBe(
      `it returned a value; a dependency is decided by { apply: ${actions} }`,
    );
    expect(messageOf({ value: undefined }, orphaned())).toBe(
      `it returned a value; a dependency is decided by { apply: ${actions} }`,
    );
    for (const wrong of ['toString', ['restore'], undefined])
      expect(messageOf({ apply: wrong }, orphaned())).toBe(
        `it returned { apply: ${String(wrong)} }; it can be ${actions}`,
      );
    expect(run({ apply: 'cascade' }, orphaned())).toEqual({ type: 'apply', action: 'cascade' });
  });

  test('what existence, a group and a whole resource hold', () => {
    const group = conflict(sides, { unit: address });
    const resource = conflict(sides, { unit: whole });

    expect(messageOf({ value: 'gone' }, deleteUpdate())).toBe('existence is "alive" or "deleted", not string gone');
    expect(messageOf({ value: undefined }, deleteUpdate())).toBe('existence is "alive" or "deleted", not undefined');
    expect(run({ value: 'alive' }, deleteUpdate())).toEqual({ type: 'value', value: 'alive' });
    expect(run({ value: 'deleted' }, deleteUpdate())).toEqual({ type: 'value', value: 'deleted' });
    expect(messageOf({ value: [1] }, group)).toBe('the group "address" is an object of its fields, not an array');
    expect(messageOf({ value: { street: 'x', zip: 1 } }, group)).toBe('the group "address" has no field "zip"');
    expect(run({ value: { street: 'x' } }, group)).toEqual({ type: 'value', value: { street: 'x' } });
    expect(messageOf({ value: 1 }, resource)).toBe('a whole resource is an object of its fields, not number 1');
    expect(run({ value: { any: 'x' } }, resource)).toEqual({ type: 'value', value: { any: 'x' } });
    for (const about of [given, group, resource])
      expect(run({ value: undefined }, about)).toEqual({ type: 'value', value: undefined });
  });

  test('what the schema of a field says, of groups and whole resources too', () => {
    const check: ValueCheck = {
      validate: (field, value) => (value === 'bad' ? `"${field}" is bad` : undefined),
    };

    expect(messageOf({ value: 'bad' }, given, check)).toBe('its value does not fit: "status" is bad');
    expect(messageOf({ value: { town: 'bad' } }, conflict(sides, { unit: address }), check)).toBe(
      'its value does not fit: town: "town" is bad',
    );
    expect(messageOf({ value: { a: 1, b: 'bad' } }, conflict(sides, { unit: whole }), check)).toBe(
      'its value does not fit: b: "b" is bad',
    );
    expect(run({ value: 'good' }, given, check).type).toBe('value');
    expect(run({ value: 'alive' }, deleteUpdate(), check).type).toBe('value');
  });

  test('a field’s value stands one level deep in a payload, a group’s is one', () => {
    const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)]);
    const group = conflict(sides, { unit: address });

    expect(run({ value: nested(63) }).type).toBe('value');
    expect(run({ value: nested(64) }).type).toBe('failed');
    expect(run({ value: { street: nested(63) } }, group).type).toBe('value');
    expect(run({ value: { street: nested(64) } }, group).type).toBe('failed');
  });
});

describe('a part', () => {
  test('by field is asked of fields, groups and references, by their names, and of nothing else', () => {
    const strategy = byField({ address: lastWriteWins(), status: lastWriteWins() });
    const isAsked = (facts: Partial<ConflictCase>) => 'winner' in strategy.decide(conflict(sides, facts));

    expect([isAsked({}), isAsked({ unit: address })]).toEqual([true, true]);
    expect(
      [whole, existence, dependency, { kind: 'field', field: 'title' } as const].map((unit) => isAsked({ unit })),
    ).toEqual([false, false, false, false]);
  });

  test('three-way leaves a dependency alone, whatever its base', () => {
    expect(threeWay().decide({ ...orphaned(), hasBase: true, base: 'reference' })).toEqual({ undecided: true });
    expect(threeWay().decide(conflict(sides, { hasBase: false, base: 'x' }))).toEqual({ undecided: true });
    expect(threeWay().decide(conflict(sides, { hasBase: true, base: 'x' }))).toEqual({ winner: sides[1] });
  });

  test('that is for existence says nothing of a field', () => {
    expect(updateWins().decide(given)).toEqual({ undecided: true });
  });
});

describe('a policy knows beforehand', () => {
  const plain = defineResource('plain', { version: 1, fields: { title: register() } });
  const rich = defineResource('rich', {
    version: 1,
    fields: { title: register(undefined, { default: 'none' }), size: register() },
    indexes: ['size'],
  });
  const child = defineResource('child', { version: 1, fields: { parent: reference('rich') } });
  const of = (...resources: readonly (typeof plain | typeof rich | typeof child)[]) =>
    definePolicy({ name: 'test', version: 1, resources });

  test('whether anything refers to anything', () => {
    expect(
      [of(), of(plain), of(plain, rich), of(child), of(plain, child)].map(({ hasReferences }) => hasReferences),
    ).toEqual([false, false, false, true, true]);
  });

  test('defaults and indexes of the types that have some', () => {
    const { defaults, indexes } = of(plain, rich);

    expect([...defaults]).toEqual([['rich', new Map([['title', 'none']])]]);
    expect([...indexes]).toEqual([['rich', ['size']]]);
  });

  test('the rules of types that nobody declared, up to a bound', () => {
    const policy = of(plain);
    const first = policy.rulesFor('t0');
    const declared = policy.rulesFor('plain');
    for (let index = 1; index < 10_000; index += 1) policy.rulesFor(`t${index}`);

    expect(policy.rulesFor('t0')).toBe(first);
    policy.rulesFor('one more');
    expect(policy.rulesFor('t0')).not.toBe(first);
    expect(policy.rulesFor('plain')).toBe(declared);
  });
});
