/** One step for each replica: how many of its events count. Together they are a cut, any cut of this history. */
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { AtAnswer, HistoryEvent } from '../../src/adapters/desk/api/index.js';
import { spelledOut } from '../values/unseen.js';
import { VisibleText } from '../values/visible-text.js';

export interface CutStepsProps {
  readonly events: readonly HistoryEvent[];
  /** Missing: everything counts. */
  readonly cut: AtAnswer['cut'] | undefined;
  /** With `undefined` everything counts again. */
  readonly onCut: (cut: AtAnswer['cut'] | undefined) => void;
}

export const CutSteps = ({ events, cut, onCut }: CutStepsProps): JSX.Element => {
  const byReplica = useMemo(() => {
    const found = new Map<string, number[]>();
    for (const { replicaId, seq } of events)
      found.set(
        replicaId,
        [...(found.get(replicaId) ?? []), seq].sort((a, b) => a - b),
      );
    return found;
  }, [events]);
  const counted = (replicaId: string): number =>
    cut === undefined
      ? (byReplica.get(replicaId)?.length ?? 0)
      : (byReplica.get(replicaId)?.filter((seq) => seq <= (cut[replicaId] ?? 0)).length ?? 0);
  const step = (replicaId: string, count: number): void => {
    const next = Object.fromEntries(
      [...byReplica].flatMap(([each, seqs]) => {
        const last = seqs[(each === replicaId ? count : counted(each)) - 1];
        return last === undefined ? [] : [[each, last]];
      }),
    );
    const isWhole = [...byReplica].every(([each, seqs]) => next[each] === seqs.at(-1));
    onCut(isWhole ? undefined : next);
  };
  return (
    <fieldset class="cut">
      <legend class="small-text muted">Events that count, replica by replica</legend>
      {[...byReplica].map(([replicaId, seqs]) => (
        <label key={replicaId} class="cut-line">
          <span class="any small-text">
            <VisibleText text={replicaId} />
          </span>
          <input
            type="range"
            min={0}
            max={seqs.length}
            value={counted(replicaId)}
            aria-valuetext={`${counted(replicaId)} of ${seqs.length} events of ${spelledOut(replicaId)}`}
            onChange={({ currentTarget }) => step(replicaId, Number(currentTarget.value))}
          />
          <span class="small-text cut-count">
            {counted(replicaId)} / {seqs.length}
          </span>
        </label>
      ))}
    </fieldset>
  );
};
