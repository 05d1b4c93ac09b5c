/** What conflicts are shown from, as far as the store has it. */
import type { ConflictRecord } from '../../domain/conflict/conflict-record.js';
import type { Dot, SealedEvent } from '../../domain/events/event.js';
import type { LoadedHistory } from '../../domain/merge/loaded.js';
import type { ResourceKey } from '../../domain/resource/resource-key.js';
import type { HistoryDeps } from '../history.js';
import type { EventStore } from '../ports/event-store.js';
import { viewContext, type ViewContext } from './conflict-view.js';

/** Events by their dots, as far as they are held. */
export const eventsAt = async (store: EventStore, dots: ReadonlySet<Dot>): Promise<ReadonlyMap<Dot, SealedEvent>> => {
  const found = dots.size === 0 ? [] : await store.findEvents({ dots: [...dots] });
  return new Map(found.map(({ sealed }) => [sealed.dot, sealed]));
};

/** The sides of conflicts, and what closed them. */
export const eventsOfRecords = (
  store: EventStore,
  records: readonly ConflictRecord[],
): Promise<ReadonlyMap<Dot, SealedEvent>> =>
  eventsAt(store, new Set(records.flatMap(({ siblings, closedBy }) => [...siblings, ...closedBy])));

/** Conflicts shown as this replica sees them: which side is its own, it knows by the id that it goes by now. */
export const viewContextFor = async (
  { store, policy, system }: HistoryDeps,
  events: ReadonlyMap<Dot, SealedEvent>,
  histories: ReadonlyMap<ResourceKey, LoadedHistory>,
): Promise<ViewContext> => {
  const { replica } = await store.facts();
  return viewContext({ policy, sha256: system.sha256, replicaId: replica?.replicaId ?? '', events, histories });
};
