/**
 * A list of any length of which only the visible rows are in the page, with the list's length and each row's place
 * told to screen readers. It scrolls in itself and takes what height its place gives it.
 */
import {
  Virtualizer,
  defaultRangeExtractor,
  elementScroll,
  measureElement,
  observeElementOffset,
  observeElementRect,
  type Range,
} from '@tanstack/virtual-core';
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useImperativeHandle, useLayoutEffect, useReducer, useRef, useState } from 'preact/hooks';

export interface VirtualListHandle {
  /** Scrolls there if need be, then gives the focus to what is marked `data-row-focus` in that row. */
  readonly focusRow: (index: number) => void;
}

export interface VirtualListProps {
  readonly label: string;
  readonly class?: string;
  readonly count: number;
  /** Of every row, or a first guess where they are measured. */
  readonly rowHeightPx: number;
  readonly isMeasured?: boolean;
  readonly row: (index: number) => ComponentChildren;
  readonly rowClass?: (index: number) => string;
  /** A row that stays in the page wherever one scrolls: the one with the focus. */
  readonly keptRow?: number;
  /** Called with the rows that are in the page, first and last. */
  readonly onRange?: (first: number, last: number) => void;
  readonly handle?: { current: VirtualListHandle | null };
}

/** Rows rendered beyond what is visible, so that scrolling finds them there. */
const overscanRows = 6;

export const VirtualList = (props: VirtualListProps): JSX.Element => {
  const { label, count, rowHeightPx, isMeasured = false, row, rowClass, keptRow, onRange } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLUListElement>(null);
  const [, rerender] = useReducer((turn: number) => turn + 1, 0);
  const options = {
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeightPx,
    observeElementRect,
    observeElementOffset,
    scrollToFn: elementScroll,
    measureElement,
    overscan: overscanRows,
    rangeExtractor: (range: Range) => withRow(defaultRangeExtractor(range), keptRow, count),
    onChange: () => rerender(undefined),
  };
  const [virtualizer] = useState(() => new Virtualizer<HTMLDivElement, HTMLLIElement>(options));
  virtualizer.setOptions(options);
  useLayoutEffect(() => virtualizer._didMount(), []);
  useLayoutEffect(() => virtualizer._willUpdate());
  useLayoutEffect(() => virtualizer.measure(), [rowHeightPx]);

  const items = virtualizer.getVirtualItems();
  const [first, last] = [virtualizer.range?.startIndex ?? 0, virtualizer.range?.endIndex ?? 0];
  useEffect(() => onRange?.(Math.max(0, first - overscanRows), last + overscanRows), [first, last, count]);

  const wanted = useRef<number | undefined>(undefined);
  const focusWanted = (): void => {
    const target = list.current?.querySelector<HTMLElement>(`[data-index="${wanted.current}"] [data-row-focus]`);
    if (target === null || target === undefined) return;
    wanted.current = undefined;
    target.focus({ preventScroll: true });
  };
  useLayoutEffect(() => {
    if (wanted.current !== undefined) focusWanted();
  });
  useImperativeHandle(
    props.handle ?? { current: null },
    () => ({
      focusRow: (index) => {
        wanted.current = index;
        virtualizer.scrollToIndex(index, { align: 'auto' });
        focusWanted();
      },
    }),
    [virtualizer],
  );

  return (
    <div ref={scroller} class={`list-scroller ${props.class ?? ''}`} role="region" aria-label={label} tabIndex={0}>
      <ul ref={list} role="list" style={{ height: `${virtualizer.getTotalSize()}px`, position: 'relative' }}>
        {items.map(({ key, index, start }) => (
          <li
            key={key}
            ref={isMeasured ? virtualizer.measureElement : null}
            data-index={index}
            aria-setsize={count}
            aria-posinset={index + 1}
            class={rowClass?.(index)}
            style={{
              position: 'absolute',
              insetInline: '0',
              top: '0',
              transform: `translateY(${start}px)`,
              ...(isMeasured ? {} : { height: `${rowHeightPx}px` }),
            }}
          >
            {row(index)}
          </li>
        ))}
      </ul>
    </div>
  );
};

const withRow = (indexes: readonly number[], row: number | undefined, count: number): number[] =>
  row === undefined || row >= count || indexes.includes(row) ? [...indexes] : [...indexes, row].sort((a, b) => a - b);
