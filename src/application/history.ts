/**
 * The past: a resource's events, why each of its values is what it is, and any earlier state
 * as of a cut (R37).
 */
import { countIn, parseCut, type Cut } from '../domain/causality/version-vector.js';
import { dotOf } from '../domain/causality/dot.js';
import type { Dot, ResourceRef, SealedEvent } from '../domain/events/event.js';
import type { LoadedHistory } from '../domain/merge/loaded.js';
import { foldSealed, type FoldedEvents } from '../domain/merge/fold-events.js';
import { refOf, resourceKeyOf, type ResourceKey } from '../domain/resource/resource-key.js';
import { deepFreeze } from '../domain/shared/deep-freeze.js';
import type { Policy } from '../domain/strategies/policy.js';
import { eventPages, resourcePages } from './pages.js';
import { addVariantsElsewhere } from './reading/variants-elsewhere.js';
import type { EventStore, StoredEvent } from './ports/event-store.js';
import type { System } from './ports/system.js';

export interface HistoryDeps {
  readonly store: EventStore;
  readonly policy: Policy;
  readonly system: System;
}

/** State and conflicts as of a cut. */
export interface PastFold extends FoldedEvents {
  /** Events that the cut names and that could not be taken: unknown here, or lacking a parent within the cut. */
  readonly leftOut: readonly Dot[];
  readonly events: ReadonlyMap<Dot, SealedEvent>;
}

/** A replica's past. */
export interface History {
  /** All events of a resource by position, parked ones and variants of voids included. */
  readonly eventsOf: (ref: ResourceRef) => Promise<readonly StoredEvent[]>;
  readonly wholeHistories: (refs: readonly ResourceRef[]) => Promise<ReadonlyMap<ResourceKey, LoadedHistory>>;
  /** Everything as of the cut: of one resource (and what it may depend on), or of all, or of those that can be in conflict. */
  readonly foldAt: (cut: Cut, scope: ResourceRef | 'all' | 'contestable') => Promise<PastFold>;
}

/** Resources whose histories are loaded in one call. */
const chunkSize = 200;
/** Events kept between calls, so that walking along cuts does not load everything each time. */
const cachedEventsMax = 200_000;
const cachedRefsMax = 200_000;

/** Reads the past from a store. */
export const createHistory = ({ store, policy, system }: HistoryDeps): History => {
  let cache = new Map<ResourceKey, LoadedHistory>();
  let cachedRefs = new Map<boolean, readonly ResourceRef[]>();
  let cachedEvents = 0;
  let cachedAt = -1;

  /** Forgets what was read before the last commit, by whichever process. */
  const refreshCache = async (): Promise<void> => {
    const { audit } = await store.facts();
    if (audit.count === cachedAt && cachedEvents <= cachedEventsMax) return;
    cache = new Map();
    cachedRefs = new Map();
    cachedEvents = 0;
    cachedAt = audit.count;
  };

  const wholeHistories: History['wholeHistories'] = async (refs) => {
    await refreshCache();
    // What is read during a later commit goes where nobody looks any more.
    const kept = cache;
    const missing = refs.filter((ref) => !kept.has(resourceKeyOf(ref)));
    const found = new Map<ResourceKey, LoadedHistory>();
    for (let start = 0; start < missing.length; start += chunkSize) {
      const requests = missing.slice(start, start + chunkSize).map((ref) => ({ ...refOf(ref), since: undefined }));
      for (const [key, history] of await store.loadHistories(requests)) {
        // Values are shown out of it, and who is shown them must not change what others are shown.
        found.set(key, withFrozenEvents(history));
        cachedEvents += history.events.length;
        if (cachedEvents <= cachedEventsMax) kept.set(key, history);
      }
    }
    return new Map(refs.map(resourceKeyOf).flatMap((key) => pair(key, found.get(key) ?? kept.get(key))));
  };

  const allRefs = async (contestableOnly: boolean): Promise<readonly ResourceRef[]> => {
    await refreshCache();
    const kept = cachedRefs;
    const before = kept.get(contestableOnly);
    if (before !== undefined) return before;
    const refs: ResourceRef[] = [];
    for await (const page of resourcePages(store, {
      includeDeleted: true,
      contestableOnly,
      orderBy: 'id',
      limit: 1_000,
    }))
      for (const { state } of page) refs.push(refOf(state));
    if (refs.length <= cachedRefsMax) kept.set(contestableOnly, refs);
    return refs;
  };

  const foldAt: History['foldAt'] = async (cut, scope) => {
    const checked = parseCut(cut);
    // What referred to what may be otherwise by now, so a past with references is folded as a whole.
    const hasReferences =
      policy.hasReferences || (await store.loadWorld({ resources: [], referrersOf: [] })).hasReferences;
    const refs =
      hasReferences || scope === 'all' ? await allRefs(false) : scope === 'contestable' ? await allRefs(true) : [scope];
    const histories = await wholeHistories(refs);
    // Where one event follows the other there is nothing to be in conflict, and most resources are so.
    const mayBeLinear = scope === 'contestable' && !hasReferences;
    const batch: SealedEvent[] = [];
    for (const history of histories.values()) {
      const included = eventsOfHistory(history).filter(({ event }) => event.seq <= countIn(checked, event.replicaId));
      if (!mayBeLinear || !isLinear(history, included)) for (const sealed of included) batch.push(sealed);
    }
    const hasOthers = await addVariantsElsewhere(batch, histories.values(), store);
    const whole = foldSealed(batch, policy, system.sha256);
    const folded = hasOthers
      ? { ...whole, resources: whole.resources.filter(({ state }) => histories.has(resourceKeyOf(state))) }
      : whole;
    const unknown = scope === 'all' ? await unknownIn(store, checked) : [];
    return {
      ...folded,
      leftOut: [...folded.parked, ...unknown],
      events: new Map(batch.map((sealed) => [sealed.dot, sealed])),
    };
  };

  const eventsOf: History['eventsOf'] = async (ref) => {
    const events: StoredEvent[] = [];
    for await (const page of eventPages(store, { resource: ref, after: 0, limit: 10_000 }))
      for (const event of page) events.push(event);
    return events;
  };

  return { eventsOf, wholeHistories, foldAt };
};

const withFrozenEvents = (history: LoadedHistory): LoadedHistory => {
  for (const { event } of eventsOfHistory(history)) deepFreeze(event);
  deepFreeze(history.conflicts);
  return history;
};

const pair = <Key, Value>(key: Key, value: Value | undefined): readonly (readonly [Key, Value])[] =>
  value === undefined ? [] : [[key, value]];

/** Every event of a whole history, variants and parked ones included, each once. */
const eventsOfHistory = (history: LoadedHistory): readonly SealedEvent[] => [
  ...history.events.map(({ sealed }) => sealed),
  ...history.variants,
  // What was refused is no part of any state (R9).
  ...history.parked.filter(({ reason }) => reason !== 'refused').map(({ sealed }) => sealed),
];

/** Whether each of these events of the history was written by somebody who had seen all before it. */
const isLinear = ({ voids, variants, parked }: LoadedHistory, included: readonly SealedEvent[]): boolean =>
  voids.length === 0 &&
  variants.length === 0 &&
  parked.length === 0 &&
  included.every(({ event: { parents } }, index) =>
    index === 0 ? parents.length === 0 : parents.length === 1 && parents[0] === included[index - 1]?.dot,
  );

/** How many unknown events of one replica are named; a cut may be far ahead of what is here. */
const unknownMax = 1_000;

const unknownIn = async (store: EventStore, cut: Cut): Promise<readonly Dot[]> => {
  const here = await store.readCut();
  const unknown: Dot[] = [];
  for (const replicaId of Object.keys(cut)) {
    const last = Math.min(countIn(cut, replicaId), countIn(here, replicaId) + unknownMax);
    const dots: Dot[] = [];
    for (let seq = countIn(here, replicaId) + 1; seq <= last; seq += 1)
      dots.push(dotOf(replicaId as SealedEvent['event']['replicaId'], seq));
    if (dots.length === 0) continue;
    const found = new Set((await store.findEvents({ dots })).map(({ sealed }) => sealed.dot));
    unknown.push(...dots.filter((dot) => !found.has(dot)));
  }
  return unknown;
};
