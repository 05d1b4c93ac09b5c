/** K1, K2, K5, K6 and K8: what is read of what was written. */
import type { KeyValueEntry } from '../../application/ports/key-value-store.js';
import { check } from '../remote-calls.js';
import { same } from '../storage/store-under-test.js';
import { contentOf, everything, holds, orNothing, put, type KeyValueCase } from './store-under-test.js';

/** In order; each holds a character, a length or a case that databases have taken for another. */
const keys: readonly string[] = [
  ' ',
  ' ~',
  '!',
  '"',
  '%',
  '*',
  '/',
  '0',
  '00',
  '10',
  '9',
  'A',
  'B',
  '[',
  '\\',
  '^',
  '_',
  '`',
  'a',
  'a ',
  'a !',
  'aB',
  'aa',
  'a~',
  'b',
  '{"key":1}',
  '~',
  '~~',
];

const values: readonly string[] = [
  '', ' ', '0', 'null', 'undefined', '"', "'", '\\', '\u0000', 'a\u0000b', '\n', '\r\n', '\ufeff', '\u2028', 'é',
  'e\u0301', '\uff5e', '\uffff', '😀', '{"a":[1,null,"😀"]}',
]; // prettier-ignore

const numbered = (count: number): readonly KeyValueEntry[] =>
  Array.from({ length: count }, (_, index) => [`n${String(index).padStart(5, '0')}`, `${index}`]);

export const readCases: readonly KeyValueCase[] = [
  [
    'K1 many are answered in the order of the keys, with nothing for those that are not there',
    async ({ store }) => {
      await put(store, [['b', '2'], ['a', '1'], ['c', '']]); // prettier-ignore

      same(
        (await store.getMany(['c', 'a', 'x', 'b', 'a'])).map(orNothing),
        ['', '1', 'nothing', '2', '1'],
        'the values',
      );
      same(await store.getMany([]), [], 'the values of no keys');
      check((await store.getMany(['x']))[0] === undefined, 'what is not there is said to be something');
    },
  ],
  [
    'K1 thousands are answered at once',
    async ({ store }) => {
      const entries = numbered(3_000);
      await put(store, entries);

      const asked = [...entries].reverse();
      same(
        await store.getMany(asked.map(([key]) => key)),
        asked.map(([, value]) => value),
        'the values',
      );
    },
  ],
  [
    'K2 a scan is in the order of keys, whatever the order of writing',
    async ({ store }) => {
      const entries = keys.map((key, index): KeyValueEntry => [key, `${index}`]);
      for (const entry of [...entries].reverse()) await put(store, [entry]);

      await holds(store, entries);
    },
  ],
  [
    'K2 a scan begins at its first key and ends before its last',
    async ({ store }) => {
      await put(store, ['a', 'b', 'b0', 'c', 'd'].map((key) => [key, key])); // prettier-ignore
      const scanned = async (from: string, before: string): Promise<readonly string[]> =>
        (await store.scan({ from, before, limit: 10 })).map(([key]) => key);

      same(await scanned('b', 'd'), ['b', 'b0', 'c'], 'between two keys');
      same(await scanned('b ', 'bz'), ['b0'], 'between two that are not there');
      same(await scanned('c', 'c'), [], 'of nothing');
      same(await scanned('e', 'z'), [], 'after the end');
      same(await scanned(' ', 'a'), [], 'before the beginning');
    },
  ],
  [
    'K2 a scan answers as many as it may, and the rest from there on',
    async ({ store }) => {
      const entries = numbered(10);
      await put(store, entries);

      same(await store.scan({ ...everything, limit: 3 }), entries.slice(0, 3), 'the first three');
      for (const limit of [1, 3, 5, 9, 10, 11]) same(await contentOf(store, limit), entries, `in pages of ${limit}`);
    },
  ],
  [
    'K2 a scan of thousands is complete',
    async ({ store }) => {
      const entries = numbered(3_000);
      await put(store, entries);

      same((await store.scan({ ...everything, limit: 5_000 })).length, 3_000, 'the number of entries');
    },
  ],
  [
    'K5 an answer holds a write whole or not at all',
    async ({ store, another }) => {
      const writer = await another();
      const name = numbered(40).map(([key]) => key);
      const state = { isWriting: true };
      const writes = (async () => {
        for (let round = 0; round < 30; round += 1) await put(writer, name.map((key) => [key, `${round}`])); // prettier-ignore
        state.isWriting = false;
      })();
      const reads = (async () => {
        for (let count = 0; state.isWriting && count < 500; count += 1) {
          const scanned = await store.scan({ ...everything, limit: 100 });
          check(new Set(scanned.map(([, value]) => value)).size <= 1, 'a scan mixes two writes');
          check(scanned.length === 0 || scanned.length === 40, 'a scan has a part of a write');
          check(new Set(await store.getMany(name)).size === 1, 'many values are of two writes');
        }
      })();
      await Promise.all([writes, reads]);
    },
  ],
  [
    'K6 what was written is read by whoever asks next, through any handle',
    async ({ store, another }) => {
      const other = await another();
      for (let round = 1; round <= 5; round += 1) {
        await put(round % 2 === 0 ? store : other, [['key', `${round}`]]);
        for (const reader of [store, other]) {
          same(await reader.getMany(['key']), [`${round}`], 'the value');
          same((await reader.scan({ ...everything, limit: 1 }))[0], ['key', `${round}`], 'the entry');
        }
      }
    },
  ],
  [
    'K8 values are given back as they were',
    async ({ store }) => {
      const entries = values.map((value, index): KeyValueEntry => [`v${String(index).padStart(2, '0')}`, value]);
      await put(store, entries);

      for (const [index, value] of (await store.getMany(entries.map(([key]) => key))).entries())
        check(value === values[index], `${JSON.stringify(values[index])} came back as ${JSON.stringify(value)}`);
      await holds(store, entries);
    },
  ],
  [
    'K8 long keys and long values are given back as they were',
    async ({ store }) => {
      const long = 'k'.repeat(8_399);
      const value = 'é"😀'.repeat(300_000);
      await put(store, [[`${long}a`, value], [`${long}b`, 'another'], [long, 'the shorter']]); // prettier-ignore

      const [first] = await store.getMany([`${long}a`]);
      check(first === value, 'a value of two megabytes came back as another');
      same(
        await store.getMany([long, `${long}b`]),
        ['the shorter', 'another'],
        'keys that differ in the last character',
      );
    },
  ],
  [
    'K8 keys differ by case and by spaces',
    async ({ store }) => {
      const entries: readonly KeyValueEntry[] = [['A', '1'], ['A ', '2'], ['a', '3'], ['a ', '4'], ['a  ', '5']]; // prettier-ignore
      await put(store, entries);

      await holds(store, entries);
    },
  ],
];
