/**
 * A store whose events are held against their hashes before anybody gets them (I17): a damaged
 * one is never exported, sent, shown as history or merged with, and so never acknowledged by
 * anyone. Whoever asks gets `event_damaged`, which names it.
 *
 * Where events are read in bulk this costs one hash an event; what can never change is hashed once. States are not checked here:
 * they have no hash, follow from the events, and are compared with them by `verify`.
 */
import type { SealedEvent } from '../../domain/events/event.js';
import { isDeepFrozen } from '../../domain/shared/deep-freeze.js';
import type { Sha256 } from '../../domain/shared/sha256.js';
import type { EventStore } from '../ports/event-store.js';
import { eventDamaged, isIntact } from './intact.js';

/**
 * Looked at once, and frozen through and through: a store in memory hands out the same objects again, also to a replica
 * that is opened on it anew. By what they were hashed with.
 */
const lastingBy = new WeakMap<Sha256, WeakSet<SealedEvent>>();

export const guardedStore = (store: EventStore, sha256: Sha256): EventStore => {
  const lasting = lastingBy.get(sha256) ?? new WeakSet<SealedEvent>();
  lastingBy.set(sha256, lasting);
  const check = (sealed: SealedEvent): void => {
    if (lasting.has(sealed)) return;
    if (!isIntact(sealed, sha256)) throw eventDamaged(sealed);
    if (isDeepFrozen(sealed)) lasting.add(sealed);
  };
  // A store may be an instance of a class: its methods are called on it.
  const { lease, checkStructure } = store;
  return {
    capabilities: store.capabilities,
    facts: () => store.facts(),
    load: (request) => store.load(request),
    loadHistories: async (requests) => {
      const histories = await store.loadHistories(requests);
      for (const { events, variants, parked } of histories.values()) {
        for (const { sealed } of events) check(sealed);
        variants.forEach(check);
        for (const { sealed } of parked) check(sealed);
      }
      return histories;
    },
    loadWorld: (request) => store.loadWorld(request),
    commit: (work) => store.commit(work),
    readEvents: async (query) => {
      const page = await store.readEvents(query);
      for (const { sealed } of page.items) check(sealed);
      return page;
    },
    findEvents: async (wanted) => {
      const found = await store.findEvents(wanted);
      for (const { sealed } of found) check(sealed);
      return found;
    },
    readResource: (ref) => store.readResource(ref),
    readResources: (query) => store.readResources(query),
    readConflicts: (query) => store.readConflicts(query),
    findConflicts: (ids) => store.findConflicts(ids),
    readAudit: (query) => store.readAudit(query),
    readParked: async (query) => {
      const page = await store.readParked(query);
      for (const { sealed } of page.items) check(sealed);
      return page;
    },
    readCut: () => store.readCut(),
    readGaps: (replicaId) => store.readGaps(replicaId),
    readReplicas: () => store.readReplicas(),
    readRefusals: (query) => store.readRefusals(query),
    readReceipts: (remoteId, events) => store.readReceipts(remoteId, events),
    readCursor: (remote) => store.readCursor(remote),
    ...(lease === undefined ? {} : { lease: (request) => lease.call(store, request) }),
    counts: () => store.counts(),
    ...(checkStructure === undefined ? {} : { checkStructure: () => checkStructure.call(store) }),
    watchOthers: (onCommit) => store.watchOthers(onCommit),
    backup: (destination) => store.backup(destination),
    declareIndexes: (indexes) => store.declareIndexes(indexes),
    close: () => store.close(),
  };
};
