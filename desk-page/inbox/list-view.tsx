/**
 * A list of conflicts, the pending ones or the resolved: searched and filtered, live, walked with the keyboard, and,
 * where one may decide, selected for a decision about several at once.
 */
import type { ComponentChildren, JSX } from 'preact';
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { ConflictSummary } from '../../src/adapters/desk/api/index.js';
import { VirtualList, type VirtualListHandle } from '../lists/virtual-list.js';
import { Problem } from '../parts/problem.js';
import { goTo, replaceRoute } from '../routing/location.js';
import { hrefOf, type InboxFilter, type Route } from '../routing/route.js';
import { announce } from '../state/announce.js';
import { useLive } from '../state/live.js';
import { useShortcuts } from '../state/shortcuts.js';
import { plural } from '../text/words.js';
import { ConflictRow, WaitingRow } from './conflict-row.js';
import { listFor, type CurrentList } from './current-list.js';
import { Filters } from './filters.js';
import { queryOf } from './query.js';
import { useRowHeightPx } from './row-height.js';

export interface ListViewProps {
  readonly view: 'inbox' | 'resolved';
  readonly filter: InboxFilter;
  readonly title: string;
  readonly head?: ComponentChildren;
  readonly empty: ComponentChildren;
  readonly selected?: ReadonlySet<string>;
  readonly onToggle?: (conflictId: string, others: readonly string[]) => void;
  readonly onRestore?: (conflict: ConflictSummary, eventId: string) => void;
  readonly tools?: (current: CurrentList) => ComponentChildren;
}

export const ListView = (props: ListViewProps): JSX.Element => {
  const { view, filter, title, selected, onToggle, onRestore } = props;
  const route = { view, filter } as Route;
  const openedMs = useMemo(() => Date.now(), [view, filter.age]);
  const current = listFor(queryOf(view === 'inbox' ? 'pending' : 'resolved', filter, openedMs), hrefOf(route));
  const { list, active } = current;
  const total = list.total.value;
  void list.turn.value;
  const rowHeightPx = useRowHeightPx();
  const handle = useRef<VirtualListHandle | null>(null);
  const search = useRef<HTMLInputElement | null>(null);
  const frame = useRef<HTMLDivElement>(null);
  const [hasFocusedRow, setFocusedRow] = useState(false);

  useLive('conflicts', () => list.refresh());
  useEffect(() => list.refresh(), [list]);
  useAnnouncedTotal(total, view);
  useKeptScroll(frame, current, total !== undefined);
  const lastToggled = useRef(0);

  const toggle = useCallback(
    (conflictId: string, isRange: boolean) => {
      const index = list.indexOf(conflictId);
      const [from, to] = [Math.min(index, lastToggled.current), Math.max(index, lastToggled.current)];
      const others = isRange
        ? Array.from({ length: to - from + 1 }, (_, offset) => list.at(from + offset)?.conflictId ?? conflictId)
        : [];
      lastToggled.current = index;
      onToggle?.(conflictId, others);
    },
    [list, onToggle],
  );

  const move = (by: number): void => {
    if (total === undefined || total === 0) return;
    const next = hasFocusedRow ? active.value + by : active.value;
    active.value = Math.min(Math.max(0, next), total - 1);
    handle.current?.focusRow(active.value);
    setFocusedRow(true);
  };
  useShortcuts(title, [
    { keys: 'j', does: 'Next conflict', run: () => move(1) },
    { keys: 'k', does: 'Previous conflict', run: () => move(-1) },
    { keys: '/', does: 'Search', run: () => search.current?.focus() },
    {
      keys: 'o',
      does: 'Open the conflict with the focus',
      run: () => {
        const conflict = list.at(active.value);
        if (conflict !== undefined) goTo({ view: 'conflict', conflictId: conflict.conflictId });
      },
    },
    ...(onToggle === undefined
      ? []
      : [
          {
            keys: 'x',
            does: 'Select or unselect the conflict with the focus',
            run: () => {
              const conflict = list.at(active.value);
              if (conflict !== undefined) toggle(conflict.conflictId, false);
            },
          },
        ]),
  ]);

  return (
    <div class="page full">
      <div class="page-head">
        <div>
          <h1 tabIndex={-1}>{title}</h1>
          <p class="lead" data-testid="total">
            {total === undefined ? 'Looking…' : totalText(total, view, filter)}
            {list.isPartial.value && ' The oldest resolved ones are not searched.'}
          </p>
        </div>
        {props.head}
      </div>
      <Filters
        filter={filter}
        facets={list.facets.value}
        searchRef={search}
        onChange={(next) => replaceRoute({ view, filter: next })}
      />
      {props.tools?.(current)}
      {list.error.value !== undefined && <Problem error={list.error.value} onRetry={list.refresh} />}
      {total === 0 ? (
        props.empty
      ) : (
        <div
          class="list-frame"
          ref={frame}
          onFocusIn={({ target }) => {
            const row = (target as Element).closest('[data-index]');
            if (row instanceof HTMLElement) active.value = Number(row.dataset['index']);
            setFocusedRow(row !== null);
          }}
        >
          <VirtualList
            label={title}
            class="conflict-rows"
            count={total ?? 0}
            rowHeightPx={rowHeightPx}
            keptRow={active.value}
            handle={handle}
            onRange={list.show}
            row={(index) => {
              const conflict = list.at(index);
              if (conflict === undefined) return <WaitingRow />;
              return (
                <ConflictRow
                  conflict={conflict}
                  isSelected={selected?.has(conflict.conflictId) ?? false}
                  {...(onToggle === undefined ? {} : { onToggle: toggle })}
                  {...(onRestore === undefined ? {} : { onRestore })}
                />
              );
            }}
          />
        </div>
      )}
    </div>
  );
};

const totalText = (total: number, view: 'inbox' | 'resolved', filter: InboxFilter): string => {
  const what = view === 'resolved' ? 'settled' : filter.shown === 'later' ? 'put aside' : 'waiting for a decision';
  return `${plural(total, 'conflict')} ${what}.`;
};

/** Told once it has settled, and not when the list has just been opened. */
const useAnnouncedTotal = (total: number | undefined, view: 'inbox' | 'resolved'): void => {
  const before = useRef<number | undefined>(undefined);
  useEffect(() => {
    if (total === undefined) return undefined;
    const timer = setTimeout(() => {
      if (before.current !== undefined && before.current !== total)
        announce(`${plural(total, 'conflict')} ${view === 'inbox' ? 'pending' : 'resolved'}.`);
      before.current = total;
    }, 600);
    return () => clearTimeout(timer);
  }, [total, view]);
};

/** A list is found where it was left. */
const useKeptScroll = (
  frame: { readonly current: HTMLDivElement | null },
  current: CurrentList,
  isThere: boolean,
): void => {
  useEffect(() => {
    const scroller = frame.current?.querySelector('.list-scroller');
    if (!isThere || scroller === null || scroller === undefined) return undefined;
    scroller.scrollTop = current.scrollTopPx;
    const keep = (): void => {
      current.scrollTopPx = scroller.scrollTop;
    };
    scroller.addEventListener('scroll', keep, { passive: true });
    return () => scroller.removeEventListener('scroll', keep);
  }, [current, isThere]);
};
