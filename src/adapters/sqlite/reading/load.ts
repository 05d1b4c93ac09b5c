/**
 * What a merge of these events starts from. Most of it is not looked up at all: an event whose
 * number is above the highest stored of its replica is new, and a parent that is a head of its
 * resource is applied.
 */
import type { Dot, EventId, ResourceRef, SealedEvent } from '../../../domain/events/event.js';
import type { KnownDot, Loaded } from '../../../domain/merge/loaded.js';
import { refOfKey, resourceKeyOf, type ResourceKey } from '../../../domain/resource/resource-key.js';
import type { ResourceState } from '../../../domain/resource/state.js';
import type { LoadRequest } from '../../../application/ports/event-store.js';
import type { Base } from '../base.js';
import { nobody, readAuditHead, readFingerprint, readMeta } from '../file/file-facts.js';
import { sealedAt } from './find-events.js';
import { knownDots } from './load-known.js';
import { findWaiting } from '../rows/parked-rows.js';
import { findResource } from '../rows/resource-rows.js';

export const load = ({ events, resources, dueMs }: LoadRequest, base: Base): Loaded => {
  const { connection, remembered } = base;
  const parked = findWaiting(dotsOf(events), dueMs, base);
  const waiting = parked.map(({ sealed }) => sealed);

  const states = new Map<ResourceKey, ResourceState>();
  const asked = new Set<ResourceKey>();
  const note = (ref: ResourceRef): void => {
    const key = resourceKeyOf(ref);
    if (asked.has(key)) return;
    asked.add(key);
    const stored = findResource(ref, base);
    if (stored !== undefined) states.set(key, stored.state);
  };
  for (const { event } of events) note(event);
  for (const { event } of waiting) note(event);
  resources.forEach(note);

  const { known, lookUp } = knownDots(events, waiting, states, base);
  const sameId = sameIds(events, known, base);
  for (const same of sameId.values()) for (const { dot, event } of same) lookUp(dot, event.replicaId, event.seq);
  return {
    replica: readMeta(connection).replica ?? nobody,
    policyFingerprint: readFingerprint(connection),
    audit: readAuditHead(connection),
    known,
    sameId,
    states,
    parked,
    parkedCount: remembered.parkedCount(),
    withVoids: withVoids(asked, base),
  };
};

function* dotsOf(events: readonly SealedEvent[]): Iterable<Dot> {
  for (const { dot } of events) yield dot;
}

/** Of events that are stored exactly as they came nobody asks who else has their ids. */
const sameIds = (
  events: readonly SealedEvent[],
  known: ReadonlyMap<Dot, KnownDot>,
  base: Base,
): ReadonlyMap<EventId, readonly SealedEvent[]> => {
  const found = new Map<EventId, readonly SealedEvent[]>();
  const wanted: EventId[] = [];
  for (const { dot, hash, event } of events)
    if (known.get(dot)?.hashes.includes(hash) !== true) wanted.push(event.eventId);
  for (const [eventId, positions] of base.eventIds.positionsOfAll(wanted)) {
    const same = [...new Set(positions)]
      .flatMap((n) => sealedAt(n, base) ?? [])
      .filter((other) => other.event.eventId === eventId);
    if (same.length > 0) found.set(eventId as EventId, same);
  }
  return found;
};

const withVoids = (
  asked: ReadonlySet<ResourceKey>,
  { connection, resources, remembered }: Base,
): ReadonlySet<ResourceKey> => {
  if (!remembered.hasVoids()) return new Set();
  const hasVoid = connection.values<number>('SELECT 1 FROM void_node WHERE resource = ? LIMIT 1');
  const holdsVoid = (key: ResourceKey): boolean => {
    const id = resources.find(refOfKey(key));
    return id !== undefined && hasVoid.get(id) !== undefined;
  };
  return new Set([...asked].filter(holdsVoid));
};
