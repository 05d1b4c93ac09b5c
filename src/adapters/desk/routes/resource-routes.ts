/** Resources: found, explained, as a graph of events, and as they were. */
import type { ConflictSideView, HistoryEntry, ResourceSnapshot } from '../../../application/index.js';
import { parseDot } from '../../../domain/index.js';
import { resourceKeyOf } from '../../../domain/resource/resource-key.js';
import { asideOf, visibleTypes, type DeskCore } from '../core.js';
import type {
  AtAnswer,
  ConflictSide,
  ConflictSummary,
  FieldExplanation,
  HistoryPage,
  ResourcesPage,
  ResourceView,
} from '../api/index.js';
import { routes } from '../api/routes.js';
import { told, type DeskApp } from '../http/env.js';
import { entryOf } from '../inbox/entry.js';
import { maySee } from '../inbox/search.js';
import type { DeskPerson } from '../options.js';
import { problem } from '../problems.js';
import { sideFacts } from '../shown/conflict.js';
import { createSeal, type Seal } from '../session/seal.js';
import { previewOf } from '../shown/value.js';

const conflictsMax = 500;

export const addResourceRoutes = (app: DeskApp, core: DeskCore): void => {
  const { replica } = core;
  const seal = createSeal();
  app.openapi(routes.resources, async (context) =>
    told<ResourcesPage>(
      context,
      await listResources(core, seal, context.req.valid('query'), context.get('session').person),
    ),
  );
  app.openapi(routes.resource, async (context) => {
    const { resourceType, resourceId } = context.req.valid('query');
    const { person } = context.get('session');
    visibleTypes([resourceType], person, 'resource');
    return told<ResourceView>(context, await shownResource(core, resourceType, resourceId, person));
  });
  app.openapi(routes.history, async (context) => {
    const { resourceType, resourceId, after, limit } = context.req.valid('query');
    visibleTypes([resourceType], context.get('session').person, 'resource');
    const heads = new Set<string>((await replica.get(resourceType, resourceId))?.heads);
    const items: HistoryPage['items'] = [];
    let position = after;
    let isMore = false;
    for await (const stored of replica.services.log.query({
      resource: { resourceType, resourceId },
      after,
      limit: limit + 1,
    })) {
      if (items.length === limit) {
        isMore = true;
        break;
      }
      ({ position } = stored);
      items.push(
        shownEvent(
          { event: stored.sealed.event, dot: stored.sealed.dot, status: stored.status },
          heads,
          replica.replicaId,
        ),
      );
    }
    return told<HistoryPage>(context, { items, ...(isMore ? { next: position } : {}) });
  });
  app.openapi(routes.at, async (context) => {
    const { resourceType, resourceId, cut: given, dots } = context.req.valid('json');
    const { person } = context.get('session');
    visibleTypes([resourceType], person, 'resource');
    if ((given === undefined) === (dots === undefined))
      throw problem('bad_request', 'name a cut, or the dots of events, one of the two');
    const cut = given ?? cutOf(await replica.history(resourceType, resourceId), dots ?? []);
    const found = await replica.at(cut).get(resourceType, resourceId);
    return told<AtAnswer>(context, {
      cut,
      ...(found === undefined ? {} : { resource: await shownPast(core, found, person) }),
    });
  });
};

/** These events and all that they had seen. Of a replica's events of one resource each has seen those before it (R4). */
const cutOf = (history: readonly HistoryEntry[], dots: readonly string[]): Record<string, number> => {
  const byDot = new Map<string, HistoryEntry>(history.map((entry) => [entry.dot, entry]));
  const cut = new Map<string, number>();
  const reached = new Set<string>();
  const waiting = [...dots];
  for (let dot = waiting.pop(); dot !== undefined; dot = waiting.pop()) {
    if (reached.has(dot)) continue;
    reached.add(dot);
    const entry = byDot.get(dot);
    const parts = parseDot(dot);
    if (entry === undefined || parts === undefined)
      throw problem('not_found', 'an event of these is not in the history of this resource');
    cut.set(parts.replicaId, Math.max(cut.get(parts.replicaId) ?? 0, parts.seq));
    waiting.push(...entry.event.parents.filter((parent) => byDot.has(parent)));
  }
  return Object.fromEntries(cut);
};

const listResources = async (
  core: DeskCore,
  seal: Seal,
  query: {
    readonly resourceType?: string | undefined;
    readonly q?: string | undefined;
    readonly includeDeleted: boolean;
    readonly pendingOnly: boolean;
    readonly orderBy: 'id' | 'updatedAt';
    readonly after?: string | undefined;
    readonly limit: number;
  },
  person: DeskPerson,
): Promise<ResourcesPage> => {
  const { replica, limits } = core;
  const { resourceType, q = '', includeDeleted, pendingOnly, orderBy, limit } = query;
  if (resourceType !== undefined && !maySee(person, { types: [resourceType] })) return { items: [] };
  const pending = pendingOnly ? await visiblyPending(core, person) : undefined;
  const after = cursorFrom(query.after, seal);
  const items: ResourcesPage['items'] = [];
  let looked = 0;
  let last: ResourceSnapshot | undefined;
  const found = replica.list({
    includeDeleted,
    pendingOnly,
    orderBy,
    ...(resourceType === undefined ? {} : { resourceType }),
    ...(after === undefined ? {} : { after }),
  });
  for await (const resource of found) {
    if (items.length === limit || looked === limits.scanMax)
      return { items, ...(last === undefined ? {} : { next: cursorOf(last, seal) }) };
    looked += 1;
    last = resource;
    if (!resource.resourceId.includes(q) || !maySee(person, { types: [resource.resourceType] })) continue;
    if (pending?.has(resourceKeyOf(resource)) === false) continue;
    items.push({
      resourceType: resource.resourceType,
      resourceId: resource.resourceId,
      deleted: resource.deleted,
      conflicts: resource.conflicts.length,
      isProvisional: resource.provisional.length > 0,
      updatedAt: resource.updatedAt,
      updatedBy: resource.updatedBy,
      fields: previewOf(resource.fields),
    });
  }
  return { items };
};

/**
 * The resources of which a pending conflict may be seen; undefined for who sees all. One about a reference also tells
 * of what it refers to, which may be of a type that is not to be seen.
 */
const visiblyPending = async (
  { index }: Pick<DeskCore, 'index'>,
  person: DeskPerson,
): Promise<ReadonlySet<string> | undefined> => {
  if (person.readsAll) return undefined;
  await index.ready();
  const seen = index.entries().filter((entry) => entry.resolvedMs === undefined && maySee(person, entry));
  return new Set(seen.map(({ summary }) => resourceKeyOf(summary)));
};

const cursorOf = ({ resourceType, resourceId, updatedAt }: ResourceSnapshot, seal: Seal): string =>
  seal.close(JSON.stringify([resourceType, resourceId, updatedAt]));

const cursorFrom = (cursor: string | undefined, seal: Seal) => {
  if (cursor === undefined) return undefined;
  const text = seal.open(cursor);
  if (text === undefined) throw problem('bad_request', '"after" is no place that a page ended at: begin without it');
  const [resourceType, resourceId, updatedAt] = JSON.parse(text) as [string, string, string];
  return { resourceType, resourceId, updatedAt };
};

const shownResource = async (
  core: DeskCore,
  resourceType: string,
  resourceId: string,
  person: DeskPerson,
): Promise<ResourceView> => {
  const { replica } = core;
  const resource = await replica.get(resourceType, resourceId);
  const explanation = await replica.explain(resourceType, resourceId);
  if (resource === undefined || explanation === undefined) throw problem('not_found', 'there is no such resource');
  const side = (one: ConflictSideView, isShown: boolean): ConflictSide => ({
    ...sideFacts(one, replica.replicaId),
    isShown,
    clockWarnings: [],
    ...(one.value === undefined ? {} : { value: { value: one.value } }),
  });
  const explained = ({ unit, status, strategy, reason, conflictId, winner, losers }: typeof explanation.existence) => ({
    unit: unit.kind === 'group' ? { ...unit, fields: [...unit.fields] } : unit,
    status,
    reason,
    losers: losers.map((one) => side(one, false)),
    ...(strategy === undefined ? {} : { strategy }),
    ...(conflictId === undefined ? {} : { conflictId }),
    ...(winner === undefined ? {} : { winner: side(winner, true) }),
  });
  return {
    resourceType,
    resourceId,
    deleted: resource.deleted,
    heads: [...resource.heads],
    updatedAt: resource.updatedAt,
    updatedBy: resource.updatedBy,
    existence: explained(explanation.existence),
    fields: explanation.fields.map((field): FieldExplanation => ({
      field: field.field,
      kind: replica.review.fieldKind(resourceType, field.field),
      // What one event can carry is bounded, and so is this.
      value: { value: field.value },
      isProvisional: resource.provisional.includes(field.field),
      isInvalid: resource.invalid.includes(field.field),
      ...explained(field),
    })),
    conflicts: await conflictsOf(core, resourceType, resourceId, person),
    // What others have is counted over all types.
    cut: person.readsAll
      ? { ...(await replica.cut()) }
      : cutOf(await replica.history(resourceType, resourceId), resource.heads),
    mayResolve: person.may('resolve', resourceType),
  };
};

const conflictsOf = async (
  core: DeskCore,
  resourceType: string,
  resourceId: string,
  person: DeskPerson,
): Promise<ConflictSummary[]> => {
  const { replica, search } = core;
  const aside = await asideOf(core);
  const { items } = await replica.review.outlines({ resource: { resourceType, resourceId }, limit: conflictsMax });
  return items
    .map((outline) => entryOf(outline, replica.replicaId))
    .filter((entry) => maySee(person, entry))
    .map((entry) => search.summaryOf(entry, person, aside))
    .sort((a, b) => (a.status === b.status ? 0 : a.status === 'pending' ? -1 : 1));
};

const shownEvent = (
  { event, dot, status }: HistoryEntry,
  heads: ReadonlySet<string>,
  ownId: string,
): HistoryPage['items'][number] => ({
  dot,
  eventId: event.eventId,
  replicaId: event.replicaId,
  seq: event.seq,
  agentId: event.agentId,
  operation: event.operation,
  timestamp: event.timestamp,
  counter: event.counter,
  parents: [...event.parents],
  status,
  payload: Object.entries(event.payload ?? {}).map(([field, value]) => ({ field, value: previewOf(value) })),
  isHead: heads.has(dot),
  isLocal: event.replicaId === ownId,
  ...(event.note === undefined ? {} : { note: event.note }),
  ...(event.conflictId === undefined ? {} : { conflictId: event.conflictId }),
});

const shownPast = async (
  core: DeskCore,
  past: ResourceSnapshot,
  person: DeskPerson,
): Promise<AtAnswer['resource']> => ({
  resourceType: past.resourceType,
  resourceId: past.resourceId,
  deleted: past.deleted,
  heads: [...past.heads],
  updatedAt: past.updatedAt,
  updatedBy: past.updatedBy,
  provisional: [...past.provisional],
  fields: Object.entries(past.fields).map(([field, value]) => ({ field, value: previewOf(value) })),
  conflicts: past.conflicts.filter((id) => {
    const entry = core.index.get(id);
    return entry === undefined || maySee(person, entry);
  }),
});
