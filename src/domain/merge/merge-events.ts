/**
 * Two plain lists merged in memory (R39): what one side did and what the other did, each in
 * its own order, without parents or replica numbers. What both hold is the common past and
 * stands in the same order in both. Merging (a, b) and (b, a) gives the same bytes but for the
 * words local and remote.
 */
import { compareWrites, lastOf, type WriteOrder } from '../causality/last-write.js';
import { parentsFirst } from '../causality/parents-first.js';
import type { ConflictRecord } from '../conflict/conflict-record.js';
import { isOpen } from '../conflict/conflict-record.js';
import type { Dot, ReknitEvent, SealedEvent } from '../events/event.js';
import { compareTexts } from '../resource/resource-key.js';
import { canonicalJson } from '../shared/canonical-json.js';
import { checkArgument, isObject } from '../shared/check-argument.js';
import { ReknitError } from '../shared/errors.js';
import type { JsonObject } from '../shared/json.js';
import { portableSha256, type Sha256 } from '../shared/sha256.js';
import { checkPolicyGiven } from '../strategies/policy-check.js';
import type { Policy } from '../strategies/policy.js';
import { defaultPolicy } from '../strategies/index.js';
import { foldSealed, type FoldedEvents } from './fold-events.js';
import { sealPlain, type PlainEvent } from './plain-events.js';

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
  const sealed = sealPlain([local, remote], sha256);
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
