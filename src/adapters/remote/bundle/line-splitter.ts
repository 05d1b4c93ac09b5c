/**
 * From chunks of bytes, cut anywhere, to numbered lines of text.
 *
 * What it holds between chunks is one unfinished line, and of a line that is too long only
 * the beginning; so its memory is bounded whatever it is given. A line that is too long or
 * no UTF-8 is refused by itself, and the next one is as good as any: line ends are found in
 * the bytes, where nothing inside a character can be taken for one.
 *
 * A byte order mark at the start, CRLF and empty lines are what editors and shells leave
 * behind, and are passed over.
 */
import { isAscii, isUtf8 } from 'node:buffer';
import type { EventError } from '../../../domain/events/event-error.js';

export interface TextLine {
  /** From 1, empty lines counted. */
  readonly line: number;
  /** Without its end. Of a line that is too long the beginning; what is no UTF-8 shows as U+FFFD. */
  readonly text: string;
  /** Where the next line begins, in bytes from where the splitting began. */
  readonly end: number;
  /** Why the text is not all that stood there. */
  readonly problem?: EventError;
  /** On the last line, where nothing ended it: perhaps not all of it is there. */
  readonly isOpen?: true;
}

export interface LineSplitter {
  readonly push: (chunk: Uint8Array) => readonly TextLine[];
  /** The last line, if it has no end. */
  readonly end: () => readonly TextLine[];
  /** How many bytes the lines had that have ended, their ends included. */
  readonly bytesEnded: () => number;
  /** The number of the line that comes next, or has begun. */
  readonly nextLine: () => number;
}

const newline = 0x0a;
const carriageReturn = 0x0d;
const openingBrace = 0x7b;
const closingBrace = 0x7d;
const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);
/** Enough of a line that is too long to recognize it by. */
const excerptBytes = 1024;

export const createLineSplitter = (lineBytesMax: number, firstLine = 1): LineSplitter => {
  let line = firstLine;
  let bytesEnded = 0;
  /** The unfinished line: its pieces, or only its excerpt once it is too long. */
  let pieces: Buffer[] = [];
  let openBytes = 0;

  const keep = (piece: Buffer): void => {
    if (piece.length === 0) return;
    const wasTooLong = openBytes > lineBytesMax;
    openBytes += piece.length;
    if (wasTooLong) return;
    pieces.push(piece);
    if (openBytes > lineBytesMax) pieces = [Buffer.from(Buffer.concat(pieces).subarray(0, excerptBytes))];
  };

  const finish = (bytes: Buffer, size: number, isKnownUtf8: boolean, found: TextLine[]): void => {
    bytesEnded += size + 1;
    const textLine = textLineOf({ line, end: bytesEnded, bytes, size, lineBytesMax, isKnownUtf8 });
    if (textLine !== undefined) found.push(textLine);
    line += 1;
  };

  const finishOpen = (found: TextLine[]): void => {
    finish(pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces), openBytes, false, found);
    pieces = [];
    openBytes = 0;
  };

  /** The usual line, which is text as it stands: an object with nothing before and nothing after it. */
  const isOrdinary = (chunk: Buffer, start: number, end: number): boolean =>
    chunk[start] === openingBrace && chunk[end - 1] === closingBrace && end - start <= lineBytesMax;

  return {
    push: (given) => {
      const chunk = Buffer.from(given.buffer, given.byteOffset, given.byteLength);
      const found: TextLine[] = [];
      const last = chunk.lastIndexOf(newline);
      let start = 0;
      if (last >= 0) {
        if (openBytes > 0) {
          const end = chunk.indexOf(newline);
          keep(chunk.subarray(0, end));
          finishOpen(found);
          start = end + 1;
        }
        // One look at all lines together is much cheaper than one at each.
        const lines = chunk.subarray(start, last + 1);
        const areUtf8 = isUtf8(lines);
        const encoding = isAscii(lines) ? 'latin1' : 'utf8';
        while (start <= last) {
          const end = chunk.indexOf(newline, start);
          if (areUtf8 && isOrdinary(chunk, start, end)) {
            bytesEnded += end - start + 1;
            found.push({ line, end: bytesEnded, text: chunk.toString(encoding, start, end) });
            line += 1;
          } else finish(chunk.subarray(start, end), end - start, areUtf8, found);
          start = end + 1;
        }
      }
      keep(chunk.subarray(start));
      return found;
    },
    end: () => {
      const found: TextLine[] = [];
      const before = bytesEnded;
      const size = openBytes;
      if (openBytes > 0) finishOpen(found);
      bytesEnded = before;
      return found.map((textLine) => ({ ...textLine, end: before + size, isOpen: true }));
    },
    bytesEnded: () => bytesEnded,
    nextLine: () => line,
  };
};

interface FinishedLine {
  readonly line: number;
  readonly end: number;
  /** Of a line that is too long only the beginning. */
  readonly bytes: Buffer;
  readonly size: number;
  readonly lineBytesMax: number;
  readonly isKnownUtf8: boolean;
}

/** Undefined for a line that holds nothing. */
const textLineOf = ({
  line,
  end,
  bytes: given,
  size,
  lineBytesMax,
  isKnownUtf8,
}: FinishedLine): TextLine | undefined => {
  const bytes = line === 1 && given.subarray(0, 3).equals(byteOrderMark) ? given.subarray(3) : given;
  if (size > lineBytesMax) {
    const message = `the line has ${size} bytes, more than the ${lineBytesMax} that an event can need`;
    return { line, end, text: bytes.toString('utf8', 0, excerptBytes), problem: { code: 'too_large', message } };
  }
  const text = bytes.toString('utf8', 0, bytes.at(-1) === carriageReturn ? bytes.length - 1 : bytes.length);
  if (isBlank(text)) return undefined;
  if (isKnownUtf8 || isUtf8(bytes)) return { line, end, text };
  return {
    line,
    end,
    text,
    problem: { code: 'bad_json', message: 'the line is not UTF-8: was it saved in another encoding?' },
  };
};

/** Nothing but what JSON takes for white space. */
const isBlank = (text: string): boolean => text.length === 0 || (text.charCodeAt(0) <= 0x20 && /^[ \t\r]*$/.test(text));
