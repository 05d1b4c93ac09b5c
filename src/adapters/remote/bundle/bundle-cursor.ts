/**
 * How far a bundle file has been read: the number of the last line, and the hash of all
 * lines up to it. A file that was written anew often begins with the same line and has the
 * others in another order; the number alone would pass over some of them in silence.
 */
import { createHash } from 'node:crypto';
import { ReknitError } from '../../../domain/shared/errors.js';
import type { TextLine } from './line-splitter.js';

/** A cursor on its way through a file. */
export interface MovingCursor {
  readonly pass: (line: TextLine) => void;
  /** The number of the last line passed. */
  readonly line: () => number;
  readonly text: () => string;
}

const hexChars = 32;

export const createCursor = (): MovingCursor => {
  const hash = createHash('sha256');
  let line = 0;
  return {
    pass: (textLine) => {
      hash.update(`${textLine.text}\n`);
      line = textLine.line;
    },
    line: () => line,
    // A copy, since a hash that was asked takes nothing more.
    text: () => `${line}:${hash.copy().digest('hex').slice(0, hexChars)}`,
  };
};

/** The number of the line that a cursor stands for. */
export const lineOfCursor = (cursor: string): number => {
  const [line, hash] = cursor.split(':');
  const number = Number(line);
  if (!Number.isSafeInteger(number) || number < 0 || hash?.length !== hexChars) throw cursorUnknown(cursor);
  return number;
};

export const cursorUnknown = (cursor: string): ReknitError =>
  new ReknitError(
    'cursor_unknown',
    'the bundle does not begin with what this cursor has read: read it from the beginning',
    { cursor },
  );
