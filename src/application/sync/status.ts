/** What a connection says of itself, and what came of a round. */
import type { Dot } from '../../domain/events/event.js';
import { sameJson } from '../../domain/shared/canonical-json.js';

/** What a connection is doing: at rest, under way, waiting, or stopped until somebody changes something. */
export type SyncPhase =
  | 'offline'
  | 'connecting'
  | 'pushing'
  | 'pulling'
  | 'live'
  | 'backoff'
  | 'unauthorized'
  | 'refused'
  /** Another process syncs this file; `syncer` says which. */
  | 'standby';

/** How a connection stands now. */
export interface SyncStatus {
  readonly phase: SyncPhase;
  /** Own events that the remote does not have yet. */
  readonly pending: number;
  /** Own events that the remote refused, and about which nobody has decided. */
  readonly rejected: number;
  readonly openConflicts: number;
  readonly lastSyncedAt: string | undefined;
  readonly error: { readonly code: string; readonly message: string } | undefined;
  /** While the phase is `backoff`: when it is tried again. */
  readonly retryAt: string | undefined;
  readonly clockSkewMs: number | undefined;
  /** Digests cannot be compared: the other merges under another policy (R40). */
  readonly policyMismatch: boolean;
  readonly progress: { readonly pulled: number; readonly pushed: number };
  /** Who syncs this file with this remote, where one process at a time does. */
  readonly syncer: { readonly name: string; readonly isSelf: boolean } | undefined;
}

export const statusAtRest: SyncStatus = {
  phase: 'offline',
  pending: 0,
  rejected: 0,
  openConflicts: 0,
  lastSyncedAt: undefined,
  error: undefined,
  retryAt: undefined,
  clockSkewMs: undefined,
  policyMismatch: false,
  progress: { pulled: 0, pushed: 0 },
  syncer: undefined,
};

/** Who shows a status is told of what is new, and not again of what it shows. */
export const changesStatus = (status: SyncStatus, change: Partial<SyncStatus>): boolean =>
  (Object.keys(change) as (keyof SyncStatus)[]).some((member) => !sameJson(status[member], change[member]));

/** An event of ours that the remote did not take. */
export interface RefusedEvent {
  readonly dot: Dot;
  readonly code: string;
  readonly message: string;
}

/** What one round moved; numbers are of events. */
export interface SyncReport {
  readonly pulled: number;
  readonly pushed: number;
  readonly applied: number;
  readonly duplicates: number;
  readonly parked: number;
  /** Events of the remote that were no valid events. */
  readonly rejectedCount: number;
  /** Events of ours that the remote refused. */
  readonly refused: readonly RefusedEvent[];
  /** Ids of conflicts that came up, or got another answer. */
  readonly conflicts: readonly string[];
}

/** Of a round that another process made instead of this one. */
export const emptyReport: SyncReport = {
  pulled: 0,
  pushed: 0,
  applied: 0,
  duplicates: 0,
  parked: 0,
  rejectedCount: 0,
  refused: [],
  conflicts: [],
};
