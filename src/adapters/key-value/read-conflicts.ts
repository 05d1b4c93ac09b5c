/** Pages of conflicts, by id, from the narrowest index that the question allows. */
import { isOpen } from '../../domain/conflict/conflict-record.js';
import { compareRefs, compareTexts } from '../../domain/resource/resource-key.js';
import type { ConflictQuery, Page, StoredConflict } from '../../application/ports/event-store.js';
import type { Draft } from './draft.js';
import { justAfter, readText, startingWith, textKey } from './key-text.js';
import { keys } from './keys.js';

export const findConflicts = async (ids: readonly string[], draft: Draft): Promise<readonly StoredConflict[]> => {
  await draft.fetch(ids.map(keys.conflict));
  return ids.flatMap((id) => {
    const numbered = draft.read(keys.conflict(id));
    return numbered === undefined ? [] : [{ record: numbered.record, createdAt: numbered.createdAt }];
  });
};

const inOneGo = 128;

export const readConflicts = async (query: ConflictQuery, draft: Draft): Promise<Page<StoredConflict, string>> => {
  const { limit } = query;
  const found: StoredConflict[] = [];
  const nextIds = query.eventId === undefined ? idsAlong(query, draft) : await idsOfEvent(query, draft);
  while (found.length <= limit) {
    const ids = await nextIds(Math.min(inOneGo, limit + 1));
    if (ids.length === 0) break;
    found.push(...(await findConflicts(ids, draft)).filter((stored) => isWanted(stored, query)));
    draft.forget();
  }
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return found.length > limit && last !== undefined ? { items, next: last.record.conflictId } : { items };
};

type NextIds = (most: number) => Promise<readonly string[]>;

const idsAlong = ({ resource, status, after }: ConflictQuery, draft: Draft): NextIds => {
  const prefix = resource !== undefined ? keys.conflictsOf(resource) : status === 'pending_review' ? 'k' : 'c';
  const { before } = startingWith(prefix);
  let from = after === undefined ? prefix : justAfter(`${prefix}${textKey(after)}`);
  return async (most) => {
    const page = await draft.scan({ from, before, limit: most });
    const last = page.at(-1);
    if (last !== undefined) from = justAfter(last);
    return page.map((key) => readText(key, prefix.length)[0]);
  };
};

/** Of the events with this id, what they are sides of and what they closed. */
const idsOfEvent = async ({ eventId, after }: ConflictQuery, draft: Draft): Promise<NextIds> => {
  if (eventId === undefined) return async () => [];
  await draft.fetch([keys.eventId(eventId)]);
  const dots = (draft.read(keys.eventId(eventId)) ?? []).map(([, dot]) => dot);
  await draft.fetch(dots.map(keys.conflictsAt));
  const ids = [...new Set(dots.flatMap((dot) => draft.read(keys.conflictsAt(dot)) ?? []))]
    .filter((id) => after === undefined || id > after)
    .sort(compareTexts);
  return async (most) => ids.splice(0, most);
};

const isWanted = ({ record }: StoredConflict, query: ConflictQuery): boolean =>
  (query.includeSuperseded === true || !record.isSuperseded) &&
  (query.status === undefined || query.status === (isOpen(record) ? 'pending_review' : 'resolved')) &&
  (query.resource === undefined || compareRefs(query.resource, record) === 0) &&
  (query.resourceType === undefined || query.resourceType === record.resourceType) &&
  (query.conflictType === undefined || query.conflictType === record.conflictType);
