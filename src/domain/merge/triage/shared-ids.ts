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
    else if (first !== sealed && others.get(eventId)?.includes(sealed) !== true) appendTo(others, eventId, sealed);
  };
  for (const sealed of fresh.values()) note(sealed);
  for (const { variants } of forks.values()) variants.forEach(note);
  if (others.size === 0 && loaded.sameId.size === 0) return twins;

  for (const [eventId, newcomer] of firsts) {
    const stored = loaded.sameId.get(eventId);
    const again = others.get(eventId);
    if (again === undefined && stored === undefined) continue;
    const events = again === undefined ? [newcomer] : [newcomer, ...again];
    const all = [...(stored ?? []), ...events];
    const dots = [...new Set(all.map(({ dot }) => dot))];
    if (dots.length < 2) continue;
    const [first] = all;
    if (first !== undefined && all.every((other) => isSameChange(first, other))) twins.push({ eventId, dots });
    else for (const sealed of all) fork(sealed.dot, [sealed], [], eventId);
  }
  return twins;
};

const isSameChange = ({ event: a }: SealedEvent, { event: b }: SealedEvent): boolean =>
  a.resourceType === b.resourceType &&
  a.resourceId === b.resourceId &&
  a.operation === b.operation &&
  sameJson(a.payload, b.payload);
