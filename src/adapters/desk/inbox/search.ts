/**
 * The inbox: what may be seen of the conflicts, filtered, counted by facet, sorted and paged. The filtered list is
 * kept until something changes, since whoever scrolls asks for the same one again and again.
 */
import type { z } from '@hono/zod-openapi';
import { compareTexts } from '../../../domain/resource/resource-key.js';
import type { ConflictSummary, InboxPage, inboxFilter, inboxQuery, Later } from '../api/index.js';
import type { DeskPerson } from '../options.js';
import { newestFirst, type ConflictIndex, type Placed } from './conflict-index.js';
import type { InboxEntry } from './entry.js';

export type Filter = z.output<typeof inboxFilter>;
export type Query = z.output<typeof inboxQuery>;
/** By conflict id: until when it is put aside, or for good. */
export type Aside = ReadonlyMap<string, string | undefined>;

export interface InboxSearch {
  readonly page: (query: Query, person: DeskPerson, aside: Aside) => InboxPage;
  /** All that a filter finds, the newest first. */
  readonly find: (filter: Filter, person: DeskPerson, aside: Aside) => readonly InboxEntry[];
  readonly counts: (person: DeskPerson, aside: Aside) => { pending: number; later: number; resolved: number };
  readonly summaryOf: (entry: InboxEntry, person: DeskPerson, aside: Aside) => ConflictSummary;
}

export const maySee = ({ readsAll, may }: DeskPerson, { types }: Pick<InboxEntry, 'types'>): boolean =>
  readsAll || types.every((type) => may('read', type));

const facetNames = ['resourceType', 'conflictType', 'agent', 'replica', 'field'] as const;
type FacetName = (typeof facetNames)[number];

const facetValues: Readonly<Record<FacetName, (entry: InboxEntry) => readonly string[]>> = {
  resourceType: ({ summary }) => [summary.resourceType],
  conflictType: ({ summary }) => [summary.conflictType],
  agent: ({ agents }) => agents,
  replica: ({ replicas }) => replicas,
  field: ({ fields }) => fields,
};

const facetValuesMax = 100;
const keptMax = 20;
const idCharsMin = 8;

type Sorted = Pick<InboxPage, 'facets'> & { readonly entries: readonly InboxEntry[] };

export const createInboxSearch = (index: Pick<ConflictIndex, 'entries' | 'isPartial'>): InboxSearch => {
  let keptOf: readonly InboxEntry[] = [];
  const kept = new Map<string, Sorted>();

  const sortedFor = (query: Filter & Pick<Query, 'sort'>, person: DeskPerson, aside: Aside): Sorted => {
    const all = index.entries();
    if (all !== keptOf) kept.clear();
    keptOf = all;
    const { status, later, q, resourceType, resourceId, conflictType, agent, replica, field } = query;
    const { olderThan, newerThan, sort } = query;
    const key = JSON.stringify([
      [status, later, q, resourceType, resourceId, conflictType, agent, replica, field, olderThan, newerThan, sort],
      person.id,
      // Who is the same may read something else by now.
      person.readsAll ? '' : typesSeen(all, person),
      later === 'include' ? '' : [...aside.keys()],
    ]);
    const known = kept.get(key);
    if (known !== undefined) return known;
    const found = searched(all, query, person, aside);
    if (kept.size >= keptMax) kept.delete(kept.keys().next().value ?? '');
    kept.set(key, found);
    return found;
  };

  const summaryOf: InboxSearch['summaryOf'] = (entry, person, aside) => ({
    ...entry.summary,
    ...laterOf(entry, aside),
    mayResolve: mayResolve(entry, person),
  });

  return {
    summaryOf,
    page: (query, person, aside) => {
      const { entries, facets } = sortedFor(query, person, aside);
      const start =
        query.after === undefined ? (query.offset ?? 0) : startAfter(entries, query.after, orders[query.sort]);
      const items = entries.slice(start, start + query.limit);
      const last = items.at(-1);
      return {
        items: items.map((entry) => summaryOf(entry, person, aside)),
        total: entries.length,
        facets,
        isPartial: index.isPartial(),
        ...(last === undefined || start + items.length >= entries.length ? {} : { next: cursorOf(last) }),
      };
    },
    find: (filter, person, aside) => sortedFor({ ...filter, sort: 'newest' }, person, aside).entries,
    counts: (person, aside) => {
      const counts = { pending: 0, later: 0, resolved: 0 };
      for (const entry of index.entries()) {
        if (!maySee(person, entry)) continue;
        if (entry.summary.status === 'resolved') counts.resolved += 1;
        else if (aside.has(entry.summary.conflictId)) counts.later += 1;
        else counts.pending += 1;
      }
      return counts;
    },
  };
};

export const mayResolve = ({ types }: Pick<InboxEntry, 'types'>, { may }: DeskPerson): boolean =>
  types.every((type) => may('resolve', type));

const typesSeen = (entries: readonly InboxEntry[], { may }: DeskPerson): readonly string[] =>
  [...new Set(entries.flatMap(({ types }) => types))].filter((type) => may('read', type));

const laterOf = ({ summary }: InboxEntry, aside: Aside): { readonly later?: Later } => {
  if (!aside.has(summary.conflictId)) return {};
  const until = aside.get(summary.conflictId);
  return { later: until === undefined ? {} : { until } };
};

const searched = (
  all: readonly InboxEntry[],
  query: Filter & Pick<Query, 'sort'>,
  person: DeskPerson,
  aside: Aside,
): Sorted => {
  const words = (query.q ?? '').toLowerCase().split(/\s+/).filter(Boolean);
  const olderMs = query.olderThan === undefined ? Infinity : Date.parse(query.olderThan);
  const newerMs = query.newerThan === undefined ? -Infinity : Date.parse(query.newerThan);
  const resourceIds = query.resourceId === undefined ? undefined : new Set(query.resourceId);
  const facets = facetNames.map((name) => ({
    name,
    wanted: query[name] === undefined ? undefined : new Set<string>(query[name]),
    counts: new Map<string, number>(),
  }));
  const entries: InboxEntry[] = [];
  for (const entry of all) {
    const { summary, createdMs, text } = entry;
    const isAside = summary.status === 'pending' && aside.has(summary.conflictId);
    const isMeant =
      (query.status === 'all' || query.status === summary.status) &&
      (query.later === 'include' || isAside === (query.later === 'only')) &&
      createdMs < olderMs &&
      createdMs >= newerMs &&
      (resourceIds === undefined || resourceIds.has(summary.resourceId)) &&
      words.every((word) => text.includes(word) || isBeginningOfId(word, summary.conflictId)) &&
      maySee(person, entry);
    if (!isMeant) continue;
    const missed = facets.filter(
      ({ name, wanted }) => wanted !== undefined && !facetValues[name](entry).some((value) => wanted.has(value)),
    );
    const [missedOne] = missed;
    if (missed.length > 1) continue;
    if (missedOne === undefined) entries.push(entry);
    // What one facet alone leaves out is what choosing another value of it would bring.
    for (const facet of missedOne === undefined ? facets : [missedOne])
      for (const value of facetValues[facet.name](entry)) facet.counts.set(value, (facet.counts.get(value) ?? 0) + 1);
  }
  if (query.sort !== 'newest') entries.sort(orders[query.sort]);
  return {
    entries,
    facets: Object.fromEntries(
      facets.map(({ name, counts }) => [
        name,
        [...counts]
          .map(([value, count]) => ({ value, count }))
          .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
          .slice(0, facetValuesMax),
      ]),
    ) as InboxPage['facets'],
  };
};

/** Of a hash any few characters occur somewhere; who looks for one has its beginning. */
const isBeginningOfId = (word: string, conflictId: string): boolean =>
  word.length >= idCharsMin && conflictId.startsWith(word);

const orders: Readonly<Record<Query['sort'], (a: Placed, b: Placed) => number>> = {
  newest: newestFirst,
  oldest: (a, b) => newestFirst(b, a),
  resource: (a, b) =>
    compareTexts(a.summary.resourceType, b.summary.resourceType) ||
    compareTexts(a.summary.resourceId, b.summary.resourceId) ||
    newestFirst(a, b),
};

/** The place of an entry in every order, so that a page goes on where the last one ended though that one is gone. */
const cursorOf = ({ createdMs, summary }: InboxEntry): string =>
  Buffer.from(JSON.stringify([createdMs, summary.conflictId, summary.resourceType, summary.resourceId])).toString(
    'base64url',
  );

const startAfter = (
  entries: readonly InboxEntry[],
  cursor: string,
  order: (a: Placed, b: Placed) => number,
): number => {
  const place = placeOf(cursor);
  if (place === undefined) return 0;
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const entry = entries[middle];
    if (entry !== undefined && order(entry, place) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
};

const placeOf = (cursor: string): Placed | undefined => {
  try {
    const [createdMs, conflictId, resourceType, resourceId] = JSON.parse(
      Buffer.from(cursor, 'base64url').toString('utf8'),
    ) as readonly unknown[];
    if (typeof createdMs !== 'number') return undefined;
    return {
      createdMs,
      summary: { conflictId: String(conflictId), resourceType: String(resourceType), resourceId: String(resourceId) },
    };
  } catch {
    // What is no cursor of ours begins at the beginning.
    return undefined;
  }
};
