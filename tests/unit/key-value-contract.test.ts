/**
 * The key-value contract's cases are proved on stores that break it, each in one way in which
 * databases are easily misused: every fault is found by the case that should find it, and a store
 * without a fault passes all of them. So are those of the storage contract, on an event store
 * over such a key-value store.
 */
import { describe, expect, test } from 'vitest';
import {
  createMemoryKeyValueData,
  createMemoryKeyValueStore,
  type MemoryKeyValueData,
} from '../../src/adapters/key-value/index.js';
import type { KeyValueChange, KeyValueEntry, KeyValueStore } from '../../src/application/ports/key-value-store.js';
import { keyValueContract } from '../../src/testing/index.js';
import { casesBrokenBy } from '../support/broken-cases.js';

type Mutation = (right: KeyValueStore, data: MemoryKeyValueData) => KeyValueStore;

const soon = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const all = (data: MemoryKeyValueData): readonly KeyValueEntry[] =>
  data.keys.map((key) => [key, data.values.get(key) ?? '']);
/** Scans another order, or other bounds, than it should. */
const scanning =
  (
    isIn: (key: string, from: string, before: string) => boolean,
    order: (a: string, b: string) => number = compare,
  ): Mutation =>
  (right, data) => ({
    ...right,
    scan: async ({ from, before, limit }) =>
      all(data)
        .filter(([key]) => isIn(key, from, before))
        .sort(([a], [b]) => order(a, b))
        .slice(0, limit),
  });
/** Keeps values, or keys, in another form than they came in. */
const keeping =
  (change: (entry: KeyValueChange) => KeyValueChange): Mutation =>
  (right) => ({
    ...right,
    write: ({ ifUnchanged, changes }) => right.write({ ifUnchanged, changes: changes.map(change) }),
  });
const valued = (convert: (value: string) => string): Mutation =>
  keeping(([key, value]) => [key, value === undefined ? undefined : convert(value)]);
const inRange = (key: string, from: string, before: string): boolean => key >= from && key < before;

/** Mutation, the case that finds it, and what is wrong. */
const mutations: Readonly<Record<string, readonly [finder: string, mutate: Mutation]>> = {
  'answers in the order of keys instead of the order asked': [
    'K1 many are answered in the order of the keys',
    (right) => ({ ...right, getMany: (keys) => right.getMany([...keys].sort(compare)) }),
  ],
  'leaves out what is not there': [
    'K1 many are answered in the order of the keys',
    (right) => ({
      ...right,
      getMany: async (keys) => (await right.getMany(keys)).filter((value) => value !== undefined),
    }),
  ],
  'takes the empty text for nothing': [
    'K1 many are answered in the order of the keys',
    (right) => ({
      ...right,
      getMany: async (keys) => (await right.getMany(keys)).map((value) => (value === '' ? undefined : value)),
    }),
  ],
  'answers null for what is not there': [
    'K1 many are answered in the order of the keys',
    (right) => ({
      ...right,
      // As most drivers do; it is no type error where the driver's answers are untyped.
      getMany: async (keys) => (await right.getMany(keys)).map((value) => value ?? (null as unknown as undefined)),
    }),
  ],
  'answers nothing to a write that it made': [
    'K4 who counts up by comparing loses no count',
    (right) => ({
      ...right,
      write: async (write) => ((await right.write(write)) ? (undefined as unknown as boolean) : false),
    }),
  ],
  'makes no write while another one was made since the moment began': [
    'K4 who counts up by comparing loses no count',
    (right) => {
      let made = 0;
      return {
        ...right,
        // A transaction that is always told to try again.
        write: async (write) => (write.ifUnchanged[0]?.[0] === 'count' && made++ >= 7 ? false : right.write(write)),
      };
    },
  ],
  'answers a thousand keys at most': [
    'K1 thousands are answered at once',
    (right) => ({ ...right, getMany: (keys) => right.getMany(keys.slice(0, 1_000)) }),
  ],
  'orders keys as people do': [
    'K2 a scan is in the order of keys',
    scanning(inRange, (a, b) => a.localeCompare(b, 'en')),
  ],
  'orders numbers as numbers': [
    'K2 a scan is in the order of keys',
    scanning(inRange, (a, b) => Number(a) - Number(b) || compare(a, b)),
  ],
  'scans backwards': ['K2 a scan is in the order of keys', scanning(inRange, (a, b) => compare(b, a))],
  'leaves out the first key of a range': [
    'K2 a scan begins at its first key',
    scanning((key, from, before) => key > from && key < before),
  ],
  'takes in the last key of a range': [
    'K2 a scan begins at its first key',
    scanning((key, from, before) => key >= from && key <= before),
  ],
  'scans by prefix': [
    'K2 a scan begins at its first key',
    scanning((key, from, before) => inRange(key, from, before) && (from === ' ' || key.startsWith(from))),
  ],
  'answers one more than the limit': [
    'K2 a scan answers as many as it may',
    (right) => ({ ...right, scan: (range) => right.scan({ ...range, limit: range.limit + 1 }) }),
  ],
  'has a limit of its own': [
    'K2 a scan of thousands is complete',
    (right) => ({ ...right, scan: (range) => right.scan({ ...range, limit: Math.min(range.limit, 1_000) }) }),
  ],
  'does not remove': [
    'K3 a write changes, adds and removes together',
    (right) => ({
      ...right,
      write: ({ ifUnchanged, changes }) =>
        right.write({ ifUnchanged, changes: changes.filter(([, value]) => value !== undefined) }),
    }),
  ],
  'fails to remove what is not there': [
    'K3 a write changes, adds and removes together',
    (right, { values }) => ({
      ...right,
      write: async (write) => {
        if (write.changes.some(([key, value]) => value === undefined && !values.has(key))) throw new Error('not found');
        return right.write(write);
      },
    }),
  ],
  'writes without looking': [
    'K4 a write is not made where anything that it expects is otherwise',
    (right) => ({ ...right, write: ({ changes }) => right.write({ ifUnchanged: [], changes }) }),
  ],
  'looks at the first expectation alone': [
    'K4 a write is not made where anything that it expects is otherwise',
    (right) => ({ ...right, write: (write) => right.write({ ...write, ifUnchanged: write.ifUnchanged.slice(0, 1) }) }),
  ],
  'expects nothing where nothing is expected': [
    'K4 what a write expects may be what it changes',
    (right) => ({
      ...right,
      write: (write) =>
        right.write({ ...write, ifUnchanged: write.ifUnchanged.filter(([, value]) => value !== undefined) }),
    }),
  ],
  'looks first and writes later': [
    'K4 of writes at once that expect the same one is made',
    (right) => ({
      ...right,
      write: async ({ ifUnchanged, changes }) => {
        const now = await right.getMany(ifUnchanged.map(([key]) => key));
        if (ifUnchanged.some(([, value], index) => value !== now[index])) return false;
        await soon();
        return right.write({ ifUnchanged: [], changes });
      },
    }),
  ],
  'keeps a part of a write that it does not make': [
    'K4 a write is not made where anything that it expects is otherwise',
    (right) => ({
      ...right,
      write: async (write) => {
        const isMade = await right.write(write);
        if (!isMade) await right.write({ ifUnchanged: [], changes: write.changes.slice(0, 1) });
        return isMade;
      },
    }),
  ],
  'writes entry by entry': [
    'K5 an answer holds a write whole or not at all',
    (right) => ({
      ...right,
      write: async ({ ifUnchanged, changes }) => {
        if (!(await right.write({ ifUnchanged, changes: changes.slice(0, 1) }))) return false;
        for (const change of changes.slice(1)) {
          await soon();
          await right.write({ ifUnchanged: [], changes: [change] });
        }
        return true;
      },
    }),
  ],
  'reads key by key': [
    'K5 an answer holds a write whole or not at all',
    (right) => ({
      ...right,
      getMany: async (keys) => {
        const values: (string | undefined)[] = [];
        for (const [index, key] of keys.entries()) {
          if (index === 20) await soon();
          values.push(...(await right.getMany([key])));
        }
        return values;
      },
    }),
  ],
  'answers from a cache of its own': [
    'K6 what was written is read by whoever asks next',
    (right) => {
      const cache = new Map<string, string | undefined>();
      return {
        ...right,
        getMany: async (keys) => {
          const missing = keys.filter((key) => !cache.has(key));
          for (const [index, value] of (await right.getMany(missing)).entries()) cache.set(missing[index] ?? '', value);
          return keys.map((key) => cache.get(key));
        },
        write: async (write) => {
          const isMade = await right.write(write);
          for (const [key] of write.changes) cache.delete(key);
          return isMade;
        },
      };
    },
  ],
  'answers before it has written': [
    'K6 what was written is read by whoever asks next',
    (right) => ({
      ...right,
      write: async (write) => {
        const now = await right.getMany(write.ifUnchanged.map(([key]) => key));
        if (write.ifUnchanged.some(([, value], index) => value !== now[index])) return false;
        void soon()
          .then(() => right.write(write))
          .catch(() => false);
        return true;
      },
    }),
  ],
  'trims values': ['K8 values are given back as they were', valued((value) => value.trim())],
  'normalizes values': ['K8 values are given back as they were', valued((value) => value.normalize('NFC'))],
  'ends values at NUL': ['K8 values are given back as they were', valued((value) => value.split('\u0000')[0] ?? '')],
  'keeps values in Latin-1': [
    'K8 values are given back as they were',
    valued((value) => Buffer.from(value, 'latin1').toString('latin1')),
  ],
  'cuts long values': [
    'K8 long keys and long values are given back as they were',
    valued((value) => value.slice(0, 65_535)),
  ],
  'cuts long keys': [
    'K8 long keys and long values are given back as they were',
    keeping(([key, value]) => [key.slice(0, 1_024), value]),
  ],
  'keeps keys in lower case': [
    'K8 keys differ by case and by spaces',
    keeping(([key, value]) => [key.toLowerCase(), value]),
  ],
  'trims keys': ['K8 keys differ by case and by spaces', keeping(([key, value]) => [key.trimEnd(), value])],
  'is broken once a write was not made': [
    'K9 a store is usable after it did not make a write',
    (right) => {
      let isBroken = false;
      return {
        ...right,
        write: async (write) => {
          if (isBroken) throw new Error('the transaction was not ended');
          const isMade = await right.write(write);
          isBroken = !isMade;
          return isMade;
        },
      };
    },
  ],
  'tells nobody of what others write': [
    'K11 a store that tells of writes tells of those of another handle',
    (right) => ({ ...right, watch: () => () => undefined }),
  ],
  'goes on after it was closed': [
    'K10 a closed store refuses every call',
    (right) => ({ ...right, close: () => Promise.resolve() }),
  ],
  'cannot be closed twice': [
    'K10 a closed store refuses every call',
    (right) => {
      let isClosed = false;
      return {
        ...right,
        close: async () => {
          if (isClosed) throw new Error('it is closed');
          isClosed = true;
          await right.close();
        },
      };
    },
  ],
};

const subjectOf = (mutate: Mutation) => async () => {
  const data = createMemoryKeyValueData();
  const open = async (): Promise<KeyValueStore> => mutate(createMemoryKeyValueStore(data), data);
  return { store: await open(), another: open, reopen: open };
};

describe('the key-value contract', () => {
  for (const { name, run } of keyValueContract(subjectOf((right) => right))) test(name, run);

  test('passes a store with one handle, of which nothing is left', async () => {
    const alone = async () => ({ store: createMemoryKeyValueStore() });
    expect(await casesBrokenBy(keyValueContract(alone))).toEqual([]);
  });

  test.each(Object.entries(mutations))('finds a store that %s', async (_name, [finder, mutate]) => {
    const broken = await casesBrokenBy(keyValueContract(subjectOf(mutate)));

    expect(
      broken.some((name) => name.startsWith(finder)),
      `found by ${broken.join('; ') || 'nothing'}`,
    ).toBe(true);
  });

  test('finds each fault by a case of its own sentence', () => {
    expect(Object.keys(mutations).length).toBeGreaterThanOrEqual(15);
  });
});
