/** The audit trail, newest first, and checking that nothing in this file was changed by other hands. */
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { AuditPage, Verification } from '../../src/adapters/desk/api/index.js';
import { DeskError } from '../api/client.js';
import { desk } from '../api/desk.js';
import { Problem } from '../parts/problem.js';
import { At, durationText } from '../text/times.js';
import { VisibleText } from '../values/visible-text.js';

type Entry = AuditPage['items'][number];
const pageSize = 30;

export const AuditPanel = ({ head }: { readonly head: AuditPage['head'] }): JSX.Element => {
  const [entries, setEntries] = useState<readonly Entry[]>([]);
  const [next, setNext] = useState<number | undefined>(undefined);
  const [error, setError] = useState<DeskError | undefined>(undefined);
  const load = (before: number | undefined): void => {
    desk
      .audit(before, pageSize)
      .then((page) => {
        setEntries((known) => (before === undefined ? page.items : [...known, ...page.items]));
        setNext(page.next);
      })
      .catch((problem: unknown) => {
        if (problem instanceof DeskError) setError(problem);
      });
  };
  useEffect(() => load(undefined), [head.count]);
  return (
    <section class="card" aria-labelledby="audit">
      <header>
        <h2 id="audit">Audit trail</h2>
        <span class="muted small-text">{head.count.toLocaleString()} entries, each holding the one before it</span>
      </header>
      <div class="body stack">
        <Verify />
        {error !== undefined && <Problem error={error} onRetry={() => load(undefined)} />}
        <ol class="audit" tabIndex={0} aria-label="Entries, newest first">
          {entries.map((entry) => (
            <li key={entry.number}>
              <details>
                <summary>
                  <span class="audit-number">{entry.number.toLocaleString()}</span> <At time={entry.at} />{' '}
                  <span class="audit-acts">{actsText(entry)}</span>
                </summary>
                <ul class="audit-detail small-text">
                  {entry.acts.map((act, index) => (
                    <li key={index} class="value">
                      <VisibleText text={JSON.stringify(act)} />
                    </li>
                  ))}
                  {entry.moreActs > 0 && <li class="muted">and {entry.moreActs.toLocaleString()} more</li>}
                  <li class="muted mono any">{entry.hash}</li>
                </ul>
              </details>
            </li>
          ))}
          {next !== undefined && (
            <li>
              <button type="button" class="button small" onClick={() => load(next)}>
                Show older ones
              </button>
            </li>
          )}
        </ol>
      </div>
    </section>
  );
};

const actsText = ({ acts, moreActs }: Entry): string => {
  const counts = new Map<string, number>();
  for (const { type } of acts) counts.set(type, (counts.get(type) ?? 0) + 1);
  const named = [...counts].map(([type, count]) => `${wordsOf(type)}${count === 1 ? '' : ` ×${count}`}`);
  return [...named, ...(moreActs > 0 ? [`${moreActs} more`] : [])].join(', ');
};

/** `ConflictDetected` is "conflict detected". */
const wordsOf = (type: string): string => type.replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase();

const Verify = (): JSX.Element => {
  const [kept, setKept] = useState('');
  const [result, setResult] = useState<Verification | undefined>(undefined);
  const [error, setError] = useState<DeskError | undefined>(undefined);
  const [isBusy, setBusy] = useState(false);
  const verify = (event: Event): void => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    setResult(undefined);
    const [count, hash] = kept.trim().split(/[\s:]+/, 2);
    desk
      .verify(hash === undefined ? undefined : { count: Number(count), hash })
      .then(setResult)
      .catch((problem: unknown) => {
        if (problem instanceof DeskError) setError(problem);
      })
      .finally(() => setBusy(false));
  };
  return (
    <form class="stack tight" onSubmit={verify}>
      <div class="line">
        <button type="submit" class="button" disabled={isBusy}>
          {isBusy ? 'Verifying…' : 'Verify this file'}
        </button>
        <label class="line small-text verify-head">
          <span>against a head that was kept elsewhere (optional)</span>
          <input
            type="text"
            class="mono"
            placeholder="number:hash"
            value={kept}
            onInput={({ currentTarget }) => setKept(currentTarget.value)}
          />
        </label>
      </div>
      <div aria-live="polite">
        {error !== undefined && <Problem error={error} />}
        {result !== undefined && (
          <div class={`note ${result.ok ? 'good' : 'bad'}`} data-testid="verified">
            {result.ok
              ? `All is as it was written: ${result.events.toLocaleString()} events, ${result.resources.toLocaleString()} resources, ${result.auditEntries.toLocaleString()} entries, in ${durationText(result.elapsedMs)}.`
              : 'Something is not as it was written:'}
            <ul>
              {result.problems.map((problem, index) => (
                <li key={index}>
                  <VisibleText text={problem.message} />
                </li>
              ))}
            </ul>
          </div>
        )}
      </div>
    </form>
  );
};
