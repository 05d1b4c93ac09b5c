/**
 * A conflict as lists show it: from its record and the events that it names, without folding any history, so that a
 * page of hundreds costs a few reads. What needs the history, the base for one, is in `considerConflicts`.
 */
import { conflictView, type ConflictView, type ViewContext } from '../reading/conflict-view.js';
import type { StoredConflict } from '../ports/event-store.js';
import type { HistoryDeps } from '../history.js';
import { conflictVersion } from './conflict-version.js';
import { eventsOfRecords, viewContextFor } from '../reading/view-sources.js';

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
  const records = stored.map(({ record }) => record);
  const context = await viewContextFor(deps, await eventsOfRecords(deps.store, records), new Map());
  return stored.map((one) => outlineOf(one, context));
};

const outlineOf = ({ record, createdAt }: StoredConflict, context: ViewContext): ConflictOutline => ({
  ...conflictView(record, createdAt, context),
  createdAt,
  version: conflictVersion(record, context.sha256),
  isSuperseded: record.isSuperseded,
  isStanding: record.isStanding,
});
