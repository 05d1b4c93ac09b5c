/**
 * The conflict log and what people decide about it. A decision is an event like any other:
 * it has seen the sides it settles, it travels, and the same conflict never comes back.
 */
import type { ReknitEvent } from '../domain/events/event.js';
import { uniqueRefs } from '../domain/resource/resource-key.js';
import { ReknitError } from '../domain/shared/errors.js';
import type { Policy } from '../domain/strategies/policy.js';
import {
  checkLimit,
  checkObjectOf,
  checkObject,
  checkOneOf,
  checkRef,
  checkText,
  checkTextOrNone,
  withoutUndefined,
} from './argument-checks.js';
import { conflictView, type ConflictView } from './reading/conflict-view.js';
import type { History } from './history.js';
import { pages } from './pages.js';
import type { ConflictQuery, EventStore, Page, StoredConflict } from './ports/event-store.js';
import type { WriteRequest } from './recording/write-request.js';
import type { GroupAnswer } from './recording/write-queue.js';
import { createDecisionRequests, type Decision, type ResolveOptions } from './resolving/decision-requests.js';
import type { Resolution } from './resolving/resolution.js';
import type { System } from './ports/system.js';
import { eventsOfRecords, viewContextFor } from './reading/view-sources.js';

/** How the conflict log stands. */
export interface ConflictReport {
  readonly total: number;
  readonly pending: number;
  readonly resolved: number;
  /** The pending ones first; at most `limit` of each. */
  readonly conflicts: readonly ConflictView[];
}

/** What a conflict tracker is made of. */
export interface ConflictTrackerDeps {
  readonly store: EventStore;
  readonly policy: Policy;
  readonly system: System;
  readonly history: History;
  readonly write: (request: WriteRequest) => Promise<readonly ReknitEvent[]>;
  readonly merge: (events: readonly ReknitEvent[]) => Promise<unknown>;
  readonly agentId: string;
}

/** A replica's conflicts. */
export interface ConflictTracker {
  /** A page of conflicts by id; `next` continues it. */
  readonly page: (query?: Partial<ConflictQuery>) => Promise<Page<ConflictView, string>>;
  /** All that wait for a person. */
  readonly getPendingConflicts: () => Promise<readonly ConflictView[]>;
  readonly getConflict: (conflictId: string) => Promise<ConflictView | undefined>;
  /**
   * Makes a conflict that `mergeEvents` found known to this replica: conflicts follow from
   * events, so it takes the merged events in, and answers the record that they give.
   */
  readonly logConflict: (
    conflict: { readonly conflictId: string },
    mergedEvents: readonly ReknitEvent[],
  ) => Promise<ConflictView | undefined>;
  /** @param id of the conflict, or of an event that is a side of exactly one pending conflict */
  readonly resolveConflict: (id: string, resolution: Resolution, options?: ResolveOptions) => Promise<ReknitEvent>;
  /** Puts back what stood before a person resolved it, as a new decision; refused when the value was written since. */
  readonly undo: (conflictId: string, options?: ResolveOptions) => Promise<ReknitEvent>;
  readonly getConflictReport: (options?: { readonly limit?: number }) => Promise<ConflictReport>;
  /** Many at once, each settled or refused by itself; they go into few transactions. */
  readonly resolveConflicts: (decisions: readonly Decision[]) => Promise<readonly GroupAnswer<ReknitEvent>[]>;
  /** What `resolveConflicts` and `undo` would write, for who wants to see what comes of it first. */
  readonly resolvingRequests: (decisions: readonly Decision[]) => Promise<readonly GroupAnswer<WriteRequest>[]>;
  readonly undoingRequest: (conflictId: string, options?: ResolveOptions) => Promise<WriteRequest>;
}

const pageSize = 500;

const queryMembers: Readonly<Record<keyof ConflictQuery, true>> = {
  status: true,
  resource: true,
  resourceType: true,
  conflictType: true,
  eventId: true,
  includeSuperseded: true,
  after: true,
  limit: true,
};

/** Reads the conflict log of a store, and decides as one agent. */
export const createConflictTracker = (deps: ConflictTrackerDeps): ConflictTracker => {
  const { store, history } = deps;

  const viewsOf = async (stored: readonly StoredConflict[]): Promise<readonly ConflictView[]> => {
    const records = stored.map(({ record }) => record);
    const histories = await history.wholeHistories(uniqueRefs(records));
    const shown = await viewContextFor(deps, await eventsOfRecords(store, records), histories);
    return stored.map(({ record, createdAt }) => conflictView(record, createdAt, shown));
  };

  const { resolvingRequest, resolvingRequests, undoingRequest } = createDecisionRequests({ ...deps, viewsOf });

  const page: ConflictTracker['page'] = async (query = {}) => {
    checkObjectOf(query, 'query', queryMembers);
    checkLimit(query.limit);
    checkOneOf(query.status, 'status', ['pending_review', 'resolved']);
    checkObject(query.resource, 'resource');
    if (query.resource !== undefined) checkRef(query.resource);
    for (const member of ['resourceType', 'conflictType', 'eventId', 'after'] as const)
      checkTextOrNone(query[member], member);
    const { limit = pageSize, ...rest } = withoutUndefined(query);
    const { items, next } = await store.readConflicts({ ...rest, limit: limit === Infinity ? pageSize : limit });
    const views = await viewsOf(items);
    return next === undefined ? { items: views } : { items: views, next };
  };

  const all = async (query: Partial<ConflictQuery>, max = Infinity): Promise<readonly ConflictView[]> => {
    const views: ConflictView[] = [];
    for await (const found of pages(page, { ...query, limit: Math.min(max, pageSize) })) {
      views.push(...found);
      if (views.length >= max) break;
    }
    return views.slice(0, max);
  };

  const resolveConflicts: ConflictTracker['resolveConflicts'] = async (decisions) => {
    const requests = await resolvingRequests(decisions);
    // Side by side, so that they go into few transactions.
    return Promise.all(
      requests.map(async (request) => {
        if ('error' in request) return request;
        try {
          return { answer: await writeOne(request.answer) };
        } catch (error) {
          return { error };
        }
      }),
    );
  };

  const resolveConflict: ConflictTracker['resolveConflict'] = async (id, resolution, options) =>
    writeOne(await resolvingRequest(id, resolution, options));

  const writeOne = async (request: WriteRequest): Promise<ReknitEvent> => {
    const [event] = await deps.write(request);
    if (event === undefined) throw new ReknitError('conflict_closed', 'the decision recorded nothing');
    return event;
  };

  const undo: ConflictTracker['undo'] = async (conflictId, options) =>
    writeOne(await undoingRequest(conflictId, options));

  return {
    page,
    getPendingConflicts: () => all({ status: 'pending_review' }),
    getConflict: async (conflictId) => {
      checkText(conflictId, 'conflictId');
      return (await viewsOf(await store.findConflicts([conflictId])))[0];
    },
    logConflict: async (conflict, mergedEvents) => {
      await deps.merge(mergedEvents);
      return (await viewsOf(await store.findConflicts([conflict.conflictId])))[0];
    },
    resolveConflict,
    undo,
    resolveConflicts,
    resolvingRequests,
    undoingRequest,
    getConflictReport: async (options = {}) => {
      checkObject(options, 'options');
      const { limit = 1_000 } = options;
      checkLimit(limit);
      const counts = await store.counts();
      const pending = await all({ status: 'pending_review' }, limit);
      const resolved = await all({ status: 'resolved' }, limit);
      return {
        total: counts.conflictsPending + counts.conflictsResolved,
        pending: counts.conflictsPending,
        resolved: counts.conflictsResolved,
        conflicts: [...pending, ...resolved],
      };
    },
  };
};
