/** One resource: its fields, each with why it is what it is, its conflicts, and its past. */
import type { JSX } from 'preact';
import type { FieldExplanation, ResourceRef, ResourceView as Shown } from '../../src/adapters/desk/api/index.js';
import { desk } from '../api/desk.js';
import { Problem } from '../parts/problem.js';
import { resourceText } from '../parts/names.js';
import { hrefOf } from '../routing/route.js';
import { useLive } from '../state/live.js';
import { useLoaded } from '../state/loaded.js';
import { Ago, At } from '../text/times.js';
import { decidedWords, kindName, strategyName, unitName } from '../text/words.js';
import { ServerValue } from '../values/server-value.js';
import { VisibleText } from '../values/visible-text.js';
import { HistoryPanel } from './history-panel.js';

export const ResourceView = ({ resource }: { readonly resource: ResourceRef }): JSX.Element => {
  const { answer, error, reload } = useLoaded(resourceText(resource), (signal) => desk.resource(resource, signal));
  useLive('resources', (message) => {
    const concerns = message?.resources.some(
      ({ resourceType, resourceId }) => resourceType === resource.resourceType && resourceId === resource.resourceId,
    );
    if (message === undefined || message.all || concerns === true) reload();
  });
  return (
    <div class="page">
      <div class="page-head">
        <div>
          <nav aria-label="Where you are" class="small-text crumbs">
            <a href="#/resources">Resources</a>
          </nav>
          <h1 tabIndex={-1}>{resourceText(resource)}</h1>
          {answer !== undefined && (
            <p class="lead">
              {answer.deleted ? 'Deleted. ' : ''}Changed last by <VisibleText text={answer.updatedBy} />,{' '}
              <Ago time={answer.updatedAt} />.
            </p>
          )}
        </div>
      </div>
      {error !== undefined && <Problem error={error} onRetry={reload} />}
      {answer === undefined && error === undefined && <p class="loading">Looking…</p>}
      {answer !== undefined && (
        <>
          <Fields shown={answer} />
          <HistoryPanel resource={resource} />
          {answer.conflicts.length > 0 && <Conflicts shown={answer} />}
        </>
      )}
    </div>
  );
};

const statusTags: Readonly<Record<FieldExplanation['status'], JSX.Element | null>> = {
  uncontested: null,
  decided: <span class="tag">decided by a rule</span>,
  pending: <span class="tag warn">pending</span>,
  resolved: <span class="tag good">settled</span>,
};

const Fields = ({ shown }: { readonly shown: Shown }): JSX.Element => (
  <section class="card" aria-labelledby="fields">
    <header>
      <h2 id="fields">Fields, and why they are so</h2>
    </header>
    <ul class="explained">
      {(shown.existence.status !== 'uncontested' || shown.deleted) && (
        <li>
          <div class="explained-name">existence {statusTags[shown.existence.status]}</div>
          <div class="explained-value">
            <span class="value word">{shown.deleted ? 'deleted' : 'alive'}</span>
            <Why explanation={shown.existence} />
          </div>
        </li>
      )}
      {shown.fields.map((field) => (
        <li key={field.field}>
          <div class="explained-name">
            <span class="any">
              <VisibleText text={field.field} />
            </span>
            {field.kind !== 'register' && <span class="tag">{field.kind}</span>}
            {statusTags[field.status]}
            {field.isInvalid && <span class="tag bad">does not fit</span>}
          </div>
          <div class="explained-value">
            <ServerValue shown={field.value} />
            <Why explanation={field} />
          </div>
        </li>
      ))}
    </ul>
    {shown.fields.length === 0 && <p class="loading">No fields.</p>}
  </section>
);

const Why = ({
  explanation,
}: {
  readonly explanation: Omit<FieldExplanation, 'field' | 'kind' | 'value' | 'isProvisional' | 'isInvalid'>;
}): JSX.Element => {
  const { winner, losers, conflictId, strategy, status, reason } = explanation;
  return (
    <div class="why small-text">
      <p class="muted any">
        {winner !== undefined ? (
          <>
            Written by <VisibleText text={winner.agentId} /> on <VisibleText text={winner.replicaId} />,{' '}
            <At time={winner.timestamp} />
            {status === 'decided' && strategy !== undefined && <>, taken by: {strategyName(strategy)}</>}.{' '}
          </>
        ) : null}
        <span>{sentence(reason)}</span>
        {conflictId !== undefined && (
          <>
            {' '}
            <a href={hrefOf({ view: 'conflict', conflictId })}>The conflict</a>
          </>
        )}
      </p>
      {losers.length > 0 && (
        <details>
          <summary>{losers.length === 1 ? 'One value that lost' : `${losers.length} values that lost`}</summary>
          <ul class="losers">
            {losers.map((loser) => (
              <li key={loser.eventId}>
                <ServerValue shown={loser.value} />
                <span class="muted">
                  {' '}
                  by <VisibleText text={loser.agentId} />, <At time={loser.timestamp} />
                </span>
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
};

const sentence = (text: string): string =>
  `${text.charAt(0).toUpperCase()}${text.slice(1)}${text.endsWith('.') ? '' : '.'}`;

const Conflicts = ({ shown }: { readonly shown: Shown }): JSX.Element => (
  <section class="card" aria-labelledby="conflicts">
    <header>
      <h2 id="conflicts">Conflicts</h2>
    </header>
    <ul class="body stack tight">
      {shown.conflicts.map((conflict) => (
        <li key={conflict.conflictId} class="line">
          <a href={hrefOf({ view: 'conflict', conflictId: conflict.conflictId })}>{unitName(conflict.unit)}</a>
          <span class="tag">{kindName(conflict.conflictType)}</span>
          {conflict.status === 'pending' ? (
            <span class="tag warn">pending</span>
          ) : (
            <span class="muted small-text">
              settled {conflict.decidedBy === undefined ? '' : decidedWords(conflict.decidedBy)}
            </span>
          )}
        </li>
      ))}
    </ul>
  </section>
);
