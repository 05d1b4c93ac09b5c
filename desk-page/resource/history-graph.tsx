/**
 * A resource's history as a graph: one event a node, walked with the arrow keys along parents, children and branches.
 * Choosing an event shows the resource as its author left it; what that author had not seen is dimmed.
 */
import type { JSX } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { HistoryEvent } from '../../src/adapters/desk/api/index.js';
import { Ago } from '../text/times.js';
import { operationWords } from '../text/operations.js';
import { spelledOut } from '../values/unseen.js';
import { VisibleText } from '../values/visible-text.js';
import type { GraphLayout, PlacedEvent } from './graph-layout.js';
import { nodeSizePx } from './node-size.js';

export interface HistoryGraphProps {
  readonly events: readonly HistoryEvent[];
  readonly chosen: string | undefined;
  readonly isIncluded: (event: HistoryEvent) => boolean;
  readonly onChoose: (event: HistoryEvent) => void;
}

/** Loaded when a graph is shown for the first time: most who use the desk never see one. */
const loadLayout = () => import('./graph-layout.js');

export const HistoryGraph = ({ events, chosen, isIncluded, onChoose }: HistoryGraphProps): JSX.Element => {
  const [layouts, setLayouts] = useState<Awaited<ReturnType<typeof loadLayout>> | undefined>(undefined);
  useEffect(() => {
    void loadLayout().then(setLayouts);
  }, []);
  const placed = useMemo(() => layouts?.graphLayout(events), [layouts, events]);
  const scroller = useRef<HTMLDivElement>(null);
  const [walked, setWalked] = useState<string | undefined>(undefined);
  const last = events.at(-1)?.dot;
  useEffect(() => {
    const place = placed?.nodes.find(({ dot }) => dot === (chosen ?? last));
    if (place === undefined || scroller.current === null) return;
    const { clientHeight, clientWidth } = scroller.current;
    scroller.current.scrollTo({
      top: place.yPx - clientHeight / 2,
      left: place.xPx - clientWidth / 2 + nodeSizePx.width / 2,
    });
  }, [placed]);
  if (layouts === undefined || placed === undefined) return <p class="loading">Drawing…</p>;

  const focused = walked ?? chosen ?? last;
  const walk = (event: KeyboardEvent): void => {
    const next = neighbourOf(placed, focused, event.key);
    if (next === undefined) return;
    event.preventDefault();
    setWalked(next);
    scroller.current?.querySelector<HTMLElement>(`[data-dot="${CSS.escape(next)}"]`)?.focus();
  };
  const byDot = new Map<string, HistoryEvent>(events.map((event) => [event.dot, event]));
  return (
    <div
      class="graph-scroller"
      ref={scroller}
      role="group"
      aria-label="History, arrow keys walk along it"
      onKeyDown={walk}
    >
      <div class="graph" style={{ width: `${placed.widthPx}px`, height: `${placed.heightPx}px` }}>
        <svg width={placed.widthPx} height={placed.heightPx} aria-hidden="true">
          {placed.edges.map(({ from, to, points }) => {
            const child = byDot.get(to);
            return (
              <path
                key={`${from} ${to}`}
                d={layouts.pathOf(points)}
                class={child !== undefined && isIncluded(child) ? 'edge' : 'edge dim'}
              />
            );
          })}
        </svg>
        {placed.nodes.map(({ dot, xPx, yPx }) => {
          const event = byDot.get(dot);
          if (event === undefined) return null;
          const words = operationWords[event.operation];
          return (
            <button
              key={dot}
              type="button"
              data-dot={dot}
              class={`node ${event.operation} ${isIncluded(event) ? '' : 'dim'} ${event.isHead ? 'head' : ''}`}
              style={{
                left: `${xPx}px`,
                top: `${yPx}px`,
                width: `${nodeSizePx.width}px`,
                height: `${nodeSizePx.height}px`,
              }}
              tabIndex={dot === focused ? 0 : -1}
              aria-pressed={dot === chosen}
              onFocus={() => setWalked(dot)}
              onClick={() => onChoose(event)}
            >
              <span class="node-sign" aria-hidden="true">
                {words.sign}
              </span>
              <span class="node-words">
                <span class="node-title">
                  {words.name} <VisibleText text={fieldsOf(event)} />
                </span>
                <span class="node-who">
                  <VisibleText text={event.agentId} />, <Ago time={event.timestamp} />
                </span>
                <span class="unheard">{furtherWords(event)}</span>
              </span>
            </button>
          );
        })}
      </div>
    </div>
  );
};

const fieldsOf = ({ payload, operation }: HistoryEvent): string =>
  operation === 'delete' || payload.length === 0
    ? ''
    : payload
        .map(({ field }) => field)
        .join(', ')
        .slice(0, 60);

/** What the picture shows by lines and weight. */
const furtherWords = ({ replicaId, parents, isHead }: HistoryEvent): string =>
  [
    `on ${spelledOut(replicaId)}`,
    ...(parents.length > 1 ? [`joins ${parents.length} branches`] : []),
    ...(isHead ? ['nothing came after it'] : []),
  ].join(', ');

const neighbourOf = (placed: GraphLayout, dot: string | undefined, key: string): string | undefined => {
  const here = placed.nodes.find((node) => node.dot === dot);
  if (here === undefined) return undefined;
  switch (key) {
    case 'ArrowUp':
      return nearest(
        here,
        placed.nodes.filter((node) => placed.edges.some(({ from, to }) => to === dot && from === node.dot)),
      );
    case 'ArrowDown':
      return nearest(
        here,
        placed.nodes.filter((node) => placed.edges.some(({ from, to }) => from === dot && to === node.dot)),
      );
    case 'ArrowLeft':
      return nearest(
        here,
        placed.nodes.filter((node) => node.xPx < here.xPx - 1 && isBeside(node, here)),
      );
    case 'ArrowRight':
      return nearest(
        here,
        placed.nodes.filter((node) => node.xPx > here.xPx + 1 && isBeside(node, here)),
      );
    case 'Home':
      return placed.nodes[0]?.dot;
    case 'End':
      return placed.nodes.at(-1)?.dot;
    default:
      return undefined;
  }
};

const isBeside = (a: PlacedEvent, b: PlacedEvent): boolean => Math.abs(a.yPx - b.yPx) < nodeSizePx.height * 2;

const nearest = (here: PlacedEvent, nodes: readonly PlacedEvent[]): string | undefined =>
  nodes.toSorted((a, b) => distance(here, a) - distance(here, b))[0]?.dot;

const distance = (a: PlacedEvent, b: PlacedEvent): number => Math.hypot(a.xPx - b.xPx, a.yPx - b.yPx);
