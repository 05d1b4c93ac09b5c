/** The replicas that this one has heard of: how far their events are here, and how far they have read ours. */
import type { JSX } from 'preact';
import type { ReplicaLine } from '../../src/adapters/desk/api/index.js';
import { Ago } from '../text/times.js';
import { VisibleText } from '../values/visible-text.js';

export const Replicas = ({ replicas }: { readonly replicas: readonly ReplicaLine[] }): JSX.Element => {
  const own = replicas.find(({ isSelf }) => isSelf)?.upTo ?? 0;
  return (
    <section class="card" aria-labelledby="replicas">
      <header>
        <h2 id="replicas">Replicas</h2>
      </header>
      <div class="body scroll-x" tabIndex={0} role="group" aria-labelledby="replicas">
        <table>
          <thead>
            <tr>
              <th scope="col">Replica</th>
              <th scope="col" class="number">
                Its events here
              </th>
              <th scope="col">Wrote last</th>
              <th scope="col">Has read of ours</th>
            </tr>
          </thead>
          <tbody>
            {replicas.map((replica) => (
              <tr key={replica.replicaId}>
                <th scope="row" class="any">
                  <VisibleText text={replica.replicaId} /> {replica.isSelf && <span class="tag accent">this one</span>}
                </th>
                <td class="number">
                  {replica.upTo.toLocaleString()}
                  {replica.highest > replica.upTo && (
                    <span class="tag warn"> of {replica.highest.toLocaleString()}</span>
                  )}
                </td>
                <td>
                  {replica.lastEventAt === undefined ? (
                    <span class="muted">unknown</span>
                  ) : (
                    <>
                      <Ago time={replica.lastEventAt} />
                      {replica.lastAgentId !== undefined && (
                        <span class="muted">
                          , <VisibleText text={replica.lastAgentId} />
                        </span>
                      )}
                    </>
                  )}
                </td>
                <td>{replica.isSelf ? '' : <Read seen={replica.hasSeenOfUs} own={own} />}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
};

const Read = ({ seen, own }: { readonly seen: number | undefined; readonly own: number }): JSX.Element =>
  seen === undefined ? (
    <span class="muted">nothing, as far as is known</span>
  ) : (
    <span class="line">
      <progress max={Math.max(own, 1)} value={seen} aria-label={`${seen} of ${own}`} />
      <span>
        at least {seen.toLocaleString()} of {own.toLocaleString()}
      </span>
    </span>
  );
