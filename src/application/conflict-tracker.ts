/**
 * The conflict log and what people decide about it. A decision is an event like any other:
 * it has seen the sides it settles, it travels, and the same conflict never comes back.
 */
import type { Dot, EventId, ReknitEvent, ResourceRef, SealedEvent } from '../domain/events/event.js';
import type { Change } from '../domain/resource/change.js';
import { refOf, uniqueRefs } from '../domain/resource/resource-key.js';
import { sameJson } from '../domain/shared/canonical-json.js';
import { ReknitError } from '../domain/shared/errors.js';
import { invariant } from '../domain/shared/invariant.js';
import type { Policy } from '../domain/strategies/policy.js';
import {
  checkLimit,
  checkObject,
  checkOneOf,
  checkRef,
  checkText,
  checkTextOrNone,
  withoutUndefined,
} from './argument-checks.js';
import { conflictView, viewContext, type ConflictView } from './conflict-view.js';
import type { History } from './history.js';
import { pages } from './pages.js';
import type { ConflictQuery, EventStore, Page, StoredConflict } from './ports/event-store.js';
import type { WriteRequest } from './recording/record-group.js';
import type { GroupAnswer } from './recording/write-queue.js';
import { changedError, refuseIfChanged } from './review/conflict-version.js';
import { answeredNow, closedError, refuseIfWrittenSince, valueBefore } from './resolving/answerable.js';
import { chosenValue, dependencyChange, payloadFor, refuseUnclear, type Resolution } from './resolving/resolution.js';
import type { System } from './ports/system.js';

/** What one may say beside the decision. */
export interface ResolveOptions {
  readonly agentId?: string;
  readonly note?: string;
  /** The rule that decides in its owner's name, where no person does. */
  readonly ruleId?: string;
  readonly eventId?: string;
  /** The version of the conflict that was looked at; refused with `conflict_changed` where it is another by now. */
  readonly ifVersion?: string;
}

/** How the conflict log stands. */
export interface ConflictReport {
  readonly total: number;
  readonly pending: number;
  readonly resolved: number;
  /** The pending ones first; at most `limit` of each. */
  readonly conflicts: readonly ConflictView[];
}

/** One conflict's decision, as it is passed to `resolve`. */
export interface Decision {
  readonly conflictId: string;
  readonly resolution: Resolution;
  readonly options?: ResolveOptions;
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

/** Reads the conflict log of a store, and decides as one agent. */
export const createConflictTracker = (deps: ConflictTrackerDeps): ConflictTracker => {
  const { store, policy, system, history } = deps;
  const context = { policy, sha256: system.sha256 };

  const viewsOf = async (stored: readonly StoredConflict[]): Promise<readonly ConflictView[]> => {
    const { replica } = await store.facts();
    const dots = new Set<Dot>(stored.flatMap(({ record }) => [...record.siblings, ...record.closedBy]));
    const found = dots.size === 0 ? [] : await store.findEvents({ dots: [...dots] });
    const events = new Map<Dot, SealedEvent>(found.map(({ sealed }) => [sealed.dot, sealed]));
    const histories = await history.wholeHistories(uniqueRefs(stored.map(({ record }) => record)));
    const shown = viewContext({ ...context, replicaId: replica?.replicaId ?? '', events, histories });
    return stored.map(({ record, createdAt }) => conflictView(record, createdAt, shown));
  };

  const viewOf = async (stored: StoredConflict): Promise<ConflictView> => {
    const [view] = await viewsOf([stored]);
    invariant(view !== undefined, `conflict ${stored.record.conflictId} has no view`);
    return view;
  };

  const page: ConflictTracker['page'] = async (query = {}) => {
    checkObject(query, 'query');
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

  const recordOf = async (id: string): Promise<StoredConflict> => {
    checkText(id, 'id');
    const [known] = await store.findConflicts([id]);
    if (known !== undefined) return known;
    const { items } = await store.readConflicts({ eventId: id as EventId, status: 'pending_review', limit: 2 });
    const [only, another] = items;
    if (another !== undefined)
      throw new ReknitError(
        'ambiguous_conflict',
        `event ${id} is a side of several pending conflicts: resolve one of them by its conflict id`,
        {
          conflictIds: items.map(({ record }) => record.conflictId),
        },
      );
    if (only === undefined)
      throw new ReknitError(
        'conflict_not_found',
        `no conflict "${id}" is known here, and no pending one holds an event of that id`,
        { id },
      );
    return only;
  };

  const requestFor = async (
    { record }: StoredConflict,
    view: ConflictView,
    resolution: Resolution,
    options: ResolveOptions,
  ): Promise<WriteRequest> => {
    refuseUnclear(resolution);
    checkDecision(options);
    const { ifVersion, agentId = deps.agentId } = options;
    refuseIfChanged(record, ifVersion, system.sha256);
    const changeOptions = optionsOf(options);
    if (record.unit.kind === 'dependency') {
      const change = dependencyChange(record, resolution, changeOptions);
      // What the dependency hangs on; that it is as it was says that the conflict is.
      const refs = uniqueRefs([record, record.unit.target, change]);
      const seen = new Map(await Promise.all(refs.map(async (ref) => [ref, await headsOf(ref)] as const)));
      return {
        resources: refs,
        agentId,
        changes: (current) => {
          if (record.closedBy.length > 0 || !record.isStanding) throw closedError(view);
          const isAsSeen = refs.every((ref) => sameJson(current(ref).state?.heads ?? [], seen.get(ref)));
          if (ifVersion !== undefined && !isAsSeen) throw changedError(record.conflictId);
          return [change];
        },
      };
    }
    const value = chosenValue(view, resolution);
    return {
      resources: [record],
      agentId,
      changes: (current) => {
        const conflictId = answeredNow(record, view, current(record), context);
        if (ifVersion !== undefined && conflictId !== record.conflictId) throw changedError(record.conflictId);
        return [{ ...refOf(record), ...payloadFor(view, value), options: changeOptions, conflictId }];
      },
    };
  };

  const resolvingRequest = async (
    id: string,
    resolution: Resolution,
    options: ResolveOptions = {},
  ): Promise<WriteRequest> => {
    // Before anything is read.
    refuseUnclear(resolution);
    checkDecision(options);
    const stored = await recordOf(id);
    return requestFor(stored, await viewOf(stored), resolution, options);
  };

  const resolvingRequests: ConflictTracker['resolvingRequests'] = async (decisions) => {
    const stored = await store.findConflicts(decisions.map(({ conflictId }) => conflictId));
    const views = await viewsOf(stored);
    const known = new Map(stored.map((one, index) => [one.record.conflictId, { one, view: views[index] }]));
    return Promise.all(
      decisions.map(async ({ conflictId, resolution, options = {} }) => {
        const found = known.get(conflictId);
        try {
          if (found?.view === undefined) throw unknownConflict(conflictId);
          return { answer: await requestFor(found.one, found.view, resolution, options) };
        } catch (error) {
          return { error };
        }
      }),
    );
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

  const headsOf = async (ref: ResourceRef): Promise<readonly Dot[]> =>
    (await store.readResource(ref))?.state.heads ?? [];

  const resolveConflict: ConflictTracker['resolveConflict'] = async (id, resolution, options) =>
    writeOne(await resolvingRequest(id, resolution, options));

  const writeOne = async (request: WriteRequest): Promise<ReknitEvent> => {
    const [event] = await deps.write(request);
    if (event === undefined) throw new ReknitError('conflict_closed', 'the decision recorded nothing');
    return event;
  };

  const undoingRequest: ConflictTracker['undoingRequest'] = async (conflictId, options = {}) => {
    checkText(conflictId, 'conflictId');
    checkDecision(options);
    const [stored] = await store.findConflicts([conflictId]);
    if (stored === undefined) throw unknownConflict(conflictId);
    const { record } = stored;
    refuseIfChanged(record, options.ifVersion, system.sha256);
    if (record.closedBy.length === 0)
      throw new ReknitError(
        'nothing_to_undo',
        `conflict ${conflictId} was not resolved by anyone: resolve it instead`,
        { conflictId },
      );
    const view = await viewOf(stored);
    const before = await valueBefore(record, history, context);
    return {
      resources: [record],
      agentId: options.agentId ?? deps.agentId,
      changes: (current) => {
        refuseIfWrittenSince(record, current(record), policy);
        return [
          {
            ...refOf(record),
            ...payloadFor(view, before),
            options: { note: `undoes the resolution of ${conflictId}`, ...optionsOf(options) },
            conflictId,
          },
        ];
      },
    };
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

const unknownConflict = (conflictId: string): ReknitError =>
  new ReknitError('conflict_not_found', `no conflict "${conflictId}" is known here`, { conflictId });

const checkDecision = (options: ResolveOptions): void => {
  checkObject(options, 'options');
  checkTextOrNone(options.eventId, 'eventId');
  checkTextOrNone(options.ruleId, 'ruleId');
  checkTextOrNone(options.ifVersion, 'ifVersion');
};

const optionsOf = ({ note, ruleId, eventId }: ResolveOptions): Change['options'] => ({
  ...(note === undefined ? {} : { note }),
  ...(ruleId === undefined ? {} : { ruleId }),
  ...(eventId === undefined ? {} : { eventId }),
});
