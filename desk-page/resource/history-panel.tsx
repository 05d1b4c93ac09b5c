/**
 * The past of a resource: its graph, one event of it, and the resource as it was there, or after so many events of
 * each replica. Long histories are shown a part at a time.
 */
import type { JSX } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { AtAnswer, HistoryEvent, ResourceRef } from '../../src/adapters/desk/api/index.js';
import { DeskError } from '../api/client.js';
import { desk } from '../api/desk.js';
import { Problem } from '../parts/problem.js';
import { useLive } from '../state/live.js';
import { useLoaded } from '../state/loaded.js';
import { plural } from '../text/words.js';
import { AsOf } from './as-of.js';
import { CutSteps } from './cut-steps.js';
import { EventCard } from './event-card.js';
import { HistoryGraph } from './history-graph.js';

/** Events drawn at once: more make a picture that nobody reads, and take a moment to lay out. */
const drawnMax = 120;
/** Events asked for at most; older ones are left out, and said. */
const historyMax = 5_000;
const pageSize = 1_000;

type Place =
  | { readonly type: 'now' }
  | { readonly type: 'event'; readonly dot: HistoryEvent['dot'] }
  | { readonly type: 'cut'; readonly cut: AtAnswer['cut'] };

export const HistoryPanel = ({ resource }: { readonly resource: ResourceRef }): JSX.Element => {
  const { answer: events, error, reload } = useLoaded('history', (signal) => wholeHistory(resource, signal));
  useLive('resources', (message) => {
    if (message === undefined || message.all || message.resources.some((other) => isSame(other, resource))) reload();
  });
  const [place, setPlace] = useState<Place>({ type: 'now' });
  const [end, setEnd] = useState<number | undefined>(undefined);
  const [at, setAt] = useState<AtAnswer | undefined>(undefined);
  const [problem, setProblem] = useState<DeskError | undefined>(undefined);

  useEffect(() => {
    setProblem(undefined);
    if (place.type === 'now') {
      setAt(undefined);
      return undefined;
    }
    let isLate = false;
    desk
      .at({ ...resource, ...(place.type === 'event' ? { dots: [place.dot] } : { cut: place.cut }) })
      .then((answer) => {
        if (!isLate) setAt(answer);
      })
      .catch((refused: unknown) => {
        if (!isLate && refused instanceof DeskError) setProblem(refused);
      });
    return () => {
      isLate = true;
    };
  }, [place]);

  const last = Math.min(end ?? events?.length ?? 0, events?.length ?? 0);
  const first = Math.max(0, last - drawnMax);
  const drawn = useMemo(() => events?.slice(first, last) ?? [], [events, first, last]);
  const chosen = place.type === 'event' ? events?.find(({ dot }) => dot === place.dot) : undefined;
  const isIncluded = ({ replicaId, seq }: HistoryEvent): boolean => at === undefined || seq <= (at.cut[replicaId] ?? 0);

  return (
    <section class="card history" aria-labelledby="history">
      <header>
        <h2 id="history">History</h2>
        {events !== undefined && <span class="muted small-text">{plural(events.length, 'event')}</span>}
        {events !== undefined && events.length > drawnMax && (
          <span class="line">
            <button
              type="button"
              class="button small"
              disabled={first === 0}
              onClick={() => setEnd(Math.max(drawnMax, first))}
            >
              Earlier
            </button>
            <button
              type="button"
              class="button small"
              disabled={last >= events.length}
              onClick={() => setEnd(Math.min(events.length, last + drawnMax))}
            >
              Later
            </button>
          </span>
        )}
      </header>
      <div class="body history-body">
        {error !== undefined && <Problem error={error} onRetry={reload} />}
        {events === undefined && error === undefined && <p class="loading">Looking…</p>}
        {events !== undefined && (
          <>
            <div class="stack history-left">
              <HistoryGraph
                events={drawn}
                chosen={chosen?.dot}
                isIncluded={isIncluded}
                onChoose={({ dot }) => setPlace({ type: 'event', dot })}
              />
              <CutSteps
                events={events}
                cut={at?.cut}
                onCut={(cut) => setPlace(cut === undefined ? { type: 'now' } : { type: 'cut', cut })}
              />
            </div>
            <div class="stack history-right" aria-live="polite">
              {problem !== undefined && <Problem error={problem} />}
              {place.type === 'now' ? (
                <p class="muted">
                  Choose an event to see the resource as it was there, or step along the replicas below the graph.
                </p>
              ) : (
                <>
                  {chosen !== undefined && <EventCard event={chosen} />}
                  {at !== undefined && <AsOf at={at} event={chosen} />}
                  <button type="button" class="button small" onClick={() => setPlace({ type: 'now' })}>
                    Back to now
                  </button>
                </>
              )}
            </div>
          </>
        )}
      </div>
    </section>
  );
};

const wholeHistory = async (resource: ResourceRef, signal: AbortSignal): Promise<readonly HistoryEvent[]> => {
  const events: HistoryEvent[] = [];
  let after: number | undefined = 0;
  while (after !== undefined && events.length < historyMax) {
    const page: { items: HistoryEvent[]; next?: number | undefined } = await desk.history(
      resource,
      after,
      pageSize,
      signal,
    );
    events.push(...page.items);
    after = page.next;
  }
  return events;
};

const isSame = (a: ResourceRef, b: ResourceRef): boolean =>
  a.resourceType === b.resourceType && a.resourceId === b.resourceId;
