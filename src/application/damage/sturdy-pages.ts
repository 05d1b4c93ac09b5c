/**
 * Pages of numbered rows, read to their end although some rows cannot be read: a page that
 * fails is read again in smaller ones, until what is left out is the row itself.
 */
import type { Page } from '../ports/event-store.js';
import { isDamage } from './intact.js';

export interface SturdyPage<Item> {
  readonly items: readonly Item[];
  /** The number after which nothing could be read, in place of items. */
  readonly unreadableAfter?: number;
}

/** Rows in a row that may fail; then the rest of the table is taken to be gone. */
const failuresMax = 100_000;

/** @param last the highest number there can be, as far as that is known */
export async function* sturdyPages<Item>(
  read: (query: { readonly after: number; readonly limit: number }) => Promise<Page<Item>>,
  pageSize: number,
  last: number = Infinity,
): AsyncIterable<SturdyPage<Item>> {
  let after = 0;
  let limit = pageSize;
  let failures = 0;
  for (;;) {
    const page = await read({ after, limit }).catch((error: unknown) => {
      if (!isDamage(error)) throw error;
      return undefined;
    });
    if (page !== undefined) {
      failures = 0;
      yield { items: page.items };
      if (page.next === undefined) return;
      after = page.next;
      limit = Math.min(pageSize, limit * 2);
    } else if (limit > 1) {
      limit = Math.max(1, Math.floor(limit / 4));
    } else {
      failures += 1;
      yield { items: [], unreadableAfter: after };
      after += 1;
      if (after >= last || failures >= failuresMax) return;
    }
  }
}
