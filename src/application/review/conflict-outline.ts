/**
 * A conflict as lists show it: from its record and the events that it names, without folding any history, so that a
 * page of hundreds costs a few reads. What needs the history, the base for one, is in `considerConflicts`.
 */
import type { ConflictRecord } from '../../domain/conflict/conflict-record.js';
import type { Dot, SealedEvent } from '../../domain/events/event.js';
import { conflictView, viewContext, type ConflictView, type ViewContext } from '../reading/conflict-view.js';
import type { EventStore, StoredConflict } from '../ports/event-store.js';
import type { HistoryDeps } from '../history.js';
import { conflictVersion } from './conflict-version.js';

/** The view without its base; values of groups are what each event says by itself. */
export interface ConflictOutline extends Omit<ConflictView, 'base'> {
  readonly version: string;
  readonly createdAt: string;
  /** It grew or vanished before anyone closed it, and is no part of the log. */
  readonly isSuperseded: boolean;
  /** It stands, pending or decided by a strategy. */
  readonly isStanding: boolean;
}

export const outlinesOf = async (
  stored: readonly StoredConflict[],
  deps: HistoryDeps,
): Promise<readonly ConflictOutline[]> => {
  const { store, policy, system } = deps;
  const events = await eventsOfRecords(
    store,
    stored.map(({ record }) => record),
  );
  const { replica } = await store.facts();
  const context = viewContext({
    policy,
    sha256: system.sha256,
    replicaId: replica?.replicaId ?? '',
    events,
    histories: new Map(),
  });
  return stored.map((one) => outlineOf(one, context));
};

const outlineOf = ({ record, createdAt }: StoredConflict, context: ViewContext): ConflictOutline => ({
  ...conflictView(record, createdAt, context),
  createdAt,
  version: conflictVersion(record, context.sha256),
  isSuperseded: record.isSuperseded,
  isStanding: record.isStanding,
});

export const eventsOfRecords = async (
  store: EventStore,
  records: readonly ConflictRecord[],
): Promise<ReadonlyMap<Dot, SealedEvent>> => {
  const dots = new Set<Dot>(records.flatMap(({ siblings, closedBy }) => [...siblings, ...closedBy]));
  const found = dots.size === 0 ? [] : await store.findEvents({ dots: [...dots] });
  return new Map(found.map(({ sealed }) => [sealed.dot, sealed]));
};
