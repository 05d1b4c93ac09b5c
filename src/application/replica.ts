/**
 * The replica that an embedder holds: writing, reading, merging, deciding and explaining,
 * over the services, with nothing in it but their wiring.
 */
import type { Observable } from 'rxjs';
import type { AuditHead } from '../domain/audit/audit-chain.js';
import { parseCut, type Cut } from '../domain/causality/version-vector.js';
import type { Dot, ReknitEvent, ResourceRef, SealedEvent } from '../domain/events/event.js';
import type { ParkedEvent } from '../domain/merge/loaded.js';
import type { Change, ChangeOptions } from '../domain/resource/change.js';
import { compareTexts } from '../domain/resource/resource-key.js';
import { copyJson } from '../domain/shared/copy-json.js';
import { ReknitError } from '../domain/shared/errors.js';
import type { Json, JsonObject } from '../domain/shared/json.js';
import type { AnyResource } from '../domain/resource-definition/any-resource.js';
import type { CreatePayloadOf, FieldsOf, PayloadOf } from '../domain/resource-definition/payload-types.js';
import {
  checkChange,
  checkCursor,
  checkFunction,
  checkLimit,
  checkObject,
  checkOneOf,
  checkRef,
  checkText,
  checkTextOrNone,
  withoutUndefined,
} from './argument-checks.js';
import { createAuditTrail, type AuditTrail } from './audit-trail.js';
import { concernsResource, createChangeFeed, type ReplicaChange } from './changes.js';
import { createConflictTracker, type ConflictReport, type ConflictTracker, type ResolveOptions } from './conflict-tracker.js';
import { conflictView, viewContext, type ConflictView } from './conflict-view.js';
import { digestOf, type Digest } from './digest.js';
import { createEventMerger, type EventMerger, type ImportOptions, type ImportReport, type PreviewReport } from './event-merger.js';
import { explainResource, type ResourceExplanation } from './explain.js';
import { createHistory } from './history.js';
import { contradictsIdentity, takeNewIdentity } from './identity.js';
import type { MergeDeps } from './merge-driver.js';
import { createOfflineEventLog, type OfflineEventLog } from './offline-event-log.js';
import type { ConflictQuery, ResourceCursor, StoreCounts, StoredEvent } from './ports/event-store.js';
import type { Remote } from './ports/remote.js';
import { createReconnectionManager, type ReconnectionManager, type SyncConnection } from './reconnection-manager.js';
import { createReplicaRemote } from './replica-remote.js';
import type { WriteRequest } from './recording/record-group.js';
import type { Resolution } from './resolving/resolution.js';
import { verifyReplica, type Verification, type VerifyOptions } from './verify.js';
import { snapshotOf, type ResourceSnapshot } from './views.js';

export interface ListQuery {
  readonly resourceType?: string;
  /** Field to accepted values: one, or any of a list. */
  readonly where?: Readonly<Record<string, Json | readonly Json[]>>;
  readonly includeDeleted?: boolean;
  readonly pendingOnly?: boolean;
  /** By id (the default), or the last changed first. */
  readonly orderBy?: 'id' | 'updatedAt';
  /** Continue after this resource. */
  readonly after?: ResourceCursor;
  /** At most so many in all. */
  readonly limit?: number;
}

export type WriteOptions = ChangeOptions;

/** Builders for `commit`. */
export const write = {
  create: (resourceType: string, resourceId: string, fields: JsonObject, options: WriteOptions = {}): Change => change('create', resourceType, resourceId, fields, options),
  update: (resourceType: string, resourceId: string, fields: JsonObject, options: WriteOptions = {}): Change => change('update', resourceType, resourceId, fields, options),
  delete: (resourceType: string, resourceId: string, options: WriteOptions = {}): Change => change('delete', resourceType, resourceId, {}, options),
};

const change = (operation: Change['operation'], resourceType: string, resourceId: string, payload: JsonObject, options: WriteOptions): Change => {
  const made = { operation, resourceType, resourceId, payload: copyJson(payload), options };
  checkChange(made);
  return made;
};

export interface ReplicaConflicts {
  readonly list: (query?: Partial<ConflictQuery>) => Promise<readonly ConflictView[]>;
  readonly page: ConflictTracker['page'];
  readonly get: (conflictId: string) => Promise<ConflictView | undefined>;
  readonly watch: (query?: Partial<ConflictQuery>) => Observable<readonly ConflictView[]>;
  readonly resolve: (id: string, resolution: Resolution, options?: ResolveOptions) => Promise<ReknitEvent>;
  readonly undo: (conflictId: string, options?: ResolveOptions) => Promise<ReknitEvent>;
  readonly report: (options?: { readonly limit?: number }) => Promise<ConflictReport>;
}

export interface ReplicaStatus extends StoreCounts {
  readonly replicaId: string;
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

export interface HistoryEntry {
  readonly event: ReknitEvent;
  readonly dot: Dot;
  readonly status: StoredEvent['status'];
}

/** A replica that writes for one agent. */
export interface Replica extends AsyncDisposable {
  readonly replicaId: string;
  readonly agentId: string;
  readonly create: (resourceType: string, resourceId: string, fields: JsonObject, options?: WriteOptions) => Promise<ReknitEvent>;
  readonly update: (resourceType: string, resourceId: string, fields: JsonObject, options?: WriteOptions) => Promise<ReknitEvent>;
  readonly delete: (resourceType: string, resourceId: string, options?: WriteOptions) => Promise<ReknitEvent>;
  /** Decides the change from the view inside the transaction; `undefined` changes nothing. Must be synchronous and may be asked again. */
  readonly edit: (
    resourceType: string,
    resourceId: string,
    decide: (view: ResourceSnapshot) => JsonObject | undefined,
    options?: WriteOptions,
  ) => Promise<ReknitEvent | undefined>;
  readonly commit: (changes: readonly Change[]) => Promise<readonly ReknitEvent[]>;
  /** The same replica, writing for another agent. */
  readonly as: (agentId: string) => Replica;
  /** Typed access to the resources of one definition. */
  readonly resource: <Definition extends AnyResource>(definition: Definition) => TypedResource<Definition>;

  readonly get: (resourceType: string, resourceId: string) => Promise<ResourceSnapshot | undefined>;
  readonly list: (query?: ListQuery) => AsyncIterable<ResourceSnapshot>;
  readonly watch: (resourceType: string, resourceId: string) => Observable<ResourceSnapshot | undefined>;
  readonly watchList: (query?: ListQuery) => Observable<readonly ResourceSnapshot[]>;
  readonly changes$: Observable<ReplicaChange>;

  readonly import: (events: Iterable<unknown> | AsyncIterable<unknown>, options?: ImportOptions) => Promise<ImportReport>;
  readonly preview: (events: Iterable<unknown> | AsyncIterable<unknown>) => Promise<PreviewReport>;
  readonly export: (query?: { readonly since?: Cut; readonly resourceType?: string }) => AsyncIterable<ReknitEvent>;
  readonly cut: () => Promise<Cut>;
  readonly at: (cut: Cut) => PastView;

  readonly conflicts: ReplicaConflicts;
  readonly history: (resourceType: string, resourceId: string) => Promise<readonly HistoryEntry[]>;
  readonly explain: (resourceType: string, resourceId: string, field?: string) => Promise<ResourceExplanation | undefined>;
  readonly digest: () => Promise<Digest>;
  readonly verify: (options?: VerifyOptions) => Promise<Verification>;
  readonly backup: (destination: string) => Promise<void>;
  readonly status: () => Promise<ReplicaStatus>;
  readonly audit: AuditTrail;
  /** Events that wait, and why. */
  readonly parked: (options?: { readonly limit?: number }) => Promise<readonly ParkedEvent[]>;

  readonly connect: (remote: Remote) => SyncConnection;
  /** This replica as a remote for another in the same process. */
  readonly asRemote: () => Remote;
  /** The services that this facade is made of. */
  readonly services: {
    readonly log: OfflineEventLog;
    readonly merger: EventMerger;
    readonly conflicts: ConflictTracker;
    readonly reconnection: ReconnectionManager;
  };
  readonly close: () => Promise<void>;
}

export interface TypedResource<Definition extends AnyResource> {
  readonly create: (resourceId: string, fields: CreatePayloadOf<Definition>, options?: WriteOptions) => Promise<ReknitEvent>;
  readonly update: (resourceId: string, fields: PayloadOf<Definition>, options?: WriteOptions) => Promise<ReknitEvent>;
  readonly delete: (resourceId: string, options?: WriteOptions) => Promise<ReknitEvent>;
  readonly get: (resourceId: string) => Promise<ResourceSnapshot<FieldsOf<Definition>> | undefined>;
  readonly list: (query?: Omit<ListQuery, 'resourceType'>) => AsyncIterable<ResourceSnapshot<FieldsOf<Definition>>>;
}

export interface ReplicaDeps extends MergeDeps {
  readonly agentId: string;
  readonly onPolicyMismatch: 'warn' | 'hold';
  /** Refuses every write with this error: the file can only be read. */
  readonly readOnly: ReknitError | undefined;
  readonly formatTime: (ms: number) => string;
}

const listPage = 500;

export const createReplica = async (deps: ReplicaDeps): Promise<Replica> => {
  const { store, policy, system } = deps;
  const feed = createChangeFeed(store);
  const onLocal = (report: { readonly changed: readonly ResourceRef[]; readonly conflictIds: readonly string[] }): void =>
    feed.tell({ origin: 'local', resources: report.changed, conflicts: report.conflictIds });
  let replicaId = (await store.facts()).replica?.replicaId ?? '';

  const recordingLog = createOfflineEventLog({ ...deps, onCommitted: onLocal });
  const refuseWrites = (): void => {
    if (deps.readOnly !== undefined) throw deps.readOnly;
  };
  const log: OfflineEventLog =
    deps.readOnly === undefined
      ? recordingLog
      : { ...recordingLog, logEvent: async () => refused(), logEvents: async () => refused(), write: async () => refused(), markOffered: async () => refused(), markSynced: async () => refused() };
  const refused = (): never => {
    throw deps.readOnly ?? new ReknitError('policy_missing', 'this replica can only be read');
  };
  const goOnUnderNewId = async (theirs: readonly SealedEvent[]): Promise<void> => {
    refuseWrites();
    await log.idle();
    replicaId = await takeNewIdentity(deps, system.randomId(), theirs);
    system.logger.warn('this data is a copy of another replica: going on under a new replica id', { replicaId });
  };
  const merger = createEventMerger({
    ...deps,
    beforeMerge: async (batch) => {
      refuseWrites();
      if (await contradictsIdentity(store, batch)) await goOnUnderNewId(batch);
    },
    onCommitted: (resources, conflicts) => feed.tell({ origin: 'remote', resources, conflicts }),
  });
  const history = createHistory({ store, policy, system });
  const audit = createAuditTrail({ store, sha256: system.sha256 });
  const merge = (events: readonly ReknitEvent[]): Promise<unknown> => merger.merge(events);
  const reconnection = createReconnectionManager({ ...deps, log, merger, now: () => deps.formatTime(system.clock()) });
  const snapshot = (stored: Parameters<typeof snapshotOf>[0]): ResourceSnapshot => snapshotOf(stored, policy, system.sha256);

  const get: Replica['get'] = async (resourceType, resourceId) => {
    checkRef({ resourceType, resourceId });
    const stored = await store.readResource({ resourceType, resourceId });
    if (stored === undefined || stored.state.existence.length === 0) return undefined;
    const shown = snapshot(stored);
    if (stored.view.references.length === 0) return shown;
    // Conflicts about what it refers to do not follow from its own state.
    const { items } = await store.readConflicts({ resource: { resourceType, resourceId }, conflictType: 'dependency', limit: listPage });
    const standing = items.filter(({ record }) => record.isStanding).map(({ record }) => record.conflictId);
    return { ...shown, conflicts: [...shown.conflicts, ...standing].sort(compareTexts) };
  };

  async function* list(query: ListQuery = {}): AsyncIterable<ResourceSnapshot> {
    checkObject(query, 'query');
    checkObject(query.where, 'where');
    checkCursor(query.after);
    checkTextOrNone(query.resourceType, 'resourceType');
    checkLimit(query.limit);
    checkOneOf(query.orderBy, 'orderBy', ['id', 'updatedAt']);
    let left = query.limit ?? Infinity;
    const { limit: _limit, after, ...rest } = withoutUndefined(query);
    let cursor = after;
    while (left > 0) {
      const limit = Math.min(left, listPage);
      const page = await store.readResources({ orderBy: 'id', ...rest, limit, ...(cursor === undefined ? {} : { after: cursor }) });
      for (const stored of page.items) yield snapshot(stored);
      left -= page.items.length;
      if (page.next === undefined) return;
      cursor = page.next;
    }
  }

  const at = (cut: Cut): PastView => ({
    get: async (resourceType, resourceId) => {
      const ref = { resourceType, resourceId };
      checkRef(ref);
      const folded = await history.foldAt(cut, ref);
      const found = folded.resources.find(({ state }) => state.resourceType === resourceType && state.resourceId === resourceId);
      return found === undefined ? undefined : snapshot(found);
    },
    list: async (query = {}) => {
      checkObject(query, 'query');
      const { resourceType, includeDeleted = false } = query;
      const { resources } = await history.foldAt(cut, 'all');
      return resources
        .filter(({ state, view }) => (resourceType === undefined || state.resourceType === resourceType) && (includeDeleted || !view.deleted))
        .map(snapshot);
    },
    conflicts: async () => {
      const { conflicts, events } = await history.foldAt(cut, 'contestable');
      const standing = conflicts.filter(({ isStanding }) => isStanding);
      const histories = await history.wholeHistories(standing);
      const context = viewContext({ policy, sha256: system.sha256, replicaId, events, histories });
      return standing
        .map((record) => conflictView(record, undefined, context))
        .sort((a, b) => compareTexts(a.conflictId, b.conflictId));
    },
    leftOut: async () => (await history.foldAt(cut, 'all')).leftOut,
  });

  const replicaFor = (agentId: string): Replica => {
    checkText(agentId, 'agentId');
    const tracker = createConflictTracker({ store, policy, system, history, write: log.write, merge, agentId });
    const record = async (one: Change): Promise<ReknitEvent> => {
      const [event] = await log.logEvents([one], agentId);
      if (event === undefined) throw new ReknitError('nothing_recorded', 'the change recorded nothing');
      return event;
    };
    const all = async (query: Partial<ConflictQuery> = {}): Promise<readonly ConflictView[]> => {
      checkObject(query, 'query');
      const views: ConflictView[] = [];
      const most = query.limit ?? Infinity;
      for (let page = await tracker.page(query); ; page = await tracker.page({ ...query, after: page.next })) {
        views.push(...page.items);
        if (page.next === undefined || views.length >= most) return views;
      }
    };
    const replica: Replica = {
      get replicaId() {
        return replicaId;
      },
      agentId,
      create: async (resourceType, resourceId, fields, options = {}) => record(write.create(resourceType, resourceId, fields, options)),
      update: async (resourceType, resourceId, fields, options = {}) => record(write.update(resourceType, resourceId, fields, options)),
      delete: async (resourceType, resourceId, options = {}) => record(write.delete(resourceType, resourceId, options)),
      edit: async (resourceType, resourceId, decide, options = {}) => {
        checkRef({ resourceType, resourceId });
        checkFunction(decide, 'decide');
        const request: WriteRequest = {
          resources: [{ resourceType, resourceId }],
          agentId,
          changes: (current) => {
            const { state, view } = current({ resourceType, resourceId });
            if (state === undefined || view === undefined || state.existence.length === 0)
              throw new ReknitError('resource_not_found', `${resourceType} ${resourceId} is not known here: create it first`, { resourceType, resourceId });
            const fields = decide(snapshot({ state, view }));
            if (fields instanceof Promise) {
              // It is not waited for, and what becomes of it must not end the program.
              fields.catch(() => undefined);
              throw new ReknitError('wrong_type', '"decide" must be synchronous: look up beforehand what it needs', { member: 'decide' });
            }
            return fields === undefined ? [] : [write.update(resourceType, resourceId, fields, options)];
          },
        };
        return (await log.write(request))[0];
      },
      commit: async (changes) => log.logEvents(changes, agentId),
      as: replicaFor,
      resource: (definition) => {
        checkObject(definition ?? null, 'definition');
        checkText(definition.resourceType, 'definition.resourceType');
        return typedResource(replica, definition);
      },
      get,
      list,
      watch: (resourceType, resourceId) => feed.watch(() => get(resourceType, resourceId), concernsResource({ resourceType, resourceId })),
      watchList: (query = {}) =>
        feed.watch(
          async () => {
            const found: ResourceSnapshot[] = [];
            for await (const item of list(query)) found.push(item);
            return found;
          },
          ({ resources }) => resources.length === 0 || query.resourceType === undefined || resources.some((ref) => ref.resourceType === query.resourceType),
        ),
      changes$: feed.changes$,
      import: (events, options) => merger.merge(events, options),
      preview: (events) => merger.preview(events),
      export: (query = {}) => {
        checkObject(query, 'query');
        return exportEvents(query);
      },
      cut: () => store.readCut(),
      at,
      conflicts: {
        list: all,
        page: tracker.page,
        get: tracker.getConflict,
        watch: (query) => feed.watch(() => all(query), () => true),
        resolve: tracker.resolveConflict,
        undo: tracker.undo,
        report: tracker.getConflictReport,
      },
      history: async (resourceType, resourceId) => {
        checkRef({ resourceType, resourceId });
        return (await history.eventsOf({ resourceType, resourceId })).map(({ sealed, status }) => ({ event: sealed.event, dot: sealed.dot, status }));
      },
      explain: async (resourceType, resourceId, field) => explainResource({ store, policy, system, history }, { resourceType, resourceId }, field),
      digest: () => digestOf(store, policy.fingerprint, system.sha256),
      verify: (options) => verifyReplica({ store, policy, system, audit }, options),
      backup: async (destination) => {
        checkText(destination, 'destination');
        await store.backup(destination);
      },
      status: async () => {
        const { audit: auditHead } = await store.facts();
        return { ...(await store.counts()), replicaId, policy: { name: policy.name, fingerprint: policy.fingerprint }, auditHead };
      },
      audit,
      parked: async (options = {}) => {
        checkObject(options, 'options');
        const { limit = 1_000 } = options;
        checkLimit(limit);
        return (await store.readParked({ after: 0, limit: Math.min(limit, Number.MAX_SAFE_INTEGER) })).items;
      },
      connect: (remote) => reconnection.connect(remote),
      asRemote: () =>
        createReplicaRemote({ store, log, merger, policyFingerprint: policy.fingerprint, system, takeNewIdentity: () => goOnUnderNewId([]) }),
      services: { log, merger, conflicts: tracker, reconnection },
      close,
      [Symbol.asyncDispose]: close,
    };
    return replica;
  };

  async function* exportEvents({ since, resourceType }: { readonly since?: Cut; readonly resourceType?: string }): AsyncIterable<ReknitEvent> {
    checkTextOrNone(resourceType, 'resourceType');
    const query = { ...(since === undefined ? {} : { since: parseCut(since) }), ...(resourceType === undefined ? {} : { resourceType }) };
    const { replica } = await store.facts();
    // R7: what may leave from here on is marked before its first byte does.
    if (replica !== undefined && replica.lastSeq > replica.offeredSeq) {
      refuseWrites();
      await log.idle();
      await log.markOffered(replica.lastSeq, 'an export');
    }
    for await (const { sealed } of log.query(query)) {
      if (sealed.event.replicaId === replica?.replicaId && sealed.event.seq > replica.lastSeq) continue;
      yield sealed.event;
    }
  }

  const close = async (): Promise<void> => {
    await log.idle();
    feed.close();
    await store.close();
  };

  return replicaFor(deps.agentId);
};

const typedResource = <Definition extends AnyResource>(replica: Replica, { resourceType }: Definition): TypedResource<Definition> => ({
  create: (resourceId, fields, options) => replica.create(resourceType, resourceId, fields as JsonObject, options),
  update: (resourceId, fields, options) => replica.update(resourceType, resourceId, fields as JsonObject, options),
  delete: (resourceId, options) => replica.delete(resourceType, resourceId, options),
  get: async (resourceId) => (await replica.get(resourceType, resourceId)) as ResourceSnapshot<FieldsOf<Definition>> | undefined,
  list: (query) => replica.list({ ...query, resourceType }) as AsyncIterable<ResourceSnapshot<FieldsOf<Definition>>>,
});

