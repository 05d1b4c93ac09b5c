/**
 * Two plain lists merged in memory (R39): what one side did and what the other did, each in
 * its own order, without parents or replica numbers. What both hold is the common past and
 * stands in the same order in both.
 *
 * Identity that the events lack is made from their content, never from the side they came
 * from, so merging (a, b) and (b, a) gives the same bytes but for the words local and remote.
 */
import { compareDots } from '../causality/dot.js';
import { compareWrites, lastOf, type WriteOrder } from '../causality/last-write.js';
import { parentsFirst } from '../causality/parents-first.js';
import type { ConflictRecord } from '../conflict/conflict-record.js';
import { isOpen } from '../conflict/conflict-record.js';
import type { Dot, ReknitEvent, SealedEvent } from '../events/event.js';
import { parseEventOrThrow } from '../events/parse.js';
import { compareTexts, resourceKeyOf, type ResourceKey } from '../resource/resource-key.js';
import { canonicalJson } from '../shared/canonical-json.js';
import { checkArgument, isObject } from '../shared/check-argument.js';
import { ReknitError } from '../shared/errors.js';
import type { JsonObject } from '../shared/json.js';
import { portableSha256, type Sha256 } from '../shared/sha256.js';
import { checkPolicyGiven } from '../strategies/policy-check.js';
import type { Policy } from '../strategies/policy.js';
import { defaultPolicy } from '../strategies/index.js';
import { foldSealed, type FoldedEvents } from './fold-events.js';

/** An event as a program without replicas has it; whatever else an event can carry is kept. */
export interface PlainEvent {
  readonly eventId: string;
  readonly agentId: string;
  readonly resourceType: string;
  readonly resourceId: string;
  readonly operation: string;
  readonly timestamp: string;
  readonly payload?: JsonObject | null;
  readonly [member: string]: unknown;
}

/** A conflict between two lists. */
export interface MergedConflict {
  readonly conflictId: string;
  readonly conflictType: ConflictRecord['conflictType'];
  readonly resourceType: string;
  readonly resourceId: string;
  readonly unit: ConflictRecord['unit'];
  /** All sides, in canonical order. */
  readonly siblings: readonly ReknitEvent[];
  /** The side that only the first list holds, and the one that only the second holds: the last write of each. */
  readonly local?: ReknitEvent;
  readonly remote?: ReknitEvent;
  readonly resolutionStrategy?: string;
  readonly resolution: ConflictRecord['outcome'];
  readonly status: 'pending_review' | 'resolved';
}

/** What a resource looks like after the merge. */
export interface MergedResource {
  readonly resourceType: string;
  readonly resourceId: string;
  readonly fields: JsonObject;
  readonly deleted: boolean;
  readonly updatedAt: string;
  readonly updatedBy: string;
}

/** What two lists come to together. */
export interface MergedLists {
  /** Every event once, complete, in a causal order that is the same for both orders of the arguments. */
  readonly mergedEvents: readonly ReknitEvent[];
  readonly conflicts: readonly MergedConflict[];
  readonly resources: readonly MergedResource[];
  /** The strategies that decided, each once, by name; the policy's default where nothing was to decide. */
  readonly resolutionStrategy: string;
  readonly conflictCount: number;
}

/**
 * Merges two plain lists of events: what both hold is the common past, the rest are two branches.
 *
 * @throws ReknitError `order_differs` when the lists hold the same events in different
 *   orders, `event_id_reused` when one id names two contents, and the codes of event refusals
 */
export const mergeEvents = (
  local: readonly PlainEvent[],
  remote: readonly PlainEvent[],
  policy: Policy = defaultPolicy,
  sha256: Sha256 = portableSha256,
): MergedLists => {
  const areEvents = (list: unknown): boolean => Array.isArray(list) && list.every(isObject);
  checkArgument(areEvents(local), 'mergeEvents', 'local', 'a list of event objects');
  checkArgument(areEvents(remote), 'mergeEvents', 'remote', 'a list of event objects');
  checkPolicyGiven('mergeEvents', policy);
  const inLocal = positionsOf(local);
  const inRemote = positionsOf(remote);
  refuseContradictions(local, remote, inLocal, inRemote);
  const drafts = new Map<string, PlainEvent>();
  for (const event of [...local, ...remote]) drafts.set(event.eventId, event);

  const sealed = isComplete(drafts) ? sealAll(drafts, sha256) : complete([local, remote], drafts, sha256);
  const folded = foldSealed([...sealed.values()], policy, sha256);
  const byDot = new Map([...sealed.values()].map((event) => [event.dot, event]));
  const conflicts = folded.conflicts
    .filter(({ isStanding }) => isStanding)
    .map((record) => conflictOf(record, byDot, inLocal, inRemote))
    .sort((a, b) => compareTexts(a.conflictId, b.conflictId));
  const strategies = [...new Set(conflicts.flatMap(({ resolutionStrategy }) => resolutionStrategy ?? []))].sort();
  return {
    mergedEvents: inCausalOrder([...sealed.values()]),
    conflicts,
    resources: folded.resources.map(resourceOf),
    resolutionStrategy: strategies.length > 0 ? strategies.join(', ') : defaultStrategyName(policy),
    conflictCount: conflicts.length,
  };
};

const defaultStrategyName = (policy: Policy): string =>
  policy.rulesFor('').strategyFor({ kind: 'field', field: '' }, 'concurrent_modification').name;

const positionsOf = (events: readonly PlainEvent[]): ReadonlyMap<string, number> => {
  const positions = new Map<string, number>();
  for (const [index, { eventId }] of events.entries()) if (!positions.has(eventId)) positions.set(eventId, index);
  return positions;
};

const refuseContradictions = (
  local: readonly PlainEvent[],
  remote: readonly PlainEvent[],
  inLocal: ReadonlyMap<string, number>,
  inRemote: ReadonlyMap<string, number>,
): void => {
  const contents = new Map<string, string>();
  for (const event of [...local, ...remote]) {
    const content = canonicalJson(event);
    const known = contents.get(event.eventId);
    if (known !== undefined && known !== content)
      throw new ReknitError(
        'event_id_reused',
        `the event id "${event.eventId}" names two different events: give one of them another id`,
        { eventId: event.eventId },
      );
    contents.set(event.eventId, content);
  }
  let last = -1;
  for (const eventId of inLocal.keys()) {
    const position = inRemote.get(eventId);
    if (position === undefined) continue;
    if (position < last)
      throw new ReknitError(
        'order_differs',
        `both lists hold event "${eventId}", but not in the same order: the common past must be in one order`,
        { eventId },
      );
    last = position;
  }
};

/** Events of replicas carry their own causality; then the lists' order means nothing. */
const isComplete = (events: ReadonlyMap<string, PlainEvent>): boolean =>
  [...events.values()].every(
    (event) => Array.isArray(event['parents']) && event['replicaId'] !== undefined && event['seq'] !== undefined,
  );

const sealAll = (events: ReadonlyMap<string, PlainEvent>, sha256: Sha256): ReadonlyMap<string, SealedEvent> =>
  new Map([...events].map(([eventId, event]) => [eventId, parseEventOrThrow(event, sha256)]));

/** Makes the missing identity: each event a replica of its own, its parents the ones before it in its lists. */
const complete = (
  lists: readonly (readonly PlainEvent[])[],
  events: ReadonlyMap<string, PlainEvent>,
  sha256: Sha256,
): ReadonlyMap<string, SealedEvent> => {
  const dots = new Map(
    [...events].map(([eventId, event]) => [eventId, `~${sha256(canonicalJson(event)).slice(0, 32)}:1` as Dot]),
  );
  const parents = new Map<string, Set<Dot>>();
  for (const list of lists) {
    const last = new Map<ResourceKey, string>();
    const seen = new Set<string>();
    for (const event of list) {
      if (seen.has(event.eventId)) continue;
      seen.add(event.eventId);
      const key = resourceKeyOf(event);
      const previous = last.get(key);
      const own = parents.get(event.eventId) ?? new Set<Dot>();
      if (previous !== undefined) own.add(dots.get(previous) as Dot);
      parents.set(event.eventId, own);
      last.set(key, event.eventId);
    }
  }
  const sealed = new Map<string, SealedEvent>();
  for (const [eventId, event] of events) {
    const dot = dots.get(eventId) as Dot;
    const completed: Record<string, unknown> = {
      ...event,
      replicaId: dot.slice(0, -2),
      seq: 1,
      counter: event['counter'] ?? 0,
      parents: [...(parents.get(eventId) ?? [])].sort(compareDots),
      // In a resolve null is an answer: the resource is deleted. Elsewhere it says no more than nothing does.
      payload: event.payload ?? (event.payload === null && event.operation === 'resolve' ? null : {}),
      schemaVersion: event['schemaVersion'] ?? 1,
    };
    sealed.set(eventId, parseEventOrThrow(completed, sha256));
  }
  return sealed;
};

/** Parents first; among those that are ready, by last-write order: the same whatever list came first. */
const inCausalOrder = (events: readonly SealedEvent[]): readonly ReknitEvent[] => {
  const known = new Set(events.map(({ dot }) => dot));
  const inOrder = [...events].sort((a, b) => compareWrites(orderOf(a), orderOf(b)));
  // A list may start in the middle: parents that neither holds are not waited for.
  const nodeOf = ({ dot, event }: SealedEvent) => ({
    dot,
    parents: event.parents.filter((parent) => known.has(parent)),
  });
  return parentsFirst(inOrder, nodeOf).map(({ event }) => event);
};

const orderOf = ({ event, dot }: SealedEvent): WriteOrder => ({
  timestamp: event.timestamp,
  counter: event.counter,
  dot,
});

const conflictOf = (
  record: ConflictRecord,
  events: ReadonlyMap<Dot, SealedEvent>,
  inLocal: ReadonlyMap<string, number>,
  inRemote: ReadonlyMap<string, number>,
): MergedConflict => {
  const siblings = record.siblings.flatMap((dot) => events.get(dot) ?? []);
  const lastOnly = (here: ReadonlyMap<string, number>, there: ReadonlyMap<string, number>): ReknitEvent | undefined =>
    lastOf(
      siblings.filter(({ event }) => here.has(event.eventId) && !there.has(event.eventId)),
      orderOf,
    )?.event;
  const local = lastOnly(inLocal, inRemote);
  const remote = lastOnly(inRemote, inLocal);
  return {
    conflictId: record.conflictId,
    conflictType: record.conflictType,
    resourceType: record.resourceType,
    resourceId: record.resourceId,
    unit: record.unit,
    siblings: siblings.map(({ event }) => event),
    ...(local === undefined ? {} : { local }),
    ...(remote === undefined ? {} : { remote }),
    ...(record.strategy === undefined ? {} : { resolutionStrategy: record.strategy.name }),
    resolution: record.outcome,
    status: isOpen(record) ? 'pending_review' : 'resolved',
  };
};

const resourceOf = ({ state, view }: FoldedEvents['resources'][number]): MergedResource => ({
  resourceType: state.resourceType,
  resourceId: state.resourceId,
  fields: view.fields,
  deleted: view.deleted,
  updatedAt: view.updatedAt,
  updatedBy: view.updatedBy,
});
