/**
 * The services of a replica, wired to each other: who is told of commits, what is asked before events are taken in,
 * and how all of them go on when the replica turns out to be a copy.
 */
import type { ReknitEvent, ReplicaId, ResourceRef, SealedEvent } from '../domain/events/event.js';
import type { ReknitError } from '../domain/shared/errors.js';
import { createAuditTrail, type AuditTrail } from './audit-trail.js';
import { createChangeFeed, type ChangeFeed } from './changes.js';
import { createCorrectedClock, releaseDue } from './upkeep/clock-correction.js';
import { guardedStore } from './damage/guarded-store.js';
import { createEventMerger, type EventMerger } from './event-merger.js';
import { createHistory, type History } from './history.js';
import { identityNews } from './identity/identity-news.js';
import { takeNewIdentity } from './identity/take-new-identity.js';
import type { MergeDeps } from './merge-driver.js';
import { createOfflineEventLog, type OfflineEventLog } from './offline-event-log.js';
import { readOnlyLog } from './opening/read-only-log.js';
import { createReconnectionManager, type ReconnectionManager } from './reconnection-manager.js';
import { createRefusals, type Refusals } from './refusals/refusals.js';
import { createUpkeep } from './upkeep/upkeep.js';

/** What a replica is wired from. */
export interface ReplicaDeps extends MergeDeps {
  readonly agentId: string;
  readonly onPolicyMismatch: 'warn' | 'hold';
  /** Refuses every write with this error: the file can only be read. */
  readonly readOnly: ReknitError | undefined;
}

export interface ReplicaServices {
  /** As they were given, but for the clock, which is the corrected one. */
  readonly deps: ReplicaDeps;
  readonly feed: ChangeFeed;
  readonly log: OfflineEventLog;
  readonly merger: EventMerger;
  readonly history: History;
  readonly audit: AuditTrail;
  readonly refusals: Refusals;
  readonly reconnection: ReconnectionManager;
  /** Another one once this replica turned out to be a copy. */
  readonly replicaId: () => string;
  readonly merge: (events: readonly ReknitEvent[]) => Promise<unknown>;
  readonly goOnUnderNewId: (theirs: readonly SealedEvent[], givenUp?: ReplicaId) => Promise<void>;
}

/** Wires them over a store that has its identity. */
export const createServices = async (given: ReplicaDeps): Promise<ReplicaServices> => {
  const clock = createCorrectedClock(given.system, given.store);
  await clock.refresh();
  // Nothing that is read from here on leaves, or is merged with, before it was held against its hash (I17).
  const deps: ReplicaDeps = { ...given, store: guardedStore(given.store, given.system.sha256), system: clock.system };
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
  const goOnUnderNewId: ReplicaServices['goOnUnderNewId'] = async (theirs, givenUp) => {
    refuseWrites();
    await log.idle();
    replicaId = await takeNewIdentity(deps, system.randomId(), theirs, givenUp);
    system.logger.warn('this data is a copy of another replica: going on under a new replica id', { replicaId });
  };
  const merger = createEventMerger({
    ...deps,
    beforeMerge: async (batch) => {
      refuseWrites();
      const { contradicted, sharedSeq } = await identityNews(store, batch);
      if (contradicted !== undefined) await goOnUnderNewId(batch, contradicted);
      else if (sharedSeq > 0) await log.markOffered(sharedSeq, 'a copy of this replica');
    },
    onCommitted: (resources, conflicts) => feed.tell({ origin: 'remote', resources, conflicts }),
  });
  const history = createHistory({ store, policy, system });
  const audit = createAuditTrail({ store, sha256: system.sha256 });
  const merge = (events: readonly ReknitEvent[]): Promise<unknown> => merger.merge(events);
  const refusals = createRefusals({
    ...deps,
    record: log.logEvent,
    onChanged: (resources, conflicts) => feed.tell({ origin: 'remote', resources, conflicts }),
  });
  if (readOnly === undefined) await releaseDue(deps);
  const reconnection = createReconnectionManager({
    ...deps,
    log,
    merger,
    refusals,
    upkeep: createUpkeep({ ...deps, log, clock, refusals, goOnUnderNewId }),
    onChange: (listener) => {
      const watching = feed.changes$.subscribe(({ origin }) => {
        if (origin !== 'remote') listener(origin);
      });
      return () => watching.unsubscribe();
    },
  });
  return {
    deps,
    feed,
    log,
    merger,
    history,
    audit,
    refusals,
    reconnection,
    replicaId: () => replicaId,
    merge,
    goOnUnderNewId,
  };
};
