/**
 * A store's pages read to their end, one after another: memory holds one page, however much
 * there is. How a page is continued is said here and nowhere else.
 */
import type { StoredResource } from '../domain/merge/unit-of-work.js';
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
  pages((next: EventQuery) => store.readEvents(next), query);

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
