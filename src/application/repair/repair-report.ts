/** What came of a repair. */
import type { Dot, EventId } from '../../domain/events/event.js';
import type { Verification } from '../verifying/verify.js';

/** An event that was here, and that neither this data nor the remote still has as it was. */
export interface LostEvent {
  readonly dot: Dot;
  /** As far as it can be read: of a damaged event it may be what is damaged. */
  readonly eventId?: EventId;
}

/** What a repair kept, fetched again, and could not bring back. */
export interface RepairReport {
  readonly replicaId: string;
  /** The id that it had; absent where it goes on under that. */
  readonly formerReplicaId?: string;
  /** Events that were intact, or whose hash alone was damaged. */
  readonly kept: number;
  /** Events that the remote gave back. */
  readonly restored: number;
  /** The first ones, by number; `lostCount` counts all. */
  readonly lost: readonly LostEvent[];
  readonly lostCount: number;
  /** Numbers of audit entries that are damaged or missing. They stay as they were found. */
  readonly auditDamaged: readonly number[];
  /** Of what the repair has made. */
  readonly verification: Verification;
}

/** How far a repair is, in events. */
export interface RepairProgress {
  readonly kept: number;
  readonly restored: number;
}
