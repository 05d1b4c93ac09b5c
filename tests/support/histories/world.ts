/**
 * Replicas and what each of them knows: a growing set of events, closed under ancestry on
 * every resource. It stands for no storage and no protocol; it is only there so that
 * generated events have parents that somebody could have seen.
 */
import type { ReknitEvent, ResourceRef } from '../../../src/domain/events/event.js';
import { canonical, dotOf, sortedDots } from '../model/order.js';

export interface SimulatedReplica {
  readonly replicaId: string;
  lastSeq: number;
  /** Its own clock, which witnesses nobody else's: a child may be older than its parent (R2). */
  clockMs: number;
  counter: number;
  readonly known: Set<ReknitEvent>;
}

export interface World {
  readonly resources: readonly ResourceRef[];
  readonly replicas: readonly SimulatedReplica[];
  /** In the order in which they were written, so parents come first. */
  readonly events: ReknitEvent[];
}

/** The item that a number means; there must be one. */
export const pick = <Item>(items: readonly Item[], choice: number): Item => {
  const item = items[choice % items.length];
  if (item === undefined) throw new Error('nothing to choose from');
  return item;
};

export const isOn = (event: ReknitEvent, resource: ResourceRef): boolean =>
  event.resourceType === resource.resourceType && event.resourceId === resource.resourceId;

export const knownOn = (replica: SimulatedReplica, resource: ResourceRef): ReknitEvent[] =>
  [...replica.known].filter((event) => isOn(event, resource));

/** These events and their ancestors among `among`; of a forked dot, every variant that is there. */
export const withAncestors = (heads: readonly ReknitEvent[], among: readonly ReknitEvent[]): ReknitEvent[] => {
  const found = new Set(heads);
  for (const event of found)
    for (const other of among)
      if (isOn(other, event) && event.parents.some((parent) => parent === dotOf(other))) found.add(other);
  return [...found];
};

/** The dots of one resource's events that are no other one's ancestors, sorted by R1. */
export const headsOf = (events: readonly ReknitEvent[]): string[] => {
  const ancestors = new Set(events.flatMap((event) => event.parents as readonly string[]));
  return sortedDots(events.map(dotOf).filter((dot) => !ancestors.has(dot)));
};

/** Another replica's knowledge of one resource, whole or up to one of its events. */
export const pull = (to: SimulatedReplica, from: SimulatedReplica, resource: ResourceRef, upTo: number): void => {
  const offered = knownOn(from, resource);
  if (offered.length === 0) return;
  const taken = upTo < 6 ? offered : withAncestors([pick(offered, upTo)], offered);
  for (const event of taken) to.known.add(event);
};

export const syncAll = ({ replicas, events }: World): void => {
  for (const replica of replicas) for (const event of events) replica.known.add(event);
};

export const publish = (world: World, event: ReknitEvent, knower: SimulatedReplica): void => {
  // The same bytes again would be a duplicate, which deliveries add anyway.
  const sameDot = world.events.filter((other) => dotOf(other) === dotOf(event));
  if (sameDot.some((other) => canonical(other) === canonical(event))) return;
  world.events.push(event);
  knower.known.add(event);
};
