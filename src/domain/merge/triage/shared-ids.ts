/**
 * R6: one event id under several dots. Where they say the same they are twins, and both count; where they do not, all of
 * them are forks.
 */
import type { ContentHash, Dot, EventId, SealedEvent } from '../../events/event.js';
import { appendTo } from '../../shared/append-to.js';
import { sameJson } from '../../shared/canonical-json.js';
import type { Loaded } from '../loaded.js';

/** Dots under which one event id says the same. */
export interface Twins {
  readonly eventId: EventId;
  readonly dots: readonly Dot[];
}

/** @param fork told of every event whose id names another change too */
export const findSharedIds = (
  loaded: Loaded,
  fresh: ReadonlyMap<Dot, SealedEvent>,
  forks: ReadonlyMap<Dot, { readonly variants: readonly SealedEvent[] }>,
  fork: (dot: Dot, variants: readonly SealedEvent[], hashes: readonly ContentHash[], reusedId: EventId) => void,
): readonly Twins[] => {
  const twins: Twins[] = [];
  // Nearly every id stands once, so lists are made only for those that come again.
  const firsts = new Map<EventId, SealedEvent>();
  const others = new Map<EventId, SealedEvent[]>();
  const note = (sealed: SealedEvent): void => {
    const { eventId } = sealed.event;
    const first = firsts.get(eventId);
    if (first === undefined) firsts.set(eventId, sealed);
    else appendTo(others, eventId, sealed);
  };
  for (const sealed of fresh.values()) note(sealed);
  for (const { variants } of forks.values()) variants.forEach(note);
  if (others.size === 0 && loaded.sameId.size === 0) return twins;

  for (const [eventId, newcomer] of firsts) {
    const all = [...(loaded.sameId.get(eventId) ?? []), newcomer, ...(others.get(eventId) ?? [])];
    const dots = [...new Set(all.map(({ dot }) => dot))];
    if (dots.length < 2) continue;
    if (all.every((other) => isSameChange(newcomer, other))) twins.push({ eventId, dots });
    else for (const sealed of all) fork(sealed.dot, [sealed], [], eventId);
  }
  return twins;
};

const isSameChange = ({ event: a }: SealedEvent, { event: b }: SealedEvent): boolean =>
  a.resourceType === b.resourceType &&
  a.resourceId === b.resourceId &&
  a.operation === b.operation &&
  sameJson(a.payload, b.payload);
