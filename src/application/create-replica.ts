/**
 * A replica over its services, with nothing in it but their wiring: what each call of the
 * facade means is said by the service that it goes to.
 */
import { parseCut, type Cut } from '../domain/causality/version-vector.js';
import { msToTimestamp } from '../domain/clock/timestamp.js';
import type { ReknitEvent, ResourceRef, SealedEvent } from '../domain/events/event.js';
import type { Change } from '../domain/resource/change.js';
import type { AnyResource } from '../domain/resource-definition/any-resource.js';
import type { FieldsOf } from '../domain/resource-definition/payload-types.js';
import { ReknitError } from '../domain/shared/errors.js';
import type { JsonObject } from '../domain/shared/json.js';
import { checkFunction, checkLimit, checkObject, checkRef, checkText, checkTextOrNone } from './argument-checks.js';
import { createAuditTrail } from './audit-trail.js';
import { concernsResource, createChangeFeed } from './changes.js';
import { createConflictTracker } from './conflict-tracker.js';
import type { ConflictView } from './conflict-view.js';
import { digestOf } from './digest.js';
import { createEventMerger } from './event-merger.js';
import { explainResource } from './explain.js';
import { createHistory } from './history.js';
import { createCorrectedClock, releaseDue } from './clock-correction.js';
import { identityNews, takeNewIdentity } from './identity.js';
import type { MergeDeps } from './merge-driver.js';
import { createOfflineEventLog, type OfflineEventLog } from './offline-event-log.js';
import { pages } from './pages.js';
import { createPastView } from './past-view.js';
import type { ConflictQuery } from './ports/event-store.js';
import { createReconnectionManager } from './reconnection-manager.js';
import type { WriteRequest } from './recording/record-group.js';
import type { Replica, TypedResource } from './replica.js';
import { createRefusals } from './refusals.js';
import { createReplicaRemote } from './replica-remote.js';
import { createResourceReader, type ResourceReader } from './resource-reader.js';
import type { ResourceSnapshot } from './resource-snapshot.js';
import { createUpkeep } from './upkeep.js';
import { verifyReplica } from './verify.js';
import { write, type WriteOptions } from './write.js';

/** What a replica is wired from. */
export interface ReplicaDeps extends MergeDeps {
  readonly agentId: string;
  readonly onPolicyMismatch: 'warn' | 'hold';
  /** Refuses every write with this error: the file can only be read. */
  readonly readOnly: ReknitError | undefined;
}

/** Wires a replica over a store that has its identity. */
export const createReplica = async (given: ReplicaDeps): Promise<Replica> => {
  const clock = createCorrectedClock(given.system, given.store);
  await clock.refresh();
  const deps: ReplicaDeps = { ...given, system: clock.system };
  const { store, policy, system } = deps;
  const feed = createChangeFeed(store);
  const onLocal = (report: {
    readonly changed: readonly ResourceRef[];
    readonly conflictIds: readonly string[];
  }): void => feed.tell({ origin: 'local', resources: report.changed, conflicts: report.conflictIds });
  let replicaId = (await store.facts()).replica?.replicaId ?? '';

  const recordingLog = createOfflineEventLog({ ...deps, onCommitted: onLocal, onReplica: clock.note });
  const { readOnly } = deps;
  const refuseWrites = (): void => {
    if (readOnly !== undefined) throw readOnly;
  };
  const log = readOnly === undefined ? recordingLog : readOnlyLog(recordingLog, readOnly);
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
      const { isContradicted, sharedSeq } = await identityNews(store, batch);
      if (isContradicted) await goOnUnderNewId(batch);
      else if (sharedSeq > 0) await log.markOffered(sharedSeq, 'a copy of this replica');
    },
    onCommitted: (resources, conflicts) => feed.tell({ origin: 'remote', resources, conflicts }),
  });
  const history = createHistory({ store, policy, system });
  const audit = createAuditTrail({ store, sha256: system.sha256 });
  const merge = (events: readonly ReknitEvent[]): Promise<unknown> => merger.merge(events);
  const refusals = createRefusals({
    ...deps,
    record: async (one, agentId) => {
      const [event] = await log.logEvents([one], agentId);
      if (event === undefined) throw new ReknitError('nothing_recorded', 'the change recorded nothing');
      return event;
    },
    onChanged: (resources, conflicts) => feed.tell({ origin: 'remote', resources, conflicts }),
  });
  if (readOnly === undefined) await releaseDue(deps);
  const reconnection = createReconnectionManager({
    ...deps,
    log,
    merger,
    refusals,
    upkeep: createUpkeep({ ...deps, log, clock, refusals, goOnUnderNewId }),
    now: () => msToTimestamp(system.clock()),
    onChange: (listener) => {
      const watching = feed.changes$.subscribe(({ origin }) => {
        if (origin !== 'remote') listener(origin);
      });
      return () => watching.unsubscribe();
    },
  });
  const { get, list, snapshot } = createResourceReader(deps);

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
      for await (const page of pages(tracker.page, query)) {
        views.push(...page);
        if (views.length >= most) break;
      }
      return views;
    };
    const replica: Replica = {
      get replicaId() {
        return replicaId;
      },
      agentId,
      create: async (resourceType, resourceId, fields, options = {}) =>
        record(write.create(resourceType, resourceId, fields, options)),
      update: async (resourceType, resourceId, fields, options = {}) =>
        record(write.update(resourceType, resourceId, fields, options)),
      delete: async (resourceType, resourceId, options = {}) => record(write.delete(resourceType, resourceId, options)),
      edit: async (resourceType, resourceId, decide, options = {}) => {
        checkRef({ resourceType, resourceId });
        checkFunction(decide, 'decide');
        return (await log.write(editRequest({ resourceType, resourceId }, decide, options, agentId, snapshot)))[0];
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
      watch: (resourceType, resourceId) =>
        feed.watch(() => get(resourceType, resourceId), concernsResource({ resourceType, resourceId })),
      watchList: (query = {}) =>
        feed.watch(
          async () => {
            const found: ResourceSnapshot[] = [];
            for await (const item of list(query)) found.push(item);
            return found;
          },
          ({ resources }) =>
            resources.length === 0 ||
            query.resourceType === undefined ||
            resources.some((ref) => ref.resourceType === query.resourceType),
        ),
      changes$: feed.changes$,
      import: (events, options) => merger.merge(events, options),
      preview: (events) => merger.preview(events),
      export: (query = {}) => {
        checkObject(query, 'query');
        return exportEvents(query);
      },
      cut: () => store.readCut(),
      at: (cut) => createPastView({ history, policy, system, snapshot, replicaId: () => replicaId }, cut),
      conflicts: {
        list: all,
        page: tracker.page,
        get: tracker.getConflict,
        watch: (query) =>
          feed.watch(
            () => all(query),
            () => true,
          ),
        resolve: tracker.resolveConflict,
        undo: tracker.undo,
        report: tracker.getConflictReport,
      },
      history: async (resourceType, resourceId) => {
        checkRef({ resourceType, resourceId });
        return (await history.eventsOf({ resourceType, resourceId })).map(({ sealed, status }) => ({
          event: sealed.event,
          dot: sealed.dot,
          status,
        }));
      },
      explain: async (resourceType, resourceId, field) =>
        explainResource({ store, policy, system, history }, { resourceType, resourceId }, field),
      digest: () => digestOf(store, policy.fingerprint, system.sha256),
      verify: (options) => verifyReplica({ store, policy, system, audit }, options),
      backup: async (destination) => {
        checkText(destination, 'destination');
        await store.backup(destination);
      },
      status: async () => {
        const { audit: auditHead, replica: own } = await store.facts();
        return {
          ...(await store.counts()),
          clockSkewMs: own?.clockOffsetMs ?? 0,
          replicaId,
          policy: { name: policy.name, fingerprint: policy.fingerprint },
          auditHead,
        };
      },
      audit,
      parked: async (options = {}) => {
        checkObject(options, 'options');
        const { limit = 1_000 } = options;
        checkLimit(limit);
        return (await store.readParked({ after: 0, limit: Math.min(limit, Number.MAX_SAFE_INTEGER) })).items;
      },
      connect: (remote, options) => reconnection.connect(remote, options),
      asRemote: () =>
        createReplicaRemote({
          store,
          log,
          merger,
          policyFingerprint: policy.fingerprint,
          system,
          takeNewIdentity: () => goOnUnderNewId([]),
        }),
      services: { log, merger, conflicts: tracker, reconnection, refusals },
      close,
      [Symbol.asyncDispose]: close,
    };
    return replica;
  };

  async function* exportEvents({
    since,
    resourceType,
  }: {
    readonly since?: Cut;
    readonly resourceType?: string;
  }): AsyncIterable<ReknitEvent> {
    checkTextOrNone(resourceType, 'resourceType');
    const query = {
      ...(since === undefined ? {} : { since: parseCut(since) }),
      ...(resourceType === undefined ? {} : { resourceType }),
    };
    const { replica } = await store.facts();
    // R7: what may leave from here on is marked before its first byte does.
    if (replica !== undefined && replica.lastSeq > replica.offeredSeq) {
      refuseWrites();
      await log.idle();
      await log.markOffered(replica.lastSeq, 'an export');
    }
    for await (const { sealed, place } of log.query(query)) {
      // What a hub refused leaves by no other way either (R9).
      if (place === 'refused') continue;
      if (sealed.event.replicaId === replica?.replicaId && sealed.event.seq > replica.lastSeq) continue;
      yield sealed.event;
    }
  }

  const close = async (): Promise<void> => {
    await reconnection.close();
    await log.idle();
    feed.close();
    await store.close();
  };

  return replicaFor(deps.agentId);
};

/** Everything that would leave a mark is refused; reading goes on. */
const readOnlyLog = (log: OfflineEventLog, readOnly: ReknitError): OfflineEventLog => {
  const refused = async (): Promise<never> => {
    throw readOnly;
  };
  return { ...log, logEvent: refused, logEvents: refused, write: refused, markOffered: refused, markSynced: refused };
};

/** Decided inside the transaction, from the view at that moment. */
const editRequest = (
  ref: ResourceRef,
  decide: (view: ResourceSnapshot) => JsonObject | undefined,
  options: WriteOptions,
  agentId: string,
  snapshot: ResourceReader['snapshot'],
): WriteRequest => ({
  resources: [ref],
  agentId,
  changes: (current) => {
    const { resourceType, resourceId } = ref;
    const { state, view } = current(ref);
    if (state === undefined || view === undefined || state.existence.length === 0)
      throw new ReknitError('resource_not_found', `${resourceType} ${resourceId} is not known here: create it first`, {
        resourceType,
        resourceId,
      });
    const fields = decide(snapshot({ state, view }));
    if (fields instanceof Promise) {
      // It is not waited for, and what becomes of it must not end the program.
      fields.catch(() => undefined);
      throw new ReknitError('wrong_type', '"decide" must be synchronous: look up beforehand what it needs', {
        member: 'decide',
      });
    }
    return fields === undefined ? [] : [write.update(resourceType, resourceId, fields, options)];
  },
});

const typedResource = <Definition extends AnyResource>(
  replica: Replica,
  { resourceType }: Definition,
): TypedResource<Definition> => ({
  create: (resourceId, fields, options) => replica.create(resourceType, resourceId, fields as JsonObject, options),
  update: (resourceId, fields, options) => replica.update(resourceType, resourceId, fields as JsonObject, options),
  delete: (resourceId, options) => replica.delete(resourceType, resourceId, options),
  get: async (resourceId) =>
    (await replica.get(resourceType, resourceId)) as ResourceSnapshot<FieldsOf<Definition>> | undefined,
  list: (query) => replica.list({ ...query, resourceType }) as AsyncIterable<ResourceSnapshot<FieldsOf<Definition>>>,
});
