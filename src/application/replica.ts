/**
 * The replica as an embedder holds it: writing, reading, merging, deciding, explaining and
 * syncing, for one agent. `createReplica` makes one from a store.
 */
import type { Observable } from 'rxjs';
import type { AuditHead } from '../domain/audit/audit-chain.js';
import type { Cut } from '../domain/causality/version-vector.js';
import type { Dot, ReknitEvent } from '../domain/events/event.js';
import type { ParkedEvent } from '../domain/merge/loaded.js';
import type { Change } from '../domain/resource/change.js';
import type { AnyResource } from '../domain/resource-definition/any-resource.js';
import type { JsonObject } from '../domain/shared/json.js';
import type { AuditTrail } from './audit-trail.js';
import type { ReplicaChange } from './changes.js';
import type { ConflictReport, ConflictTracker } from './conflict-tracker.js';
import type { ResolveOptions } from './resolving/decision-requests.js';
import type { ConflictView } from './reading/conflict-view.js';
import type { Digest } from './verifying/digest.js';
import type { EventMerger, ImportOptions, PreviewReport } from './event-merger.js';
import type { ImportReport } from './import-tally.js';
import type { ResourceExplanation } from './reading/explanation.js';
import type { ExportQuery } from './reading/export-events.js';
import type { ListQuery } from './reading/list-query.js';
import type { OfflineEventLog } from './offline-event-log.js';
import type { ConflictQuery, StoreCounts, StoredEvent } from './ports/event-store.js';
import type { Remote } from './ports/remote.js';
import type { ConnectOptions, ReconnectionManager, SyncConnection } from './reconnection-manager.js';
import type { ConflictReview } from './review/review.js';
import type { ReplicaRules } from './rules/replica-rules.js';
import type { Refusals } from './refusals/refusals.js';
import type { SyncPreview, SyncPreviewOptions } from './sync/preview-sync.js';
import type { Resolution } from './resolving/resolution.js';
import type { ResourceSnapshot } from './reading/resource-snapshot.js';
import type { TypedResource } from './typed/typed-resource.js';
import type { Verification, VerifyOptions } from './verifying/verify.js';
import type { WriteOptions } from './write.js';

/** The conflict log, and deciding what is in it. */
export interface ReplicaConflicts {
  /** By id; without a query the decided ones too. */
  readonly list: (query?: Partial<ConflictQuery>) => Promise<readonly ConflictView[]>;
  /** The same, a page at a time. */
  readonly page: ConflictTracker['page'];
  readonly get: (conflictId: string) => Promise<ConflictView | undefined>;
  /** The current list first, then again whenever it changes. */
  readonly watch: (query?: Partial<ConflictQuery>) => Observable<readonly ConflictView[]>;
  /** Settles a conflict, named by its id or by the id of an event that is a side of exactly one pending one. */
  readonly resolve: (id: string, resolution: Resolution, options?: ResolveOptions) => Promise<ReknitEvent>;
  /** Many at once, each settled or refused by itself; they go into few transactions. */
  readonly resolveAll: ConflictTracker['resolveConflicts'];
  /** Puts back what stood before a person resolved it, as a new decision. */
  readonly undo: (conflictId: string, options?: ResolveOptions) => Promise<ReknitEvent>;
  /** Counts, and the pending ones first. */
  readonly report: (options?: { readonly limit?: number }) => Promise<ConflictReport>;
}

/** How a replica stands: who it is, what it holds, and what waits. */
export interface ReplicaStatus extends StoreCounts {
  readonly replicaId: string;
  /** By how much the wall clock was found to be off; what is recorded is stamped by the corrected time (R7). */
  readonly clockSkewMs: number;
  readonly policy: { readonly name: string; readonly fingerprint: string };
  readonly auditHead: AuditHead;
}

/** The past, as of a cut (R37). */
export interface PastView {
  readonly get: (resourceType: string, resourceId: string) => Promise<ResourceSnapshot | undefined>;
  readonly list: (query?: Pick<ListQuery, 'resourceType' | 'includeDeleted'>) => Promise<readonly ResourceSnapshot[]>;
  /** Conflicts that stood then. */
  readonly conflicts: () => Promise<readonly ConflictView[]>;
  /** Events that the cut names and that could not be taken. */
  readonly leftOut: () => Promise<readonly Dot[]>;
}

/** An event of a resource's history, with what became of it here. */
export interface HistoryEntry {
  readonly event: ReknitEvent;
  readonly dot: Dot;
  readonly status: StoredEvent['status'];
}

/** A replica that writes for one agent. */
export interface Replica extends AsyncDisposable {
  readonly replicaId: string;
  readonly agentId: string;
  /** Refused with `resource_exists` where it is live. */
  readonly create: (
    resourceType: string,
    resourceId: string,
    fields: JsonObject,
    options?: WriteOptions,
  ) => Promise<ReknitEvent>;
  /** Writes these fields and leaves the others; refused with `resource_not_found` or `resource_deleted`. */
  readonly update: (
    resourceType: string,
    resourceId: string,
    fields: JsonObject,
    options?: WriteOptions,
  ) => Promise<ReknitEvent>;
  readonly delete: (resourceType: string, resourceId: string, options?: WriteOptions) => Promise<ReknitEvent>;
  /** Decides the change from the view inside the transaction; `undefined` changes nothing. Must be synchronous and may be asked again. */
  readonly edit: (
    resourceType: string,
    resourceId: string,
    decide: (view: ResourceSnapshot) => JsonObject | undefined,
    options?: WriteOptions,
  ) => Promise<ReknitEvent | undefined>;
  /** Records what `write` builds, all or nothing at this replica. */
  readonly commit: (changes: readonly Change[]) => Promise<readonly ReknitEvent[]>;
  /** The same replica, writing for another agent. */
  readonly as: (agentId: string) => Replica;
  /** Typed access to the resources of one definition. */
  readonly resource: <Definition extends AnyResource>(definition: Definition) => TypedResource<Definition>;

  /** Undefined where it was never known here; a deleted one says so. */
  readonly get: (resourceType: string, resourceId: string) => Promise<ResourceSnapshot | undefined>;
  /** Read in pages while it is iterated. */
  readonly list: (query?: ListQuery) => AsyncIterable<ResourceSnapshot>;
  /** The current value first, then again whenever it changes; `watchList` likewise. */
  readonly watch: (resourceType: string, resourceId: string) => Observable<ResourceSnapshot | undefined>;
  readonly watchList: (query?: ListQuery) => Observable<readonly ResourceSnapshot[]>;
  /** Every commit that changed something, told after it is durable. */
  readonly changes$: Observable<ReplicaChange>;

  /** Takes in events of others, in any order; what is refused is named and stops nothing beside it. */
  readonly import: (
    events: Iterable<unknown> | AsyncIterable<unknown>,
    options?: ImportOptions,
  ) => Promise<ImportReport>;
  /** What `import` would do. Nothing is written. */
  readonly preview: (events: Iterable<unknown> | AsyncIterable<unknown>) => Promise<PreviewReport>;
  /** What a sync with this remote would do here. Nothing is written, and nothing is sent. */
  readonly previewSync: (remote: Remote, options?: SyncPreviewOptions) => Promise<SyncPreview>;
  /** Events with parents first, all or what a cut does not include; what leaves is marked as offered (R7). */
  readonly export: (query?: ExportQuery) => AsyncIterable<ReknitEvent>;
  /** What this replica has now, for `at` and `export`. Of a part (R38) it runs over the numbers that were left out. */
  readonly cut: () => Promise<Cut>;
  /** The past, as of a cut. */
  readonly at: (cut: Cut) => PastView;

  readonly conflicts: ReplicaConflicts;
  /** What people who settle conflicts look at, wherever it is shown. */
  readonly review: ConflictReview;
  /** Rules made from decisions: local to this replica, and no part of the policy. */
  readonly rules: ReplicaRules;
  /** Every event of a resource, in the order of this replica's log. */
  readonly history: (resourceType: string, resourceId: string) => Promise<readonly HistoryEntry[]>;
  /** Why each field is what it is. */
  readonly explain: (
    resourceType: string,
    resourceId: string,
    field?: string,
  ) => Promise<ResourceExplanation | undefined>;
  /** Equal on replicas that have converged. */
  readonly digest: () => Promise<Digest>;
  /** Checks log, hashes, audit chain, and states against a fold from scratch. */
  readonly verify: (options?: VerifyOptions) => Promise<Verification>;
  /** A consistent copy, which opens as another replica. */
  readonly backup: (destination: string) => Promise<void>;
  readonly status: () => Promise<ReplicaStatus>;
  readonly audit: AuditTrail;
  /** Events that wait, and why. */
  readonly parked: (options?: { readonly limit?: number }) => Promise<readonly ParkedEvent[]>;

  /** Exchanges events with a remote: when asked to, or with `live` by itself until it is closed. */
  readonly connect: (remote: Remote, options?: ConnectOptions) => SyncConnection;
  /** This replica as a remote for another in the same process. */
  readonly asRemote: () => Remote;
  /** The services that this facade is made of. */
  readonly services: {
    readonly log: OfflineEventLog;
    readonly merger: EventMerger;
    readonly conflicts: ConflictTracker;
    readonly reconnection: ReconnectionManager;
    readonly refusals: Refusals;
  };
  /** Waits for writes under way; everything after it is refused. */
  readonly close: () => Promise<void>;
}
