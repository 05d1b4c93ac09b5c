/** What a case of the key-value contract works on, and the calls that most of them make. */
import type { KeyValueChange, KeyValueEntry, KeyValueStore } from '../../application/ports/key-value-store.js';
import { check } from '../remote-calls.js';
import { same } from '../storage/store-under-test.js';

export interface KeyValueUnderTest {
  readonly store: KeyValueStore;
  /** Another handle on the same data; the same one where there can be no other. */
  readonly another: () => Promise<KeyValueStore>;
  /** The same data after everything was closed; the store as it is where nothing would be left. */
  readonly reopened: () => Promise<KeyValueStore>;
}

export type KeyValueCase = readonly [name: string, holds: (subject: KeyValueUnderTest) => Promise<void>];

/** The first and the last key that there can be lie between these. */
export const everything = { from: ' ', before: '\u007f' };

export const put = async (store: KeyValueStore, changes: readonly KeyValueChange[]): Promise<void> =>
  check(await store.write({ ifUnchanged: [], changes }), 'a write that expects nothing was not made');

/** `undefined` in words, and nothing else: many drivers answer null, which no write may expect. */
export const orNothing = (value: string | undefined): unknown => (value === undefined ? 'nothing' : value);

/** By pages, so that a store that scans without limit is not taken at its word. */
export const contentOf = async (store: KeyValueStore, limit = 1_000): Promise<readonly KeyValueEntry[]> => {
  const entries: KeyValueEntry[] = [];
  for (let { from } = everything; ;) {
    const page = await store.scan({ from, before: everything.before, limit });
    check(page.length <= limit, `a scan for at most ${limit} answers ${page.length} entries`);
    check((page[0]?.[0] ?? from) >= from, `a scan from ${JSON.stringify(from)} answers an earlier key`);
    entries.push(...page);
    const last = page.at(-1);
    if (last === undefined || page.length < limit) return entries;
    from = `${last[0]} `;
  }
};

export const holds = async (
  store: KeyValueStore,
  expected: readonly KeyValueEntry[],
  what = 'the content',
): Promise<void> => {
  same(await contentOf(store), expected, what);
  const keys = expected.map(([key]) => key);
  same(
    await store.getMany(keys),
    expected.map(([, value]) => value),
    `${what}, key by key`,
  );
};
