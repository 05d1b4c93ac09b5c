/**
 * The items of the part of a sequence that is being replayed, in document order: inserted ones,
 * deleted ones too, and those that the version looked at does not hold yet. Neighbours that share
 * everything but their number are one span, so typing is one span and not a thousand.
 *
 * Spans stand in chunks that know how many items they show, in the version looked at and in the
 * end, so that a position is found without a walk over everything.
 *
 * Items inserted during the replay are numbered in its order. Items from before it are a
 * placeholder: only their number in the document is known, and they come after `firstBase`.
 */
import { invariant } from '../../shared/invariant.js';

/** Beyond every number of an item that is inserted. */
export const firstBase = 2 ** 44;
/** The edge of the document, as a neighbour. */
export const edge = -1;

export interface Span {
  first: number;
  length: number;
  /** In the version looked at: 0 not inserted yet, 1 visible, more: so often deleted, and 1. */
  state: number;
  /** Deleted by anyone. */
  isGone: boolean;
  /** What the first item was inserted after, and what all were inserted before. */
  readonly left: number;
  readonly right: number;
  chunk: Chunk;
}

export interface Chunk {
  readonly spans: Span[];
  place: number;
  /** Items visible in the version looked at. */
  visible: number;
  /** Items visible when everything is applied. */
  remaining: number;
}

/** A place between spans: before `chunk.spans[index]`, or at the chunk's end. */
export interface Cursor {
  chunk: Chunk;
  index: number;
}

export interface SpanList {
  readonly visible: () => number;
  readonly remaining: () => number;
  readonly spanOf: (item: number) => Span;
  /** Right after the visible item of that place, counted from 0; -1: at the beginning. */
  readonly cursorAfter: (place: number) => Cursor;
  readonly itemAt: (place: number) => number;
  /** The span that begins with the visible item of that place. */
  readonly spanAt: (place: number) => Span;
  /** Where the next span begins that stands there, if there is one. */
  readonly next: (cursor: Cursor) => Span | undefined;
  readonly insert: (cursor: Cursor, span: Omit<Span, 'chunk'>) => void;
  /** Parts a span before its item of that offset; the second part. */
  readonly split: (span: Span, offset: number) => Span;
  readonly change: (span: Span, state: number, isGone: boolean) => void;
  readonly resize: (span: Span, length: number) => void;
  /** How many items before the span remain. */
  readonly remainingBefore: (span: Span) => number;
  readonly isBefore: (a: number, b: number) => boolean;
  readonly each: (visit: (span: Span) => void) => void;
}

const spansMax = 64;

export const createSpanList = (baseLength: number): SpanList => {
  const chunks: Chunk[] = [{ spans: [], place: 0, visible: 0, remaining: 0 }];
  /** By the number of the item. */
  const inserted: Span[] = [];
  /** Of the placeholder, in order. */
  const base: Span[] = [];
  let visible = 0;
  let remaining = 0;

  const count = (span: Span, sign: 1 | -1): void => {
    const { chunk, length, state, isGone } = span;
    if (state === 1) {
      chunk.visible += sign * length;
      visible += sign * length;
    }
    if (!isGone) {
      chunk.remaining += sign * length;
      remaining += sign * length;
    }
  };

  const note = (span: Span): void => {
    if (span.first < firstBase) {
      for (let item = span.first; item < span.first + span.length; item += 1) inserted[item] = span;
      return;
    }
    const at = basePlaceOf(span.first);
    base.splice(at + 1, 0, span);
  };

  /** The last of the placeholder's spans that begins at or before the item. */
  const basePlaceOf = (item: number): number => {
    let low = -1;
    let high = base.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((base[middle] as Span).first <= item) low = middle;
      else high = middle - 1;
    }
    return low;
  };

  const spanOf = (item: number): Span => {
    const span = item < firstBase ? inserted[item] : base[basePlaceOf(item)];
    invariant(span !== undefined, `item ${item} is in no span`);
    return span;
  };

  const place = (span: Span, chunk: Chunk, index: number): void => {
    chunk.spans.splice(index, 0, span);
    if (chunk.spans.length <= spansMax) return;
    const moved = chunk.spans.splice(spansMax >> 1);
    const next: Chunk = { spans: moved, place: chunk.place + 1, visible: 0, remaining: 0 };
    for (const other of moved) {
      if (other.state === 1) next.visible += other.length;
      if (!other.isGone) next.remaining += other.length;
      other.chunk = next;
    }
    chunk.visible -= next.visible;
    chunk.remaining -= next.remaining;
    chunks.splice(next.place, 0, next);
    for (let later = next.place + 1; later < chunks.length; later += 1) (chunks[later] as Chunk).place = later;
  };

  const insert = ({ chunk, index }: Cursor, given: Omit<Span, 'chunk'>): void => {
    const span: Span = { ...given, chunk };
    count(span, 1);
    note(span);
    place(span, chunk, index);
  };

  const split = (span: Span, offset: number): Span => {
    if (offset === 0) return span;
    const { chunk, first, length, state, isGone, right } = span;
    const second: Span = {
      first: first + offset,
      length: length - offset,
      state,
      isGone,
      left: first + offset - 1,
      right,
      chunk,
    };
    span.length = offset;
    note(second);
    place(second, chunk, chunk.spans.indexOf(span) + 1);
    return second;
  };

  /** The visible item of that place: its span, and which of it. */
  const find = (wanted: number): { readonly span: Span; readonly offset: number } => {
    let left = wanted;
    for (const chunk of chunks) {
      if (left >= chunk.visible) {
        left -= chunk.visible;
        continue;
      }
      for (const span of chunk.spans) {
        if (span.state !== 1) continue;
        if (left < span.length) return { span, offset: left };
        left -= span.length;
      }
    }
    invariant(false, `there is no visible item ${wanted}`);
  };

  const cursorAfter = (wanted: number): Cursor => {
    if (wanted < 0) return { chunk: chunks[0] as Chunk, index: 0 };
    const { span, offset } = find(wanted);
    if (offset + 1 < span.length) split(span, offset + 1);
    return { chunk: span.chunk, index: span.chunk.spans.indexOf(span) + 1 };
  };

  const next = (cursor: Cursor): Span | undefined => {
    while (cursor.index >= cursor.chunk.spans.length) {
      const following = chunks[cursor.chunk.place + 1];
      if (following === undefined) return undefined;
      cursor.chunk = following;
      cursor.index = 0;
    }
    return cursor.chunk.spans[cursor.index];
  };

  const isBefore = (a: number, b: number): boolean => {
    const [one, other] = [spanOf(a), spanOf(b)];
    if (one === other) return a < b;
    if (one.chunk !== other.chunk) return one.chunk.place < other.chunk.place;
    return one.chunk.spans.indexOf(one) < one.chunk.spans.indexOf(other);
  };

  const change = (span: Span, state: number, isGone: boolean): void => {
    count(span, -1);
    span.state = state;
    span.isGone = isGone;
    count(span, 1);
  };

  const resize = (span: Span, length: number): void => {
    count(span, -1);
    if (span.first < firstBase)
      for (let item = span.first + span.length; item < span.first + length; item += 1) inserted[item] = span;
    span.length = length;
    count(span, 1);
  };

  if (baseLength > 0)
    insert(
      { chunk: chunks[0] as Chunk, index: 0 },
      { first: firstBase, length: baseLength, state: 1, isGone: false, left: edge, right: edge },
    );

  return {
    visible: () => visible,
    remaining: () => remaining,
    spanOf,
    cursorAfter,
    itemAt: (wanted) => {
      const { span, offset } = find(wanted);
      return span.first + offset;
    },
    spanAt: (wanted) => {
      const { span, offset } = find(wanted);
      return split(span, offset);
    },
    next,
    insert,
    split,
    change,
    resize,
    remainingBefore: (span) => {
      let before = 0;
      for (let at = 0; at < span.chunk.place; at += 1) before += (chunks[at] as Chunk).remaining;
      for (const other of span.chunk.spans) {
        if (other === span) return before;
        if (!other.isGone) before += other.length;
      }
      return before;
    },
    isBefore,
    each: (visit) => {
      for (const chunk of chunks) for (const span of chunk.spans) visit(span);
    },
  };
};
