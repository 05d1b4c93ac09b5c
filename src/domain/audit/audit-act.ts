/**
 * What the audit trail tells: one act for each thing that was decided or refused at this
 * replica, with what it was decided from. Acts are data, in the past tense, and JSON.
 */
import type { Dot, EventId, ResourceRef } from '../events/event.js';
import type { JsonObject } from '../shared/json.js';
import type { Outcome, StrategyName } from '../conflict/conflict-record.js';
import type { ConflictType, Unit } from '../strategies/merge-strategy.js';

interface AboutConflict extends ResourceRef {
  readonly conflictId: string;
  readonly conflictType: ConflictType;
  readonly unit: Unit;
  readonly siblings: readonly Dot[];
}

/** One act; `type` says what happened. */
export type AuditAct =
  | { readonly type: 'ReplicaCreated'; readonly replicaId: string }
  | {
      readonly type: 'ReplicaRenamed';
      readonly from: string;
      readonly to: string;
      readonly dots: Readonly<Record<string, string>>;
    }
  | { readonly type: 'PolicyAdopted'; readonly fingerprint: string; readonly policy: JsonObject }
  | { readonly type: 'ResourcesRederived'; readonly count: number }
  | { readonly type: 'EventsRecorded' | 'EventsReceived'; readonly count: number; readonly digest: string }
  /** Detected, and left to a person. */
  | (AboutConflict & {
      readonly type: 'ConflictDetected';
      readonly strategy?: StrategyName;
      readonly error?: string;
      readonly extends?: string;
    })
  /** Detected, or looked at again, and decided by a strategy. */
  | (AboutConflict & {
      readonly type: 'ConflictDecided';
      readonly outcome: Outcome;
      readonly strategy?: StrategyName;
      readonly extends?: string;
    })
  | {
      readonly type: 'ConflictClosed';
      readonly conflictId: string;
      readonly by: Dot;
      readonly agentId: string;
      readonly operation: string;
      /** What the closing event says it settles: a claim (R29). */
      readonly claims?: string;
    }
  /** Its siblings are no longer what the unit holds, and nobody closed it. */
  | { readonly type: 'ConflictSuperseded'; readonly conflictId: string; readonly by?: string }
  /** Waiting for their parents: ordinary when events come out of order, so only counted. */
  | { readonly type: 'EventsParked'; readonly count: number; readonly first: Dot }
  | { readonly type: 'EventsReleased'; readonly count: number }
  | { readonly type: 'EventHeld'; readonly dot: Dot; readonly reason: ParkingReason; readonly missing: readonly Dot[] }
  | { readonly type: 'EventRefused'; readonly eventId?: string; readonly code: string; readonly message: string }
  | { readonly type: 'EventsRefused'; readonly count: number }
  | { readonly type: 'ForkFound'; readonly dot: Dot; readonly hashes: readonly string[] }
  | { readonly type: 'EventIdReused'; readonly eventId: EventId; readonly dots: readonly Dot[] }
  | { readonly type: 'TwinsFound'; readonly eventId: EventId; readonly dots: readonly Dot[] }
  /** The hub refused this event of ours, and everyone is told: it leaves the state, and is kept (R9). */
  | {
      readonly type: 'EventRejected';
      readonly dot: Dot;
      readonly code: string;
      readonly message: string;
      readonly by: string;
    }
  /** A remote does not take these events of ours, and nobody else is told: they stay, and are offered again. */
  | {
      readonly type: 'EventsNotTaken';
      readonly count: number;
      readonly first: Dot;
      readonly code: string;
      readonly message: string;
      readonly by: string;
    }
  /** The hub refused events of others, some of which may be held here; they are kept as they are. */
  | { readonly type: 'RefusalsNoted'; readonly count: number; readonly first: Dot; readonly by: string }
  /** What left the state: the refused ones, and what was built on them. */
  | { readonly type: 'EventsWithdrawn'; readonly dots: readonly Dot[] }
  | { readonly type: 'RejectedEventRetried' | 'RejectedEventAccepted' | 'RejectedEventShelved'; readonly dot: Dot }
  | { readonly type: 'RejectedEventReissued'; readonly dot: Dot; readonly eventId: string }
  /** The wall clock was off, or had been for a while (`byMs` 0): these never-offered events were stamped anew (R7). */
  | {
      readonly type: 'ClockCorrected';
      readonly byMs: number;
      readonly offsetMs: number;
      readonly restamped: readonly Dot[];
    }
  /** A hub that had lost events was given what it lacked. */
  | { readonly type: 'RemoteRefilled'; readonly with: string; readonly pushed: number; readonly refused: number }
  /** A habit of this replica's owner: what it decides stands in the log, as resolutions in the owner's name. */
  | {
      readonly type: 'RuleAdded' | 'RuleSwitchedOn' | 'RuleSwitchedOff' | 'RuleRemoved';
      readonly ruleId: string;
      readonly label: string;
      readonly owner: string;
      readonly by: string;
      readonly match: JsonObject;
      readonly choose: JsonObject;
    }
  /** `conflictIds` are the first hundred. */
  | {
      readonly type: 'RuleDecided';
      readonly ruleId: string;
      readonly count: number;
      readonly conflictIds: readonly string[];
    }
  | { readonly type: 'ScopeAdopted'; readonly scope: string }
  /** A damaged file was replaced by what could be read of it and fetched for it; the trail before is as it was found. */
  | {
      readonly type: 'ReplicaRepaired';
      readonly kept: number;
      readonly restored: number;
      readonly lostCount: number;
      /** The first of them. */
      readonly lost: readonly Dot[];
      /** Entries of this trail that are not what was written, or are missing. */
      readonly auditDamaged: readonly number[];
    }
  | { readonly type: 'EventsOffered'; readonly upTo: number; readonly to: string }
  | { readonly type: 'EventsSynced'; readonly count: number; readonly with: string };

/**
 * Why an event waits: its parents are not applied, its time is too far ahead (R10), one of
 * its parents belongs to another resource, so that it can never be applied (R3), or it is an
 * own event that the hub refused (R9).
 */
export type ParkingReason = 'parents' | 'future' | 'invalid_parent' | 'refused';
