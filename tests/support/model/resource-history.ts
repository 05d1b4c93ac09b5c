/**
 * The applied events of one resource and who had seen what. "Seen" is ancestry by
 * parents, nothing else (R2, R3).
 */
import type { ReknitEvent, ResourceRef } from '../../../src/domain/events/event.js';
import type { Policy, TypeRules } from '../../../src/domain/strategies/policy.js';
import { byDot, dotOf, groupBy, sortedDots } from './order.js';
import { resourceKey, type ModelNode } from './received.js';

export interface ResourceHistory {
  readonly resource: ResourceRef;
  readonly rules: TypeRules;
  /** The maximal applied dots, voids included. */
  readonly heads: readonly string[];
  /** The applied events that write something, in the order of R1. */
  readonly events: readonly ReknitEvent[];
  /** The dots before an applied dot, without itself; none for a dot that is not applied here. */
  readonly past: (dot: string) => ReadonlySet<string>;
}

export interface AppliedHistories {
  readonly histories: readonly ResourceHistory[];
  readonly parked: readonly string[];
}

export const historiesOf = (nodes: readonly ModelNode[], policy: Policy): AppliedHistories => {
  const parked: string[] = [];
  const histories = [...groupBy(nodes, (node) => resourceKey(node.resource)).values()].flatMap((sameResource) => {
    const pasts = pastsOf(sameResource);
    const applied = sameResource.filter((node) => pasts.has(node.dot)).sort((a, b) => byDot(a.dot, b.dot));
    parked.push(...sameResource.filter((node) => !pasts.has(node.dot)).map((node) => node.dot));
    const [first] = applied;
    return first === undefined ? [] : [historyOf(first.resource, applied, pasts, policy)];
  });
  return { histories, parked: sortedDots(parked) };
};

/** Whether the author of `later` had seen `earlier`, both of this resource. */
export const hasSeen = (history: ResourceHistory, later: ReknitEvent, earlier: ReknitEvent): boolean =>
  history.past(dotOf(later)).has(dotOf(earlier));

/** The events before this one: a causally closed set, without voids, since these write nothing. */
export const eventsBefore = (history: ResourceHistory, event: ReknitEvent): ReknitEvent[] =>
  history.events.filter((earlier) => hasSeen(history, event, earlier));

/**
 * R3: an event is applied when all its parents are, as nodes of its own resource. A parent
 * that is known on another resource only is never found here, so such an event stays out,
 * with its descendants.
 */
const pastsOf = (nodes: readonly ModelNode[]): ReadonlyMap<string, ReadonlySet<string>> => {
  const pasts = new Map<string, ReadonlySet<string>>();
  for (;;) {
    const next = nodes.find((node) => !pasts.has(node.dot) && node.parents.every((parent) => pasts.has(parent)));
    if (next === undefined) return pasts;
    pasts.set(next.dot, new Set(next.parents.flatMap((parent) => [parent, ...(pasts.get(parent) ?? [])])));
  }
};

const historyOf = (
  resource: ResourceRef,
  applied: readonly ModelNode[],
  pasts: ReadonlyMap<string, ReadonlySet<string>>,
  policy: Policy,
): ResourceHistory => {
  const nothing: ReadonlySet<string> = new Set();
  const past = (dot: string): ReadonlySet<string> => pasts.get(dot) ?? nothing;
  const isHead = (node: ModelNode): boolean => !applied.some((other) => past(other.dot).has(node.dot));
  return {
    resource,
    rules: policy.rulesFor(resource.resourceType),
    heads: applied.filter(isHead).map((node) => node.dot),
    events: applied.flatMap((node) => (node.event === undefined ? [] : [node.event])),
    past,
  };
};
