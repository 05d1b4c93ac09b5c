/**
 * The event graph walker (Gentle and Kleppmann, "Collaborative Text Editing with Eg-walker: Better,
 * Faster, Smaller", arXiv 2409.14252): replays the concurrent part of a history and says what each
 * operation does to the document as it is by then.
 *
 * It looks at one version at a time. Before a block of writes is applied, what its authors had not
 * seen is taken back, and what they had seen is brought in again, so that positions mean what they
 * meant to them. Where insertions meet, their order is that of YjsMod, which is FugueMax; ties go by R1.
 */
import type { Block } from './blocks.js';
import type { Content, SequenceDocument } from './content.js';
import type { Splice } from './splices.js';
import { createSpanList, edge, firstBase, type Cursor, type Span } from './spans.js';
import { differenceOf } from './versions.js';

/** Where the length of what was there before the replay is not known: longer than anything. */
export const unknownLength = 2 ** 40;

export interface WalkerOptions {
  readonly baseLength: number;
  /** In an order of ancestry; blocks are named by their places in it. */
  readonly blocks: readonly Block[];
  /** Whether the write at one place in the list comes before that at the other, where both insert at one place. */
  readonly isBefore: (place: number, other: number) => boolean;
}

/** What is done to the version looked at: `deleteCount` items go, and the inserted ones come there. */
export interface Edit {
  readonly index: number;
  readonly deleteCount: number;
  readonly inserted: Content;
  /** Who inserts how many of the items, in their order: a run of typing is of many writes. */
  readonly authors: readonly Authorship[];
}

export interface Authorship {
  readonly place: number;
  readonly length: number;
}

export interface Walker {
  /** Looks at the version that the authors of a block had seen; how many items it shows. */
  readonly lookAt: (block: number) => number;
  /** Applies an edit of the block looked at; to the document, and to whoever follows that, where they are given. */
  readonly apply: (edit: Edit, document: SequenceDocument | undefined, onSplice?: (splice: Splice) => void) => void;
  /** Tells how long the document is after what was applied so far, where the base's length was not known. */
  readonly endsAt: (length: number) => void;
  /** The items of the version, as ranges of numbers; of the base from `firstBase` on. */
  readonly eachVisible: (visit: (span: Readonly<Span>) => void) => void;
  /** The visible item of that place; undefined beyond either end. */
  readonly itemAt: (place: number) => number | undefined;
  /** Which write inserted the item, and its place among those that the write inserted. */
  readonly originOf: (item: number) => { readonly place: number; readonly offset: number };
  /** Where the item stands in the document; undefined where it was deleted. */
  readonly positionOf: (item: number) => number | undefined;
}

/** What a block did: a range of items that it inserted, and ranges that it deleted. */
interface Effect {
  readonly first: number;
  end: number;
  readonly deleted: Range[];
}

interface Range {
  readonly first: number;
  readonly end: number;
}

export const createWalker = ({ baseLength, blocks, isBefore }: WalkerOptions): Walker => {
  const list = createSpanList(baseLength);
  /** By the number of the block. */
  const effects: (Effect | undefined)[] = [];
  let effect: Effect = { first: 0, end: 0, deleted: [] };
  /** For each inserted item, by number, the place of the write that inserted it. */
  const insertedBy: number[] = [];
  /** The last blocks of the version looked at. */
  let version: readonly number[] = [];
  const parentsOf = (block: number): readonly number[] => (blocks[block] as Block).parents;

  const changeAll = (ranges: readonly Range[], stateOf: (state: number) => number): void => {
    for (const { first, end } of ranges)
      for (let item = first; item < end;) {
        let span = list.spanOf(item);
        if (span.first < item) span = list.split(span, item - span.first);
        if (span.first + span.length > end) list.split(span, end - span.first);
        list.change(span, stateOf(span.state), span.isGone);
        item = span.first + span.length;
      }
  };

  const lookAt: Walker['lookAt'] = (block) => {
    const wanted = parentsOf(block);
    const isThere = version.length === wanted.length && version.every((seen, at) => seen === wanted[at]);
    if (!isThere) {
      const { onlyFirst, onlySecond } = differenceOf(version, wanted, parentsOf);
      // Whoever deleted an item has seen who inserted it.
      changeAll(joined(deletionsOf(effects, onlyFirst)), (state) => state - 1);
      changeAll(joined(insertionsOf(effects, onlyFirst)), () => 0);
      changeAll(joined(insertionsOf(effects, onlySecond)), () => 1);
      changeAll(joined(deletionsOf(effects, onlySecond)), (state) => state + 1);
    }
    version = [block];
    effect = { first: insertedBy.length, end: insertedBy.length, deleted: [] };
    effects[block] = effect;
    return list.visible();
  };

  const apply: Walker['apply'] = ({ index, deleteCount, inserted, authors }, document, onSplice) => {
    const isTold = document !== undefined || onSplice !== undefined;
    for (let left = deleteCount; left > 0;) {
      const span = list.spanAt(index);
      if (span.length > left) list.split(span, left);
      left -= span.length;
      effect.deleted.push({ first: span.first, end: span.first + span.length });
      if (isTold && !span.isGone) {
        const at = list.remainingBefore(span);
        const none = inserted.slice(0, 0);
        document?.splice(at, span.length, none);
        onSplice?.([at, span.length, none]);
      }
      list.change(span, 2, true);
    }
    if (inserted.length === 0) return;
    const { span, offset } = insert(authors, index, inserted.length);
    effect.end = insertedBy.length;
    if (!isTold) return;
    const at = list.remainingBefore(span) + offset;
    document?.splice(at, 0, inserted);
    onSplice?.([at, 0, inserted]);
  };

  /** New items, after so many visible ones. */
  const insert = (
    authors: readonly Authorship[],
    index: number,
    length: number,
  ): { readonly span: Span; readonly offset: number } => {
    const first = insertedBy.length;
    for (const author of authors) for (let left = author.length; left > 0; left -= 1) insertedBy.push(author.place);
    const place = insertedBy[first] as number;
    const cursor = list.cursorAfter(index - 1);
    const before = cursor.chunk.spans[cursor.index - 1];
    const left = index === 0 || before === undefined ? edge : before.first + before.length - 1;
    const scan = { ...cursor };
    let following = list.next(scan);
    while (following !== undefined && following.state === 0) {
      scan.index += 1;
      following = list.next(scan);
    }
    const right = following === undefined ? edge : following.first;
    const destination = integrate(place, left, right, cursor, following);
    const neighbour = destination.chunk.spans[destination.index - 1];
    if (
      neighbour !== undefined &&
      neighbour.first + neighbour.length === first &&
      neighbour.state === 1 &&
      !neighbour.isGone &&
      neighbour.right === right &&
      left === first - 1
    ) {
      const offset = neighbour.length;
      list.resize(neighbour, neighbour.length + length);
      return { span: neighbour, offset };
    }
    list.insert(destination, { first, length, state: 1, isGone: false, left, right });
    return { span: list.spanOf(first), offset: 0 };
  };

  /** Where among the items that its author had not seen a new one goes. */
  const integrate = (place: number, left: number, right: number, start: Cursor, end: Span | undefined): Cursor => {
    const scan = { ...start };
    let destination = { ...start };
    let isScanning = false;
    for (let other = list.next(scan); other !== undefined && other !== end; other = list.next(scan)) {
      if (other.left !== left) {
        // It was inserted further to the left, so all that follow it stand where they are.
        if (left !== edge && (other.left === edge || list.isBefore(other.left, left))) break;
      } else {
        if (other.right === right && isBefore(place, insertedBy[other.first] as number)) break;
        isScanning =
          other.right !== right && other.right !== edge && (right === edge || list.isBefore(other.right, right));
      }
      scan.index += 1;
      if (!isScanning) destination = { ...scan };
    }
    return destination;
  };

  return {
    lookAt,
    apply,
    endsAt: (length) => {
      const surplus = list.remaining() - length;
      if (surplus === 0) return;
      // Nobody has reached the end of what is longer than anything.
      const last = list.spanOf(firstBase + baseLength - 1);
      list.resize(last, last.length - surplus);
    },
    eachVisible: (visit) => {
      list.each((span) => {
        if (span.state === 1) visit(span);
      });
    },
    itemAt: (place) => (place < 0 || place >= list.visible() ? undefined : list.itemAt(place)),
    originOf: (item) => {
      const place = insertedBy[item] as number;
      let first = item;
      while (insertedBy[first - 1] === place) first -= 1;
      return { place, offset: item - first };
    },
    positionOf: (item) => {
      const span = list.spanOf(item);
      return span.isGone ? undefined : list.remainingBefore(span) + item - span.first;
    },
  };
};

const insertionsOf = (effects: readonly (Effect | undefined)[], blocks: readonly number[]): Range[] => {
  const ranges: Range[] = [];
  for (const block of blocks) {
    const effect = effects[block];
    if (effect !== undefined && effect.first < effect.end) ranges.push(effect);
  }
  return ranges;
};

const deletionsOf = (effects: readonly (Effect | undefined)[], blocks: readonly number[]): Range[] => {
  const ranges: Range[] = [];
  for (const block of blocks) for (const range of effects[block]?.deleted ?? []) ranges.push(range);
  return ranges;
};

/** Neighbouring ranges as one. Where two name an item, both stay: it was deleted twice. */
const joined = (ranges: Range[]): readonly Range[] => {
  if (ranges.length < 2) return ranges;
  ranges.sort((a, b) => a.first - b.first);
  const all: { first: number; end: number }[] = [];
  for (const { first, end } of ranges) {
    const last = all.at(-1);
    if (last?.end === first) last.end = end;
    else all.push({ first, end });
  }
  return all;
};
