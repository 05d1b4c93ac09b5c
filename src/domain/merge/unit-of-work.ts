/**
 * A unit of work as a value: everything that one commit writes, decided by pure functions
 * from what was loaded. A store writes it whole or not at all, and only if its content is
 * still at the version that it was decided from.
 */
import type { AuditEntry } from '../audit/audit-chain.js';
import type { ConflictRecord } from '../conflict/conflict-record.js';
import type { JsonObject } from '../shared/json.js';
import type { Dot, ResourceRef, SealedEvent } from '../events/event.js';
import type { ResourceState } from '../resource/state.js';
import type { ResourceView } from '../resource/view.js';
import type { AppliedEvent, ParkedEvent, ReplicaFacts, VoidNode } from './loaded.js';

/** A resource as it is stored: the state, and what follows from it under the policy. */
export interface StoredResource {
  readonly state: ResourceState;
  readonly view: ResourceView;
}

/** What an event's siblinghood says of it: part of a pending conflict, of a decided one, of none. */
export type EventStanding = 'conflict' | 'resolved' | 'none';

export interface UnitOfWork {
  /** The number of audit entries that it was decided from. */
  readonly basedOn: number;
  /** Events to apply, parents first. `isLocal`: recorded here, so no remote has them yet. */
  readonly append: readonly (AppliedEvent & { readonly isLocal: boolean })[];
  readonly resources: readonly StoredResource[];
  /** Written over what stands under their ids. */
  readonly conflicts: readonly ConflictRecord[];
  /** Ids of conflicts that are no part of the log any more. */
  readonly removedConflicts: readonly string[];
  readonly standings: ReadonlyMap<Dot, EventStanding>;
  /** Events that left a conflict: their standing follows from the records that are left. */
  readonly recount: readonly Dot[];
  readonly park: readonly ParkedEvent[];
  readonly unpark: readonly Dot[];
  /** Events that are applied no longer (R9); each stands in `park` and keeps its position. */
  readonly withdraw?: readonly Dot[];
  /** Written over what stands for their dot and resource. */
  readonly voids: readonly VoidNode[];
  /** Variants of voids that are not stored as applied events: evidence (R5). */
  readonly variants: readonly SealedEvent[];
  readonly replica: ReplicaFacts;
  readonly audit: AuditEntry;
  /** Entries that come before it and are taken over as they are, from the trail of a file that is being repaired. */
  readonly earlierAudit?: readonly AuditEntry[];
  /** The policy that states and conflicts are derived under from now on; absent when it stays. */
  readonly policy?: AdoptedPolicy;
  /** Own events up to this number are held durably by a remote: they are `local_only` no longer. */
  readonly syncedSeq?: number;
  /** Written only while the lease has this token: whoever lost it must not move what its successor moves (S15). */
  readonly fence?: LeaseFence;
  /** How far this replica has read from remotes. */
  readonly cursors?: ReadonlyMap<string, string>;
  /** Never-offered own events that change their dots, because the replica takes a new id (R8). */
  readonly renamed?: readonly RenamedEvent[];
  /** Written over what stands for their dot and hash (R9). */
  readonly refusals?: readonly Refusal[];
  readonly receipts?: readonly Receipt[];
  /** Numbers that are missing here because of the scope (R38). */
  readonly skipped?: readonly DotRange[];
  /** Which part of the log is read from now on; numbers skipped so far are forgotten. The empty text is everything. */
  readonly scope?: string;
}

export interface AdoptedPolicy {
  readonly fingerprint: string;
  readonly data: JsonObject;
  /** The first resource, in canonical order, that is still to be derived under it. */
  readonly rederiveFrom: ResourceRef | undefined;
}

/** One holding of a lease. */
export interface LeaseFence {
  readonly name: string;
  readonly token: number;
}

/** Names one content of a dot. */
export interface EventName {
  readonly dot: Dot;
  readonly hash: string;
}

/**
 * A hub's published refusal (R9). Of an own event: `pending` until somebody decides,
 * `retrying` while it is to be sent again, `shelved` for good, also after it was reissued. One
 * that is `accepted` holds no longer, and is remembered for when the log is read again.
 */
export interface Refusal extends EventName {
  readonly eventId: string;
  readonly code: string;
  readonly message: string;
  /** The remote that refused. */
  readonly by: string;
  /** When this replica learned of it. */
  readonly at: string;
  readonly status: 'pending' | 'retrying' | 'shelved' | 'accepted';
}

/** A hub's proof, to itself, that it has held an event. */
export interface Receipt extends EventName {
  readonly remoteId: string;
  readonly receipt: string;
}

/** Numbers of one replica, both ends included. */
export interface DotRange {
  readonly replicaId: string;
  readonly from: number;
  readonly to: number;
}

export interface RenamedEvent {
  readonly from: Dot;
  readonly sealed: SealedEvent;
}

/** What a commit starts from that only moves marks: no event, no state, no conflict. */
export const emptyUnitOfWork: Omit<UnitOfWork, 'basedOn' | 'replica' | 'audit'> = {
  append: [],
  resources: [],
  conflicts: [],
  removedConflicts: [],
  standings: new Map<Dot, EventStanding>(),
  recount: [],
  park: [],
  unpark: [],
  voids: [],
  variants: [],
};
