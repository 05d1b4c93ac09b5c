/**
 * What one call sees of the key-value store and, where it writes, what it will look like.
 *
 * Entries are fetched by the hundred and then read one by one, so that a call costs a number of
 * fetches that does not grow with what it is about. Whatever was read was read of one version:
 * the head, which every commit changes, is fetched along, and a draft that finds another one ends
 * there. A scan cannot bring it along: after one, who carries the call through asks once more.
 */
import type { KeyRange, KeyValueChange, KeyValueStore } from '../../application/ports/key-value-store.js';
import { invariant } from '../../domain/shared/invariant.js';
import { ReknitError } from '../../domain/shared/errors.js';
import { justAfter } from './key-text.js';
import { emptyHead, keys, type Head, type Key } from './keys.js';

export interface Draft {
  readonly head: Head;
  /** As it was read; `undefined` in a store that holds nothing. */
  readonly headText: string | undefined;
  /** Brings entries in; those that are known are not asked for again. */
  readonly fetch: (wanted: Iterable<string>) => Promise<void>;
  /** Of a key that was fetched, or written here. */
  readonly read: <Value>(key: Key<Value>) => Value | undefined;
  readonly put: <Value>(key: Key<Value>, value: Value) => void;
  readonly remove: (key: string) => void;
  /** Entries in the order of keys, with what was written here; values are as they were stored, and known to `read`. */
  readonly scan: (range: KeyRange) => Promise<readonly string[]>;
  /** Everything in a range, page by page. */
  readonly every: (range: Omit<KeyRange, 'limit'>) => AsyncIterable<string>;
  /** Forgets what was read and not written, so that a long reading holds one page. */
  readonly forget: () => void;
  /** With the head. */
  readonly changes: () => readonly KeyValueChange[];
  /** Whether all that was read, the head too, was of one version. */
  readonly isOfOneVersion: () => Promise<boolean>;
}

/** Somebody committed while a draft was read: it has to begin again. */
export class VersionChanged extends Error {}

/** Entries in one page of a scan that goes on: small next to what one call may hold in memory. */
const pageSize = 256;

export const readHeadText = async (store: KeyValueStore): Promise<string | undefined> =>
  (await store.getMany([keys.head]))[0];

/**
 * @param headText as it was last seen
 * @param isFresh whether that was just now; otherwise it is confirmed by whatever is read first
 */
export const startDraft = (store: KeyValueStore, headText: string | undefined, isFresh: boolean): Draft => {
  const head = headText === undefined ? emptyHead() : readHead(headText);
  let isConfirmed = isFresh;
  const known = new Map<string, unknown>();
  const written = new Set<string>();

  const scan: Draft['scan'] = async ({ from, before, limit }) => {
    const found: string[] = [];
    const mine = [...written].filter((key) => key >= from && key < before).sort();
    for (let start = from, isMore = true; isMore && found.length < limit;) {
      const entries = await store.scan({ from: start, before, limit: limit + mine.length });
      isConfirmed = false;
      isMore = entries.length === limit + mine.length;
      for (const [key, value] of entries) if (!known.has(key)) known.set(key, JSON.parse(value));
      const last = entries.at(-1)?.[0] ?? before;
      const reached = mine.filter((key) => key >= start && (isMore ? key <= last : true));
      const merged = new Set([...entries.map(([key]) => key), ...reached]);
      found.push(...[...merged].filter((key) => known.get(key) !== undefined).sort());
      start = justAfter(last);
    }
    return found.slice(0, limit);
  };

  return {
    head,
    headText,
    fetch: async (wanted) => {
      const missing = [...new Set(wanted)].filter((key) => !known.has(key));
      if (missing.length === 0) return;
      const asked = [...missing, keys.head];
      const values = await store.getMany(asked);
      invariant(values.length === asked.length, `${asked.length} keys were asked for, and ${values.length} answered`);
      if (values.at(-1) !== headText) throw new VersionChanged();
      isConfirmed = true;
      for (const [index, key] of missing.entries()) {
        const value = values[index];
        known.set(key, value === undefined ? undefined : JSON.parse(value));
      }
    },
    read: <Value>(key: Key<Value>) => {
      invariant(known.has(key), `${key} is read before it is fetched`);
      return known.get(key) as Value | undefined;
    },
    put: (key, value) => {
      known.set(key, value);
      written.add(key);
    },
    remove: (key) => {
      known.set(key, undefined);
      written.add(key);
    },
    scan,
    every: async function* ({ from, before }) {
      for (let start = from; ;) {
        const page = await scan({ from: start, before, limit: pageSize });
        yield* page;
        const last = page.at(-1);
        if (last === undefined || page.length < pageSize) return;
        start = justAfter(last);
      }
    },
    forget: () => {
      for (const key of known.keys()) if (!written.has(key)) known.delete(key);
    },
    changes: () => [
      [keys.head, JSON.stringify(head)],
      ...[...written].map((key): KeyValueChange => {
        const value = known.get(key);
        return [key, value === undefined ? undefined : JSON.stringify(value)];
      }),
    ],
    isOfOneVersion: async () => {
      isConfirmed ||= (await readHeadText(store)) === headText;
      return isConfirmed;
    },
  };
};

const readHead = (text: string): Head => {
  const head = JSON.parse(text) as Head;
  if (head.format !== 1)
    throw new ReknitError(
      'database_newer',
      `the data was written by a newer version of reknit (format ${String(head.format)}, this one knows 1): use that version`,
      { format: head.format },
    );
  return head;
};

/** What was found under keys that were fetched; others are left out. */
export const readAll = <Value>(draft: Draft, wanted: Iterable<Key<Value>>): readonly Value[] =>
  [...wanted].flatMap((key) => draft.read(key) ?? []);
