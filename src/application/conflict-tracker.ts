/**
 * The conflict log and what people decide about it. A decision is an event like any other:
 * it has seen the sides it settles, it travels, and the same conflict never comes back.
 */
import type { ConflictRecord } from '../domain/conflict/conflict-record.js';
import { unitTag } from '../domain/conflict/conflict-identity.js';
import { evaluate } from '../domain/conflict/evaluate.js';
import type { Dot, EventId, ReknitEvent, ResourceRef, SealedEvent } from '../domain/events/event.js';
import type { Change } from '../domain/resource/change.js';
import type { Standing } from '../domain/resource/decide.js';
import { resourceKeyOf } from '../domain/resource/resource-key.js';
import { canonicalJson, sameJson } from '../domain/shared/canonical-json.js';
import { ReknitError } from '../domain/shared/errors.js';
import { isJsonObject, type Json, type JsonObject } from '../domain/shared/json.js';
import type { Policy } from '../domain/strategies/policy.js';
import { checkLimit, checkObject, checkOneOf, checkRef } from './argument-checks.js';
import { conflictView, type ConflictSideView, type ConflictView } from './conflict-view.js';
import { foldPast } from './fold-past.js';
import type { History } from './history.js';
import type { ConflictQuery, EventStore, Page, StoredConflict } from './ports/event-store.js';
import type { WriteRequest } from './recording/record-group.js';
import type { System } from './ports/system.js';

/** How a person settles a conflict: exactly one of the three. */
export type Resolution =
  /** The side with this event id, this replica's own side, or the last write of the others. */
  | { readonly choose: string }
  /** Any value; for existence `'alive'` or `'deleted'`. */
  | { readonly value: Json }
  /** For a dependency. */
  | { readonly apply: 'restore' | 'detach' | 'cascade' | 'keep' };

export interface ResolveOptions {
  readonly agentId?: string;
  readonly note?: string;
  readonly eventId?: string;
}

export interface ConflictReport {
  readonly total: number;
  readonly pending: number;
  readonly resolved: number;
  /** The pending ones first; at most `limit` of each. */
  readonly conflicts: readonly ConflictView[];
}

export interface ConflictTrackerDeps {
  readonly store: EventStore;
  readonly policy: Policy;
  readonly system: System;
  readonly history: History;
  readonly write: (request: WriteRequest) => Promise<readonly ReknitEvent[]>;
  readonly merge: (events: readonly ReknitEvent[]) => Promise<unknown>;
  readonly agentId: string;
}

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
  readonly logConflict: (conflict: { readonly conflictId: string }, mergedEvents: readonly ReknitEvent[]) => Promise<ConflictView | undefined>;
  /** @param id of the conflict, or of an event that is a side of exactly one pending conflict */
  readonly resolveConflict: (id: string, resolution: Resolution, options?: ResolveOptions) => Promise<ReknitEvent>;
  /** Puts back what stood before a person resolved it, as a new decision; refused when the value was written since. */
  readonly undo: (conflictId: string, options?: ResolveOptions) => Promise<ReknitEvent>;
  readonly getConflictReport: (options?: { readonly limit?: number }) => Promise<ConflictReport>;
}

const pageSize = 500;

export const createConflictTracker = (deps: ConflictTrackerDeps): ConflictTracker => {
  const { store, policy, history } = deps;

  const viewsOf = async (stored: readonly StoredConflict[]): Promise<readonly ConflictView[]> => {
    const { replica } = await store.facts();
    const dots = new Set<Dot>(stored.flatMap(({ record }) => [...record.siblings, ...record.closedBy]));
    const found = dots.size === 0 ? [] : await store.findEvents({ dots: [...dots] });
    const events = new Map<Dot, SealedEvent>(found.map(({ sealed }) => [sealed.dot, sealed]));
    const histories = await history.wholeHistories(uniqueRefs(stored.map(({ record }) => record)));
    return stored.map(({ record, createdAt }) =>
      conflictView(record, createdAt, { policy, replicaId: replica?.replicaId ?? '', events, histories }),
    );
  };

  const page: ConflictTracker['page'] = async (query = {}) => {
    checkObject(query, 'query');
    checkLimit(query.limit);
    checkOneOf(query.status, 'status', ['pending_review', 'resolved']);
    if (query.resource !== undefined) checkRef(query.resource);
    const { items, next } = await store.readConflicts({ limit: pageSize, ...query });
    const views = await viewsOf(items);
    return next === undefined ? { items: views } : { items: views, next };
  };

  const all = async (query: Partial<ConflictQuery>, max = Infinity): Promise<readonly ConflictView[]> => {
    const views: ConflictView[] = [];
    for (let found = await page(query); ; found = await page({ ...query, after: found.next })) {
      views.push(...found.items);
      if (found.next === undefined || views.length >= max) return views.slice(0, max);
    }
  };

  const recordOf = async (id: string): Promise<StoredConflict> => {
    const [known] = await store.findConflicts([id]);
    if (known !== undefined) return known;
    const { items } = await store.readConflicts({ eventId: id as EventId, status: 'pending_review', limit: 2 });
    const [only, another] = items;
    if (another !== undefined)
      throw new ReknitError('ambiguous_conflict', `event ${id} is a side of several pending conflicts: resolve one of them by its conflict id`, {
        conflictIds: items.map(({ record }) => record.conflictId),
      });
    if (only === undefined) throw new ReknitError('conflict_not_found', `no conflict "${id}" is known here, and no pending one holds an event of that id`, { id });
    return only;
  };

  const resolveConflict: ConflictTracker['resolveConflict'] = async (id, resolution, options = {}) => {
    refuseUnclear(resolution);
    const stored = await recordOf(id);
    const [view] = await viewsOf([stored]);
    if (view === undefined) throw new ReknitError('conflict_not_found', `no conflict "${id}" is known here`, { id });
    const { record } = stored;
    const changeOptions = optionsOf(options);
    if (record.unit.kind === 'dependency') {
      const change = dependencyChange(record, resolution, changeOptions);
      return writeOne({
        resources: [change],
        agentId: options.agentId ?? deps.agentId,
        changes: () => {
          if (record.closedBy.length > 0 || !record.isStanding) throw closedError(view);
          return [change];
        },
      });
    }
    const value = chosenValue(view, resolution);
    return writeOne({
      resources: [record],
      agentId: options.agentId ?? deps.agentId,
      changes: (current) => {
        const conflictId = answeredNow(record, view, current(record), deps);
        return [{ ...refOf(record), ...payloadFor(view, value), options: changeOptions, conflictId }];
      },
    });
  };

  const writeOne = async (request: WriteRequest): Promise<ReknitEvent> => {
    const [event] = await deps.write(request);
    if (event === undefined) throw new ReknitError('conflict_closed', 'the decision recorded nothing');
    return event;
  };

  const undo: ConflictTracker['undo'] = async (conflictId, options = {}) => {
    const [stored] = await store.findConflicts([conflictId]);
    if (stored === undefined) throw new ReknitError('conflict_not_found', `no conflict "${conflictId}" is known here`, { conflictId });
    const { record } = stored;
    const [view] = await viewsOf([stored]);
    if (view === undefined || record.closedBy.length === 0)
      throw new ReknitError('nothing_to_undo', `conflict ${conflictId} was not resolved by anyone: resolve it instead`, { conflictId });
    const before = await valueBefore(record, history, deps);
    return writeOne({
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
    });
  };

  return {
    page,
    getPendingConflicts: () => all({ status: 'pending_review' }),
    getConflict: async (conflictId) => (await viewsOf(await store.findConflicts([conflictId])))[0],
    logConflict: async (conflict, mergedEvents) => {
      await deps.merge(mergedEvents);
      return (await viewsOf(await store.findConflicts([conflict.conflictId])))[0];
    },
    resolveConflict,
    undo,
    getConflictReport: async ({ limit = 1_000 } = {}) => {
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

const refOf = ({ resourceType, resourceId }: ResourceRef): ResourceRef => ({ resourceType, resourceId });

const uniqueRefs = (refs: readonly ResourceRef[]): readonly ResourceRef[] => [...new Map(refs.map((ref) => [resourceKeyOf(ref), refOf(ref)])).values()];

const optionsOf = ({ note, eventId }: ResolveOptions): Change['options'] => ({
  ...(note === undefined ? {} : { note }),
  ...(eventId === undefined ? {} : { eventId }),
});

const closedError = (view: ConflictView): ReknitError =>
  new ReknitError('conflict_closed', `conflict ${view.conflictId} is settled already: update the resource, or undo the resolution`, {
    conflictId: view.conflictId,
    closedBy: view.closedBy.map(({ eventId }) => eventId),
  });

const actions: ReadonlySet<unknown> = new Set(['restore', 'detach', 'cascade', 'keep']);

/** A resolution often comes from a form or a command line; what is not exactly one of the three decides nothing. */
const refuseUnclear = (resolution: unknown): void => {
  const members = isJsonObject(resolution) ? Object.keys(resolution) : [];
  const [member] = members;
  const value = isJsonObject(resolution) && member !== undefined ? resolution[member] : undefined;
  const isClear =
    members.length === 1 &&
    ((member === 'choose' && typeof value === 'string') || (member === 'value' && value !== undefined) || (member === 'apply' && actions.has(value)));
  if (!isClear)
    throw new ReknitError('bad_resolution', 'a conflict is resolved by one of { choose: an event id, "local" or "remote" }, { value }, or { apply: "restore", "detach", "cascade" or "keep" }');
};

/** The value that a resolution stands for; undefined is absent. */
const chosenValue = (view: ConflictView, resolution: Resolution): Json | undefined => {
  if ('apply' in resolution)
    throw new ReknitError('bad_resolution', `"apply" settles a dependency; conflict ${view.conflictId} is about ${view.unit.kind}: choose a side or give a value`);
  if ('value' in resolution) {
    if (view.unit.kind === 'existence' && resolution.value !== 'alive' && resolution.value !== 'deleted')
      throw new ReknitError('bad_resolution', 'whether a resource exists is settled by the value "alive" or "deleted"');
    if ((view.unit.kind === 'group' || view.unit.kind === 'resource') && !isJsonObject(resolution.value))
      throw new ReknitError('bad_resolution', 'the value of a group or of a whole resource is an object of its fields');
    return resolution.value;
  }
  return chosenSide(view, resolution.choose).value;
};

const chosenSide = (view: ConflictView, choice: string): ConflictSideView => {
  if (choice === 'local' || choice === 'remote') {
    const distinct = new Set(view.siblings.map(({ value }) => canonicalJson(value ?? null) + String(value === undefined)));
    const side = choice === 'local' ? view.local : view.remote;
    if (view.local === undefined || side === undefined || distinct.size > 2)
      throw new ReknitError('ambiguous_choice', `"${choice}" is not one side of conflict ${view.conflictId}: choose by event id`, {
        eventIds: view.siblings.map(({ eventId }) => eventId),
      });
    return side;
  }
  const side = view.siblings.find(({ eventId }) => eventId === choice);
  if (side === undefined)
    throw new ReknitError('unknown_side', `event ${choice} is no side of conflict ${view.conflictId}`, { eventIds: view.siblings.map(({ eventId }) => eventId) });
  return side;
};

const payloadFor = ({ unit, conflictId }: ConflictView, value: Json | undefined): { readonly operation: 'resolve'; readonly payload: JsonObject | null } => {
  switch (unit.kind) {
    case 'existence':
      return { operation: 'resolve', payload: value === 'deleted' ? null : {} };
    case 'field':
      if (value === undefined) throw new ReknitError('bad_resolution', 'a field cannot be made absent: give a value, or null');
      return { operation: 'resolve', payload: { [unit.field]: value } };
    case 'group':
    case 'resource':
      if (!isJsonObject(value) || Object.keys(value).length === 0)
        throw new ReknitError('bad_resolution', 'a group or whole resource needs at least one field: give a value');
      return { operation: 'resolve', payload: value };
    case 'dependency':
      throw new ReknitError('bad_resolution', `conflict ${conflictId} is about a dependency: apply restore, detach, cascade or keep`);
  }
};

/** R28: a decision is an event on the resource that it changes. */
const dependencyChange = ({ unit, conflictId, ...record }: ConflictRecord, resolution: Resolution, options: Change['options']): Change => {
  if (unit.kind !== 'dependency' || !('apply' in resolution))
    throw new ReknitError('bad_resolution', `conflict ${conflictId} is about a dependency: apply restore, detach, cascade or keep`);
  const source = refOf(record);
  switch (resolution.apply) {
    case 'restore':
      return { ...unit.target, operation: 'resolve', payload: {}, options, conflictId };
    case 'detach':
      if (unit.field === 'dependsOn') throw new ReknitError('bad_resolution', 'what an event depends on is no field that could be detached: restore, cascade or keep');
      return { ...source, operation: 'update', payload: { [unit.field]: null }, options, conflictId };
    case 'cascade':
      return { ...source, operation: 'delete', payload: {}, options, conflictId };
    case 'keep':
      return { ...source, operation: 'resolve', payload: {}, options, conflictId };
  }
};

/** R30: which conflict the answer settles now, or why it settles none. */
const answeredNow = (record: ConflictRecord, view: ConflictView, { state }: Standing, { policy, system }: ConflictTrackerDeps): string => {
  const standing = state === undefined ? [] : evaluate(state, policy, system.sha256).conflicts;
  const tag = canonicalJson(unitTag(record.unit));
  const now = standing.find(({ unit }) => canonicalJson(unitTag(unit)) === tag);
  if (now?.conflictId === record.conflictId) return record.conflictId;
  if (now === undefined) throw closedError(view);
  const known = view.siblings.map(({ value }) => value);
  const values = state === undefined ? [] : valuesNow(record, state, now.siblings, policy);
  if (values.every((value) => known.some((other) => sameJson(other, value)))) return now.conflictId;
  throw new ReknitError('conflict_superseded', `conflict ${record.conflictId} has grown since: look at ${now.conflictId}, which holds values that it did not`, {
    conflictId: now.conflictId,
  });
};

const valuesNow = ({ unit, resourceType }: ConflictRecord, state: NonNullable<Standing['state']>, dots: readonly Dot[], policy: Policy): readonly (Json | undefined)[] => {
  if (unit.kind === 'existence') return state.existence.filter(({ dot }) => dots.includes(dot)).map(({ deletes }) => (deletes ? 'deleted' : 'alive'));
  const key = unit.kind === 'field' ? policy.rulesFor(resourceType).unitOf(unit.field).key : unit.kind === 'group' ? unit.group : '';
  return (state.units.get(key)?.siblings ?? []).filter(({ dot }) => dots.includes(dot)).map(({ value }) => value);
};

/** The value that readers saw before the conflict was closed: the state in the closing event's own past. */
const valueBefore = async (record: ConflictRecord, history: History, { policy, system }: ConflictTrackerDeps): Promise<Json | undefined> => {
  const [closer] = record.closedBy;
  const histories = await history.wholeHistories([record]);
  const whole = histories.get(resourceKeyOf(record));
  if (closer === undefined || whole === undefined) return undefined;
  const past = foldPast(record, whole, closer, policy, system.sha256);
  switch (record.unit.kind) {
    case 'existence':
      return past.deleted ? 'deleted' : 'alive';
    case 'field':
      return past.fields[record.unit.field];
    case 'group':
      return pick(past.fields, record.unit.fields);
    case 'resource':
      return past.fields;
    case 'dependency':
      throw new ReknitError('nothing_to_undo', 'a decision about a dependency is undone by changing the resource that it changed');
  }
};

const pick = (fields: JsonObject, names: readonly string[]): JsonObject =>
  Object.fromEntries(names.flatMap((name) => (Object.hasOwn(fields, name) ? [[name, fields[name] as Json] as const] : [])));

const refuseIfWrittenSince = (record: ConflictRecord, { state }: Standing, policy: Policy): void => {
  const { unit, resourceType } = record;
  const siblings =
    unit.kind === 'existence'
      ? (state?.existence ?? []).map(({ dot }) => dot)
      : (state?.units.get(unit.kind === 'field' ? policy.rulesFor(resourceType).unitOf(unit.field).key : unit.kind === 'group' ? unit.group : '')?.siblings ?? []).map(({ dot }) => dot);
  if (!siblings.every((dot) => record.closedBy.includes(dot)))
    throw new ReknitError('stale_undo', `what conflict ${record.conflictId} settled was written again since: undoing it would take that back too`, {
      conflictId: record.conflictId,
      since: siblings.filter((dot) => !record.closedBy.includes(dot)),
    });
};
