import { describe, expect, it } from 'vitest';
import type { ConflictCase, Decision, MergeStrategy } from '../../src/domain/strategies/merge-strategy.js';
import { defineStrategy, runStrategy, undecided } from '../../src/domain/strategies/index.js';
import { address, conflict, deleteUpdate, dependency, orphaned, sibling, whole } from '../support/strategy-cases.js';

const given = conflict([sibling('a:1', { tags: ['x'] }), sibling('b:1', 2)]);

const answering = (answer: unknown): MergeStrategy =>
  defineStrategy({ name: 'answering', version: 1, decide: () => answer as Decision });

const run = (answer: unknown, about: ConflictCase = given) => runStrategy(answering(answer), about);

describe('a decision', () => {
  it('is a winner, known by its dot', () => {
    expect(run({ winner: given.siblings[1] })).toEqual({ type: 'winner', dot: 'b:1' });
    expect(run({ winner: { dot: 'a:1' } })).toEqual({ type: 'winner', dot: 'a:1' });
  });

  it('is a value, null and absent ones too', () => {
    expect(run({ value: { b: 1, a: [2] } })).toEqual({ type: 'value', value: { a: [2], b: 1 } });
    expect(run({ value: null })).toEqual({ type: 'value', value: null });
    expect(run({ value: undefined })).toEqual({ type: 'value', value: undefined });
  });

  it('is an action where a dependency is in question', () => {
    expect(run({ apply: 'restore' }, orphaned())).toEqual({ type: 'apply', action: 'restore' });
  });

  it('may be left open', () => {
    expect(run(undecided)).toEqual({ type: 'undecided' });
  });
});

describe('what is no decision leaves the conflict pending and says why', () => {
  it.each([
    ['nothing', undefined, /undefined/],
    ['null', null, /null/],
    ['a text', 'a:1', /string a:1/],
    ['an array', [undecided], /an array/],
    ['an empty object', {}, /exactly one of/],
    ['two decisions', { winner: given.siblings[0], value: 1 }, /\{ winner, value \}/],
    ['a decision and more', { undecided: true, because: 'of the moon' }, /exactly one of/],
    ['undecided that is not true', { undecided: false }, /not as true/],
    ['no winner', { winner: undefined }, /none of the siblings/],
    ['a stranger as winner', { winner: sibling('c:1', 3) }, /"c:1", which is none of the siblings/],
    ['an action on a field', { apply: 'restore' }, /dependencies only/],
    ['not a number', { value: Number.NaN }, /JSON/],
    ['a function', { value: () => 1 }, /JSON/],
    ['a date', { value: new Date(0) }, /plain JSON/],
    ['a hostile key', { value: JSON.parse('{"__proto__":1}') as unknown }, /refused for safety/],
    ['a lone surrogate', { value: '\ud800' }, /surrogate/],
    ['a missing member', { value: { a: undefined } }, /JSON/],
    ['a value no event could carry', { value: 'x'.repeat(300_000) }, /no event could carry/],
  ])('%s', (_, answer, message) => {
    expect(run(answer)).toEqual({ type: 'failed', message: expect.stringMatching(message) as string });
  });

  it('a value nested beyond what an event can carry', () => {
    let value: unknown = 1;
    for (let depth = 0; depth < 64; depth += 1) value = [value];

    expect(run({ value })).toMatchObject({ type: 'failed', message: expect.stringMatching(/nested/) as string });
    expect(run({ value: (value as unknown[])[0] })).toMatchObject({ type: 'value' });
  });

  it('a value that contains itself', () => {
    const value: unknown[] = [];
    value.push(value);

    expect(run({ value })).toMatchObject({ type: 'failed' });
  });

  it('a promise, whose rejection ends nothing', async () => {
    expect(run(Promise.reject(new Error('too late')))).toEqual({
      type: 'failed',
      message: expect.stringMatching(/strategies are synchronous/) as string,
    });
    await new Promise((resolve) => setImmediate(resolve));
  });

  it('a throw, of anything', () => {
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

    expect(throwing(new Error('no idea'))).toEqual({ type: 'failed', message: 'it threw: no idea' });
    expect(throwing('text')).toEqual({ type: 'failed', message: 'it threw: text' });
    expect(throwing(Object.create(null))).toMatchObject({ type: 'failed' });
    expect(throwing(new Error('\ud800'.repeat(2_000)))).toMatchObject({
      type: 'failed',
      message: expect.stringMatching(/^.{1,500}$/u) as string,
    });
  });
});

describe('by unit', () => {
  it('existence is alive or deleted', () => {
    expect(run({ value: 'deleted' }, deleteUpdate())).toEqual({ type: 'value', value: 'deleted' });
    expect(run({ value: 'gone' }, deleteUpdate())).toMatchObject({ type: 'failed' });
    expect(run({ value: undefined }, deleteUpdate())).toMatchObject({ type: 'failed' });
  });

  it('a group is an object of its own fields, or absent', () => {
    const about = conflict([sibling('a:1', { street: 'x' }), sibling('b:1', { town: 'y' })], { unit: address });

    expect(run({ value: { town: 'y', street: 'x' } }, about)).toEqual({
      type: 'value',
      value: { street: 'x', town: 'y' },
    });
    expect(run({ value: undefined }, about)).toEqual({ type: 'value', value: undefined });
    expect(run({ value: { zip: 1 } }, about)).toMatchObject({
      message: expect.stringMatching(/no field "zip"/) as string,
    });
    expect(run({ value: null }, about)).toMatchObject({ type: 'failed' });
    expect(run({ value: ['x'] }, { ...about, unit: whole })).toMatchObject({ type: 'failed' });
  });

  it('a dependency is decided by an action alone', () => {
    expect(run({ value: null }, orphaned())).toMatchObject({ type: 'failed' });
    expect(run({ winner: { dot: 'laptop:1' } }, orphaned())).toMatchObject({ type: 'failed' });
    expect(run({ apply: 'keep' }, orphaned())).toMatchObject({ type: 'failed' });
    expect(run({ apply: undefined }, conflict([], { unit: dependency }))).toMatchObject({ type: 'failed' });
  });
});

describe('a strategy and its surroundings', () => {
  it('cannot change what it is shown, nor what it once returned', () => {
    const kept = { n: 1 };
    const changing = defineStrategy({
      name: 'changing',
      version: 1,
      decide: ({ siblings }) => {
        kept.n += 1;
        const [first] = siblings;
        (first?.value as { tags: string[] } | undefined)?.tags.push('y');
        return { value: kept };
      },
    });

    expect(runStrategy(changing, given)).toMatchObject({ type: 'failed' });
    const outcome = run({ value: kept });
    kept.n = 99;

    expect(given.siblings[0]?.value).toEqual({ tags: ['x'] });
    expect(outcome).toEqual({ type: 'value', value: { n: 2 } });
  });

  it('sees no base where it says that it reads none', () => {
    const cases: ConflictCase[] = [];
    const looking = (usesBase: boolean) =>
      defineStrategy({
        name: 'looking',
        version: 1,
        usesBase,
        decide: (shown) => {
          cases.push(shown);
          return undecided;
        },
      });

    for (const usesBase of [false, true]) runStrategy(looking(usesBase), { ...given, hasBase: true, base: 1 });

    expect(cases.map(({ hasBase, base }) => [hasBase, base])).toEqual([
      [false, undefined],
      [true, 1],
    ]);
  });

  it('must return what the field was declared to hold', () => {
    const validate = (field: string, value: unknown) => (value === 'ok' ? undefined : `${field} must be ok`);
    const about = conflict([sibling('a:1', {}), sibling('b:1', { street: 'ok' })], { unit: address });

    expect(runStrategy(answering({ value: 'ok' }), given, { validate })).toEqual({ type: 'value', value: 'ok' });
    expect(runStrategy(answering({ value: 'no' }), given, { validate })).toEqual({
      type: 'failed',
      message: 'its value does not fit: status must be ok',
    });
    expect(runStrategy(answering({ value: undefined }), given, { validate })).toMatchObject({ type: 'value' });
    expect(runStrategy(answering({ value: { street: 'ok', town: 'no' } }), about, { validate })).toMatchObject({
      message: 'its value does not fit: town: town must be ok',
    });
    expect(runStrategy(answering({ value: 'alive' }), deleteUpdate(), { validate })).toMatchObject({ type: 'value' });
  });
});
