/**
 * A store's pages read to their end, one after another: memory holds one page, however much
 * there is. How a page is continued is said here and nowhere else.
 */
import type { StoredResource } from '../domain/merge/unit-of-work.js';
import { roughBytesOf } from './batch-size.js';
import type {
  ConflictQuery,
  EventQuery,
  EventStore,
  Page,
  ResourceCursor,
  ResourceQuery,
  StoredConflict,
  StoredEvent,
} from './ports/event-store.js';

export const eventPages = (store: EventStore, query: EventQuery): AsyncIterable<readonly StoredEvent[]> =>
  pages((next: EventQuery) => eventPage(store, next), query);

/** What is read of a store at a time: little at first, so that large events do not fill the memory before they are counted. */
const pieceMin = 100;
const pieceMax = 1_000;
/** What one page holds, where nothing else is said; by `roughBytesOf`. */
const pageBytesMax = 16 * 1024 * 1024;

/** One page, which ends early where what it holds becomes large. */
export const eventPage = async (
  store: Pick<EventStore, 'readEvents'>,
  query: EventQuery,
  bytesMax = pageBytesMax,
): Promise<Page<StoredEvent>> => {
  let piece = await store.readEvents({ ...query, limit: Math.min(query.limit, pieceMin) });
  if (query.limit <= pieceMin || piece.next === undefined) return piece;
  const items = [...piece.items];
  let bytes = roughBytesOfAll(piece.items);
  while (piece.next !== undefined && items.length < query.limit && bytes < bytesMax) {
    // As many as there is room for, if they are like those before.
    const room = Math.ceil(((bytesMax - bytes) * items.length) / bytes);
    const limit = Math.min(query.limit - items.length, items.length, room, pieceMax);
    piece = await store.readEvents({ ...query, after: piece.next, limit });
    for (const item of piece.items) items.push(item);
    bytes += roughBytesOfAll(piece.items);
  }
  return piece.next === undefined ? { items } : { items, next: piece.next };
};

const roughBytesOfAll = (items: readonly StoredEvent[]): number =>
  items.reduce((sum, { sealed }) => sum + roughBytesOf(sealed.event), 0);

export const resourcePages = (store: EventStore, query: ResourceQuery): AsyncIterable<readonly StoredResource[]> =>
  pages<ResourceQuery, StoredResource, ResourceCursor>((next) => store.readResources(next), query);

export const conflictPages = (store: EventStore, query: ConflictQuery): AsyncIterable<readonly StoredConflict[]> =>
  pages<ConflictQuery, StoredConflict, string>((next) => store.readConflicts(next), query);

export async function* pages<Query extends object, Item, Position>(
  read: (query: Query & { readonly after?: Position }) => Promise<Page<Item, Position>>,
  query: Query,
): AsyncIterable<readonly Item[]> {
  for (let page = await read(query); ; page = await read({ ...query, after: page.next })) {
    yield page.items;
    if (page.next === undefined) return;
  }
}
