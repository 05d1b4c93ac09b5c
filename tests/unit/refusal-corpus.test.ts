/**
 * What is refused as an event, and what is taken (I49): one encoding for each value, and nothing that one reader would
 * take for something else than another. Each line of the corpus stands for a way in which JSON goes wrong.
 */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openReplica, type ReknitEvent } from '../../src/index.js';
import { readBundle } from '../../src/adapters/remote/bundle/index.js';
import { canonicalEvent } from '../../src/domain/events/canonical-event.js';
import { parseEvent, parseEventLine } from '../../src/domain/events/parse.js';
import { fastSha256 } from '../support/engine.js';
import { collect, storyStartMs } from '../support/site.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const members: Readonly<Record<string, string>> = {
  eventId: '"e"', replicaId: '"a"', seq: '1', agentId: '"x"', resourceType: '"t"', resourceId: '"r"', operation: '"create"',
  timestamp: '"2026-02-02T10:00:00.000Z"', counter: '0', parents: '[]', payload: '{}', schemaVersion: '1',
}; // prettier-ignore

/** As text, since some of what is wrong no value can hold. */
const line = (changed: Readonly<Record<string, string>> = {}, more = ''): string =>
  `{${Object.entries({ ...members, ...changed })
    .map(([name, json]) => `"${name}":${json}`)
    .join(',')}${more}}`;
const holding = (json: string): string => line({ payload: `{"title":${json}}` });
const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

const refused: readonly (readonly [name: string, code: string, line: string])[] = [
  ['a member twice', 'duplicate_key', line({}, ',"seq":1')],
  ['a field twice', 'duplicate_key', holding('{"a":1,"a":1}')],
  ['a field twice, once escaped', 'duplicate_key', holding('{"a":1,"\\u0061":2}')],
  ['a lone high surrogate', 'bad_json', holding('"\\ud800"')],
  ['a lone low surrogate', 'bad_json', holding('"\\udc00"')],
  ['a pair the wrong way round', 'bad_json', holding('"\\udc00\\ud800"')],
  ['a lone surrogate in a name', 'bad_json', line({ payload: '{"\\ud800":1}' })],
  ['a lone surrogate in an id', 'bad_json', line({ resourceId: '"\\ud800"' })],
  ['negative zero', 'bad_json', holding('-0')],
  ['negative zero with a fraction', 'bad_json', holding('-0.0')],
  ['negative zero with an exponent', 'bad_json', holding('-0e5')],
  ['NaN', 'bad_json', holding('NaN')],
  ['Infinity', 'bad_json', holding('Infinity')],
  ['1e400', 'bad_json', holding('1e400')],
  ['-1e400', 'bad_json', holding('-1e400')],
  ['2^53', 'bad_json', holding('9007199254740992')],
  ['2^53 + 1', 'bad_json', holding('9007199254740993')],
  ['1e21, an integer like any other', 'bad_json', holding('1e21')],
  ['a raw NUL', 'bad_json', holding('"\u0000"')],
  ['a raw tab', 'bad_json', holding('"\t"')],
  ['NUL in a type, which ends a key there', 'wrong_type', line({ resourceType: '"a\\u0000b"' })],
  ['a byte order mark before it', 'bad_json', `\ufeff${line()}`],
  ['65 levels', 'too_deep', holding(nested(65))],
  ['100,000 levels', 'too_deep', holding(nested(100_000))],
  ['100,000 levels where a time belongs', 'bad_timestamp', line({ timestamp: nested(100_000) })],
  ['100,000 levels where an operation belongs', 'unknown_operation', line({ operation: nested(100_000) })],
  ['100,000 levels where a dot belongs', 'bad_parents', line({ parents: `[${nested(100_000)}]` })],
  ['__proto__ as a field', 'bad_json', line({ payload: '{"__proto__":1}' })],
  ['__proto__ escaped', 'bad_json', line({ payload: '{"\\u005f_proto__":1}' })],
  ['__proto__ within', 'bad_json', holding('{"__proto__":{"x":1}}')],
  ['__proto__ as a member', 'bad_json', line({}, ',"__proto__":{"seq":1}')],
  ['constructor', 'bad_json', holding('{"constructor":1}')],
  ['prototype', 'bad_json', holding('{"prototype":1}')],
  ['something behind it', 'bad_json', `${line()} 1`],
  ['a comment', 'bad_json', holding('/* */1')],
  ['a comma too many', 'bad_json', holding('[1,]')],
  ['single quotes', 'bad_json', holding("'a'")],
  ['undefined', 'bad_json', holding('undefined')],
  ['a hexadecimal number', 'bad_json', holding('0x1')],
  ['a leading zero', 'bad_json', holding('01')],
  ['a plus', 'bad_json', holding('+1')],
  ['no digit before the point', 'bad_json', holding('.5')],
  ['an unknown escape', 'bad_json', holding('"\\x41"')],
  ['nothing', 'bad_json', ''],
  ['null', 'not_an_event', 'null'],
  ['a list', 'not_an_event', '[]'],
  ['-0 as a number of a sequence', 'wrong_type', line({ seq: '-0' })],
  ['a fraction there', 'wrong_type', line({ seq: '1.5' })],
  ['a text there', 'wrong_type', line({ seq: '"1"' })],
  ['2^53 there', 'wrong_type', line({ seq: '9007199254740992' })],
  ['-0 as a counter', 'wrong_type', line({ counter: '-0' })],
  ['its own parent', 'bad_parents', line({ parents: '["a:1"]' })],
  ['a parent twice', 'bad_parents', line({ parents: '["b:1","b:1"]' })],
  ['a dot with a leading zero', 'bad_parents', line({ parents: '["b:01"]' })],
  ['a dot without a replica', 'bad_parents', line({ parents: '[":1"]' })],
  ['a reserved id', 'reserved_id', line({ eventId: '"local"' })],
  ['the 30th of February', 'bad_timestamp', line({ timestamp: '"2026-02-30T10:00:00.000Z"' })],
  ['another form of a time', 'bad_timestamp', line({ timestamp: '"2026-02-02T10:00:00Z"' })],
];

describe('is refused, as a line and parsed', () => {
  test.each(refused)('%s: %s', (_, code, text) => {
    expect(parseEventLine(text, fastSha256)).toMatchObject({ ok: false, error: { code } });
    let parsed: unknown;
    try {
      parsed = JSON.parse(text);
    } catch {
      return;
    }
    // What stands twice is gone once it is parsed; that is why lines are looked at.
    if (code !== 'duplicate_key') expect(parseEvent(parsed, fastSha256)).toMatchObject({ ok: false, error: { code } });
  });

  test.each([
    ['an overlong form', [0xc0, 0x80]],
    ['a surrogate in UTF-8', [0xed, 0xa0, 0x80]],
    ['a byte that begins nothing', [0xff]],
    ['a character that is cut off', [0xe2, 0x82]],
    ['a number beyond Unicode', [0xf4, 0x90, 0x80, 0x80]],
  ])('bytes that are no UTF-8: %s', async (_, bytes) => {
    const [before, after] = holding('"@"').split('@') as [string, string];
    const file = Buffer.concat([
      Buffer.from(before),
      Buffer.from(bytes),
      Buffer.from(`${after}\n${line({ seq: '2' })}\n`),
    ]);
    async function* chunks(): AsyncIterable<Uint8Array> {
      yield file;
    }
    const found = (await collect(readBundle(chunks(), { sha256: fastSha256 }))).flat();

    expect(found.map(({ result }) => (result.ok ? 'ok' : result.error.code))).toEqual(['bad_json', 'ok']);
  });
});

const hashOf = (text: string): string => {
  const parsed = parseEventLine(text, fastSha256);
  if (!parsed.ok) throw new Error(parsed.error.message);
  expect(parseEventLine(canonicalEvent(parsed.value.event), fastSha256)).toMatchObject({
    ok: true,
    value: { hash: parsed.value.hash },
  });
  return parsed.value.hash;
};

describe('is taken', () => {
  test.each([
    ['numbers', '1', '1.0'],
    ['exponents', '100', '1E2'],
    ['digits that no number holds', '0.1', '0.1000000000000000055'],
    ['escapes', '"é"', '"\\u00e9"'],
    ['members in another order', '{"a":1,"b":2}', '{"b":2,"a":1}'],
    ['space', '[1,2]', '[ 1 , 2 ]'],
  ])('as one value, written in two ways: %s', (_, one, other) => {
    expect(hashOf(holding(one))).toBe(hashOf(holding(other)));
  });

  test.each([
    ['composed and decomposed', '"\u00e9"', '"e\u0301"'],
    ['with a byte order mark and without', '"a"', '"\ufeffa"'],
    ['with a mark that turns the writing round', '"a"', '"\u202ea"'],
    ['NUL and nothing', '"\\u0000"', '""'],
    ['a number and its text', '1', '"1"'],
    ['null and an empty object', 'null', '{}'],
    ['the smallest number and none', '5e-324', '0'],
  ])('as two values, that look alike: %s', (_, one, other) => {
    expect(hashOf(holding(one))).not.toBe(hashOf(holding(other)));
  });

  test('whatever its names are, by every store in the same way, and given back to the byte', async () => {
    const names = [
      '__proto__',
      'constructor',
      'toString',
      'e\u0301',
      '\u00e9',
      '\ufeffa',
      'a',
      '\u202eabc',
      'a\u0000b',
      '1',
      '01',
      'ß',
      'SS',
      '😀',
      '\uffff',
      ' ',
      "'; DROP TABLE event; --",
    ];
    const events = names.flatMap((name, index) => [
      {
        ...(JSON.parse(line()) as ReknitEvent),
        eventId: `e${index}`,
        replicaId: name,
        resourceId: name,
        payload: { title: name },
      },
      {
        ...(JSON.parse(line()) as ReknitEvent),
        eventId: name === 'a' ? 'ea' : name,
        replicaId: 'one',
        seq: index + 1,
        resourceId: `field ${index}`,
        payload: name === '__proto__' || name === 'constructor' ? {} : { [name]: name },
      },
    ]);
    const options = { agentId: 'ann', replicaId: 'ann', clock: () => storyStartMs };
    const memory = await openReplica(options);
    const file = await openReplica({ ...options, file: join(temporaryFolder(), 'ann.db'), durability: 'process' });
    for (const replica of [memory, file]) {
      expect(await replica.import(events)).toMatchObject({ applied: events.length, rejectedCount: 0 });
      expect((await replica.verify()).problems).toEqual([]);
      expect((await collect(replica.list())).length).toBe(events.length);
      for (const name of names) expect((await replica.get('t', name))?.fields).toEqual({ title: name });
    }
    expect(await file.digest()).toBe(await memory.digest());
    const textsOf = async (replica: typeof file): Promise<readonly string[]> =>
      (await collect(replica.export())).map(canonicalEvent).sort();
    expect(await textsOf(file)).toEqual(await textsOf(memory));
    expect(await textsOf(file)).toEqual(events.map((event) => canonicalEvent(event as ReknitEvent)).sort());
    for (const replica of [memory, file]) await replica.close();
  });
});
