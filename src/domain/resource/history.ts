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
import { writeOf, writes, type Deed } from './deed.js';

export type DeedNode = GraphNode<Deed>;
/** A closed set of events: everything, or what one author had seen. */
export type Past = (node: DeedNode) => boolean;

export interface ResourceHistory {
  readonly graph: EventGraph<Deed>;
  readonly isWhole: boolean;
  readonly deletes: readonly DeedNode[];
  readonly add: (deed: Deed, parents: readonly Dot[]) => DeedNode;
}

export const createHistory = (isWhole: boolean): ResourceHistory => {
  const graph = createEventGraph<Deed>(!isWhole);
  const deletes: DeedNode[] = [];
  const add = (deed: Deed, parents: readonly Dot[]): DeedNode => {
    const node = graph.add(deed.facts.dot, parents, deed);
    if (!deed.isVoid && deed.facts.deletes) deletes.push(node);
    return node;
  };
  return { graph, isWhole, deletes, add };
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
  // Back along a single line, the first write that is met is the only one that can be left.
  let from = parents;
  for (let [node] = from; from.length === 1 && node !== undefined; [node] = from) {
    if (writes(node.item, rule)) return { siblings: [node], reachesFloor: false };
    if (isBarrier(node.item)) return noBasis;
    from = node.parents;
    if (from.length === 0) return history.isWhole ? noBasis : floorBasis;
  }
  const found: DeedNode[] = [];
  const visited = new Set<DeedNode>();
  const open: DeedNode[] = [...from];
  let reachesFloor = false;
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (visited.has(node)) continue;
    visited.add(node);
    if (isBarrier(node.item) || writes(node.item, rule)) found.push(node);
    else if (node.parents.length === 0 && !history.isWhole) reachesFloor = true;
    else open.push(...node.parents);
  }
  const siblings = found.filter(
    (node) => writes(node.item, rule) && !found.some((other) => history.graph.hasSeen(other, node)),
  );
  // Whoever wrote above the floor has seen what is below it.
  return { siblings, reachesFloor: reachesFloor && found.length === 0 };
};

const noBasis: UnitBasis = { siblings: [], reachesFloor: false };
const floorBasis: UnitBasis = { siblings: [], reachesFloor: true };

/** A create clears what it has seen of every unit (R11). */
const isBarrier = (deed: Deed): boolean => !deed.isVoid && deed.event.operation === 'create';

/**
 * Who yields (R14): w stands back for x if some delete saw w and not x, and every event but
 * deletes that saw that delete also saw x; what is mutual cancels.
 */
export const yieldingAmong = (
  history: ResourceHistory,
  siblings: readonly DeedNode[],
  past: Past,
): ReadonlySet<DeedNode> => {
  if (siblings.length < 2) return nobody;
  const { hasSeen, nodes } = history.graph;
  const parting = history.deletes.filter((deletion) => {
    const seen = siblings.filter((sibling) => hasSeen(deletion, sibling)).length;
    return seen > 0 && seen < siblings.length && past(deletion);
  });
  if (parting.length === 0) return nobody;
  /** Whether all that saw the deletion, but for deletes, also saw x; only what came later can have seen it. */
  const isKeptWith = (deletion: DeedNode, x: DeedNode): boolean => {
    for (let index = deletion.index + 1; index < nodes.length; index += 1) {
      const node = nodes[index] as DeedNode;
      if (node === x || node.item.isVoid || node.item.facts.deletes || !hasSeen(node, deletion)) continue;
      if (!hasSeen(node, x) && past(node)) return false;
    }
    return true;
  };
  const yields = (w: DeedNode, x: DeedNode): boolean =>
    parting.some((deletion) => hasSeen(deletion, w) && !hasSeen(deletion, x) && isKeptWith(deletion, x));
  return new Set(siblings.filter((w) => siblings.some((x) => x !== w && yields(w, x) && !yields(x, w))));
};

const nobody: ReadonlySet<DeedNode> = new Set();

/** The value at the maximal common ancestors of all siblings (R21); undefined where there is none or they disagree. */
export const baseOf = (
  history: ResourceHistory,
  siblings: readonly DeedNode[],
  rule: UnitRule,
): { readonly value: Json | undefined } | undefined =>
  commonBase(
    history,
    siblings,
    (deed) => deed.event.operation === 'create' || writes(deed, rule),
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
  isWrite: (deed: Deed) => boolean,
  valueOf: (deed: Deed) => Value,
): { readonly value: Value } | undefined => {
  const maximal: DeedNode[] = [];
  for (let index = history.graph.nodes.length - 1; index >= 0; index -= 1) {
    const node = history.graph.nodes[index];
    if (node === undefined || node.item.isVoid || !isWrite(node.item)) continue;
    if (!siblings.every((sibling) => history.graph.hasSeen(sibling, node))) continue;
    if (!maximal.some((later) => history.graph.hasSeen(later, node))) maximal.push(node);
  }
  const [first] = maximal;
  if (first === undefined) return undefined;
  const value = valueOf(first.item);
  return maximal.every((node) => sameJson(valueOf(node.item), value)) ? { value } : undefined;
};
