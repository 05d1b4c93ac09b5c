/**
 * One choice for several conflicts: first what it would change, conflict by conflict, and only then the deciding,
 * of exactly what was shown. What has changed in between is left as it is, and said.
 */
import type { JSX } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { PreviewItem } from '../../src/adapters/desk/api/index.js';
import { DeskError } from '../api/client.js';
import { VirtualList } from '../lists/virtual-list.js';
import { Dialog } from '../parts/dialog.js';
import { resourceText } from '../parts/names.js';
import { Problem } from '../parts/problem.js';
import { showToast } from '../state/toast.js';
import { plural, unitName } from '../text/words.js';
import { PreviewText } from '../values/preview.js';
import { VisibleText } from '../values/visible-text.js';
import { offeredChoices, type OfferedChoice } from './bulk-choices.js';
import { decideAll, previewAll, type BulkPreview, type BulkResult } from './bulk-run.js';
import { currentList } from './current-list.js';

export interface BulkDialogProps {
  readonly conflictIds: readonly string[];
  readonly onClose: () => void;
  readonly onDone: () => void;
}

const rowHeightPx = 76;

export const BulkDialog = ({ conflictIds, onClose, onDone }: BulkDialogProps): JSX.Element => {
  const offered = useMemo(() => offeredChoices(knownOf(conflictIds)), [conflictIds]);
  const [chosen, setChosen] = useState<OfferedChoice | undefined>(undefined);
  const [preview, setPreview] = useState<BulkPreview | undefined>(undefined);
  const [error, setError] = useState<DeskError | undefined>(undefined);
  const [note, setNote] = useState('');
  const [progress, setProgress] = useState<BulkResult | undefined>(undefined);
  const [isDeciding, setDeciding] = useState(false);

  useEffect(() => {
    setPreview(undefined);
    setError(undefined);
    if (chosen === undefined) return undefined;
    const stopping = new AbortController();
    previewAll(conflictIds, chosen.choice, setPreview, stopping.signal).catch((problem: unknown) => {
      if (!stopping.signal.aborted) setError(asDeskError(problem));
    });
    return () => stopping.abort();
  }, [chosen, conflictIds]);

  const isComplete = preview !== undefined && preview.items.length >= conflictIds.length;
  const settleable = useMemo(() => preview?.items.filter(({ refused }) => refused === undefined) ?? [], [preview]);
  const decide = (): void => {
    if (chosen === undefined) return;
    setDeciding(true);
    decideAll(settleable, chosen.choice, note, setProgress)
      .then((result) => {
        showToast({ tone: result.stale + result.refused > 0 ? 'problem' : 'done', text: resultText(result) });
        onDone();
      })
      .catch((problem: unknown) => {
        setError(asDeskError(problem));
        setDeciding(false);
      });
  };

  return (
    <Dialog
      title={`Decide ${plural(conflictIds.length, 'conflict')} together`}
      isWide
      onClose={onClose}
      footer={
        <>
          <span class="muted small-text push-end" aria-live="polite">
            {isDeciding
              ? `${progress?.items.length.toLocaleString() ?? 0} of ${settleable.length.toLocaleString()} decided…`
              : summaryText(chosen, preview, isComplete)}
          </span>
          <button type="button" class="button" onClick={onClose}>
            Cancel
          </button>
          <button
            type="button"
            class="button main-action"
            disabled={!isComplete || settleable.length === 0 || isDeciding}
            onClick={decide}
          >
            Settle {settleable.length.toLocaleString()}
          </button>
        </>
      }
    >
      <div class="bulk-choice">
        <label class="field-label">
          Settle each with
          <select
            value={chosen?.key ?? ''}
            onChange={({ currentTarget }) => setChosen(offered.find(({ key }) => key === currentTarget.value))}
          >
            <option value="">Choose…</option>
            {[...new Set(offered.map(({ group }) => group))].map((group) => (
              <optgroup key={group} label={group}>
                {offered
                  .filter((one) => one.group === group)
                  .map(({ key, label }) => (
                    <option key={key} value={key}>
                      {label}
                    </option>
                  ))}
              </optgroup>
            ))}
          </select>
        </label>
        <label class="field-label">
          Note, for whoever asks why
          <input
            type="text"
            value={note}
            maxLength={1_000}
            onInput={({ currentTarget }) => setNote(currentTarget.value)}
          />
        </label>
      </div>
      {error !== undefined && <Problem error={error} />}
      {chosen === undefined && (
        <p class="muted">Choose, and see what would change. Nothing is written before you settle.</p>
      )}
      {chosen !== undefined && preview === undefined && error === undefined && <p class="loading">Working it out…</p>}
      {preview !== undefined && (
        <VirtualList
          label="What will change"
          class="bulk-preview"
          count={preview.items.length}
          rowHeightPx={rowHeightPx}
          row={(index) => <PreviewRow item={preview.items[index]} />}
        />
      )}
    </Dialog>
  );
};

const PreviewRow = ({ item }: { readonly item: PreviewItem | undefined }): JSX.Element | null => {
  if (item === undefined) return null;
  return (
    <div class="bulk-row">
      <span class="any bulk-name">
        <strong>{itemUnit(item.conflictId)}</strong>
        <span class="muted"> of </span>
        {resourceText(item)}
      </span>
      {item.refused === undefined ? (
        <span class="bulk-change">
          {item.changes && (
            <>
              <span class="bulk-from">
                <span class="unheard">now </span>
                <PreviewText preview={item.from} />
              </span>
              <span aria-hidden="true">→</span>
            </>
          )}
          <span class="bulk-to">
            <span class="unheard">then </span>
            <PreviewText preview={item.to} />
          </span>
          {!item.changes && <span class="tag">stays as it is shown</span>}
        </span>
      ) : (
        <span class="bulk-change">
          <span class="tag warn">left pending</span>
          <span class="small-text">
            <VisibleText text={item.refused.message} />
          </span>
        </span>
      )}
    </div>
  );
};

const knownOf = (conflictIds: readonly string[]) => {
  const list = currentList()?.list;
  return conflictIds.flatMap((id) => {
    const found = list?.at(list.indexOf(id));
    return found === undefined ? [] : [found];
  });
};

const itemUnit = (conflictId: string): string => {
  const [known] = knownOf([conflictId]);
  return known === undefined ? 'value' : unitName(known.unit);
};

const summaryText = (
  chosen: OfferedChoice | undefined,
  preview: BulkPreview | undefined,
  isComplete: boolean,
): string => {
  if (chosen === undefined || preview === undefined) return '';
  const { willSettle, willChange, refusedCount } = preview;
  const refused = refusedCount === 0 ? '' : `, ${refusedCount.toLocaleString()} left pending`;
  return `${isComplete ? '' : 'So far: '}${willSettle.toLocaleString()} will be settled, ${willChange.toLocaleString()} of them with another value than is shown now${refused}.`;
};

const resultText = ({ done, stale, refused }: BulkResult): string =>
  [
    `${plural(done, 'conflict')} settled.`,
    ...(stale === 0 ? [] : [`${stale.toLocaleString()} had changed meanwhile and were left as they are.`]),
    ...(refused === 0 ? [] : [`${refused.toLocaleString()} could not be settled this way.`]),
  ].join(' ');

const asDeskError = (problem: unknown): DeskError =>
  problem instanceof DeskError ? problem : new DeskError(0, 'page', String(problem), undefined);
