/** The inbox: what waits for a decision, and deciding several at once. */
import type { JSX } from 'preact';
import { useCallback, useState } from 'preact/hooks';
import { desk } from '../api/desk.js';
import { hrefOf, type InboxFilter } from '../routing/route.js';
import { replaceRoute } from '../routing/location.js';
import { counts } from '../state/live.js';
import { useShortcuts } from '../state/shortcuts.js';
import { showToast } from '../state/toast.js';
import { plural } from '../text/words.js';
import { BulkDialog } from './bulk-dialog.js';
import type { CurrentList } from './current-list.js';
import { ListView } from './list-view.js';

export const InboxView = ({ filter }: { readonly filter: InboxFilter }): JSX.Element => {
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [isDeciding, setDeciding] = useState(false);
  const isLater = filter.shown === 'later';
  const later = counts.value?.later ?? 0;

  const toggle = useCallback((conflictId: string, others: readonly string[]) => {
    setSelected((before) => {
      const next = new Set(before);
      if (others.length > 0) for (const each of others) next.add(each);
      else if (!next.delete(conflictId)) next.add(conflictId);
      return next;
    });
  }, []);
  const decide = (): void => setDeciding(selected.size > 0);
  useShortcuts('Several at once', [
    { keys: 'd', does: 'Decide the selected ones together', run: decide },
    { keys: 'Escape', does: 'Unselect all', run: () => setSelected(new Set()) },
  ]);

  return (
    <>
      <ListView
        view="inbox"
        filter={filter}
        title={isLater ? 'Put aside' : 'Inbox'}
        selected={selected}
        onToggle={toggle}
        head={
          <a
            class="button"
            href={hrefOf({ view: 'inbox', filter: isLater ? withoutShown(filter) : { ...filter, shown: 'later' } })}
          >
            {isLater ? 'Back to the inbox' : `Put aside (${later.toLocaleString()})`}
          </a>
        }
        tools={(current) => (
          <SelectionBar
            selected={selected}
            current={current}
            isLater={isLater}
            onSelect={setSelected}
            onDecide={decide}
          />
        )}
        empty={<Empty filter={filter} />}
      />
      {isDeciding && (
        <BulkDialog
          conflictIds={[...selected]}
          onClose={() => setDeciding(false)}
          onDone={() => {
            setDeciding(false);
            setSelected(new Set());
          }}
        />
      )}
    </>
  );
};

const withoutShown = (filter: InboxFilter): InboxFilter =>
  Object.fromEntries(Object.entries(filter).filter(([name]) => name !== 'shown'));

interface SelectionBarProps {
  readonly selected: ReadonlySet<string>;
  readonly current: CurrentList;
  readonly isLater: boolean;
  readonly onSelect: (selected: ReadonlySet<string>) => void;
  readonly onDecide: () => void;
}

const SelectionBar = ({ selected, current, isLater, onSelect, onDecide }: SelectionBarProps): JSX.Element => {
  const total = current.list.total.value ?? 0;
  const [isBusy, setBusy] = useState(false);
  const during = (work: () => Promise<void>) => (): void => {
    setBusy(true);
    work()
      .catch((error: unknown) =>
        showToast({ tone: 'problem', text: String(error instanceof Error ? error.message : error) }),
      )
      .finally(() => setBusy(false));
  };
  const putAside = during(async () => {
    const ids = [...selected];
    for (let start = 0; start < ids.length; start += 500) await desk.later(ids.slice(start, start + 500), !isLater);
    onSelect(new Set());
    current.list.refresh();
    showToast({
      tone: 'done',
      text: `${plural(ids.length, 'conflict')} ${isLater ? 'taken up again' : 'put aside for later'}.`,
    });
  });
  return (
    <div class="selection" role="group" aria-label="Selection">
      <span class="selection-count" aria-live="polite">
        {selected.size === 0 ? 'None selected' : `${selected.size.toLocaleString()} selected`}
      </span>
      <button
        type="button"
        class="button small"
        disabled={isBusy || total === 0 || selected.size >= total}
        onClick={during(async () => onSelect(new Set(await current.list.allIds())))}
      >
        Select all {total.toLocaleString()}
      </button>
      {selected.size > 0 && (
        <>
          <button type="button" class="button small main-action" disabled={isBusy} onClick={onDecide}>
            Decide together…
          </button>
          <button type="button" class="button small" disabled={isBusy} onClick={putAside}>
            {isLater ? 'Take up again' : 'Keep for later'}
          </button>
          <button type="button" class="button small quiet" onClick={() => onSelect(new Set())}>
            Unselect all
          </button>
        </>
      )}
    </div>
  );
};

const Empty = ({ filter }: { readonly filter: InboxFilter }): JSX.Element => {
  const isFiltered = Object.keys(filter).some((name) => name !== 'sort');
  return (
    <div class="empty">
      <h2>{isFiltered ? 'Nothing matches' : 'Nothing waits for you'}</h2>
      <p>
        {isFiltered
          ? 'No pending conflict fits these words and filters.'
          : 'Every conflict has been settled, by a rule or by a person. New ones appear here by themselves.'}
      </p>
      {isFiltered && (
        <button type="button" class="button" onClick={() => replaceRoute({ view: 'inbox', filter: {} })}>
          Show the whole inbox
        </button>
      )}
    </div>
  );
};
