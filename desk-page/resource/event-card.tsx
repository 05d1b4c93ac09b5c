/** One event: what it did, whose it is, and what it says. */
import type { JSX } from 'preact';
import type { HistoryEvent } from '../../src/adapters/desk/api/index.js';
import { hrefOf } from '../routing/route.js';
import { operationWords, statusName } from '../text/operations.js';
import { At } from '../text/times.js';
import { PreviewText } from '../values/preview.js';
import { VisibleText } from '../values/visible-text.js';

export const EventCard = ({ event }: { readonly event: HistoryEvent }): JSX.Element => (
  <div class="stack tight">
    <h3>
      {operationWords[event.operation].name} by <VisibleText text={event.agentId} />
    </h3>
    <dl class="facts small-text">
      <dt>When</dt>
      <dd>
        <At time={event.timestamp} /> on <VisibleText text={event.replicaId} />
      </dd>
      <dt>Number</dt>
      <dd class="mono">
        <VisibleText text={event.dot} />
      </dd>
      <dt>State</dt>
      <dd>{statusName(event.status)}</dd>
      {event.parents.length > 0 && (
        <>
          <dt>After</dt>
          <dd class="mono">
            <VisibleText text={event.parents.join(', ')} />
          </dd>
        </>
      )}
      {event.note !== undefined && (
        <>
          <dt>Note</dt>
          <dd>
            <VisibleText text={event.note} />
          </dd>
        </>
      )}
      {event.conflictId !== undefined && (
        <>
          <dt>Settles</dt>
          <dd>
            <a href={hrefOf({ view: 'conflict', conflictId: event.conflictId })}>a conflict</a>
          </dd>
        </>
      )}
      {event.payload.map(({ field, value }) => (
        <>
          <dt class="any">
            <VisibleText text={field} />
          </dt>
          <dd>
            <PreviewText preview={value} max={200} />
          </dd>
        </>
      ))}
    </dl>
  </div>
);
