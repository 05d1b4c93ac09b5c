/**
 * Where the events of a history stand on a plane: parents above their children, branches beside each other, by a
 * layered layout. Parents that are not among the events (an earlier part, or not here) are left out.
 */
import { Graph, layout } from '@dagrejs/dagre';
import { nodeSizePx } from './node-size.js';

export interface GraphEvent {
  readonly dot: string;
  readonly parents: readonly string[];
}

export interface PlacedEvent {
  readonly dot: string;
  /** The upper left corner. */
  readonly xPx: number;
  readonly yPx: number;
}

export interface GraphLayout {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly nodes: readonly PlacedEvent[];
  /** A line's corners, from the parent to the child. */
  readonly edges: readonly {
    readonly from: string;
    readonly to: string;
    readonly points: readonly { readonly x: number; readonly y: number }[];
  }[];
}

const marginPx = 12;

export const graphLayout = (events: readonly GraphEvent[]): GraphLayout => {
  const graph = new Graph();
  graph.setGraph({ rankdir: 'TB', nodesep: 20, ranksep: 30, marginx: marginPx, marginy: marginPx });
  graph.setDefaultEdgeLabel(() => ({}));
  const known = new Set(events.map(({ dot }) => dot));
  for (const { dot } of events) graph.setNode(dot, { ...nodeSizePx });
  for (const { dot, parents } of events)
    for (const parent of visibleParents(parents, events, known)) graph.setEdge(parent, dot);
  layout(graph);
  const size = graph.graph() as { readonly width?: number; readonly height?: number };
  return {
    widthPx: Math.ceil(size.width ?? 0),
    heightPx: Math.ceil(size.height ?? 0),
    nodes: events.map(({ dot }) => {
      const { x = 0, y = 0 } = graph.node(dot) as { readonly x?: number; readonly y?: number };
      return { dot, xPx: x - nodeSizePx.width / 2, yPx: y - nodeSizePx.height / 2 };
    }),
    edges: graph.edges().map(({ v, w }: { readonly v: string; readonly w: string }) => ({
      from: v,
      to: w,
      points: (graph.edge(v, w) as { readonly points: readonly { readonly x: number; readonly y: number }[] }).points,
    })),
  };
};

/** A parent that another parent has seen adds a line and says nothing. */
const visibleParents = (
  parents: readonly string[],
  events: readonly GraphEvent[],
  known: ReadonlySet<string>,
): readonly string[] => {
  const here = parents.filter((parent) => known.has(parent));
  if (here.length < 2) return here;
  const parentsOf = new Map(events.map((event) => [event.dot, event.parents]));
  const seenByOthers = new Set<string>();
  for (const parent of here) {
    const waiting = [...(parentsOf.get(parent) ?? [])];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (seenByOthers.has(next) || !known.has(next)) continue;
      seenByOthers.add(next);
      waiting.push(...(parentsOf.get(next) ?? []));
    }
  }
  return here.filter((parent) => !seenByOthers.has(parent));
};

/** A line through its points, rounded at the bends. */
export const pathOf = (points: readonly { readonly x: number; readonly y: number }[]): string => {
  const [first, ...rest] = points;
  if (first === undefined) return '';
  const parts = [`M${round(first.x)} ${round(first.y)}`];
  rest.forEach((point, index) => {
    const next = rest[index + 1];
    if (next === undefined) parts.push(`L${round(point.x)} ${round(point.y)}`);
    else
      parts.push(
        `Q${round(point.x)} ${round(point.y)} ${round((point.x + next.x) / 2)} ${round((point.y + next.y) / 2)}`,
      );
  });
  return parts.join(' ');
};

const round = (value: number): number => Math.round(value * 10) / 10;
