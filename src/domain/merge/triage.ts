/**
 * First look at a batch: what is new, what is known, what contradicts what is known, what
 * can be applied now and in which order, and what has to wait.
 *
 * Nothing here looks at values, so the cost is that of the batch. An event is applied when
 * its parents are (R3); until then it is parked. A dot with two contents is a fork (R5), an
 * event id with two contents forks both of its dots (R6); their resources are set aside to
 * be folded anew, since an event that was applied there may turn out to be void.
 */
import type { ContentHash, Dot, EventId, SealedEvent } from '../events/event.js';
import { resourceKeyOf, type ResourceKey } from '../resource/resource-key.js';
import { appendTo } from '../shared/append-to.js';
import { sameJson } from '../shared/canonical-json.js';
import type { ParkingReason } from '../audit/audit-act.js';
import type { Loaded, ParkedEvent } from './loaded.js';

export interface Triage {
  /** Events to apply, by resource, parents first. */
  readonly ready: ReadonlyMap<ResourceKey, ReadyEvents>;
  /** Whose turn it is: the place of the resource of each ready event, in the order in which they became ready. */
  readonly order: readonly number[];
  readonly duplicates: number;
  /** New events that wait, and parked ones whose reason or missing parents changed. */
  readonly park: readonly ParkedEvent[];
  /** Parked events that are applied now, or that turned out to be variants of a void. */
  readonly unpark: readonly Dot[];
  readonly forks: readonly Fork[];
  readonly twins: readonly { readonly eventId: EventId; readonly dots: readonly Dot[] }[];
  /** Resources that forks touch, and the new events of those. They are folded anew. */
  readonly refold: ReadonlyMap<ResourceKey, readonly SealedEvent[]>;
}

/** One resource's events that can be applied; never none. */
export interface ReadyEvents {
  /** The how-manieth resource it is, from 0. */
  readonly place: number;
  readonly events: readonly [SealedEvent, ...SealedEvent[]];
}

/** A dot that is void from now on, or has one more variant. */
export interface Fork {
  readonly dot: Dot;
  /** Variants that came to light now; those known before are in the resource's history. */
  readonly variants: readonly SealedEvent[];
  /** The event id under which another change was recorded, if that is the reason. */
  readonly reusedId: EventId | undefined;
  readonly hashes: readonly ContentHash[];
}

export interface TriageOptions {
  /** Whether an event is too far ahead of the wall clock, and waits until that has come closer (R10). */
  readonly isFuture: (sealed: SealedEvent) => boolean;
}

export const triage = (loaded: Loaded, batch: readonly SealedEvent[], options: TriageOptions): Triage => {
  const fresh = new Map<Dot, SealedEvent>();
  const forks = new Map<Dot, { variants: SealedEvent[]; reusedId: EventId | undefined; hashes: Set<ContentHash> }>();
  let duplicates = 0;

  const fork = (
    dot: Dot,
    variants: readonly SealedEvent[],
    hashes: readonly ContentHash[],
    reusedId?: EventId,
  ): void => {
    const known = forks.get(dot) ?? { variants: [], reusedId: undefined, hashes: new Set<ContentHash>() };
    known.variants.push(...variants.filter(({ hash }) => !known.hashes.has(hash)));
    for (const hash of [...hashes, ...variants.map((variant) => variant.hash)]) known.hashes.add(hash);
    known.reusedId ??= reusedId;
    forks.set(dot, known);
  };

  for (const sealed of batch) {
    const known = loaded.known.get(sealed.dot);
    const first = fresh.get(sealed.dot);
    if (known === undefined && first === undefined && forks.size === 0) {
      fresh.set(sealed.dot, sealed);
      continue;
    }
    const isKnown = known?.hashes.includes(sealed.hash) === true || first?.hash === sealed.hash;
    if (isKnown || forks.get(sealed.dot)?.hashes.has(sealed.hash) === true) duplicates += 1;
    else if (known !== undefined || first !== undefined) {
      fork(sealed.dot, first === undefined ? [sealed] : [first, sealed], known?.hashes ?? []);
    } else fresh.set(sealed.dot, sealed);
  }

  const twins = findSharedIds(loaded, fresh, forks, fork);
  const refold = setAside(loaded, fresh, forks);
  const { ready, order, park, unpark } = orderByParents(loaded, fresh, forks, refold, options);
  return {
    ready,
    order,
    duplicates,
    park,
    unpark,
    forks: [...forks].map(([dot, { variants, reusedId, hashes }]) => ({
      dot,
      variants,
      reusedId,
      hashes: [...hashes].sort(),
    })),
    twins,
    refold,
  };
};

/** R6: one event id under several dots. */
const findSharedIds = (
  loaded: Loaded,
  fresh: ReadonlyMap<Dot, SealedEvent>,
  forks: ReadonlyMap<Dot, { readonly variants: readonly SealedEvent[] }>,
  fork: (dot: Dot, variants: readonly SealedEvent[], hashes: readonly ContentHash[], reusedId: EventId) => void,
): Triage['twins'] => {
  const twins: { eventId: EventId; dots: readonly Dot[] }[] = [];
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

/**
 * Takes the events of resources with voids, old or new, out of the ordinary way. Where
 * nothing is new, nothing is folded: what waits there goes on waiting.
 */
const setAside = (
  loaded: Loaded,
  fresh: Map<Dot, SealedEvent>,
  forks: ReadonlyMap<Dot, { readonly variants: readonly SealedEvent[] }>,
): ReadonlyMap<ResourceKey, readonly SealedEvent[]> => {
  const refold = new Map<ResourceKey, SealedEvent[]>();
  if (loaded.withVoids.size === 0 && forks.size === 0) return refold;
  for (const { event } of fresh.values())
    if (loaded.withVoids.has(resourceKeyOf(event))) refold.set(resourceKeyOf(event), []);
  for (const { sealed, reason } of loaded.parked)
    if (reason === 'future' && loaded.withVoids.has(resourceKeyOf(sealed.event)))
      refold.set(resourceKeyOf(sealed.event), []);
  for (const [dot, { variants }] of forks) {
    fresh.delete(dot);
    for (const { event } of variants) refold.set(resourceKeyOf(event), []);
    for (const key of loaded.known.get(dot)?.appliedIn ?? []) refold.set(key, []);
    for (const parked of loaded.parked)
      if (parked.sealed.dot === dot) refold.set(resourceKeyOf(parked.sealed.event), []);
  }
  if (refold.size > 0) for (const sealed of fresh.values()) refold.get(resourceKeyOf(sealed.event))?.push(sealed);
  return refold;
};

interface Waiting {
  readonly sealed: SealedEvent;
  readonly key: ResourceKey;
  readonly parked: ParkedEvent | undefined;
  readonly missing: Set<Dot>;
}

const orderByParents = (
  loaded: Loaded,
  fresh: ReadonlyMap<Dot, SealedEvent>,
  forks: ReadonlyMap<Dot, unknown>,
  refold: ReadonlyMap<ResourceKey, unknown>,
  { isFuture }: TriageOptions,
): Pick<Triage, 'ready' | 'order' | 'park' | 'unpark'> => {
  const ready = new Map<ResourceKey, { readonly place: number; readonly events: [SealedEvent, ...SealedEvent[]] }>();
  const order: number[] = [];
  const park: ParkedEvent[] = [];
  const unpark: Dot[] = loaded.parked.flatMap(({ sealed }) => (forks.has(sealed.dot) ? [sealed.dot] : []));
  const appliedNow = new Map<Dot, ResourceKey>();
  const waitingFor = new Map<Dot, Waiting[]>();
  const waiting = new Set<Waiting>();
  const hasSetAside = refold.size > 0 || loaded.withVoids.size > 0 || forks.size > 0;

  /** Whether the dot is applied in that resource, in another one only, or nowhere yet. */
  const placeOf = (dot: Dot, key: ResourceKey): 'here' | 'elsewhere' | 'nowhere' => {
    const now = appliedNow.get(dot);
    if (now !== undefined) return now === key ? 'here' : 'elsewhere';
    if (loaded.states.get(key)?.heads.includes(dot) === true) return 'here';
    const places = loaded.known.get(dot)?.appliedIn ?? [];
    if (places.length === 0) return 'nowhere';
    return places.includes(key) ? 'here' : 'elsewhere';
  };

  const areHere = (dots: readonly Dot[], key: ResourceKey): boolean => {
    for (const dot of dots) if (placeOf(dot, key) !== 'here') return false;
    return true;
  };

  const take = (sealed: SealedEvent, key: ResourceKey): void => {
    appliedNow.set(sealed.dot, key);
    let here = ready.get(key);
    if (here === undefined) ready.set(key, (here = { place: ready.size, events: [sealed] }));
    else here.events.push(sealed);
    order.push(here.place);
  };

  const apply = (first: Waiting): void => {
    const open: Waiting[] = [];
    for (let entry: Waiting | undefined = first; entry !== undefined; entry = open.pop()) {
      const { sealed, key } = entry;
      waiting.delete(entry);
      if (entry.parked !== undefined) unpark.push(sealed.dot);
      take(sealed, key);
      const waiters = waitingFor.get(sealed.dot);
      if (waiters === undefined) continue;
      waitingFor.delete(sealed.dot);
      for (const waiter of waiters) {
        if (!waiting.has(waiter)) continue;
        if (waiter.key !== key) hold(waiter, 'invalid_parent');
        else {
          waiter.missing.delete(sealed.dot);
          if (waiter.missing.size === 0) open.push(waiter);
        }
      }
    }
  };

  const hold = (entry: Waiting, reason: ParkingReason): void => {
    waiting.delete(entry);
    const missing = [...entry.missing];
    const before = entry.parked;
    if (before !== undefined && before.reason === reason && before.missing.length === missing.length) return;
    park.push({ sealed: entry.sealed, reason, missing });
  };

  const consider = (sealed: SealedEvent, parked: ParkedEvent | undefined): void => {
    const key = resourceKeyOf(sealed.event);
    if (hasSetAside && (refold.has(key) || loaded.withVoids.has(key) || forks.has(sealed.dot))) return;
    // Invalid for good, unless a fork puts its parent into this resource's graph, which folds that anew.
    if (parked?.reason === 'invalid_parent') return;
    // Nothing that arrives takes a refusal back (R9).
    if (parked?.reason === 'refused') return;
    // The usual case: everything it builds on is there, and nobody has waited for it.
    if (
      parked === undefined &&
      (waitingFor.size === 0 || !waitingFor.has(sealed.dot)) &&
      !isFuture(sealed) &&
      areHere(sealed.event.parents, key)
    )
      return take(sealed, key);
    const missing = new Set<Dot>();
    const entry: Waiting = { sealed, key, parked, missing };
    let isInvalid = false;
    for (const parent of sealed.event.parents) {
      // What a parked event no longer misses was applied when it was last looked at.
      const wasThere = parked !== undefined && !parked.missing.includes(parent);
      const place = wasThere ? 'here' : placeOf(parent, key);
      if (place === 'nowhere') missing.add(parent);
      else if (place === 'elsewhere') isInvalid = true;
    }
    if (isInvalid) return hold(entry, 'invalid_parent');
    if (isFuture(sealed)) return hold(entry, 'future');
    waiting.add(entry);
    if (missing.size === 0) return apply(entry);
    for (const dot of missing) appendTo(waitingFor, dot, entry);
  };

  // What waits was looked at when something new came; duplicates alone are no reason to look again. An event whose
  // time has come is news to those that wait for it.
  const isNews =
    fresh.size > 0 ||
    forks.size > 0 ||
    loaded.parked.some(({ reason, sealed }) => reason === 'future' && !isFuture(sealed));
  for (const parked of loaded.parked) if (isNews || parked.reason === 'future') consider(parked.sealed, parked);
  for (const sealed of fresh.values()) consider(sealed, undefined);
  for (const entry of waiting) hold(entry, 'parents');
  return { ready, order, park, unpark };
};
