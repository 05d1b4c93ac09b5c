/**
 * A replica over its services, with nothing in it but their names: what each call of the
 * facade means is said by the service that it goes to.
 */
import type { ReknitEvent } from '../domain/events/event.js';
import type { Change } from '../domain/resource/change.js';
import { checkFunction, checkLimit, checkObject, checkRef, checkText } from './argument-checks.js';
import { concernsResource } from './changes.js';
import { createConflictTracker } from './conflict-tracker.js';
import type { ConflictView } from './reading/conflict-view.js';
import { digestOf } from './verifying/digest.js';
import { editRequest } from './edit.js';
import { explainResource } from './reading/explain.js';
import { exportEvents } from './reading/export-events.js';
import { pages } from './pages.js';
import { createPastView } from './reading/past-view.js';
import type { ConflictQuery } from './ports/event-store.js';
import type { Replica } from './replica.js';
import { refuseWhileDeciding } from './refuse-while-deciding.js';
import { createReplicaRemote } from './replica-remote.js';
import { createTypedResource } from './typed/create-typed-resource.js';
import { previewSync } from './sync/preview-sync.js';
import { createServices, type ReplicaDeps } from './replica-services.js';
import { createConflictReview } from './review/review.js';
import { createReplicaRules } from './rules/replica-rules.js';
import { createResourceReader } from './reading/resource-reader.js';
import type { ResourceSnapshot } from './reading/resource-snapshot.js';
import { verifyReplica } from './verifying/verify.js';
import { write } from './write.js';

export type { ReplicaDeps } from './replica-services.js';

/** Wires a replica over a store that has its identity. */
export const createReplica = async (given: ReplicaDeps): Promise<Replica> => {
  const services = await createServices(given);
  const { deps, feed, log, merger, history, audit, merge, refusals, reconnection } = services;
  const { store, policy, system } = deps;
  const { get, list, snapshot } = createResourceReader(deps);

  const replicaFor = (agentId: string): Replica => {
    checkText(agentId, 'agentId');
    const tracker = createConflictTracker({ store, policy, system, history, write: log.write, merge, agentId });
    const review = createConflictReview({ ...deps, history, tracker });
    const record = (one: Change): Promise<ReknitEvent> => log.logEvent(one, agentId);
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
    const calls = refuseWhileDeciding({
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
        return createTypedResource(replica, definition);
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
      previewSync: (remote, options) => previewSync({ store, policy, system, merger }, remote, options),
      export: (query = {}) => {
        checkObject(query, 'query');
        return exportEvents({ store, log }, query);
      },
      cut: () => store.readCut(),
      at: (cut) => createPastView({ history, policy, system, snapshot, replicaId: services.replicaId }, cut),
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
        resolveAll: tracker.resolveConflicts,
        undo: tracker.undo,
        report: tracker.getConflictReport,
      },
      review,
      rules: createReplicaRules({
        ...deps,
        agentId,
        review,
        resolve: tracker.resolveConflicts,
        changes$: feed.changes$,
      }),
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
      // The store itself: what the others must not see is what this is for.
      verify: (options) => verifyReplica({ store: given.store, policy, system, audit }, options),
      backup: async (destination) => {
        checkText(destination, 'destination');
        await store.backup(destination);
      },
      status: async () => {
        const { audit: auditHead, replica: own } = await store.facts();
        return {
          ...(await store.counts()),
          clockSkewMs: own?.clockOffsetMs ?? 0,
          replicaId: services.replicaId(),
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
          takeNewIdentity: (givenUp) => services.goOnUnderNewId([], givenUp),
        }),
      services: { log, merger, conflicts: tracker, reconnection, refusals },
      close,
      [Symbol.asyncDispose]: close,
    } satisfies Omit<Replica, 'replicaId'>);
    const replica: Replica = Object.assign(new Identified(services.replicaId), calls);
    return replica;
  };

  const close = async (): Promise<void> => {
    await reconnection.close();
    await log.idle();
    feed.close();
    await store.close();
  };

  return replicaFor(deps.agentId);
};

/**
 * In a class, since an engine makes a hidden class for each object that has an accessor of its own: that one lives in
 * old memory, and holds the replica and its store there, long after nobody has them any more.
 */
class Identified {
  readonly #replicaId: () => string;

  constructor(replicaId: () => string) {
    this.#replicaId = replicaId;
  }

  get replicaId(): string {
    return this.#replicaId();
  }
}
