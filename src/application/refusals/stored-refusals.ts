/** Refusals as they are stored, and the events that they are about. */
import type { Dot } from '../../domain/events/event.js';
import type { EventName, Refusal } from '../../domain/merge/unit-of-work.js';
import { pages } from '../pages.js';
import type { EventStore, StoredEvent } from '../ports/event-store.js';

type RefusalQuery = Parameters<EventStore['readRefusals']>[0];

const pageSize = 1_000;

/** In the order in which they were written first; of all dots where none are named. */
export const refusalPages = (
  store: EventStore,
  dots?: readonly Dot[],
): AsyncIterable<readonly (Refusal & { readonly position: number })[]> =>
  pages((query: RefusalQuery) => store.readRefusals(query), {
    after: 0,
    limit: pageSize,
    ...(dots === undefined ? {} : { dots }),
  });

export const nameOf = ({ dot, hash }: EventName): string => `${dot} ${hash}`;

export const storedByName = async (
  store: EventStore,
  names: readonly EventName[],
): Promise<ReadonlyMap<string, StoredEvent>> => {
  if (names.length === 0) return new Map();
  const stored = await store.findEvents({ dots: names.map(({ dot }) => dot) });
  return new Map(stored.map((event) => [nameOf(event.sealed), event]));
};
