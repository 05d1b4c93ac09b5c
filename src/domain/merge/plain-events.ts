/**
 * Events of programs without replicas (R39), made whole. Identity that they lack is made from their content, never from
 * the side they came from, so that two lists give the same whichever comes first.
 */
import { compareDots } from '../causality/dot.js';
import type { Dot, SealedEvent } from '../events/event.js';
import { parseEventOrThrow } from '../events/parse.js';
import { resourceKeyOf, type ResourceKey } from '../resource/resource-key.js';
import { canonicalJson } from '../shared/canonical-json.js';
import type { JsonObject } from '../shared/json.js';
import type { Sha256 } from '../shared/sha256.js';

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

/**
 * Checks and seals all events of some lists, each once, by its id.
 *
 * @throws ReknitError with the code of the refusal
 */
export const sealPlain = (
  lists: readonly (readonly PlainEvent[])[],
  sha256: Sha256,
): ReadonlyMap<string, SealedEvent> => {
  const events = new Map<string, PlainEvent>();
  for (const list of lists) for (const event of list) events.set(event.eventId, event);
  return isComplete(events) ? sealAll(events, sha256) : complete(lists, events, sha256);
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
