/**
 * The store of one replica: its log, and what follows from the log.
 *
 * The port is coarse: a batch costs a constant number of calls, whatever its size, so that
 * one port serves synchronous SQLite, a key-value store and a database behind a network.
 * Nothing is decided in a store: it answers what it holds, and writes units of work.
 *
 * The contract, which `storageContract` of `reknit/testing` checks case by case:
 *
 * S1. A unit of work is written whole or not at all, also when the process dies meanwhile.
 * S2. It is written only if the audit trail still has `basedOn` entries; otherwise `commit`
 *     answers `stale` and nothing is written, so the caller decides again.
 * S3. When `commit` answers `committed`, the unit of work survives the end of the process and,
 *     with `durability: 'power'`, the loss of power.
 * S4. A read sees every unit of work committed before it was called, by any process.
 * S5. One answer is from one version: nothing in it mixes two commits.
 * S6. Events are given back equal to the byte in canonical form, unknown members included.
 * S7. Every event that is stored, applied, parked or kept as evidence, has a position in the
 *     log; positions only grow and are never used again. An event that is applied after it was
 *     parked takes a new one.
 * S8. Pages are complete: following `next` to its end gives every item that was there when the
 *     first page was read, each once, in the stated order.
 * S9. Texts compare by UTF-16 code units wherever an order is stated (R1).
 * S10. What fails throws a `ReknitError` (`storage_full`, `storage_busy`, `storage_read_only`,
 *     `storage_corrupt`, `storage_failed`) with the original as `cause`; the store stays usable.
 * S11. After `close` every call is refused with `store_closed`.
 * S12. A withdrawn event is parked at the position that it had, and is no part of any history.
 * S13. A number that a refusal fills, or a skipped range of the scope, is no gap: the cut goes on
 *     over it. `readGaps` says which numbers within the cut are explained so and not stored.
 * S14. A lease is one holder's at a time. Its holder, asking again, keeps it with the same token;
 *     anybody else gets it only when its time is over or it was given back, with a higher token.
 * S15. A unit of work with a `fence` is written only while that lease has that token; otherwise
 *     `commit` throws `lease_lost` and nothing is written.
 */
import type { AuditEntry, AuditHead } from '../../domain/audit/audit-chain.js';
import type { ConflictRecord } from '../../domain/conflict/conflict-record.js';
import type { VersionVector } from '../../domain/causality/version-vector.js';
import type { Dot, EventId, ResourceRef, SealedEvent } from '../../domain/events/event.js';
import type { Json } from '../../domain/shared/json.js';
import type { HistoryRequest, Loaded, LoadedHistory, ParkedEvent, ReplicaFacts } from '../../domain/merge/loaded.js';
import type { DependencyWorld, WorldRequest } from '../../domain/merge/dependencies.js';
import type {
  AdoptedPolicy,
  DotRange,
  EventName,
  Refusal,
  StoredResource,
  UnitOfWork,
} from '../../domain/merge/unit-of-work.js';
import type { ResourceKey } from '../../domain/resource/resource-key.js';
import type { Lease, LeaseRequest } from './lease.js';

/** What a commit survives. */
export type Durability =
  /** Survives the loss of power. */
  | 'power'
  /** Survives the end of the process; what power loss takes was never sent. */
  | 'process';

/** What a store can do; callers go by it. */
export interface StoreCapabilities {
  /** Whether other processes may use the same data at the same time. */
  readonly multiProcess: boolean;
  readonly durability: Durability | 'none';
  readonly backup: boolean;
}

/** What a store says of itself and of the replica in it. */
export interface StoreFacts {
  /** Undefined in a store that no replica has used yet. */
  readonly replica: ReplicaFacts | undefined;
  readonly policy: AdoptedPolicy | undefined;
  readonly audit: AuditHead;
  /** This data is a copy of another replica's and must take a replica id of its own (R8). */
  readonly isCopy: boolean;
  /** The last position that was given to an event. */
  readonly logHead: number;
  /** Own events up to this number are held durably by a remote. */
  readonly syncedSeq: number;
  /** Which part of the log is read (R38); the empty text is everything. */
  readonly scope: string;
}

/** What a merge is about to change. */
export interface LoadRequest {
  readonly events: readonly SealedEvent[];
  /** Parked events whose time is no later than this are due (R10). */
  readonly dueMs: number;
  /** Further resources whose states are wanted. */
  readonly resources: readonly ResourceRef[];
}

/** An event with what the store knows of it. */
export interface StoredEvent {
  readonly position: number;
  readonly sealed: SealedEvent;
  readonly place: 'applied' | 'parked' | 'variant' | 'refused';
  readonly status: EventStatus;
}

/** What became of an event at this replica. */
export type EventStatus = 'local_only' | 'synced' | 'conflict' | 'resolved' | 'parked' | 'void' | 'refused';

/** Some of a list, and where it goes on. */
export interface Page<Item, Position = number> {
  readonly items: readonly Item[];
  /** Where the next page starts; absent on the last one. */
  readonly next?: Position;
}

/** Which events, in the order of the log. */
export interface EventQuery {
  /** Events after this position; 0 for all. */
  readonly after: number;
  readonly limit: number;
  /** Only events that the cut does not include; variants and parked ones always. */
  readonly since?: VersionVector;
  readonly resource?: ResourceRef;
  readonly resourceType?: string;
  readonly agentId?: string;
  readonly localOnly?: boolean;
}

/** Which resources, in which order. */
export interface ResourceQuery {
  readonly resourceType?: string;
  /** Field to accepted values: one, or any of several. A field that is absent and has no default matches none. */
  readonly where?: Readonly<Record<string, Json | readonly Json[]>>;
  /** By type and field: the value that `where` takes an absent field to have. */
  readonly defaults?: FieldDefaults;
  readonly includeDeleted?: boolean;
  /** Only resources with pending conflicts. */
  readonly pendingOnly?: boolean;
  /** Only resources some of whose events were ever concurrent, or that refer to others. */
  readonly contestableOnly?: boolean;
  /** By id within type, or by time of the last change, the newest first. */
  readonly orderBy: 'id' | 'updatedAt';
  readonly after?: ResourceCursor;
  readonly limit: number;
}

/** By type and field: what readers are shown where the field is absent. */
export type FieldDefaults = ReadonlyMap<string, ReadonlyMap<string, Json>>;

/** The last item of a page, as far as the order needs it. */
export interface ResourceCursor extends ResourceRef {
  readonly updatedAt?: string;
}

/** Which conflicts, by id. */
export interface ConflictQuery {
  readonly status?: 'pending_review' | 'resolved';
  readonly resource?: ResourceRef;
  readonly resourceType?: string;
  readonly conflictType?: string;
  /** Conflicts that hold this event, or that it closed. */
  readonly eventId?: EventId;
  /** Also those that are no part of the log any more. */
  readonly includeSuperseded?: boolean;
  /** The id of the last one seen; ids order conflicts. */
  readonly after?: string;
  readonly limit: number;
}

/** A conflict with what this replica knows of it. */
export interface StoredConflict {
  readonly record: ConflictRecord;
  /** When this replica first recorded it. */
  readonly createdAt: string;
}

/** How much a store holds. */
export interface StoreCounts {
  readonly events: number;
  readonly resources: number;
  readonly localOnly: number;
  /** Without the refused ones. */
  readonly parked: number;
  /** Own events that a hub refused and about which nobody has decided yet. */
  readonly rejected: number;
  /** Foreign events that are part of the state here although a hub refused them (R9). */
  readonly refusedForeign: number;
  readonly voids: number;
  readonly conflictsPending: number;
  readonly conflictsResolved: number;
}

/** The store of one replica; the numbered sentences above are its contract. */
export interface EventStore {
  readonly capabilities: StoreCapabilities;
  readonly facts: () => Promise<StoreFacts>;
  /** Everything a merge of these events starts from, except history. */
  readonly load: (request: LoadRequest) => Promise<Loaded>;
  /** History of resources; of one that is not there an empty whole one. */
  readonly loadHistories: (requests: readonly HistoryRequest[]) => Promise<ReadonlyMap<ResourceKey, LoadedHistory>>;
  readonly loadWorld: (request: WorldRequest) => Promise<DependencyWorld>;
  readonly commit: (unitOfWork: UnitOfWork) => Promise<'committed' | 'stale'>;

  /** By position. */
  readonly readEvents: (query: EventQuery) => Promise<Page<StoredEvent>>;
  /** Stored events with these ids or dots, variants included, by position. */
  readonly findEvents: (wanted: {
    readonly eventIds?: readonly EventId[];
    readonly dots?: readonly Dot[];
  }) => Promise<readonly StoredEvent[]>;
  readonly readResource: (ref: ResourceRef) => Promise<StoredResource | undefined>;
  readonly readResources: (query: ResourceQuery) => Promise<Page<StoredResource, ResourceCursor>>;
  /** By id. */
  readonly readConflicts: (query: ConflictQuery) => Promise<Page<StoredConflict, string>>;
  readonly findConflicts: (ids: readonly string[]) => Promise<readonly StoredConflict[]>;
  /** By number, from the one after `after`. */
  readonly readAudit: (query: { readonly after: number; readonly limit: number }) => Promise<Page<AuditEntry>>;
  /** By position; the refused ones are not among them. */
  readonly readParked: (query: {
    readonly after: number;
    readonly limit: number;
  }) => Promise<Page<ParkedEvent & { readonly position: number }>>;
  /** For each replica the longest prefix of its events that is stored here, or explained (S13). */
  readonly readCut: () => Promise<VersionVector>;
  /** The numbers of that prefix that are explained and not stored, in order. */
  readonly readGaps: (replicaId: string) => Promise<readonly DotRange[]>;
  /** Every replica some of whose events are stored, with a number that none of those exceeds. */
  readonly readReplicas: () => Promise<VersionVector>;
  /** In the order in which they were written first. */
  readonly readRefusals: (query: {
    readonly after: number;
    readonly limit: number;
    readonly dots?: readonly Dot[];
  }) => Promise<Page<Refusal & { readonly position: number }>>;
  /** The hash of each event that has a receipt of this remote, to that receipt; else one of any remote. */
  readonly readReceipts: (remoteId: string, events: readonly EventName[]) => Promise<ReadonlyMap<string, string>>;
  readonly readCursor: (remote: string) => Promise<string | undefined>;
  /** Takes, extends or gives back; answers what stands then. Absent in a store that one process alone can use. */
  readonly lease?: (request: LeaseRequest) => Promise<Lease>;
  readonly counts: () => Promise<StoreCounts>;
  /** What is wrong with the structure in which things are kept, in words; absent in a store that has none of its own. */
  readonly checkStructure?: () => Promise<readonly string[]>;

  /**
   * Calls back after commits of other processes, at most once for any number of them; answers
   * how to stop. A store without `multiProcess` never calls.
   */
  readonly watchOthers: (onCommit: () => void) => () => void;
  /** A consistent copy that opens as another replica (R8). Refused with `backup_unsupported` without the capability. */
  readonly backup: (destination: string) => Promise<void>;
  /** Declared indexes (type to fields), for queries by `where`; a store may ignore them. */
  readonly declareIndexes: (indexes: ReadonlyMap<string, readonly string[]>) => Promise<void>;
  readonly close: () => Promise<void>;
}
