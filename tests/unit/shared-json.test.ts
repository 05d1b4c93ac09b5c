/** JSON by itself: its one form, what is refused and why, copies, and what a message shows of it. */
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { eventLimits } from '../../src/domain/events/limits.js';
import { canonicalJson, canonicalJsonUnescaped, sameJson } from '../../src/domain/shared/canonical-json.js';
import { copyJson } from '../../src/domain/shared/copy-json.js';
import { deepFreeze, isDeepFrozen } from '../../src/domain/shared/deep-freeze.js';
import { ReknitError, isReknitError } from '../../src/domain/shared/errors.js';
import { invariant, InvariantViolation } from '../../src/domain/shared/invariant.js';
import { containersMax, jsonFault, jsonProblem, keyProblem } from '../../src/domain/shared/json-check.js';
import { isJsonObject } from '../../src/domain/shared/json.js';
import { portableSha256 } from '../../src/domain/shared/sha256.js';
import { shown } from '../../src/domain/shared/shown.js';
import { propertyOptions } from '../support/property-options.js';

const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)]);

/** Few objects, that hold each other so often that there are more ways through them than an event has room for. */
const tangled = (): unknown => {
  let value: unknown = [];
  for (let round = 0; round < 18; round += 1) value = [value, value];
  return value;
};

type Compare = (a: readonly [string, unknown], b: readonly [string, unknown]) => number;
const inOrder: Compare = ([a], [b]) => (a < b ? -1 : 1);
const inReverse: Compare = ([a], [b]) => (a < b ? 1 : -1);

/** The same value, its members in another order at every depth. */
const rearranged = (value: unknown, compare: Compare): unknown => {
  if (Array.isArray(value)) return value.map((item) => rearranged(item, compare));
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(([key, member]) => [key, rearranged(member, compare)] as const);
  return Object.fromEntries(members.sort(compare));
};

/** The canonical form, member by member. */
const plainly = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(plainly).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).sort(inOrder);
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${plainly(member)}`).join(',')}}`;
};

describe('the canonical form', () => {
  test.each([
    [{ b: 1, a: 2 }, '{"a":2,"b":1}'],
    [{ a: 1, b: 2, c: 3 }, '{"a":1,"b":2,"c":3}'],
    [{ a: 1, c: 3, b: 2 }, '{"a":1,"b":2,"c":3}'],
    [{ 10: 'x', 9: 'y', a: 1 }, '{"10":"x","9":"y","a":1}'],
    [{ a: undefined, b: null }, '{"b":null}'],
    [{ b: undefined, a: undefined }, '{}'],
    [{ b: { d: 1, c: [] }, a: 'x' }, '{"a":"x","b":{"c":[],"d":1}}'],
    [[3, 1, 2], '[3,1,2]'],
    [[], '[]'],
    [[undefined, Number.NaN, Infinity], '[null,null,null]'],
    ['a"b\n', '"a\\"b\\n"'],
    [{ 'a"': 'b"' }, '{"a\\"":"b\\""}'],
    [true, 'true'],
    [null, 'null'],
    [undefined, 'null'],
    [1e21, '1e+21'],
    [-0.5, '-0.5'],
  ])('of %j is %s', (value, text) => {
    expect(canonicalJson(value)).toBe(text);
  });

  test('has names in the order of their code units, wherever they stood and however deep', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        expect(canonicalJson(value)).toBe(plainly(value));
        for (const compare of [inOrder, inReverse])
          expect(canonicalJson(rearranged(value, compare))).toBe(canonicalJson(value));
        expect(sameJson(value, rearranged(value, inReverse))).toBe(true);
      }),
      propertyOptions(),
    );
  });

  test('has every unit of a text as JSON has it, in short and in long ones, alone and in a pair', () => {
    const wrong: string[] = [];
    for (let unit = 0; unit <= 0xffff; unit += 1)
      for (const around of ['', 'x'.repeat(60)]) {
        const text = `${around}${String.fromCharCode(unit)}`;
        if (canonicalJson(text) !== JSON.stringify(text)) wrong.push(unit.toString(16));
      }

    expect(wrong).toEqual([]);
    expect(canonicalJson('\u{1f600}')).toBe('"\u{1f600}"');
  });

  test('is the same without a look for escapes, where there are none', () => {
    const value = { b: ['x', { d: 'y', c: 1 }], a: 'z' };

    expect(canonicalJsonUnescaped(value)).toBe(canonicalJson(value));
  });

  test.each([
    [1, 1, true],
    [1, 2, false],
    [1, '1', false],
    [{ a: 1, b: 2 }, { b: 2, a: 1 }, true],
    [{ a: 1 }, { a: 2 }, false],
    [[1, 2], [2, 1], false],
    [undefined, undefined, true],
    [undefined, null, false],
    [null, undefined, false],
    [null, {}, false],
    [{}, null, false],
    [undefined, {}, false],
    [[], {}, false],
    ['[]', [], false],
    [[], '[]', false],
    [{}, undefined, false],
    [Number.NaN, null, false],
  ])('whether %j is the same as %j: %s', (a, b, isSame) => {
    expect(sameJson(a, b)).toBe(isSame);
  });

  test('a hash is that of its UTF-8 bytes, in lower case', () => {
    expect(portableSha256('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(portableSha256('é')).toBe('4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c');
  });
});

describe('what JSON cannot carry there and back', () => {
  class Plain {
    readonly one = 1;
  }

  test.each([
    ['\uD800', 'bad_json', 'it holds a lone surrogate, which UTF-8 cannot carry'],
    [Number.NaN, 'bad_json', 'it is NaN, which JSON cannot carry'],
    [Infinity, 'bad_json', 'it is Infinity, which JSON cannot carry'],
    [-0, 'bad_json', 'it is negative zero, which JSON does not carry back'],
    [2 ** 53, 'bad_json', 'it is an integer beyond 2^53, which is not carried exactly: write it as a string'],
    [undefined, 'bad_json', 'it is undefined, which JSON cannot carry'],
    [1n, 'bad_json', 'it is bigint, which JSON cannot carry'],
    [() => 1, 'bad_json', 'it is function, which JSON cannot carry'],
    [new Plain(), 'bad_json', 'it is an instance of Plain, not plain JSON'],
    [new Date(0), 'bad_json', 'it is an instance of Date, not plain JSON'],
    [new Map(), 'bad_json', 'it is an instance of Map, not plain JSON'],
    [Object.create(Object.create(null)), 'bad_json', 'it is an instance of a class, not plain JSON'],
    [JSON.parse('{"__proto__":1}'), 'bad_json', 'it has a member named "__proto__", which is refused for safety'],
    [{ constructor: 1 }, 'bad_json', 'it has a member named "constructor", which is refused for safety'],
    [{ prototype: 1 }, 'bad_json', 'it has a member named "prototype", which is refused for safety'],
    [{ '\uD800': 1 }, 'bad_json', 'it has a member whose name holds a lone surrogate'],
    [{ a: [1, { b: undefined }] }, 'bad_json', 'it at "a.1.b" is undefined, which JSON cannot carry'],
    [[1, Number.NaN], 'bad_json', 'it at "1" is NaN, which JSON cannot carry'],
    [{ due: new Date(0) }, 'bad_json', 'it at "due" is an instance of Date, not plain JSON'],
    [{ a: { prototype: 1 } }, 'bad_json', 'it at "a" has a member named "prototype", which is refused for safety'],
    [
      { ['x'.repeat(300)]: -0 },
      'bad_json',
      `it at "${'x'.repeat(199)}… is negative zero, which JSON does not carry back`,
    ],
  ])('%s is refused, with its reason', (value, code, message) => {
    expect(jsonFault(value, 'it')).toEqual({ code, message });
    expect(jsonProblem(value, 'it')).toBe(message);
  });

  test.each([
    '',
    '\u{1F600}',
    0,
    -1.5,
    Number.MAX_SAFE_INTEGER,
    2 ** 53 + 0.5 - 2 ** 53,
    true,
    null,
    [],
    {},
    Object.create(null),
    { a: [{ b: null }] },
  ])('%j is fine', (value) => {
    expect(jsonFault(value, 'it')).toBeUndefined();
    expect(jsonProblem(value, 'it')).toBeUndefined();
  });

  test('a plain object of another realm is plain', () => {
    const foreign = Object.create(
      Object.create(null, { constructor: { value: { name: 'Object' } } }) as object,
    ) as object;

    expect(jsonFault(foreign, 'it')).toBeUndefined();
  });

  test('what is nested deeper than an event may be is refused, and no less', () => {
    expect(jsonFault(nested(eventLimits.depthMax), 'it')).toBeUndefined();
    expect(jsonFault(nested(eventLimits.depthMax + 1), 'it')).toEqual({
      code: 'too_deep',
      message: `it is nested deeper than ${eventLimits.depthMax} levels`,
    });
    expect(jsonFault(nested(1), 'it', eventLimits.depthMax)?.code).toBe('too_deep');
    expect(jsonFault({ a: { b: {} } }, 'it', eventLimits.depthMax - 2)?.code).toBe('too_deep');
  });

  test('what has more members than an event may have is refused, and no less', () => {
    const members = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`m${index}`, 1]));

    expect(jsonFault(members(eventLimits.keysMax), 'it')).toBeUndefined();
    expect(jsonFault(members(eventLimits.keysMax + 1), 'it')).toEqual({
      code: 'too_large',
      message: `it has more than ${eventLimits.keysMax} members`,
    });
  });

  test('as many lists and objects as fit are allowed, two characters each', () => {
    expect(containersMax).toBe(eventLimits.eventBytesMax / 2);
    expect(jsonFault([[], []], 'it', 0, { left: 3 })).toBeUndefined();
    expect(jsonFault([[], []], 'it', 0, { left: 2 })?.code).toBe('too_large');
    expect(jsonFault(tangled(), 'it')).toEqual({
      code: 'too_large',
      message: 'it holds more lists and objects than fit into an event',
    });
  });

  test('the name of a member is judged whatever it holds', () => {
    expect(keyProblem('__proto__', 'it')).toMatch('refused for safety');
    expect(keyProblem('\uDC00', 'it')).toMatch('lone surrogate');
    expect(keyProblem('proto', 'it')).toBeUndefined();
  });
});

describe('a copy of JSON', () => {
  test('is equal, and shares nothing that can change', () => {
    const original = { a: [1, { b: [] as number[] }], c: 'x', d: null };
    const copy = copyJson(original);

    expect(copy).toEqual(original);
    (original.a[1] as { b: number[] }).b.push(1);
    original.a.push(2);
    original.c = 'y';
    expect(copy).toEqual({ a: [1, { b: [] }], c: 'x', d: null });
  });

  test('keeps a member that is named like a prototype, for the parser to refuse', () => {
    const copy = copyJson(JSON.parse('{"__proto__":{"a":1}}') as object);

    expect(Object.keys(copy)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
  });

  test('gives back what is no plain JSON as it is', () => {
    const date = new Date(0);
    const bare = Object.assign(Object.create(null) as object, { a: 1 });

    expect(copyJson({ date }).date).toBe(date);
    expect(copyJson(bare)).toEqual({ a: 1 });
    expect(copyJson(bare)).not.toBe(bare);
    for (const value of [1, 'x', null, undefined, true]) expect(copyJson(value)).toBe(value);
  });

  test('gives back as it is what is too deep or never ends', () => {
    const deepest = nested(eventLimits.depthMax + 2);
    const deeper = nested(eventLimits.depthMax + 3);
    const round: Record<string, unknown> = {};
    round['me'] = round;
    const huge = tangled();

    expect(copyJson(deepest)).not.toBe(deepest);
    expect(copyJson(deepest)).toEqual(deepest);
    expect(copyJson(deeper)).toBe(deeper);
    expect(copyJson({ deeper })).toHaveProperty('deeper', deeper);
    expect(copyJson(round)).toBe(round);
    expect(copyJson(huge) === huge).toBe(true);
  });

  test('what is frozen is frozen in all that it holds', () => {
    const value = { a: [{ b: 1 }], c: null };

    expect(isDeepFrozen(value)).toBe(false);
    expect(deepFreeze(value)).toBe(value);
    expect(isDeepFrozen(value)).toBe(true);
    expect([value, value.a, value.a[0]].every((part) => Object.isFrozen(part))).toBe(true);
    expect(isDeepFrozen(Object.freeze({ a: [] }))).toBe(false);
    expect(isDeepFrozen(Object.freeze([Object.freeze({}), {}]))).toBe(false);
    for (const plain of [1, 'x', null, undefined]) expect(isDeepFrozen(deepFreeze(plain))).toBe(true);
  });

  test('an object is what has members and is no list', () => {
    expect([{}, { a: 1 }].every(isJsonObject)).toBe(true);
    expect([null, [], 'x', 1, undefined].some(isJsonObject)).toBe(false);
  });
});

describe('a message', () => {
  test('shows a value as JSON, two hundred characters of it at most', () => {
    expect(shown({ a: 'x' })).toBe('{"a":"x"}');
    expect(shown(undefined)).toBe('undefined');
    expect(shown('x'.repeat(198))).toBe(`"${'x'.repeat(198)}"`);
    expect(shown('x'.repeat(199))).toBe(`"${'x'.repeat(199)}…`);
    expect(shown(`${'x'.repeat(198)}\u{1F600}`)).toBe(`"${'x'.repeat(198)}\uFFFD…`);
  });

  test('says of what kind it is, where JSON cannot say more', () => {
    const round: unknown[] = [];
    round.push(round);

    expect(shown(round)).toBe('a list');
    expect(shown({ round })).toBe('a value of the type object');
    expect(shown(1n)).toBe('a value of the type bigint');
  });

  test('of an error says its code, its words and its facts to a machine, and no stack', () => {
    const error = new ReknitError('not_found', 'there is none', { id: 1 });

    expect(JSON.parse(JSON.stringify(error))).toEqual({
      code: 'not_found',
      message: 'there is none',
      facts: { id: 1 },
    });
    expect(error.name).toBe('ReknitError');
    expect(new ReknitError('not_found', 'x').facts).toEqual({});
    expect(isReknitError(error)).toBe(true);
    expect(isReknitError(error, 'other', 'not_found')).toBe(true);
    expect(isReknitError(error, 'other')).toBe(false);
    expect(isReknitError(new Error('x'))).toBe(false);
  });

  test('of an error is known as ours when another copy of the package made it', async () => {
    vi.resetModules();
    const { ReknitError: FromOtherCopy } = await import('../../src/domain/shared/errors.js');
    const error = new FromOtherCopy('not_found', 'there is none');

    expect(error).not.toBeInstanceOf(ReknitError);
    expect(isReknitError(error, 'not_found')).toBe(true);
    expect(isReknitError(error, 'other')).toBe(false);
    for (const none of [undefined, null, 'not_found', {}, { name: 'ReknitError', code: 'not_found' }])
      expect(isReknitError(none)).toBe(false);
  });

  test('of a broken assumption is the one that was given', () => {
    expect(() => invariant(undefined, 'one is more')).toThrow(new InvariantViolation('one is more'));
    expect(() => invariant(0, 'zero')).toThrow(InvariantViolation);
    expect(() => invariant('x', 'never')).not.toThrow();
    expect(new InvariantViolation('x').name).toBe('InvariantViolation');
  });
});
