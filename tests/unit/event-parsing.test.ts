/** What is taken as an event and what is refused: member by member, at each border, with the reason that is given. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { duplicateKey } from '../../src/domain/events/duplicate-key.js';
import type { EventErrorCode } from '../../src/domain/events/event-error.js';
import type { ReknitEvent } from '../../src/domain/events/event.js';
import { eventLimits } from '../../src/domain/events/limits.js';
import { canonicalEvent } from '../../src/domain/events/canonical-event.js';
import { parseEvent, parseEventLine, parseEventOrThrow } from '../../src/domain/events/parse.js';
import { ReknitError } from '../../src/domain/shared/errors.js';
import { fastSha256 } from '../support/engine.js';
import { propertyOptions } from '../support/property-options.js';

const plain = {
  eventId: 'e1',
  replicaId: 'a',
  seq: 2,
  agentId: 'ada',
  resourceType: 'task',
  resourceId: 't1',
  operation: 'update',
  timestamp: '2026-02-02T10:00:00.000Z',
  counter: 0,
  parents: ['a:1'],
  payload: { title: 'x' },
  schemaVersion: 1,
};
type Members = Readonly<Record<string, unknown>>;

const without = (member: string): Members =>
  Object.fromEntries(Object.entries(plain).filter(([name]) => name !== member));
const errorOf = (input: unknown) => {
  const parsed = parseEvent(input, fastSha256);
  return parsed.ok ? undefined : parsed.error;
};
const errorOfLine = (line: string) => {
  const parsed = parseEventLine(line, fastSha256);
  return parsed.ok ? undefined : parsed.error;
};
const dots = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `b:${index + 1}`);
const refs = (count: number) => Array.from({ length: count }, () => ({ resourceType: 't', resourceId: 'r' }));

describe('an event', () => {
  test('that is right is taken as it stands, with its dot and the hash of its canonical form', () => {
    const parsed = parseEvent(plain, fastSha256);

    expect(parsed).toEqual({
      ok: true,
      value: { event: plain, dot: 'a:2', hash: fastSha256(canonicalEvent(plain as unknown as ReknitEvent)) },
    });
    expect(parseEventOrThrow(plain, fastSha256).event).toBe(plain);
  });

  test.each([undefined, null, 1, 'x', [], [plain], true])('%j is none', (input) => {
    expect(errorOf(input)).toEqual({ code: 'not_an_event', message: 'an event is a JSON object' });
  });

  test.each(Object.keys(plain))('without "%s" is refused', (member) => {
    expect(errorOf(without(member))).toEqual({
      code: 'missing_member',
      message: `the event has no "${member}"`,
      member,
    });
  });

  test('that is refused is refused with the same words to whoever cannot go on without it', () => {
    expect(() => parseEventOrThrow(without('seq'), fastSha256)).toThrow(
      new ReknitError('missing_member', 'the event has no "seq"', { member: 'seq' }),
    );
  });

  const whole = (member: string, least: number, most: number) =>
    [least - 1, most + 1, least + 0.5, -0, '1', null, Number.NaN].map(
      (value): [string, unknown, EventErrorCode, string] => [
        member,
        value,
        'wrong_type',
        `"${member}" must be a whole number from ${least} to ${most}`,
      ],
    );
  const id = (member: string): [string, unknown, EventErrorCode, string][] => [
    [member, '', 'wrong_type', `"${member}" must be a text that is not empty`],
    [member, 1, 'wrong_type', `"${member}" must be a text that is not empty`],
    [member, null, 'wrong_type', `"${member}" must be a text that is not empty`],
    [member, 'x'.repeat(513), 'too_large', `"${member}" is longer than 512 characters`],
    [member, 'x\uD800', 'bad_json', `"${member}" holds a lone surrogate`],
  ];
  const dotList = (member: string, most: number): [string, unknown, EventErrorCode, string][] => [
    [member, 'b:1', 'wrong_type', `"${member}" must be a list of dots`],
    [member, {}, 'wrong_type', `"${member}" must be a list of dots`],
    [member, dots(most + 1), 'too_large', `"${member}" names more than ${most} events`],
    [member, ['b:1', 'b'], 'bad_parents', `"${member}" holds "b", which is no dot (replicaId:seq)`],
    [member, ['b:0'], 'bad_parents', `"${member}" holds "b:0", which is no dot (replicaId:seq)`],
    [member, [1], 'bad_parents', `"${member}" holds 1, which is no dot (replicaId:seq)`],
    [member, ['b:1', 'b:2', 'b:2'], 'bad_parents', `"${member}" names b:2 twice`],
  ];
  const operationWords = (value: string) => `"operation" must be create, update, delete or resolve, not ${value}`;
  const timeWords = (value: string) =>
    `"timestamp" must be a real time in the form 2026-02-02T10:00:00.000Z, not ${value}`;

  test.each<[string, unknown, EventErrorCode, string]>([
    ...['eventId', 'replicaId', 'agentId', 'resourceType', 'resourceId'].flatMap(id),
    ...whole('seq', 1, Number.MAX_SAFE_INTEGER),
    ...whole('counter', 0, eventLimits.counterMax),
    ...whole('schemaVersion', 0, 0x7fff_ffff),
    ['eventId', 'local', 'reserved_id', '"local" chooses a side of a conflict: give the event another id'],
    ['eventId', 'remote', 'reserved_id', '"remote" chooses a side of a conflict: give the event another id'],
    ['resourceType', 'a\u0000', 'wrong_type', '"resourceType" must not hold the NUL character'],
    ['operation', 'merge', 'unknown_operation', operationWords('"merge"')],
    ['operation', ['update'], 'unknown_operation', operationWords('["update"]')],
    ['timestamp', '2026-02-30T10:00:00.000Z', 'bad_timestamp', timeWords('"2026-02-30T10:00:00.000Z"')],
    ['timestamp', 1, 'bad_timestamp', timeWords('1')],
    ...dotList('parents', 1_000),
    ['parents', ['b:1', 'a:2'], 'bad_parents', 'an event cannot be its own parent'],
    ['payload', null, 'wrong_type', '"payload" of a update must be an object of fields'],
    ['payload', [], 'wrong_type', '"payload" must be an object of fields'],
    ['payload', 'x', 'wrong_type', '"payload" must be an object of fields'],
    ['payload', { a: Number.NaN }, 'bad_json', '"payload" at "a" is NaN, which JSON cannot carry'],
    ['priority', 'urgent', 'wrong_type', '"priority" must be low, medium, high, critical or a number'],
    ['priority', null, 'wrong_type', '"priority" must be low, medium, high, critical or a number'],
    ['conflictId', 1, 'wrong_type', '"conflictId" must be the id of a conflict'],
    ['conflictId', 'x'.repeat(513), 'wrong_type', '"conflictId" must be the id of a conflict'],
    ['note', 1, 'wrong_type', '"note" must be a text of at most 10000 characters'],
    ['note', 'x'.repeat(10_001), 'wrong_type', '"note" must be a text of at most 10000 characters'],
    ['was', 'a', 'wrong_type', '"was" must be a dot (replicaId:seq)'],
    ['was', 1, 'wrong_type', '"was" must be a dot (replicaId:seq)'],
    ...dotList('sees', 4_000),
    ...[
      'x',
      {},
      ['t'],
      [{ resourceType: 't' }],
      [{ resourceId: 'r' }],
      [{ resourceType: '', resourceId: 'r' }],
      [{ resourceType: 't', resourceId: '' }],
      [{ resourceType: 't', resourceId: 'r', more: 1 }],
      [...refs(1), null],
      refs(1_001),
    ].map((value): [string, unknown, EventErrorCode, string] => [
      'dependsOn',
      value,
      'wrong_type',
      '"dependsOn" must be a list of { resourceType, resourceId }',
    ]),
    ['unknown', undefined, 'bad_json', '"unknown" is undefined, which JSON cannot carry'],
    ['constructor', 1, 'bad_json', 'the event has a member named "constructor", which is refused for safety'],
  ])('with "%s" %j is refused: %s', (member, value, code, message) => {
    expect(errorOf({ ...plain, [member]: value })).toEqual({ code, message, member });
  });

  test.each<[string, unknown]>([
    ...['eventId', 'agentId', 'resourceType', 'resourceId'].map((member): [string, unknown] => [
      member,
      'x'.repeat(512),
    ]),
    ['resourceId', 'a\u0000'],
    ['seq', Number.MAX_SAFE_INTEGER],
    ['counter', eventLimits.counterMax],
    ['schemaVersion', 0],
    ['schemaVersion', 0x7fff_ffff],
    ['operation', 'create'],
    ['operation', 'resolve'],
    ['parents', []],
    ['parents', dots(1_000)],
    ['priority', 'low'],
    ['priority', 'critical'],
    ['priority', -2.5],
    ['conflictId', ''],
    ['conflictId', 'x'.repeat(512)],
    ['note', 'x'.repeat(10_000)],
    ['was', 'b:1'],
    ['sees', []],
    ['sees', ['a:2']],
    ['sees', dots(1_000)],
    ['dependsOn', []],
    ['dependsOn', refs(1_000)],
    ['ruleId', { any: 'thing' }],
    ['unknown', [null, { a: 1 }]],
  ])('with "%s" %j is taken', (member, value) => {
    expect(errorOf({ ...plain, [member]: value })).toBeUndefined();
  });

  test('deletes without a payload, or with an empty one, and resolves without one', () => {
    const words = '"payload" of a delete must be empty';

    expect(errorOf({ ...plain, operation: 'delete', payload: null })).toBeUndefined();
    expect(errorOf({ ...plain, operation: 'delete', payload: {} })).toBeUndefined();
    expect(errorOf({ ...plain, operation: 'resolve', payload: null })).toBeUndefined();
    expect(errorOf({ ...plain, operation: 'delete' })).toEqual({
      code: 'wrong_type',
      message: words,
      member: 'payload',
    });
    expect(errorOf({ ...plain, operation: 'create', payload: null })?.code).toBe('wrong_type');
  });

  test('has as many members as an object may have, and no more', () => {
    const withMore = (count: number): Members => ({
      ...plain,
      ...Object.fromEntries(Array.from({ length: count }, (_, index) => [`m${index}`, 1])),
    });
    const room = eventLimits.keysMax - Object.keys(plain).length;

    expect(errorOf(withMore(room))).toBeUndefined();
    expect(errorOf(withMore(room + 1))).toEqual({
      code: 'too_large',
      message: `the event has more than ${eventLimits.keysMax} members`,
    });
  });

  test('names parents of long replica ids, as long as an id may be', () => {
    expect(errorOf({ ...plain, parents: [`${'b'.repeat(512)}:1234567890`] })).toBeUndefined();
    expect(errorOf({ ...plain, parents: [`${'b'.repeat(540)}:1`] })?.code).toBe('bad_parents');
    expect(errorOf({ ...plain, parents: ['b\uD800:1'] })?.code).toBe('bad_parents');
  });

  test('is one event however its parents and what it saw are ordered (R1)', () => {
    const sorted = { ...plain, parents: ['a:1', 'b:2', 'b:10'], sees: ['c:1', 'd:1'] };
    const mixed = { ...plain, parents: ['b:10', 'a:1', 'b:2'], sees: ['d:1', 'c:1'] };
    const [one, other] = [parseEventOrThrow(sorted, fastSha256), parseEventOrThrow(mixed, fastSha256)];

    expect(one.event).toBe(sorted);
    expect(other).toEqual(one);
    expect(parseEventOrThrow({ ...sorted, parents: mixed.parents }, fastSha256)).toEqual(one);
    expect(parseEventOrThrow({ ...sorted, sees: mixed.sees }, fastSha256)).toEqual(one);
    expect(mixed.parents).toEqual(['b:10', 'a:1', 'b:2']);
    const unseen = parseEventOrThrow({ ...plain, parents: ['b:1', 'a:1'] }, fastSha256).event;
    expect([unseen.parents, Object.keys(unseen)]).toEqual([['a:1', 'b:1'], Object.keys(plain)]);
  });

  test.each([
    ['x', 1],
    ['é', 2],
    ['߿', 2],
    ['ࠀ', 3],
    ['漢', 3],
    ['\uFFFD', 3],
    ['\u{1F600}', 4],
  ])('is as large as its UTF-8 bytes, %s being %i of them', (sign, bytes) => {
    const empty = Buffer.byteLength(canonicalEvent({ ...plain, payload: { title: '' } } as unknown as ReknitEvent));
    const room = eventLimits.eventBytesMax - empty;
    const fitting = sign.repeat(Math.floor(room / bytes)) + 'x'.repeat(room % bytes);

    expect(errorOf({ ...plain, payload: { title: fitting } })).toBeUndefined();
    expect(errorOf({ ...plain, payload: { title: `${fitting}x` } })).toEqual({
      code: 'too_large',
      message: 'the event is larger than 262144 bytes: split it, or store a reference',
    });
  });
});

describe('the canonical form of an event', () => {
  const events = fc.record(
    {
      eventId: fc.string({ minLength: 1, maxLength: 4 }),
      agentId: fc.string({ minLength: 1, maxLength: 4 }),
      parents: fc.constantFrom([], ['b:1'], ['b:1', 'c:2']),
      // A line carries no negative zero, which is refused in a value.
      payload: fc.dictionary(
        fc.string({ maxLength: 3 }),
        fc.jsonValue({ maxDepth: 1 }).map((value) => JSON.parse(JSON.stringify(value)) as unknown),
      ),
      note: fc.string(),
      sees: fc.constantFrom([], ['c:1']),
    },
    { requiredKeys: ['eventId', 'agentId', 'parents', 'payload'] },
  );
  const sortedText = (value: unknown): string => {
    if (Array.isArray(value)) return `[${value.map(sortedText).join(',')}]`;
    if (typeof value !== 'object' || value === null) return JSON.stringify(value);
    const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${sortedText(member)}`).join(',')}}`;
  };

  test('is its JSON with sorted names, whatever stands in it, as a value and as a line', () => {
    fc.assert(
      fc.property(events, (members) => {
        const event = { ...plain, ...members };
        const parsed = parseEvent(event, fastSha256);
        const line = parseEventLine(JSON.stringify(event), fastSha256);

        expect(line).toEqual(parsed);
        if (!parsed.ok) return;
        expect(canonicalEvent(parsed.value.event)).toBe(sortedText(event));
        expect(parsed.value.hash).toBe(fastSha256(sortedText(event)));
      }),
      propertyOptions(),
    );
  });

  test('is that of the value, for a line without an escape and for one with escapes that need not be', () => {
    const { hash } = parseEventOrThrow({ ...plain, parents: ['a:1', 'b:1'] }, fastSha256);
    const line = JSON.stringify({ ...plain, parents: ['b:1', 'a:1'] });

    for (const text of [line, line.replace('"ada"', '"\\u0061da"'), ` ${line.replaceAll(':"', ' : "')} `])
      expect(parseEventLine(text, fastSha256)).toMatchObject({ ok: true, value: { dot: 'a:2', hash } });
    expect(parseEventLine(JSON.stringify({ ...plain, note: 'x' }), fastSha256)).toEqual(
      parseEvent({ ...plain, note: 'x' }, fastSha256),
    );
  });
});

describe('a line', () => {
  test('that is not JSON is refused with what the platform says of it', () => {
    const error = errorOfLine('{"eventId":');

    expect(error?.code).toBe('bad_json');
    expect(error?.message).toMatch(/^the line is not JSON: .*JSON/u);
    expect(error).not.toHaveProperty('member');
  });

  test('is judged as the value in it is', () => {
    expect(errorOfLine(JSON.stringify(without('seq')))).toEqual(errorOf(without('seq')));
    expect(errorOfLine('[]')?.code).toBe('not_an_event');
  });

  test('in which a member stands twice is refused, with its name', () => {
    const line = JSON.stringify(plain);

    expect(errorOfLine(line.replace('"seq":2', '"seq":2,"seq":2'))).toEqual({
      code: 'duplicate_key',
      message: 'the member "seq" stands twice in one object',
      member: 'seq',
    });
    expect(errorOfLine(line.replace('"title":"x"', '"a":{"b":1,"c":[{"d":1,"d":2}]}'))?.member).toBe('d');
  });

  test.each([
    ['{"a":1,"a":1}', 'a'],
    ['{"a":1,"b":2,"a" \t\n\r:1}', 'a'],
    ['{"a":1,"\\u0061":1}', 'a'],
    ['{"a\\"":1,"a\\"":1}', 'a"'],
    ['{"\\\\":1,"\\\\":1}', '\\'],
    ['{"a":{"b":1},"a":1}', 'a'],
    ['{"a":[{"b":1}],"a":1}', 'a'],
    ['[{"a":1},{"b":1,"b":2}]', 'b'],
    ['{"x":"{","a":1,"a":2}', 'a'],
    ['{"x":"}","a":1,"a":2}', 'a'],
    ['{"x":"[","a":1,"a":2}', 'a'],
    ['{"a":{"a":{"a":1,"a":2}}}', 'a'],
    ['{"":1,"":2}', ''],
  ])('%s says %j twice', (text, key) => {
    expect(duplicateKey(text)).toBe(key);
  });

  test.each([
    '{}',
    '[]',
    '"a"',
    '1',
    '{"a":"a","b":"a"}',
    '{"a":1,"b":{"a":1}}',
    '{"a":{"b":1},"b":1}',
    '[{"a":1},{"a":1}]',
    '{"a":["a","a"],"b":"a"}',
    '{"a":"\\"a\\":1","b":"a:1"}',
    '{"a":"\\\\","b":1}',
    '{"a":["a",":"]}',
    '{"a ":1,"a":2}',
  ])('%s says nothing twice', (text) => {
    expect(duplicateKey(text)).toBeUndefined();
  });
});
