/**
 * The list that one came from: kept while one looks at a conflict, so that "next" means the next of that list and
 * "back" finds it where it was.
 */
import { signal } from '@preact/signals';
import type { InboxQuery } from '../../src/adapters/desk/api/index.js';
import { createConflictList, type ConflictList } from './conflict-list.js';

export interface CurrentList {
  readonly key: string;
  readonly list: ConflictList;
  /** The row that has, or had, the focus. */
  readonly active: { value: number };
  scrollTopPx: number;
  /** The address of the list. */
  readonly href: string;
}

let current: CurrentList | undefined;

export const currentList = (): CurrentList | undefined => current;

export const listFor = (query: InboxQuery, href: string): CurrentList => {
  const key = JSON.stringify(query);
  if (current?.key === key) return current;
  current?.list.close();
  current = { key, list: createConflictList(query), active: signal(0), scrollTopPx: 0, href };
  return current;
};

/** The conflicts before and after one, where the list that one came from still knows them. */
export const neighboursOf = (conflictId: string): { readonly before?: string; readonly after?: string } => {
  const list = current?.list;
  const index = list?.indexOf(conflictId) ?? -1;
  if (list === undefined || index < 0) return {};
  const [before, after] = [list.at(index - 1)?.conflictId, list.at(index + 1)?.conflictId];
  return { ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) };
};
