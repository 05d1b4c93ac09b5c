/** What this replica is connected to, and how that goes. */
import type { JSX } from 'preact';
import type { ConnectionStatus } from '../../src/adapters/desk/api/index.js';
import { phaseWords } from '../text/phases.js';
import { Ago, durationText } from '../text/times.js';
import { VisibleText } from '../values/visible-text.js';

export const Connections = ({ connections }: { readonly connections: readonly ConnectionStatus[] }): JSX.Element => (
  <section class="card" aria-labelledby="connections">
    <header>
      <h2 id="connections">Syncing</h2>
    </header>
    <div class="body">
      {connections.length === 0 ? (
        <p class="muted">This program is connected to nothing. Another program may sync this file.</p>
      ) : (
        <ul class="stack">
          {connections.map((connection) => (
            <li key={connection.name}>
              <Connection connection={connection} />
            </li>
          ))}
        </ul>
      )}
    </div>
  </section>
);

const Connection = ({ connection }: { readonly connection: ConnectionStatus }): JSX.Element => {
  const { name, phase, pending, rejected, lastSyncedAt, retryAt, error, clockSkewMs, policyMismatch, syncer } =
    connection;
  const { name: phaseName, tone } = phaseWords[phase];
  return (
    <div class="stack tight">
      <p class="line">
        <span class={`dot ${tone}`} aria-hidden="true" />
        <strong>{phaseName}</strong>
        <span class="any">
          <VisibleText text={name} />
        </span>
      </p>
      <p class="muted small-text">
        {lastSyncedAt === undefined ? (
          'Not in step since the start'
        ) : (
          <>
            Last in step <Ago time={lastSyncedAt} />
          </>
        )}
        {pending > 0 && `, ${pending.toLocaleString()} to send`}
        {rejected > 0 && `, ${rejected.toLocaleString()} refused`}
        {retryAt !== undefined && (
          <>
            , next try <Ago time={retryAt} />
          </>
        )}
        {clockSkewMs !== undefined && `, clocks ${durationText(Math.abs(clockSkewMs))} apart`}
        {syncer !== undefined && !syncer.isSelf && `, synced by ${syncer.name}`}.
      </p>
      {policyMismatch && (
        <p class="note warn small-text">The other side merges by another policy: states are not compared.</p>
      )}
      {error !== undefined && (
        <p class="note bad small-text">
          <VisibleText text={error.message} /> <span class="mono">{error.code}</span>
        </p>
      )}
    </div>
  );
};
