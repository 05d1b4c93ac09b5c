/**
 * The part of a resource's history that concurrency makes necessary to look at, and the
 * questions the rules ask of it: which writes of a unit had an author seen that nothing
 * else it had seen replaced, which of those stand back, and what did they start from?
 *
 * A history is whole, or recent: then it begins with a floor that has seen everything
 * before it, holds updates alone, and what lies below the floor is answered by `belowFloor`.
 */
import { createEventGraph, type EventGraph, type GraphNode } from '../causality/event-graph.js';
import type { Dot } from '../events/event.js';
import { sameJson } from '../shared/canonical-json.js';
import type { Json } from '../shared/json.js';
import type { UnitRule } from '../strategies/policy.js';
import { writeOf, type Deed } from './deed.js';

export type DeedNode = GraphNode<Deed>;
/** A closed set of events: everything, or what one author had seen. */
export type Past = (node: DeedNode) => boolean;

export interface ResourceHistory {
  readonly graph: EventGraph<Deed>;
  readonly isWhole: boolean;
  readonly deletes: readonly DeedNode[];
  readonly creates: readonly DeedNode[];
  readonly add: (deed: Deed, parents: readonly Dot[]) => DeedNode;
}

export const createHistory = (isWhole: boolean): ResourceHistory => {
  const graph = createEventGraph<Deed>(!isWhole);
  const deletes: DeedNode[] = [];
  const creates: DeedNode[] = [];
  const add = (deed: Deed, parents: readonly Dot[]): DeedNode => {
    const node = graph.add(deed.facts.dot, parents, deed);
    if (!deed.isVoid && deed.facts.deletes) deletes.push(node);
    if (!deed.isVoid && deed.event.operation === 'create') creates.push(node);
    return node;
  };
  return { graph, isWhole, deletes, creates, add };
};

export interface UnitBasis {
  /** The unit's siblings in that past, yielding ones included. */
  readonly siblings: readonly DeedNode[];
  /** Some way back from the event met no write of the unit before the floor. */
  readonly reachesFloor: boolean;
}

/**
 * The siblings of a unit in the past of an event with these parents: the maximal writes of
 * the unit and creates in it, less the creates that do not name it (R11).
 */
export const siblingsInPast = (history: ResourceHistory, parents: readonly DeedNode[], rule: UnitRule): UnitBasis => {
  const found: DeedNode[] = [];
  const visited = new Set<DeedNode>();
  const open: DeedNode[] = [...parents];
  let reachesFloor = false;
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (visited.has(node)) continue;
    visited.add(node);
    const isBarrier = !node.item.isVoid && node.item.event.operation === 'create';
    if (isBarrier || writeOf(node.item, rule) !== undefined) found.push(node);
    else if (node.parents.length === 0 && !history.isWhole) reachesFloor = true;
    else open.push(...node.parents);
  }
  const siblings = found.filter(
    (node) => writeOf(node.item, rule) !== undefined && !found.some((other) => history.graph.hasSeen(other, node)),
  );
  // Whoever wrote above the floor has seen what is below it.
  return { siblings, reachesFloor: reachesFloor && found.length === 0 };
};

/**
 * Who yields (R14): w stands back for x if some delete saw w and not x, and every event but
 * deletes that saw that delete also saw x; what is mutual cancels.
 */
export const yieldingAmong = (
  history: ResourceHistory,
  siblings: readonly DeedNode[],
  past: Past,
): ReadonlySet<DeedNode> => {
  if (siblings.length < 2 || history.deletes.length === 0) return new Set();
  const { hasSeen, nodes } = history.graph;
  const yields = (w: DeedNode, x: DeedNode): boolean =>
    history.deletes.some(
      (deletion) =>
        past(deletion) &&
        hasSeen(deletion, w) &&
        !hasSeen(deletion, x) &&
        nodes.every(
          (node) =>
            !past(node) ||
            node.item.isVoid ||
            node.item.facts.deletes ||
            !hasSeen(node, deletion) ||
            hasSeen(node, x) ||
            node === x,
        ),
    );
  return new Set(siblings.filter((w) => siblings.some((x) => x !== w && yields(w, x) && !yields(x, w))));
};

/** The value at the maximal common ancestors of all siblings (R21); undefined where there is none or they disagree. */
export const baseOf = (
  history: ResourceHistory,
  siblings: readonly DeedNode[],
  rule: UnitRule,
): { readonly value: Json | undefined } | undefined =>
  commonBase(
    history,
    siblings,
    (deed) => deed.event.operation === 'create' || writeOf(deed, rule) !== undefined,
    (deed) => writeOf(deed, rule)?.value,
  );

/** The same for existence, which every event writes. */
export const existenceBaseOf = (
  history: ResourceHistory,
  siblings: readonly DeedNode[],
): { readonly value: 'alive' | 'deleted' } | undefined =>
  commonBase(
    history,
    siblings,
    () => true,
    ({ facts }): 'alive' | 'deleted' => (facts.deletes ? 'deleted' : 'alive'),
  );

const commonBase = <Value extends Json | undefined>(
  history: ResourceHistory,
  siblings: readonly DeedNode[],
  writes: (deed: Deed) => boolean,
  valueOf: (deed: Deed) => Value,
): { readonly value: Value } | undefined => {
  const maximal: DeedNode[] = [];
  for (let index = history.graph.nodes.length - 1; index >= 0; index -= 1) {
    const node = history.graph.nodes[index];
    if (node === undefined || node.item.isVoid || !writes(node.item)) continue;
    if (!siblings.every((sibling) => history.graph.hasSeen(sibling, node))) continue;
    if (!maximal.some((later) => history.graph.hasSeen(later, node))) maximal.push(node);
  }
  const [first] = maximal;
  if (first === undefined) return undefined;
  const value = valueOf(first.item);
  return maximal.every((node) => sameJson(valueOf(node.item), value)) ? { value } : undefined;
};
