/**
 * The conflicts of one filter as far as they have been looked at: pages are asked for when their rows come into view,
 * and asked for once more when something changed. Rows that are there stay until newer ones are.
 */
import { signal } from '@preact/signals';
import type { ConflictSummary, InboxPage, InboxQuery } from '../../src/adapters/desk/api/index.js';
import { DeskError } from '../api/client.js';
import { desk } from '../api/desk.js';

/** Rows of one request: a screen and a half, so that a jump into the middle costs two. */
const pageRows = 100;
/** Changes that come in a burst (a sync) cause one request. */
const quietMs = 120;

export interface ConflictList {
  readonly total: { readonly value: number | undefined };
  readonly facets: { readonly value: InboxPage['facets'] | undefined };
  readonly isPartial: { readonly value: boolean };
  readonly error: { readonly value: DeskError | undefined };
  /** Changes whenever a row does. */
  readonly turn: { readonly value: number };
  readonly at: (index: number) => ConflictSummary | undefined;
  readonly indexOf: (conflictId: string) => number;
  /** Asks for what of these rows is not there. */
  readonly show: (first: number, last: number) => void;
  /** Asks for the rows in view once more, soon. */
  readonly refresh: () => void;
  /** Every id of the filter, from the server. */
  readonly allIds: () => Promise<readonly string[]>;
  readonly close: () => void;
}

export const createConflictList = (query: InboxQuery): ConflictList => {
  const total = signal<number | undefined>(undefined);
  const facets = signal<InboxPage['facets'] | undefined>(undefined);
  const isPartial = signal(false);
  const error = signal<DeskError | undefined>(undefined);
  const turn = signal(0);
  let rows = new Map<number, ConflictSummary>();
  let asked = new Map<number, number>();
  let generation = 0;
  let view: readonly [number, number] = [0, pageRows - 1];
  let timer: ReturnType<typeof setTimeout> | undefined;
  const closing = new AbortController();

  const ask = async (page: number, inGeneration: number): Promise<void> => {
    asked.set(page, inGeneration);
    try {
      const answer = await desk.conflicts({ ...query, offset: page * pageRows, limit: pageRows }, closing.signal);
      if (inGeneration !== generation) return;
      error.value = undefined;
      if (answer.total < (total.value ?? 0)) rows = new Map([...rows].filter(([index]) => index < answer.total));
      for (let index = 0; index < pageRows; index += 1) {
        const row = answer.items[index];
        if (row === undefined) rows.delete(page * pageRows + index);
        else rows.set(page * pageRows + index, row);
      }
      total.value = answer.total;
      facets.value = answer.facets;
      isPartial.value = answer.isPartial;
      turn.value += 1;
    } catch (problem) {
      asked.delete(page);
      if (!closing.signal.aborted && problem instanceof DeskError) error.value = problem;
    }
  };

  const pagesInView = (): readonly number[] => {
    const [first, last] = view.map((row) => Math.floor(Math.max(0, row) / pageRows)) as [number, number];
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  };

  const askForView = (): void => {
    for (const page of pagesInView()) if (asked.get(page) !== generation) void ask(page, generation);
  };

  askForView();
  return {
    total,
    facets,
    isPartial,
    error,
    turn,
    at: (index) => rows.get(index),
    indexOf: (conflictId) => {
      for (const [index, row] of rows) if (row.conflictId === conflictId) return index;
      return -1;
    },
    show: (first, last) => {
      view = [first, last];
      askForView();
    },
    refresh: () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        generation += 1;
        asked = new Map();
        askForView();
      }, quietMs);
    },
    allIds: async () => {
      const ids: string[] = [];
      let after: string | undefined;
      do {
        const page = await desk.conflicts({ ...query, limit: 500, ...(after === undefined ? {} : { after }) });
        ids.push(...page.items.map(({ conflictId }) => conflictId));
        after = page.next;
      } while (after !== undefined);
      return ids;
    },
    close: () => {
      clearTimeout(timer);
      closing.abort();
    },
  };
};
