/** What a merge is decided from: loaded from a store at one version of its content. */
import type { AuditHead } from '../audit/audit-chain.js';
import type { ParkingReason } from '../audit/audit-act.js';
import type { ClockReading } from '../clock/hybrid-clock.js';
import type { ConflictRecord } from '../conflict/conflict-record.js';
import type { ContentHash, Dot, EventId, ReplicaId, ResourceRef, SealedEvent } from '../events/event.js';
import type { FactsRequest, KnownFacts } from '../resource/branches.js';
import type { ResourceKey } from '../resource/resource-key.js';
import type { ResourceState } from '../resource/state.js';

/** What a store knows of a dot. */
export interface KnownDot {
  /** One, or the hashes of all variants of a void. */
  readonly hashes: readonly ContentHash[];
  /** Resources in whose graph the dot stands, applied; empty while it waits. */
  readonly appliedIn: readonly ResourceKey[];
}

/** An event that is kept and waits, and why. */
export interface ParkedEvent {
  readonly sealed: SealedEvent;
  readonly reason: ParkingReason;
  /** Parents that were not applied when it was last looked at. */
  readonly missing: readonly Dot[];
}

/** A dot that stands for nothing but its place in one resource's graph (R5). */
export interface VoidNode extends ResourceRef {
  readonly dot: Dot;
  /** Those that all variants on that resource share. */
  readonly parents: readonly Dot[];
  /** False while a parent is not applied. */
  readonly isApplied: boolean;
}

export interface ReplicaFacts {
  readonly replicaId: ReplicaId;
  readonly clock: ClockReading;
  /** The number of this replica's last own event. */
  readonly lastSeq: number;
  /** Own events up to this number have left, or may have, and never change again (R7). */
  readonly offeredSeq: number;
  /** What is added to the wall clock, since a hub showed that it is off (R7); none where it is absent. */
  readonly clockOffsetMs?: number;
}

export interface Loaded {
  readonly replica: ReplicaFacts;
  readonly policyFingerprint: string;
  /** The head of the audit trail is the version of the content: every commit adds one entry. */
  readonly audit: AuditHead;
  /**
   * For the dots of the asked events, of their parents, and of the events in `sameId`. While
   * nothing stored is void (R5), a parent that is a head of its resource's state may be left
   * out: it is known to be applied.
   */
  readonly known: ReadonlyMap<Dot, KnownDot>;
  /**
   * Stored events, variants included, with the ids of the asked events. Those of asked events
   * that are stored exactly as they came may be left out.
   */
  readonly sameId: ReadonlyMap<EventId, readonly SealedEvent[]>;
  readonly states: ReadonlyMap<ResourceKey, ResourceState>;
  /**
   * Parked events that wait for the asked events, directly or not, those with the same dots,
   * and those whose time has come; in the order in which they came.
   */
  readonly parked: readonly ParkedEvent[];
  /** How many events are parked in all. */
  readonly parkedCount: number;
  /** Which of the asked events' resources have voids in their graphs. */
  readonly withVoids: ReadonlySet<ResourceKey>;
}

/** Which part of a resource's history is needed. */
export interface HistoryRequest extends ResourceRef {
  /**
   * The part from the earliest of these events on, in the order in which they were applied
   * here; without it everything, with parked events, voids and variants.
   */
  readonly since: readonly Dot[] | undefined;
  /** Instead of events only what is known of these without their payloads. */
  readonly facts?: FactsRequest;
}

export interface AppliedEvent {
  readonly sealed: SealedEvent;
  /** Whether it had seen everything applied before it here. */
  readonly sawAll: boolean;
}

export interface LoadedHistory {
  readonly isWhole: boolean;
  /** In the order of application, voids left out. */
  readonly events: readonly AppliedEvent[];
  readonly voids: readonly VoidNode[];
  /** All variants of the voids of a whole history. */
  readonly variants: readonly SealedEvent[];
  readonly parked: readonly ParkedEvent[];
  /** Where facts alone were asked for: they, and no events. */
  readonly facts?: KnownFacts;
  /** Whole: every record of the resource. Else those that an event of this part closed. */
  readonly conflicts: readonly ConflictRecord[];
}
