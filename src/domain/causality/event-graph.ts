/**
 * The causal graph of one resource's events, or of its recent part, with "had that author
 * seen this event?" answered in one look-up.
 *
 * Events are added parents first. The graph is split into chains, and every event knows how
 * far along each chain it has seen (H. V. Jagadish, "A Compression Technique to Materialize
 * Transitive Closure", TODS 1990). A replica goes on with the chain that it wrote last, so there are
 * about as many as there are lines at a time; but whether it may is asked of `parents` alone, never of
 * its numbering, so a replica that lies about what it has seen gets more chains, and changes nothing.
 *
 * A graph of the recent part has a floor: one event that has seen everything before it and
 * that everything after it has seen. What is not in the graph lies below the floor, and
 * every event of the graph has seen it.
 */
import type { Dot } from '../events/event.js';
import { invariant } from '../shared/invariant.js';

export interface GraphNode<Item> {
  readonly index: number;
  readonly dot: Dot;
  readonly item: Item;
  readonly parents: readonly GraphNode<Item>[];
  /** Which chain, and the place in it, counted from 1. */
  readonly chain: number;
  readonly place: number;
  /** Its past is one line: in the graph nothing that it has seen was concurrent to anything else that it has seen. */
  readonly isLine: boolean;
  /** How far this event has seen along each other chain; shared along a chain. */
  readonly seen: ReadonlyMap<number, number>;
}

export interface EventGraph<Item> {
  readonly nodes: readonly GraphNode<Item>[];
  readonly get: (dot: Dot) => GraphNode<Item> | undefined;
  /** Adds an event whose parents are in the graph or, where the graph has a floor, below it. */
  readonly add: (dot: Dot, parents: readonly Dot[], item: Item) => GraphNode<Item>;
  /** Whether `later` has seen `earlier`: proper ancestry. */
  readonly hasSeen: (later: GraphNode<Item>, earlier: GraphNode<Item>) => boolean;
}

export const createEventGraph = <Item>(hasFloor: boolean): EventGraph<Item> => {
  const nodes: GraphNode<Item>[] = [];
  const byDot = new Map<Dot, GraphNode<Item>>();
  /** The last event of each chain. */
  const tails: GraphNode<Item>[] = [];
  const chainOf = new Map<string, number>();

  /** A chain that the event can go on with: the last event of it is a parent, or was seen by one. */
  const openChain = (dot: Dot, parents: readonly GraphNode<Item>[]): number => {
    const [first] = parents;
    const isTail = (node: GraphNode<Item>): boolean => tails[node.chain] === node;
    // The usual case, who goes on after its own last event.
    if (first !== undefined && isTail(first) && isOfOneReplica(first.dot, dot)) return first.chain;
    const replicaId = dot.slice(0, dot.lastIndexOf(':'));
    const own = chainOf.get(replicaId);
    const last = own === undefined ? undefined : tails[own];
    if (last !== undefined && parents.some((parent) => parent === last || hasSeen(parent, last))) return last.chain;
    const chain = parents.find(isTail)?.chain ?? tails.length;
    chainOf.set(replicaId, chain);
    return chain;
  };

  const add = (dot: Dot, parentDots: readonly Dot[], item: Item): GraphNode<Item> => {
    const parents: GraphNode<Item>[] = [];
    for (const parentDot of parentDots) {
      const parent = byDot.get(parentDot);
      if (parent !== undefined) parents.push(parent);
      else invariant(hasFloor, `${dot} was added before its parent ${parentDot}`);
    }
    const chain = openChain(dot, parents);
    const node: GraphNode<Item> = {
      index: nodes.length,
      dot,
      item,
      parents,
      chain,
      place: (tails[chain]?.place ?? 0) + 1,
      isLine: parents.length < 2 && parents[0]?.isLine !== false,
      seen: seenBy(chain, parents),
    };
    tails[chain] = node;
    nodes.push(node);
    byDot.set(dot, node);
    return node;
  };

  return { nodes, get: (dot) => byDot.get(dot), add, hasSeen };
};

const isOfOneReplica = (a: Dot, b: Dot): boolean => {
  const end = a.lastIndexOf(':');
  return b.lastIndexOf(':') === end && b.startsWith(a.slice(0, end));
};

const hasSeen = (later: GraphNode<unknown>, earlier: GraphNode<unknown>): boolean =>
  later.chain === earlier.chain ? later.place > earlier.place : (later.seen.get(earlier.chain) ?? 0) >= earlier.place;

const seenBy = (chain: number, parents: readonly GraphNode<unknown>[]): ReadonlyMap<number, number> => {
  const [first] = parents;
  if (first === undefined) return nothingSeen;
  // The usual case, an event after one other on the same chain, shares its parent's map.
  if (parents.length === 1 && first.chain === chain) return first.seen;
  const seen = new Map(first.seen);
  const raise = (to: number, place: number): void => {
    if ((seen.get(to) ?? 0) < place) seen.set(to, place);
  };
  for (const parent of parents) {
    for (const [to, place] of parent.seen) raise(to, place);
    raise(parent.chain, parent.place);
  }
  seen.delete(chain);
  return seen;
};

const nothingSeen: ReadonlyMap<number, number> = new Map();
