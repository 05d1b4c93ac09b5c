/**
 * A conflict as it is kept in the log: what it is about, what was made of it, and by whom.
 *
 * It stands until its siblings are no more, or change; a strategy may have decided it all
 * the while. It is closed by the events that, having seen it, wrote the unit (R20).
 */
import type { Dot } from '../events/event.js';
import type { Json } from '../shared/json.js';
import type { DependencyAction } from '../strategies/merge-strategy.js';
import type { ConflictIdentity } from './detect.js';

/** What stands as the answer to a conflict. */
export type Outcome =
  | {
      readonly type: 'pending';
      /** Why a strategy's answer was of no use; in no digest (R19). */ readonly error?: string;
    }
  /** A decision on its existence made the resource deleted (R15). */
  | { readonly type: 'moot' }
  | { readonly type: 'winner'; readonly dot: Dot }
  | { readonly type: 'value'; readonly value: Json | undefined }
  | { readonly type: 'apply'; readonly action: DependencyAction }
  /** Closed by events: theirs is the answer. */
  | { readonly type: 'closed' };

export interface StrategyName {
  readonly name: string;
  readonly version: number;
}

/** A conflict with what was made of it. */
export interface StandingConflict extends ConflictIdentity {
  readonly outcome: Outcome;
  /** The strategy that was asked; none for a moot conflict. */
  readonly strategy: StrategyName | undefined;
}

/** A conflict as the log keeps it. */
export interface ConflictRecord extends StandingConflict {
  /** Whether its siblings are what the unit holds now. */
  readonly isStanding: boolean;
  /** The events that closed it, in the order of R1; empty while nobody did. */
  readonly closedBy: readonly Dot[];
  /**
   * A pending conflict that grew or vanished before anyone closed it: no part of the log
   * any more, kept so that an answer to it can still be understood (R30).
   */
  readonly isSuperseded: boolean;
}

export const isPending = ({ outcome }: { readonly outcome: Outcome }): boolean => outcome.type === 'pending';

/** Whether a person may still be asked: it stands, and nothing decided it. */
export const isOpen = (record: ConflictRecord): boolean => record.isStanding && isPending(record);

export const standingRecord = (conflict: StandingConflict): ConflictRecord => ({
  ...conflict,
  isStanding: true,
  closedBy: [],
  isSuperseded: false,
});

/** @param closedBy in the order of R1 */
export const closedRecord = (identity: ConflictIdentity, closedBy: readonly Dot[]): ConflictRecord => ({
  resourceType: identity.resourceType,
  resourceId: identity.resourceId,
  conflictId: identity.conflictId,
  conflictType: identity.conflictType,
  unit: identity.unit,
  siblings: identity.siblings,
  outcome: { type: 'closed' },
  strategy: undefined,
  isStanding: false,
  closedBy,
  isSuperseded: false,
});
