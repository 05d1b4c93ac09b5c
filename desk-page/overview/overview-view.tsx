/** How it goes with this replica: what waits, what syncs, what was refused, clocks, replicas, and the audit trail. */
import type { JSX } from 'preact';
import type { Overview } from '../../src/adapters/desk/api/index.js';
import { desk } from '../api/desk.js';
import { Problem } from '../parts/problem.js';
import { useLive } from '../state/live.js';
import { useLoaded } from '../state/loaded.js';
import { durationText } from '../text/times.js';
import { AuditPanel } from './audit-panel.js';
import { ConflictsPlot } from './conflicts-plot.js';
import { Connections } from './connections.js';
import { Queue } from './queue.js';
import { Replicas } from './replicas.js';

/** What this replica records by itself is not told by the line; the rest is. */
export const OverviewView = (): JSX.Element => {
  const { answer, error, reload } = useLoaded('overview', (signal) => desk.overview(signal));
  useLive('resources', reload);
  useLive('conflicts', reload);
  useLive('sync', reload);
  return (
    <div class="page">
      <div class="page-head">
        <div>
          <h1 tabIndex={-1}>Overview</h1>
          <p class="lead">How this replica stands with the others, and what became of conflicts here.</p>
        </div>
      </div>
      {error !== undefined && <Problem error={error} onRetry={reload} />}
      {answer === undefined && error === undefined && <p class="loading">Looking…</p>}
      {answer !== undefined && (
        <>
          <Tiles overview={answer} />
          <ConflictsPlot overTime={answer.conflictsOverTime} />
          {answer.operations === undefined ? (
            <p class="note">Syncing, the queue, replicas and the audit trail need the right to operate.</p>
          ) : (
            <>
              <Connections connections={answer.operations.connections} />
              <Queue operations={answer.operations} onChange={reload} />
              <Replicas replicas={answer.operations.replicas} />
              <AuditPanel head={answer.operations.audit} />
            </>
          )}
        </>
      )}
    </div>
  );
};

/** A wall clock that is off by less is nothing to speak of. */
const skewNotedMs = 1_000;

const Tiles = ({ overview: { counts, operations } }: { readonly overview: Overview }): JSX.Element => (
  <dl class="tiles">
    <Tile name="waiting for a decision" value={counts.pending - counts.later} />
    <Tile name="put aside" value={counts.later} />
    <Tile name="settled" value={counts.resolved} />
    {operations !== undefined && (
      <>
        <Tile name="events to send" value={operations.queue.localOnly} />
        <Tile
          name="events refused"
          value={operations.queue.rejected}
          tone={operations.queue.rejected > 0 ? 'bad' : ''}
        />
        <Tile
          name="events that wait"
          value={operations.queue.parked}
          tone={operations.queue.parked > 0 ? 'warn' : ''}
        />
        <Tile
          name="clock is off by"
          value={durationText(operations.clockSkewMs)}
          tone={Math.abs(operations.clockSkewMs) > skewNotedMs ? 'warn' : ''}
        />
        <Tile name="events recorded" value={operations.events} />
      </>
    )}
  </dl>
);

interface TileProps {
  readonly name: string;
  readonly value: number | string;
  readonly tone?: '' | 'warn' | 'bad';
}

const Tile = ({ name, value, tone = '' }: TileProps): JSX.Element => (
  <div class={`card tile ${tone}`}>
    <dt class="muted small-text">{name}</dt>
    <dd>{typeof value === 'number' ? value.toLocaleString() : value}</dd>
  </div>
);
