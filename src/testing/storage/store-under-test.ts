/** What a case of the storage contract works on, and how it says what must hold. */
import type { EventStore, Page } from '../../application/ports/event-store.js';
import { canonicalJson } from '../../domain/shared/canonical-json.js';
import { isReknitError } from '../../domain/shared/errors.js';
import { check, failureOf } from '../remote-calls.js';

export interface StoreUnderTest {
  readonly store: EventStore;
  /** The same data in a store that was closed and opened again; absent where nothing is left then. */
  readonly reopened?: () => Promise<EventStore>;
}

export type StoreCase = readonly [name: string, holds: (subject: StoreUnderTest) => Promise<void>];

/** Equal by canonical form, so that members that are absent and members that are undefined are the same. */
export const same = (actual: unknown, expected: unknown, what: string): void => {
  const [got, wanted] = [canonicalJson(plain(actual)), canonicalJson(plain(expected))];
  check(got === wanted, `${what}: expected ${wanted}, but got ${got}`);
};

/** Maps and sets as what JSON has. */
const plain = (value: unknown): unknown => {
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, member]) => [String(key), plain(member)]));
  if (value instanceof Set) return [...value].map(plain);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plain(member)]));
};

export const refusedWith = async (code: string, call: () => Promise<unknown>, what: string): Promise<void> => {
  const error = await failureOf(call);
  check(isReknitError(error, code), `${what}: expected ${code}, but got ${String(error)}`);
};

export const present = <Value>(value: Value | undefined, what: string): Value => {
  if (value === undefined) throw new Error(`${what} is missing`);
  return value;
};

/** Follows pages to their end. */
export const allPages = async <Item, Position>(
  read: (after: Position | undefined) => Promise<Page<Item, Position>>,
  limit: number,
): Promise<readonly Item[]> => {
  const items: Item[] = [];
  for (let after: Position | undefined, isMore = true; isMore;) {
    const page = await read(after);
    check(page.items.length <= limit, `a page of at most ${limit} has ${page.items.length} items`);
    check(page.next === undefined || page.items.length === limit, 'a page that is not the last is not full');
    items.push(...page.items);
    after = page.next;
    isMore = page.next !== undefined;
  }
  return items;
};
