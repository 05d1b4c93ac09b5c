/** What each kind of field takes from its author, what it refuses and with which words, and what its writes come to. */
import { describe, expect, test } from 'vitest';
import type { Operation, ReknitEvent } from '../../src/domain/events/event.js';
import type { AnyField } from '../../src/domain/fields/field-definition.js';
import { isSchema, schemaCheck, type SchemaOf } from '../../src/domain/fields/schema.js';
import { fitLength, joinSplices, splitsPair } from '../../src/domain/fields/sequence/splices.js';
import { foldResource } from '../../src/domain/merge/fold-events.js';
import {
  add,
  counter,
  defineResource,
  increment,
  list,
  reference,
  register,
  remove,
  set,
  splice,
  text,
} from '../../src/domain/resource-definition/index.js';
import type { Json } from '../../src/domain/shared/json.js';
import { definePolicy } from '../../src/domain/strategies/index.js';
import { number, text as textSchema } from '../support/definitions.js';
import { fastSha256 } from '../support/engine.js';
import { eventOf } from '../support/histories/event-builder.js';

const refusal = (field: AnyField, value: unknown, operation: Operation = 'update', seen?: Json): string | undefined => {
  const misfit = field.kind.refuse(value as Json, operation, seen);
  return misfit === undefined ? undefined : `${misfit.code}: ${misfit.message}`;
};

describe('what an author may write', () => {
  const counterWords = 'invalid_operation: a counter is set to a whole number, and changed by { "$increment": 1 }';
  const byWords = 'invalid_operation: "$increment" is a whole number up to 2^53, not';
  const setWords = 'invalid_operation: a set is given as a list, and changed by { "$add": [...], "$remove": [...] }';
  const membersWords = 'invalid_operation: "$add" and "$remove" are lists of members';
  const registerWords = 'is an operation, and this field is a register: write the whole new value instead';
  const referenceWords = 'reserved_operator: a reference is the id of a resource, or null for none';
  const form = (what: string) =>
    `invalid_operation: "$splice" is a list of [index, count of what is deleted, ${what} to insert]`;
  const whole = (what: string) =>
    `invalid_operation: this field is ${what}: give ${what}, or { "$splice": [[index, count, ${what}]] }`;

  test.each<[string, AnyField, unknown, string]>([
    ['a counter', counter(), 1.5, counterWords],
    ['a counter', counter(), 2 ** 53, counterWords],
    ['a counter', counter(), null, counterWords],
    ['a counter', counter(), '01', counterWords],
    ['a counter', counter(), '-0', counterWords],
    ['a counter', counter(), '1x', counterWords],
    ['a counter', counter(), 'x1', counterWords],
    ['a counter', counter(), '', counterWords],
    ['a counter', counter(), '1'.repeat(1_001), counterWords],
    ['a counter', counter(), [1], counterWords],
    ['a counter', counter(), {}, counterWords],
    ['a counter', counter(), { $increment: 1, by: 1 }, counterWords],
    ['a counter', counter(), { $add: 1 }, 'unknown_operation: a counter knows no "$add": use "$increment"'],
    ['a counter', counter(), { $increment: 1, $set: 1 }, 'unknown_operation: a counter knows no "$set": use "$increment"'],
    ['a counter', counter(), { $increment: 0.5 }, `${byWords} 0.5`],
    ['a counter', counter(), { $increment: '1' }, `${byWords} "1"`],
    ['a set', set(), 'x', setWords],
    ['a set', set(), null, setWords],
    ['a set', set(), { a: 1 }, setWords],
    ['a set', set(), { $push: [] }, 'unknown_operation: a set knows no "$push": use "$add" and "$remove"'],
    ['a set', set(), { $add: 'x' }, membersWords],
    ['a set', set(), { $add: ['x'], $remove: 'y' }, membersWords],
    ['a register', register(), { $increment: 1 }, `reserved_operator: "$increment" ${registerWords}`],
    ['a register', register(), { a: 1, $add: [] }, `reserved_operator: "$add" ${registerWords}`],
    ['a reference', reference('track'), '', referenceWords],
    ['a reference', reference('track'), 7, referenceWords],
    ['a text', text(), 7, whole('a text')],
    ['a text', text(), ['x'], whole('a text')],
    ['a text', text(), { $insert: 'x' }, 'unknown_operation: a text knows no "$insert": use "$splice"'],
    ['a text', text(), { $splice: 'x' }, form('a text')],
    ['a text', text(), { $splice: [[0, 0]] }, form('a text')],
    ['a text', text(), { $splice: [[0, 0, 'x', 1]] }, form('a text')],
    ['a text', text(), { $splice: [[-1, 0, 'x']] }, form('a text')],
    ['a text', text(), { $splice: [[0, 0.5, 'x']] }, form('a text')],
    ['a text', text(), { $splice: [[0, 0, ['x']]] }, form('a text')],
    ['a text', text(), { $splice: [[0, 0, 'x'], 'y'] }, form('a text')],
    ['a list', list(), 'x', whole('a list')],
    ['a list', list(), { $push: [1] }, 'unknown_operation: a list knows no "$push": use "$splice"'],
    ['a list', list(), { $splice: [[0, 0, 'x']] }, form('a list')],
  ])('%s refuses %j: %s', (_what, field, value, words) => {
    expect(refusal(field, value)).toBe(words);
  }); // prettier-ignore

  test.each<[string, AnyField, unknown]>([
    ['a counter', counter(), 0],
    ['a counter', counter(), -7],
    ['a counter', counter(), '-12345678901234567890'],
    ['a counter', counter(), '0'],
    ['a counter', counter(), '1'.repeat(1_000)],
    ['a counter', counter(), increment()],
    ['a counter', counter(), increment(-3)],
    ['a set', set(), []],
    ['a set', set(), { ...add('x'), ...remove('y') }],
    ['a register', register(), { a: { $b: 1 } }],
    ['a register', register(), []],
    ['a register', register(), {}],
    ['a reference', reference('track'), null],
    ['a reference', reference('track'), 't1'],
    ['a text', text(), ''],
    ['a text', text(), { $splice: [] }],
    ['a list', list(), [1, null]],
    ['a list', list(), { $splice: [[0, 0, []]] }],
  ])('%s takes %j', (_what, field, value) => {
    expect(refusal(field, value)).toBeUndefined();
  });

  test('a create gives the whole value', () => {
    expect(refusal(counter(), increment(), 'create')).toBe(
      'invalid_operation: a create gives a counter a plain number',
    );
    expect(refusal(set(), add('x'), 'create')).toBe('invalid_operation: a create gives a set a plain list');
    expect(refusal(text(), splice(0, 0, 'x'), 'create')).toBe(
      'invalid_operation: a create gives the whole value: a text',
    );
    expect(refusal(list(), splice(0, 0, [1]), 'create')).toBe(
      'invalid_operation: a create gives the whole value: a list',
    );
    expect([refusal(counter(), 1, 'create'), refusal(set(), ['x'], 'create'), refusal(text(), 'x', 'create')]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  test('a splice lies within what its author saw, and parts no character', () => {
    const beyond = (length: number, what: string) =>
      `position_beyond_end: a splice reaches beyond its end: it has ${length} ${what}`;
    const parts =
      'splits_surrogate_pair: a splice begins or ends within a character that is two code units: move it before or after';
    const at = (...splices: readonly (readonly [number, number, string])[]) => ({ $splice: splices });

    expect(refusal(text(), splice(3, 0, 'x'), 'update', 'abc')).toBeUndefined();
    expect(refusal(text(), splice(4, 0, 'x'), 'update', 'abc')).toBe(beyond(3, 'characters'));
    expect(refusal(text(), splice(2, 2, 'x'), 'update', 'abc')).toBe(beyond(3, 'characters'));
    expect(refusal(text(), splice(0, 3, ''), 'update', 'abc')).toBeUndefined();
    expect(refusal(text(), splice(1, 0, 'x'))).toBe(beyond(0, 'characters'));
    expect(refusal(text(), splice(1, 0, 'x'), 'update', ['a', 'b'])).toBe(beyond(0, 'characters'));
    expect(refusal(list(), splice(3, 0, [1]), 'update', [1, 2])).toBe(beyond(2, 'items'));
    expect(refusal(text(), at([3, 0, 'xy'], [5, 0, 'z']), 'update', 'abc')).toBeUndefined();
    expect(refusal(text(), at([0, 2, ''], [2, 0, 'z']), 'update', 'abc')).toBe(beyond(3, 'characters'));
    expect(refusal(text(), splice(1, 0, 'x'), 'update', '😀')).toBe(parts);
    expect(refusal(text(), splice(0, 1, 'x'), 'update', '😀')).toBe(parts);
    expect(refusal(text(), splice(0, 2, 'x'), 'update', '😀')).toBeUndefined();
    expect(refusal(text(), at([0, 0, 'a'], [2, 0, 'b']), 'update', '😀')).toBe(parts);
    expect(refusal(text(), at([0, 0, '😀'], [1, 0, 'b']), 'update', 'x')).toBe(parts);
    expect(refusal(text(), at([0, 0, '😀'], [2, 0, 'b'], [0, 2, '']), 'update', 'x')).toBeUndefined();
    expect(refusal(text(), at([0, 0, 'y'], [0, 2, '']), 'update', 'x😀')).toBeUndefined();
    expect(refusal(text(), at([0, 0, 'y'], [0, 3, '']), 'update', 'x😀')).toBe(parts);
    expect(splitsPair([], '😀')).toBe(false);
    expect(splitsPair([[1, 0, [1]]], [1, 2])).toBe(false);
    expect(fitLength([], 0)).toBe(true);
  });

  test('a member and an item fit their schema, those that are added too, and a reference names something', () => {
    const numbers = list(number);
    const words = set(textSchema);

    expect(words.validate?.(['a', 7])).toBe('7: must be a text');
    expect(words.validate?.(add('a', { b: 1 }))).toBe('{"b":1}: must be a text');
    expect([words.validate?.(['a']), words.validate?.(remove(7)), words.validate?.('x')]).toEqual([undefined, undefined, undefined]);
    expect(numbers.validate?.([1, 'x'])).toBe('"x": must be a number');
    expect(numbers.validate?.({ $splice: [[0, 0, [1]], [0, 1, ['y']]] })).toBe('"y": must be a number');
    expect([numbers.validate?.([1]), numbers.validate?.(splice(0, 0, [1])), numbers.validate?.('x')]).toEqual([undefined, undefined, undefined]);
    expect(reference('track').validate?.(7)).toBe('a reference is the id of a resource, or null for none');
    expect([set(), list(), counter(), text()].map(({ validate }) => validate)).toEqual([undefined, undefined, undefined, undefined]);
    expect([set(textSchema).schema, list(number).schema, register(number).schema, set().schema]).toEqual(['tiny', 'tiny', 'tiny', undefined]);
    expect([set(), list(), counter(), text()].map((field: AnyField) => field.default)).toEqual([[], [], 0, '']);
    expect(() => set({} as never)).toThrow('set takes a schema of its members that follows Standard Schema, or none');
    expect(() => list({} as never)).toThrow('list takes a schema of its items that follows Standard Schema, or none');
  }); // prettier-ignore

  test('a whole new text is recorded as what changed of what its author saw', () => {
    const { prepare } = text().kind;

    expect(prepare?.(text.edit('abXd'), 'abcd')).toEqual({ $splice: [[2, 1, 'X']] });
    expect(prepare?.(text.edit('ab'), undefined)).toEqual({ $splice: [[0, 0, 'ab']] });
    expect(prepare?.(text.edit('ab'), ['x'])).toEqual({ $splice: [[0, 0, 'ab']] });
    for (const other of ['abc', splice(0, 0, 'x'), { $edit: 7 }, { $edit: 'x', $splice: [] }, { $edit: '\uD800' }])
      expect(prepare?.(other as Json, 'abcd')).toBe(other);
    expect(() => text.edit('\uD800')).toThrow(
      'text.edit: "newText" must be the whole new text, without half of a surrogate pair',
    );
    expect(() => text.edit(7 as never)).toThrow('text.edit');
  });
});

describe('a schema', () => {
  const of = (validate: (value: unknown) => unknown) =>
    schemaCheck({ '~standard': { version: 1, vendor: 'tiny', validate } } as SchemaOf<unknown>);

  test('is asked what is wrong, and where', () => {
    const check = of(() => ({
      issues: [
        { message: 'too long' },
        { message: 'no text', path: ['a', { key: 'b' }, 0] },
        { message: 'empty', path: [] },
      ],
    }));

    expect(check(1)).toBe('too long; a.b.0: no text; empty');
    expect(of((value) => ({ value }))(1)).toBeUndefined();
  });

  test('that throws, or answers too late, fits nothing', () => {
    const late = async (): Promise<never> => Promise.reject(new Error('nobody hears this'));

    expect(of(late)(1)).toBe('the tiny schema is asynchronous: use one that answers synchronously');
    expect(of(() => { throw new Error('broken'); })(1)).toBe('the tiny schema threw: broken'); // prettier-ignore
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- libraries do
    expect(of(() => { throw 'broken'; })(1)).toBe('the tiny schema threw: broken'); // prettier-ignore
  });

  test('is an object or a function that says so', () => {
    expect(isSchema(number)).toBe(true);
    expect(isSchema(Object.assign(() => 1, number))).toBe(true);
    expect([null, undefined, 1, {}, { '~standard': {} }, { '~standard': null }, () => 1].some(isSchema)).toBe(false);
  });
});

describe('what writes come to', () => {
  const task = defineResource('task', {
    version: 1,
    fields: { votes: counter(), tags: set(), steps: list(), notes: text() },
  });
  const policy = definePolicy({ name: 'test', version: 1, resources: [task] });
  const shown = (...events: readonly ReknitEvent[]) => foldResource(events, policy, fastSha256)?.view.fields;
  const created = eventOf('a:1', 'create', { votes: 1, tags: ['x'], steps: [1, 2], notes: 'ab' });
  const on = (dot: string, payload: Record<string, unknown>, ...parents: readonly ReknitEvent[]) =>
    eventOf(dot, 'update', payload as never, parents.length === 0 ? [created] : parents);

  test('of a counter: all increments, exactly, whatever the sum (R33, R34)', () => {
    const most = Number.MAX_SAFE_INTEGER;
    const plus = on('b:1', { votes: increment(2) });
    const less = on('c:1', { votes: increment(-5) });
    const big = on('b:2', { votes: increment(most) }, plus);
    const bigger = on('b:3', { votes: increment(most) }, big);

    expect(shown(created, plus, less)?.['votes']).toBe(-2);
    expect(shown(created, on('b:1', { votes: most }))?.['votes']).toBe(most);
    expect(shown(created, on('b:1', { votes: -most }))?.['votes']).toBe(-most);
    expect(shown(created, plus, big)?.['votes']).toBe('9007199254740994');
    expect(shown(created, plus, big, bigger)?.['votes']).toBe('18014398509481985');
    expect(shown(created, on('b:1', { votes: '-9007199254740992' }))?.['votes']).toBe('-9007199254740992');
  });

  test('of a counter: a plain value clears what it has seen, and nothing else', () => {
    const plus = on('b:1', { votes: increment(2) });
    const plain = on('b:2', { votes: 10 }, plus);
    const other = on('c:1', { votes: increment(5) });
    const after = on('b:3', { votes: increment(1) }, plain);

    expect(shown(created, plus, plain)?.['votes']).toBe(10);
    expect(shown(created, plus, plain, after, other)?.['votes']).toBe(16);
    expect(shown(created, plain, other, plus)?.['votes']).toBe(15);
    expect(shown(created, on('b:1', { votes: 3 }), on('c:1', { votes: 4 }))?.['votes']).toBe(7);
  });

  test('of a set: an addition wins over a removal that has not seen it (R34)', () => {
    const gone = on('b:1', { tags: remove('x') });
    const again = on('c:1', { tags: add('x', 'y') });
    const both = on('b:2', { tags: { ...add('z'), ...remove('z', 'y') } }, gone);

    expect(shown(created, gone)?.['tags']).toEqual([]);
    expect(shown(created, gone, again)?.['tags']).toEqual(['x', 'y']);
    expect(shown(created, gone, both)?.['tags']).toEqual(['z']);
    expect(shown(created, on('b:1', { tags: ['q'] }), again)?.['tags']).toEqual(['q', 'x', 'y']);
  });

  test('of a set: members are compared and ordered by their canonical form', () => {
    const one = on('b:1', { tags: add({ b: 1, a: 2 }, 10, 9) });
    const two = on('c:1', { tags: add({ a: 2, b: 1 }, '10') });

    expect(shown(created, one, two)?.['tags']).toEqual(['10', 'x', 10, 9, { a: 2, b: 1 }]);
  });

  test('of a list and a text: what each inserted and deleted (R36)', () => {
    const one = on('b:1', { steps: splice(0, 1, [7]), notes: splice(2, 0, 'c') });
    const two = on('c:1', { steps: splice(2, 0, [3]), notes: splice(0, 1, '') });

    expect(shown(created, one, two)).toMatchObject({ steps: [7, 2, 3], notes: 'bc' });
    expect(shown(created, one, on('c:1', { notes: 'new' }))?.['notes']).toBe('newc');
    expect(shown(created, two, on('c:2', { steps: [] }, two))?.['steps']).toEqual([]);
  });

  test('what does not fit its field is applied as nothing, and the field says so until it is cleared (R35)', () => {
    const bad = on('b:1', { votes: 'many', tags: 'x', steps: splice(9, 0, [1]), notes: 7 });
    const cleared = on('b:2', { votes: 3, tags: [], steps: [], notes: '' }, bad);
    const misfits = (...events: readonly ReknitEvent[]) =>
      [...(foldResource(events, policy, fastSha256)?.state.units ?? [])]
        .filter(([, { accumulated }]) => accumulated?.notes?.misfit === true)
        .map(([key]) => key)
        .sort();

    expect(shown(created, bad)).toEqual({ votes: 1, tags: ['x'], steps: [1, 2], notes: 'ab' });
    expect(misfits(created, bad)).toEqual(['notes', 'steps', 'tags', 'votes']);
    expect(misfits(created, bad, cleared)).toEqual([]);
    expect(misfits(created, bad, on('b:2', { votes: increment() }, bad))).toEqual(['notes', 'steps', 'tags', 'votes']);
  });
});

test('splices one after the other are as few as can be', () => {
  expect(joinSplices([[0, 1, 'a'], [1, 2, 'b'], [5, 0, 'c']])).toEqual([[0, 3, 'ab'], [5, 0, 'c']]); // prettier-ignore
  expect(joinSplices([[0, 0, [1]], [1, 1, [2]]])).toEqual([[0, 1, [1, 2]]]); // prettier-ignore
  expect(joinSplices([])).toEqual([]);
});
