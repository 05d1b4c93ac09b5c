/** Events that are not where they should be: to be sent, refused by the other side with its reason, or waiting here. */
import type { JSX } from 'preact';
import type { Overview, ParkedEvent, RejectedEvent } from '../../src/adapters/desk/api/index.js';
import { desk } from '../api/desk.js';
import { ResourceLink } from '../parts/names.js';
import { showToast } from '../state/toast.js';
import { Ago, durationText } from '../text/times.js';
import { VisibleText } from '../values/visible-text.js';

type Operations = NonNullable<Overview['operations']>;

export const Queue = ({
  operations,
  onChange,
}: {
  readonly operations: Operations;
  readonly onChange: () => void;
}): JSX.Element => {
  const { queue, unsynced, rejected, parked } = operations;
  return (
    <section class="card" aria-labelledby="queue">
      <header>
        <h2 id="queue">Queue</h2>
      </header>
      <div class="body stack">
        {unsynced.length + rejected.length + parked.length === 0 && (
          <p class="muted">Nothing waits, and nothing was refused.</p>
        )}
        {rejected.length > 0 && <Rejected events={rejected} onChange={onChange} />}
        {parked.length > 0 && <Parked events={parked} />}
        {unsynced.length > 0 && (
          <details>
            <summary>{queue.localOnly.toLocaleString()} to be sent</summary>
            <ul class="stack tight small-text">
              {unsynced.map((event) => (
                <li key={event.dot} class="line">
                  <span>{event.operation}</span>
                  <ResourceLink {...event} />
                  <span class="muted">
                    <VisibleText text={event.agentId} />, <Ago time={event.timestamp} />
                  </span>
                </li>
              ))}
            </ul>
          </details>
        )}
        {queue.refusedForeign > 0 && (
          <p class="note warn small-text">
            {queue.refusedForeign.toLocaleString()} events of others are here that the hub has refused.
          </p>
        )}
        {queue.voids > 0 && (
          <p class="note bad small-text">
            {queue.voids.toLocaleString()} numbers stand for two contents each: neither counts, all are kept.
          </p>
        )}
      </div>
    </section>
  );
};

const Rejected = ({
  events,
  onChange,
}: {
  readonly events: readonly RejectedEvent[];
  readonly onChange: () => void;
}): JSX.Element => {
  const act = (deed: 'retry' | 'reissue' | 'shelve', eventId: string, done: string): void => {
    desk
      .queue(deed, eventId)
      .then(() => {
        onChange();
        showToast({ tone: 'done', text: done });
      })
      .catch((error: unknown) =>
        showToast({ tone: 'problem', text: error instanceof Error ? error.message : String(error) }),
      );
  };
  return (
    <div class="stack tight">
      <h3>Refused</h3>
      <ul class="stack">
        {events.map((event) => (
          <li key={event.eventId} class="stack tight refused">
            <p class="line">
              <strong>{event.operation}</strong>
              <ResourceLink {...event} />
              <span class="muted small-text">
                <VisibleText text={event.agentId} />, refused by <VisibleText text={event.by} /> <Ago time={event.at} />
              </span>
            </p>
            <p class="note bad small-text">
              <VisibleText text={event.message} /> <span class="mono">{event.code}</span>
            </p>
            <p class="line">
              <button
                type="button"
                class="button small"
                disabled={event.isRetrying}
                onClick={() => act('retry', event.eventId, 'It is sent once more with the next contact.')}
              >
                {event.isRetrying ? 'Will be sent again' : 'Send again'}
              </button>
              <button
                type="button"
                class="button small"
                onClick={() => act('reissue', event.eventId, 'Its change is recorded anew, on what is there now.')}
              >
                Record anew
              </button>
              <button
                type="button"
                class="button small"
                onClick={() => act('shelve', event.eventId, 'It is kept, and counts no more.')}
              >
                Shelve
              </button>
            </p>
          </li>
        ))}
      </ul>
    </div>
  );
};

const reasonText = ({ reason, missing, aheadMs }: ParkedEvent): string => {
  switch (reason) {
    case 'parents':
      return `builds on ${missing.join(', ')}, which is not here`;
    case 'invalid_parent':
      return `builds on ${missing.join(', ')}, which does not count`;
    case 'future':
      return `says that it was written ${aheadMs === undefined ? '' : `${durationText(aheadMs)} `}in the future`;
  }
};

const Parked = ({ events }: { readonly events: readonly ParkedEvent[] }): JSX.Element => (
  <div class="stack tight">
    <h3>Waiting here</h3>
    <ul class="stack tight small-text">
      {events.map((event) => (
        <li key={event.dot} class="any">
          {event.operation} <ResourceLink {...event} /> of <VisibleText text={event.agentId} />{' '}
          <VisibleText text={reasonText(event)} />
        </li>
      ))}
    </ul>
  </div>
);
