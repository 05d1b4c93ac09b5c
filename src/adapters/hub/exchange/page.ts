/**
 * Entries of the log as one reader is given them: the text of a page, with the numbers that were
 * left out as ranges, so that a gap is explained and no more is told about it (R38).
 *
 * The text of an entry is the same for whoever may read it, so it is made once for all of them.
 */
import type { HubEntry } from '../../../application/ports/hub-log.js';
import { parseDot } from '../../../domain/causality/dot.js';
import { canonicalEvent } from '../../../domain/events/canonical-event.js';
import { invariant } from '../../../domain/shared/invariant.js';
import type { Receipts } from '../receipts/receipts.js';
import { dotOfEntry, isShown, type View } from './view.js';

export type EntryText = (entry: HubEntry) => string;

export const createEntryText = (receipts: Receipts): EntryText => {
  const written = new WeakMap<HubEntry, string>();
  const write = (entry: HubEntry): string => {
    if (entry.type === 'event')
      return `{"event":${entry.canonical ?? canonicalEvent(entry.sealed.event)},"receipt":"${receipts.give(entry.sealed)}"}`;
    const { dot, hash, eventId, code, message } = entry.refusal;
    const receipt = receipts.giveRefusal(entry.refusal);
    return JSON.stringify({ refused: { dot, hash, eventId, code, message, receipt } });
  };
  return (entry) => {
    const before = written.get(entry);
    if (before !== undefined) return before;
    const text = write(entry);
    written.set(entry, text);
    return text;
  };
};

/** For whom a page is. */
export interface PageOf {
  readonly view: View;
  /** Whether the reader was ever spared what it said that it has. */
  readonly isSpared: boolean;
}

export interface Page {
  /** In order, and every entry: what is left out has to be named. */
  readonly add: (entries: readonly HubEntry[]) => void;
  /** `"entries":[…],"skipped":{…}` */
  readonly text: () => string;
  readonly shown: () => number;
  /** Of the entries that are shown. */
  readonly chars: () => number;
}

export const createPage = (
  { view, isSpared }: PageOf,
  textOf: EntryText,
  /** Entries that the reader has already, and need not be given or named. */
  isHeld: (entry: HubEntry) => boolean = () => false,
): Page => {
  const shown: string[] = [];
  const skipped = new Map<string, [from: number, to: number][]>();
  let chars = 0;
  const show = (entry: HubEntry): void => {
    const text = textOf(entry);
    shown.push(text);
    chars += text.length;
  };
  return {
    add: (entries) => {
      for (const entry of entries) {
        // Asked about what is left out too: it has to see every entry.
        const isKnown = isHeld(entry);
        if (!view.isWhole && !isShown(view, entry)) leaveOut(skipped, entry);
        else if (!isKnown) {
          // Who has one of the contents of a fork may have been spared the others for it (R5); everyone else was given them (M2).
          if (isSpared && entry.type === 'event')
            for (const other of entry.beside ?? []) if (view.isWhole || isShown(view, other)) show(other);
          show(entry);
        }
      }
    },
    text: () =>
      `"entries":[${shown.join(',')}],"skipped":{${[...skipped].map(([replicaId, ranges]) => `${JSON.stringify(replicaId)}:${JSON.stringify(ranges)}`).join(',')}}`,
    shown: () => shown.length,
    chars: () => chars,
  };
};

const leaveOut = (skipped: Map<string, [from: number, to: number][]>, entry: HubEntry): void => {
  const dot = parseDot(dotOfEntry(entry));
  invariant(dot !== undefined, 'an entry of the log has no dot');
  const { replicaId, seq } = dot;
  const ranges = skipped.get(replicaId);
  const last = ranges?.at(-1);
  if (ranges === undefined) skipped.set(replicaId, [[seq, seq]]);
  else if (last !== undefined && last[1] === seq - 1) last[1] = seq;
  else ranges.push([seq, seq]);
};
