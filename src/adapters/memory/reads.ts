/** Reading a memory store: what has a name or a place is looked up, anything else found by scan. */
import { vectorIncludes } from '../../domain/causality/version-vector.js';
import { isOpen } from '../../domain/conflict/conflict-record.js';
import type { Dot, EventId } from '../../domain/events/event.js';
import { compareRefs, compareTexts, resourceKeyOf } from '../../domain/resource/resource-key.js';
import type { StoredResource } from '../../domain/merge/unit-of-work.js';
import type {
  ConflictQuery,
  EventQuery,
  EventStatus,
  Page,
  ResourceCursor,
  ResourceQuery,
  StoreCounts,
  StoredConflict,
  StoredEvent,
} from '../../application/ports/event-store.js';
import { meetsConditions } from '../../application/ports/resource-conditions.js';
import type { Contents, LogRow, PlacedEvent, WaitingEvent } from './contents.js';

const statusOf = (row: LogRow): EventStatus => {
  if (row.isVoid) return 'void';
  if (row.isLocal) return 'local_only';
  return row.standing === 'none' ? 'synced' : row.standing;
};

const applied = (row: LogRow): StoredEvent => ({
  position: row.position,
  sealed: row.sealed,
  place: row.isVoid ? 'variant' : 'applied',
  status: statusOf(row),
});

const waiting = ({ position, sealed, reason }: WaitingEvent): StoredEvent => {
  const place = reason === 'refused' ? 'refused' : 'parked';
  return { position, sealed, place, status: place };
};

const variant = ({ position, sealed }: PlacedEvent): StoredEvent => ({
  position,
  sealed,
  place: 'variant',
  status: 'void',
});

const inOrder = (events: readonly StoredEvent[]): readonly StoredEvent[] => {
  for (let index = 1; index < events.length; index += 1)
    if ((events[index - 1]?.position ?? 0) > (events[index]?.position ?? 0))
      return events.toSorted((a, b) => a.position - b.position);
  return events;
};

const eventsAt = ({ log, parked, variants }: Contents, dot: Dot): readonly StoredEvent[] => {
  const [row, event] = [log.get(dot), parked.get(dot)];
  return [
    ...(row === undefined ? [] : [applied(row)]),
    ...(event === undefined ? [] : [waiting(event)]),
    ...(variants.get(dot) ?? []).map(variant),
  ];
};

const pageOf = <Item, Position>(
  items: readonly Item[],
  limit: number,
  positionOf: (item: Item) => Position,
): Page<Item, Position> => {
  const page = items.slice(0, limit);
  const last = page.at(-1);
  return items.length > limit && last !== undefined ? { items: page, next: positionOf(last) } : { items: page };
};

/** Read on from a position, as far as the page goes. */
export const readEvents = (contents: Contents, query: EventQuery): Page<StoredEvent> => {
  const matches: StoredEvent[] = [];
  for (let n = query.after + 1; n <= contents.position && matches.length <= query.limit; n += 1) {
    const dot = contents.places[n];
    const stored = dot === undefined ? undefined : eventsAt(contents, dot).find(({ position }) => position === n);
    if (stored !== undefined && isWanted(stored, query)) matches.push(stored);
  }
  return pageOf(matches, query.limit, ({ position }) => position);
};

const isWanted = ({ sealed: { event, dot }, place, status }: StoredEvent, query: EventQuery): boolean =>
  (query.since === undefined || place !== 'applied' || !vectorIncludes(query.since, dot)) &&
  (query.resource === undefined || compareRefs(query.resource, event) === 0) &&
  (query.resourceType === undefined || query.resourceType === event.resourceType) &&
  (query.agentId === undefined || query.agentId === event.agentId) &&
  (query.localOnly !== true || status === 'local_only');

export const findEvents = (
  contents: Contents,
  { eventIds = [], dots = [] }: { readonly eventIds?: readonly EventId[]; readonly dots?: readonly Dot[] },
): readonly StoredEvent[] => {
  const ids = new Set(eventIds);
  const wanted = new Set(dots);
  const places = new Set([...wanted, ...[...ids].flatMap((id) => [...(contents.byEventId.get(id) ?? [])])]);
  const found = [...places].flatMap((dot) => eventsAt(contents, dot));
  return inOrder(found.filter(({ sealed }) => ids.has(sealed.event.eventId) || wanted.has(sealed.dot)));
};

export const readResources = (contents: Contents, query: ResourceQuery): Page<StoredResource, ResourceCursor> => {
  const resources = inOrderOf(contents, query.orderBy);
  const matches: StoredResource[] = [];
  for (let at = startAfter(resources, query); at < resources.length && matches.length <= query.limit; at += 1) {
    const stored = resources[at];
    if (stored !== undefined && meetsConditions(stored, query)) matches.push(stored);
  }
  return pageOf(matches, query.limit, ({ state, view }) => ({
    resourceType: state.resourceType,
    resourceId: state.resourceId,
    ...(query.orderBy === 'updatedAt' ? { updatedAt: view.updatedAt } : {}),
  }));
};

const orders: Record<ResourceQuery['orderBy'], (a: StoredResource, b: StoredResource) => number> = {
  id: (a, b) => compareRefs(a.state, b.state),
  updatedAt: (a, b) => compareTexts(b.view.updatedAt, a.view.updatedAt) || compareRefs(a.state, b.state),
};

/** Sorted once after each commit, and not for every page of a list. */
const inOrderOf = (contents: Contents, orderBy: ResourceQuery['orderBy']): readonly StoredResource[] => {
  const at = contents.audit.length;
  const before = contents.sorted.get(orderBy);
  if (before?.at === at) return before.resources;
  const resources = [...contents.resources.values()].sort(orders[orderBy]);
  contents.sorted.set(orderBy, { at, resources });
  return resources;
};

/** Where the page begins, by halves. */
const startAfter = (resources: readonly StoredResource[], { after, orderBy }: ResourceQuery): number => {
  if (after === undefined) return 0;
  let [low, high] = [0, resources.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const stored = resources[middle];
    if (stored !== undefined && isAfter(stored, after, orderBy)) high = middle;
    else low = middle + 1;
  }
  return low;
};

const isAfter = (
  { state, view }: StoredResource,
  after: ResourceCursor,
  orderBy: ResourceQuery['orderBy'],
): boolean => {
  if (orderBy === 'updatedAt' && after.updatedAt !== undefined && view.updatedAt !== after.updatedAt)
    return view.updatedAt < after.updatedAt;
  return compareRefs(state, after) > 0;
};

export const readConflicts = (contents: Contents, query: ConflictQuery): Page<StoredConflict, string> => {
  const dots = query.eventId === undefined ? undefined : (contents.byEventId.get(query.eventId) ?? new Set<Dot>());
  const matches = [...contents.conflicts.values()]
    .filter(({ record }) => {
      const status = isOpen(record) ? 'pending_review' : 'resolved';
      return (
        (query.includeSuperseded === true || !record.isSuperseded) &&
        (query.status === undefined || query.status === status) &&
        (query.resource === undefined || resourceKeyOf(query.resource) === resourceKeyOf(record)) &&
        (query.resourceType === undefined || query.resourceType === record.resourceType) &&
        (query.conflictType === undefined || query.conflictType === record.conflictType) &&
        (query.after === undefined || record.conflictId > query.after) &&
        (dots === undefined || [...record.siblings, ...record.closedBy].some((dot) => dots.has(dot)))
      );
    })
    .sort((a, b) => compareTexts(a.record.conflictId, b.record.conflictId));
  return pageOf(matches, query.limit, ({ record }) => record.conflictId);
};

export const findConflicts = (contents: Contents, ids: readonly string[]): readonly StoredConflict[] =>
  ids.flatMap((id) => contents.conflicts.get(id) ?? []);

export const readAudit = (contents: Contents, { after, limit }: { readonly after: number; readonly limit: number }) =>
  pageOf(contents.audit.slice(after, after + limit + 1), limit, ({ number }) => number);

export const readParked = (contents: Contents, { after, limit }: { readonly after: number; readonly limit: number }) =>
  pageOf(
    [...contents.parked.values()]
      .filter(({ position, reason }) => position > after && reason !== 'refused')
      .sort((a, b) => a.position - b.position),
    limit,
    ({ position }) => position,
  );

const isParkedAs = (contents: Contents, dot: Dot, hash: string): boolean => {
  const parked = contents.parked.get(dot);
  return parked?.reason === 'refused' && parked.sealed.hash === hash;
};

/** Counted once after each commit: connections ask whenever they tell how they are. */
export const countAll = (contents: Contents): StoreCounts => {
  const at = contents.audit.length;
  if (contents.counted?.at !== at) contents.counted = { at, counts: counted(contents) };
  return contents.counted.counts;
};

const counted = (contents: Contents): StoreCounts => {
  const { log, parked, refusals, conflicts, voids } = contents;
  let [events, localOnly, resources, waits, rejected, refusedForeign, pending, resolved] = [0, 0, 0, 0, 0, 0, 0, 0];
  for (const row of log.values()) {
    if (row.isVoid) continue;
    events += 1;
    if (row.isLocal) localOnly += 1;
  }
  for (const { state } of contents.resources.values()) if (state.existence.length > 0) resources += 1;
  for (const { reason } of parked.values()) if (reason !== 'refused') waits += 1;
  for (const { dot, hash, status } of refusals.values()) {
    if (status !== 'shelved' && isParkedAs(contents, dot, hash)) rejected += 1;
    const row = log.get(dot);
    if (status !== 'accepted' && row?.isVoid === false && row.sealed.hash === hash) refusedForeign += 1;
  }
  for (const { record } of conflicts.values()) {
    if (record.isSuperseded) continue;
    if (isOpen(record)) pending += 1;
    else resolved += 1;
  }
  return {
    events,
    resources,
    localOnly,
    parked: waits,
    rejected,
    refusedForeign,
    voids: voids.size,
    conflictsPending: pending,
    conflictsResolved: resolved,
  };
};
