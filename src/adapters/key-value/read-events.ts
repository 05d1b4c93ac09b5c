/** Pages of the log, by position, and of what waits. */
import { vectorIncludes } from '../../domain/causality/version-vector.js';
import type { ParkedEvent } from '../../domain/merge/loaded.js';
import type { EventQuery, Page, StoredEvent } from '../../application/ports/event-store.js';
import type { Draft } from './draft.js';
import { readNumber, startingWith } from './key-text.js';
import { keys } from './keys.js';
import { parkedFrom, readPlaced, storedFrom, type Placed } from './placed-events.js';

/** Positions that are looked at in one go, where only some of them may be wanted. */
const inOneGo = 256;

/** Follows an index until there is one item more than a page holds, or the index ends. */
const collect = async <Item extends { readonly position: number }>(
  index: { readonly from: string; readonly before: string; readonly prefix: string },
  limit: number,
  draft: Draft,
  pick: (placed: Placed) => readonly Item[],
): Promise<Page<Item>> => {
  const found: Item[] = [];
  for (let { from } = index; found.length <= limit;) {
    const page = await draft.scan({ from, before: index.before, limit: Math.min(inOneGo, limit + 1) });
    const last = page.at(-1);
    if (last === undefined) break;
    const positions = page.map((key) => readNumber(key, index.prefix.length));
    found.push(...(await readPlaced(positions, draft)).flatMap(pick));
    draft.forget();
    from = `${last} `;
  }
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return found.length > limit && last !== undefined ? { items, next: last.position } : { items };
};

export const readEvents = (query: EventQuery, draft: Draft): Promise<Page<StoredEvent>> => {
  const { resource, after, limit } = query;
  const prefix = query.localOnly === true ? 'l' : resource === undefined ? 'e' : keys.standingsOf(resource);
  const { before } = startingWith(prefix);
  const first = keys.event(after + 1).slice(1);
  return collect({ from: `${prefix}${first}`, before, prefix }, limit, draft, (placed) => {
    const stored = storedFrom(placed);
    return isWanted(stored, query) ? [stored] : [];
  });
};

const isWanted = ({ sealed: { event, dot }, place, status }: StoredEvent, query: EventQuery): boolean =>
  (query.since === undefined || place !== 'applied' || !vectorIncludes(query.since, dot)) &&
  (query.resource === undefined ||
    (query.resource.resourceType === event.resourceType && query.resource.resourceId === event.resourceId)) &&
  (query.resourceType === undefined || query.resourceType === event.resourceType) &&
  (query.agentId === undefined || query.agentId === event.agentId) &&
  (query.localOnly !== true || status === 'local_only');

export const readParked = (
  { after, limit }: { readonly after: number; readonly limit: number },
  draft: Draft,
): Promise<Page<ParkedEvent & { readonly position: number }>> =>
  collect({ from: keys.parked(after + 1), before: startingWith('w').before, prefix: 'w' }, limit, draft, (placed) =>
    parkedFrom(placed).filter(({ reason }) => reason !== 'refused'),
  );
