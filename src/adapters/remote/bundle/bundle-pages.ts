/**
 * Pages of a bundle file. Between two pages the reading stays where it is, so that reading a
 * file through costs one pass over it, compressed or not, and looking for news costs what
 * was appended. Only a cursor from elsewhere, such as from an earlier connection, is looked
 * for from the beginning.
 */
import { vectorIncludes } from '../../../domain/causality/version-vector.js';
import type { Sha256 } from '../../../domain/shared/sha256.js';
import type { PullPage, PullRequest } from '../../../application/ports/remote.js';
import { createCursor, cursorUnknown, lineOfCursor, type MovingCursor } from './bundle-cursor.js';
import { fileState, linesFrom, startOfFile, type BundleEnd, type FileState, type Place } from './bundle-file.js';
import type { TextLine } from './line-splitter.js';
import { parseTextLine } from './read-bundle.js';

export interface BundlePages {
  readonly next: (request: PullRequest) => Promise<PullPage>;
  readonly close: () => Promise<void>;
}

interface Reading {
  readonly identity: string | undefined;
  readonly cursor: MovingCursor;
  /** Undefined once the end was reached. */
  lines: AsyncGenerator<readonly TextLine[], BundleEnd, undefined> | undefined;
  /** Lines that were read and not given yet. */
  waiting: readonly TextLine[];
  /** At the end: where to go on when more was appended. */
  place: Place | undefined;
}

export const createBundlePages = (file: string, sha256: Sha256): BundlePages => {
  let kept: Reading | undefined;

  const close = async (): Promise<void> => {
    const lines = kept?.lines;
    kept = undefined;
    await lines?.return({ tail: 'whole', place: undefined });
  };

  /** The reading that stands where the cursor does. */
  const readingAt = async (wanted: string | undefined): Promise<Reading> => {
    const found = await fileState(file);
    if (wanted !== undefined && kept?.cursor.text() === wanted && canGoOn(kept, found)) {
      if (kept.lines === undefined && kept.place !== undefined) kept.lines = linesFrom(file, kept.place, undefined);
      return kept;
    }
    await close();
    const reading: Reading = {
      identity: found?.identity,
      cursor: createCursor(),
      lines: found === undefined ? undefined : linesFrom(file, startOfFile, undefined),
      waiting: [],
      place: undefined,
    };
    kept = reading;
    if (wanted !== undefined) await passTo(reading, wanted);
    return reading;
  };

  return {
    next: async ({ cursor, cut, limit, signal }) => {
      signal?.throwIfAborted();
      const reading = await readingAt(cursor);
      const startLine = reading.cursor.line();
      const events: unknown[] = [];
      try {
        while (events.length < limit && (await hasMore(reading))) {
          signal?.throwIfAborted();
          let taken = 0;
          for (const textLine of reading.waiting) {
            if (events.length === limit) break;
            const { event, dot } = uncheckedEvent(textLine, sha256);
            if (cursor !== undefined || dot === undefined || !vectorIncludes(cut, dot)) events.push(event);
            reading.cursor.pass(textLine);
            taken += 1;
          }
          reading.waiting = reading.waiting.slice(taken);
        }
        return { events, cursor: reading.cursor.text(), more: await hasMore(reading) };
      } catch (error) {
        const page = { events, cursor: reading.cursor.text(), more: true };
        const isBeyondStart = reading.cursor.line() > startLine;
        await close();
        signal?.throwIfAborted();
        // What stands before the damage is given first; the next call comes upon it again.
        if (isBeyondStart) return page;
        throw error;
      }
    },
    close,
  };
};

const canGoOn = (reading: Reading, found: FileState | undefined): boolean => {
  if (found === undefined || found.identity !== reading.identity) return false;
  if (reading.lines !== undefined) return true;
  return reading.place !== undefined && found.size >= reading.place.offset;
};

/** Whether lines are waiting, after reading on if need be. */
const hasMore = async (reading: Reading): Promise<boolean> => {
  while (reading.waiting.length === 0 && reading.lines !== undefined) {
    const next = await reading.lines.next();
    if (next.done === true) {
      reading.lines = undefined;
      // After a line without an end the numbers would not go on as they do when all is read again.
      reading.place = next.value.tail === 'open' ? undefined : next.value.place;
    } else {
      reading.waiting = next.value;
    }
  }
  return reading.waiting.length > 0;
};

/** Goes through the file up to the cursor, and sees whether the file is the one that it was made for. */
const passTo = async (reading: Reading, wanted: string): Promise<void> => {
  const line = lineOfCursor(wanted);
  while (reading.cursor.line() < line && (await hasMore(reading))) {
    const taken = reading.waiting.findIndex((textLine) => textLine.line > line);
    const passed = taken < 0 ? reading.waiting : reading.waiting.slice(0, taken);
    passed.forEach(reading.cursor.pass);
    reading.waiting = reading.waiting.slice(passed.length);
    if (taken >= 0) break;
  }
  if (reading.cursor.text() !== wanted) throw cursorUnknown(wanted);
};

/**
 * What a line says, for the caller to check (M7). A line that is no JSON at all is given as
 * its text, so that it is refused, with its text as evidence, like everything else; so is an
 * object with the same member twice, which would look sound once it is parsed.
 */
const uncheckedEvent = (textLine: TextLine, sha256: Sha256): { readonly event: unknown; readonly dot?: string } => {
  const parsed = parseTextLine(textLine, sha256);
  if (parsed.result.ok) return { event: parsed.result.value.event, dot: parsed.result.value.dot };
  const { code } = parsed.result.error;
  if (textLine.problem !== undefined || code === 'bad_json' || code === 'duplicate_key') return { event: parsed.text };
  return { event: JSON.parse(parsed.text) as unknown };
};
