/** What an address asks for, as the server is asked. */
import type { ConflictType, InboxQuery } from '../../src/adapters/desk/api/index.js';
import type { InboxFilter } from '../routing/route.js';
import { kindWords } from '../text/words.js';

export const ages = { hour: 3_600_000, day: 86_400_000, week: 7 * 86_400_000 } as const;
export const ageNames: Readonly<Record<string, string>> = {
  hour: 'older than an hour',
  day: 'older than a day',
  week: 'older than a week',
  'new-hour': 'of the last hour',
  'new-day': 'of the last day',
};
export const sortNames: Readonly<Record<string, string>> = {
  newest: 'Newest first',
  oldest: 'Oldest first',
  resource: 'By resource',
};

/** Ages are counted from when the list was opened, to the minute: a list that is the same keeps its rows. */
export const queryOf = (status: 'pending' | 'resolved', filter: InboxFilter, nowMs: number): InboxQuery => ({
  status,
  later: status === 'resolved' ? 'include' : filter.shown === 'later' ? 'only' : 'hide',
  sort: filter.sort === 'oldest' || filter.sort === 'resource' ? filter.sort : 'newest',
  ...(filter.q === undefined ? {} : { q: filter.q }),
  ...(filter.type === undefined ? {} : { resourceType: [filter.type] }),
  ...(isKind(filter.kind) ? { conflictType: [filter.kind] } : {}),
  ...(filter.agent === undefined ? {} : { agent: [filter.agent] }),
  ...ageOf(filter.age, Math.floor(nowMs / 60_000) * 60_000),
});

/** An address may be written by anyone. */
const isKind = (kind: string | undefined): kind is ConflictType => kind !== undefined && kind in kindWords;

const ageOf = (age: string | undefined, nowMs: number): Pick<InboxQuery, 'olderThan' | 'newerThan'> => {
  const isNewer = age?.startsWith('new-') ?? false;
  const ms = ages[(isNewer ? age?.slice(4) : age) as keyof typeof ages] as number | undefined;
  if (ms === undefined) return {};
  const time = new Date(nowMs - ms).toISOString();
  return isNewer ? { newerThan: time } : { olderThan: time };
};
