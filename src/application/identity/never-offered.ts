/**
 * Own events that were never offered to anybody: they alone may still be changed, renamed (R8) or stamped anew (R7).
 */
import { dotOf } from '../../domain/causality/dot.js';
import { vectorFrom } from '../../domain/causality/version-vector.js';
import type { Dot, SealedEvent } from '../../domain/events/event.js';
import type { LoadedHistory, ReplicaFacts } from '../../domain/merge/loaded.js';
import type { RenamedEvent } from '../../domain/merge/unit-of-work.js';
import type { PlanDeps } from '../merge-driver.js';
import { eventPages } from '../pages.js';
import type { EventStore } from '../ports/event-store.js';

/**
 * Own events that nobody else can hold, by number: the applied ones, and those that wait because
 * what they build on was refused (R9).
 */
export const neverOffered = async (
  store: EventStore,
  { replicaId, offeredSeq, lastSeq }: ReplicaFacts,
): Promise<readonly SealedEvent[]> => {
  const own: SealedEvent[] = [];
  const since = vectorFrom([[replicaId, offeredSeq]]);
  for await (const page of eventPages(store, { since, localOnly: true, after: 0, limit: 5_000 }))
    own.push(
      ...page
        .map(({ sealed }) => sealed)
        .filter(({ event }) => event.replicaId === replicaId && event.seq > offeredSeq),
    );
  const found = new Set(own.map(({ event }) => event.seq));
  const others: Dot[] = [];
  for (let seq = offeredSeq + 1; seq <= lastSeq; seq += 1) if (!found.has(seq)) others.push(dotOf(replicaId, seq));
  if (others.length > 0)
    for (const { sealed, place } of await store.findEvents({ dots: others }))
      if (place === 'parked' || place === 'refused') own.push(sealed);
  return own.sort((a, b) => a.event.seq - b.event.seq);
};

/** What planning asks of the store, with histories as they will be. */
export const underNewDots = (store: EventStore, renamed: readonly RenamedEvent[]): PlanDeps['store'] => {
  const byOldDot = new Map(renamed.map(({ from, sealed }) => [from, sealed]));
  const rename = (history: LoadedHistory): LoadedHistory => ({
    ...history,
    events: history.events.map((applied) => ({
      ...applied,
      sealed: byOldDot.get(applied.sealed.dot) ?? applied.sealed,
    })),
    parked: history.parked.map((parked) => ({
      ...parked,
      sealed: byOldDot.get(parked.sealed.dot) ?? parked.sealed,
      missing: parked.missing.map((dot) => byOldDot.get(dot)?.dot ?? dot),
    })),
  });
  return {
    loadWorld: (request) => store.loadWorld(request),
    loadHistories: async (requests) =>
      new Map([...(await store.loadHistories(requests))].map(([key, history]) => [key, rename(history)])),
  };
};
