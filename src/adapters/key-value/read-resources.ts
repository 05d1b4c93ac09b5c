/** Pages of resources, by id or by the time of their last change, along an index of that order. */
import type { ResourceRef } from '../../domain/events/event.js';
import type { StoredResource } from '../../domain/merge/unit-of-work.js';
import type { Page, ResourceCursor, ResourceQuery } from '../../application/ports/event-store.js';
import { meetsConditions } from '../../application/ports/resource-conditions.js';
import type { Draft } from './draft.js';
import { justAfter, readText, startingWith } from './key-text.js';
import { keys } from './keys.js';
import { fromStoredText } from './stored-text.js';

export const readResource = async (ref: ResourceRef, draft: Draft): Promise<StoredResource | undefined> => {
  await draft.fetch([keys.resource(ref)]);
  const text = draft.read(keys.resource(ref));
  return text === undefined ? undefined : fromStoredText(text);
};

/** Entries that are looked at in one go: where few of them may be wanted, more than a page has. */
const inOneGo = 128;

export const readResources = async (
  query: ResourceQuery,
  draft: Draft,
): Promise<Page<StoredResource, ResourceCursor>> => {
  const { limit } = query;
  const { from: first, before, refOf } = indexFor(query);
  const found: StoredResource[] = [];
  const size = query.where === undefined ? Math.min(inOneGo, limit + 1) : inOneGo;
  for (let from = first; found.length <= limit;) {
    const page = await draft.scan({ from, before, limit: size });
    const last = page.at(-1);
    if (last === undefined) break;
    const refs = page.map(refOf);
    await draft.fetch(refs.map(keys.resource));
    for (const ref of refs) {
      const text = draft.read(keys.resource(ref));
      if (text === undefined) continue;
      const stored = fromStoredText(text);
      if (meetsConditions(stored, query)) found.push(stored);
    }
    draft.forget();
    from = justAfter(last);
  }
  const items = found.slice(0, limit);
  const last = items.at(-1);
  if (found.length <= limit || last === undefined) return { items };
  const { resourceType, resourceId } = last.state;
  const time = query.orderBy === 'updatedAt' ? { updatedAt: last.view.updatedAt } : {};
  return { items, next: { resourceType, resourceId, ...time } };
};

interface Index {
  readonly from: string;
  readonly before: string;
  readonly refOf: (key: string) => ResourceRef;
}

const indexFor = ({ orderBy, resourceType, after, pendingOnly }: ResourceQuery): Index => {
  if (orderBy === 'updatedAt') {
    const prefix = resourceType === undefined ? 't' : keys.latestOfType(resourceType);
    const cursor = resourceType === undefined ? keys.latest : keys.latestOf;
    const from = after === undefined ? prefix : justAfter(cursor(after.updatedAt ?? '', after));
    return {
      ...startingWith(prefix),
      from,
      refOf: (key) => {
        const start = key.indexOf(' ', prefix.length) + 1;
        return resourceType === undefined ? readRef(key, start) : { resourceType, resourceId: readText(key, start)[0] };
      },
    };
  }
  // Those with pending conflicts stand in an index of their own, in the same order.
  const family = pendingOnly === true ? 'q' : 's';
  const prefix = resourceType === undefined ? family : `${family}${keys.resourcesOf(resourceType).slice(1)}`;
  const from = after === undefined ? prefix : justAfter(`${family}${keys.resource(after).slice(1)}`);
  return { ...startingWith(prefix), from, refOf: (key) => readRef(key, 1) };
};

const readRef = (key: string, start: number): ResourceRef => {
  const [resourceType, next] = readText(key, start);
  return { resourceType, resourceId: readText(key, next)[0] };
};
