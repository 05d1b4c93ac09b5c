/**
 * What can be applied now and in which order, and what has to wait (R3, R9, R10). What becomes ready here may release
 * what was parked long ago.
 */
import type { ParkingReason } from '../../audit/audit-act.js';
import type { Dot, SealedEvent } from '../../events/event.js';
import { resourceKeyOf, type ResourceKey } from '../../resource/resource-key.js';
import { appendTo } from '../../shared/append-to.js';
import type { Loaded, ParkedEvent } from '../loaded.js';

/** What can be applied, and what that changes for the events that wait. */
export interface Ordered {
  /** Events to apply, by resource, parents first. */
  readonly ready: ReadonlyMap<ResourceKey, ReadyEvents>;
  /** Whose turn it is: the place of the resource of each ready event, in the order in which they became ready. */
  readonly order: readonly number[];
  /** New events that wait, and parked ones whose reason or missing parents changed. */
  readonly park: readonly ParkedEvent[];
  /** Parked events that are applied now, or that turned out to be variants of a void. */
  readonly unpark: readonly Dot[];
}

/** One resource's events that can be applied; never none. */
export interface ReadyEvents {
  /** Its place among the resources with such events, from 0, by which of them had one first. */
  readonly place: number;
  readonly events: readonly [SealedEvent, ...SealedEvent[]];
}

export interface TriageOptions {
  /** Whether an event is too far ahead of the wall clock, and waits until that has come closer (R10). */
  readonly isFuture: (sealed: SealedEvent) => boolean;
}

interface Waiting {
  readonly sealed: SealedEvent;
  readonly key: ResourceKey;
  readonly parked: ParkedEvent | undefined;
  readonly missing: Set<Dot>;
}

export const orderByParents = (
  loaded: Loaded,
  fresh: ReadonlyMap<Dot, SealedEvent>,
  forks: ReadonlyMap<Dot, unknown>,
  refold: ReadonlyMap<ResourceKey, unknown>,
  { isFuture }: TriageOptions,
): Ordered => {
  const ready = new Map<ResourceKey, { readonly place: number; readonly events: [SealedEvent, ...SealedEvent[]] }>();
  const order: number[] = [];
  const park: ParkedEvent[] = [];
  const unpark: Dot[] = loaded.parked.flatMap(({ sealed }) => (forks.has(sealed.dot) ? [sealed.dot] : []));
  const appliedNow = new Map<Dot, ResourceKey>();
  const waitingFor = new Map<Dot, Waiting[]>();
  const waiting = new Set<Waiting>();
  // Mostly nothing is, and nobody waits; that costs less to know than to look up for each event.
  const mayBeSetAside = refold.size + loaded.withVoids.size + forks.size > 0;

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
    if (mayBeSetAside && (refold.has(key) || loaded.withVoids.has(key) || forks.has(sealed.dot))) return;
    // Invalid for good, unless a fork puts its parent into this resource's graph, which folds that anew.
    if (parked?.reason === 'invalid_parent') return;
    // Nothing that arrives takes a refusal back (R9).
    if (parked?.reason === 'refused') return;
    // The usual case: everything it builds on is there, and nobody has waited for it.
    const isAwaited = waitingFor.size > 0 && waitingFor.has(sealed.dot);
    if (parked === undefined && !isAwaited && !isFuture(sealed) && areHere(sealed.event.parents, key))
      return take(sealed, key);
    const missing = new Set<Dot>();
    const entry: Waiting = { sealed, key, parked, missing };
    let isInvalid = false;
    for (const parent of sealed.event.parents) {
      // What a parked event no longer misses was applied when it was last looked at.
      if (parked !== undefined && !parked.missing.includes(parent)) continue;
      const place = placeOf(parent, key);
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
  if (isNews) for (const parked of loaded.parked) consider(parked.sealed, parked);
  for (const sealed of fresh.values()) consider(sealed, undefined);
  for (const entry of waiting) hold(entry, 'parents');
  return { ready, order, park, unpark };
};
