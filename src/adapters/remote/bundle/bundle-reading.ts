/**
 * A reading of a bundle file that stands somewhere in it: after the last line that was
 * passed. It can be left and taken up again as long as nothing was taken from the file.
 *
 * Compressed data is left open meanwhile, since one cannot start in the middle of it. A
 * plain file is not: its end may be cut off and written anew under whoever has it open.
 */
import { createCursor, cursorUnknown, lineOfCursor, type MovingCursor } from './bundle-cursor.js';
import {
  bytesBefore,
  isFileGzip,
  linesFrom,
  startOfFile,
  type BundleEnd,
  type FileState,
  type Place,
} from './bundle-file.js';
import type { TextLine } from './line-splitter.js';

export interface BundleReading {
  readonly cursor: MovingCursor;
  /** Lines that were read and not passed yet; empty at the end of the file. */
  readonly ahead: () => Promise<readonly TextLine[]>;
  /** Passes the first so many of them. */
  readonly pass: (count: number) => void;
  /** Goes through the file up to a cursor, and sees whether the file is the one that it was made for. */
  readonly passTo: (cursor: string, signal: AbortSignal | undefined) => Promise<void>;
  readonly leave: () => Promise<void>;
  /** Whether it can go on in the file as it is now; to be asked before each time. */
  readonly takeUp: (now: FileState | undefined) => Promise<boolean>;
  readonly close: () => Promise<void>;
}

type Lines = AsyncGenerator<readonly TextLine[], BundleEnd, undefined>;

/** @param found the state of the file; undefined where there is none, which reads like an empty one */
export const startReading = async (file: string, found: FileState | undefined): Promise<BundleReading> => {
  const isCompressed = found !== undefined && (await isFileGzip(file));
  const cursor = createCursor();
  let size = found?.size ?? 0;
  let from = startOfFile;
  let lines: Lines | undefined = found === undefined ? undefined : linesFrom(file, from, undefined);
  let waiting: readonly TextLine[] = [];
  /** Where to go on when nothing is open; undefined where only the beginning will do. */
  let place: Place | undefined;
  let bytesBeforePlace: string | undefined;

  const ahead = async (): Promise<readonly TextLine[]> => {
    while (waiting.length === 0 && lines !== undefined) {
      const next = await lines.next();
      if (next.done === true) {
        lines = undefined;
        // After a line without an end the numbers would not go on as they do when all is read again.
        if (next.value.tail !== 'open') place = next.value.place;
      } else {
        waiting = next.value;
      }
    }
    return waiting;
  };

  const pass = (count: number): void => {
    const passed = waiting.slice(0, count);
    waiting = waiting.slice(count);
    for (const textLine of passed) cursor.pass(textLine);
    const last = passed.at(-1);
    if (last !== undefined)
      place =
        isCompressed || last.isOpen === true ? undefined : { line: last.line + 1, offset: from.offset + last.end };
  };

  const close = async (): Promise<void> => {
    const open = lines;
    lines = undefined;
    waiting = [];
    await open?.return({ tail: 'whole', place: undefined });
  };

  return {
    cursor,
    ahead,
    pass,
    passTo: async (wanted, signal) => {
      const line = lineOfCursor(wanted);
      for (let next = await ahead(); next.length > 0 && cursor.line() < line; next = await ahead()) {
        signal?.throwIfAborted();
        const beyond = next.findIndex((textLine) => textLine.line > line);
        if (beyond === 0) break;
        pass(beyond < 0 ? next.length : beyond);
      }
      if (cursor.text() !== wanted) throw cursorUnknown(wanted);
    },
    leave: async () => {
      if (!isCompressed) await close();
      if (lines === undefined && place !== undefined) bytesBeforePlace = await bytesBefore(file, place.offset);
    },
    takeUp: async (now) => {
      if (now === undefined || now.identity !== found?.identity || now.size < size) return false;
      size = now.size;
      if (lines !== undefined) return true;
      if (place === undefined || (await bytesBefore(file, place.offset)) !== bytesBeforePlace) return false;
      from = place;
      lines = linesFrom(file, from, undefined);
      return true;
    },
    close,
  };
};
