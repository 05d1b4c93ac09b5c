/**
 * A conflict of the log as it is read from its row. What only the shell is shown of it stands
 * in further columns.
 */
import { isPending, type ConflictRecord, type Outcome } from '../../../domain/conflict/conflict-record.js';
import type { ConflictType, Unit } from '../../../domain/strategies/merge-strategy.js';
import type { StoredConflict } from '../../../application/ports/event-store.js';
import type { Base } from '../base.js';

export const conflictColumns =
  'resource, conflict_id, conflict_type, unit, siblings, closed_by, outcome, strategy, strategy_version, is_standing, status, created_at';

export type ConflictRow = readonly [
  resource: number,
  conflictId: string,
  conflictType: ConflictType,
  unit: string,
  siblings: string,
  closedBy: string | null,
  outcome: string,
  strategy: string | null,
  strategyVersion: number | null,
  isStanding: number,
  status: ConflictStatus,
  createdAt: string,
];

export type ConflictStatus = 'pending_review' | 'resolved' | 'superseded';

export const statusOfConflict = (record: ConflictRecord): ConflictStatus => {
  if (record.isSuperseded) return 'superseded';
  return record.isStanding && isPending(record) ? 'pending_review' : 'resolved';
};

export const readConflictRow = (row: ConflictRow, { resources, dots }: Base): StoredConflict => {
  const [
    resource,
    conflictId,
    conflictType,
    unit,
    siblings,
    closedBy,
    outcome,
    strategy,
    version,
    isStanding,
    status,
    createdAt,
  ] = row;
  const { resourceType, resourceId } = resources.refOf(resource);
  return {
    record: {
      resourceType,
      resourceId,
      conflictId,
      conflictType,
      unit: JSON.parse(unit) as Unit,
      siblings: dots.read(siblings),
      outcome: readOutcome(outcome),
      strategy: strategy === null ? undefined : { name: strategy, version: version ?? 0 },
      isStanding: isStanding === 1,
      closedBy: dots.read(closedBy),
      isSuperseded: status === 'superseded',
    },
    createdAt,
  };
};

/** JSON has no word for an absent value, so the member is left out. */
const readOutcome = (text: string): Outcome => {
  const outcome = JSON.parse(text) as Outcome;
  return outcome.type === 'value' ? { type: 'value', value: outcome.value } : outcome;
};
