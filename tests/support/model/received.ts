/**
 * From events as they came, in any order and any number of times, to the nodes of the
 * event graphs: forks (R5) and clashes of one event id (R6) become voids, which keep
 * their place in the graph and write nothing.
 *
 * Judged over everything received, parked events included, so that what is a void never
 * depends on what happens to be applied.
 */
import type { ReknitEvent, ResourceRef } from '../../../src/domain/events/event.js';
import { byDot, byText, canonical, dotOf, groupBy, sortedDots } from './order.js';

export interface ModelNode {
  readonly dot: string;
  readonly resource: ResourceRef;
  readonly parents: readonly string[];
  /** Nothing for a void. */
  readonly event: ReknitEvent | undefined;
}

export interface Received {
  /** One for each dot, and for each resource that a forked dot names. */
  readonly nodes: readonly ModelNode[];
  readonly voids: readonly string[];
  readonly twins: readonly (readonly string[])[];
}

export const resourceKey = (resource: ResourceRef): string => canonical([resource.resourceType, resource.resourceId]);

export const resourceOf = ({ resourceType, resourceId }: ResourceRef): ResourceRef => ({ resourceType, resourceId });

export const receivedOf = (events: readonly ReknitEvent[]): Received => {
  // A duplicate has the same content; a variant of a fork has another.
  const variants = [...groupBy(events, canonical).values()].flatMap((same) => same.slice(0, 1));
  const byEventId = [...groupBy(variants, (event) => event.eventId).values()].filter(
    (sameId) => new Set(sameId.map(dotOf)).size > 1,
  );
  const areTwins = (sameId: readonly ReknitEvent[]): boolean => new Set(sameId.map(changeOf)).size === 1;

  // R6: with another change under one event id, every dot that carries the id is void.
  const clashing = new Set(byEventId.filter((sameId) => !areTwins(sameId)).flatMap((sameId) => sameId.map(dotOf)));
  const nodes = [...groupBy(variants, dotOf).values()].flatMap((sameDot) => nodesOfDot(sameDot, clashing));
  return {
    nodes,
    voids: sortedDots(nodes.filter((node) => node.event === undefined).map((node) => node.dot)),
    twins: byEventId
      .filter(areTwins)
      .map((sameId) => sortedDots(sameId.map(dotOf)))
      .sort((a, b) => byDot(a[0] ?? '', b[0] ?? '') || byText(canonical(a), canonical(b))),
  };
};

const changeOf = ({ resourceType, resourceId, operation, payload }: ReknitEvent): string =>
  canonical([resourceType, resourceId, operation, payload]);

const nodesOfDot = (variants: readonly ReknitEvent[], clashing: ReadonlySet<string>): ModelNode[] => {
  const isFork = variants.length > 1;
  return [...groupBy(variants, resourceKey).values()].flatMap((onResource) =>
    onResource.slice(0, 1).map((first) => ({
      dot: dotOf(first),
      resource: resourceOf(first),
      // R5: a void has the parents that all variants on that resource share.
      parents: first.parents.filter((parent) => onResource.every((variant) => variant.parents.includes(parent))),
      event: isFork || clashing.has(dotOf(first)) ? undefined : first,
    })),
  );
};
