/**
 * Reads a bundle: events as NDJSON, plain or gzipped, from a file or from a stream.
 *
 * Every line is given with its number, as an event or with the reason why it is refused, so
 * that one bad line stops nothing. Lines come in arrays, as many as a chunk held: a promise
 * for each would cost more than parsing it. Memory is bounded by a chunk and the longest
 * line allowed, whatever the file's size and however well it is compressed.
 */
import type { EventError } from '../../../domain/events/event-error.js';
import type { SealedEvent } from '../../../domain/events/event.js';
import { eventLimits } from '../../../domain/events/limits.js';
import { parseEventLine } from '../../../domain/events/parse.js';
import { isReknitError } from '../../../domain/shared/errors.js';
import { err, type Result } from '../../../domain/shared/result.js';
import type { Sha256 } from '../../../domain/shared/sha256.js';
import { bundleError } from './bundle-error.js';
import { fileChunks, untilAborted } from './chunks.js';
import { isWholeObject } from './half-line.js';
import { inflated } from './inflate.js';
import { createLineSplitter, type LineSplitter, type TextLine } from './line-splitter.js';

export interface BundleLine {
  /** From 1, empty lines counted. */
  readonly line: number;
  readonly result: Result<SealedEvent, EventError>;
  /** What stood there, where it is refused; of a line that is too long the beginning. */
  readonly text?: string;
}

export interface ReadBundleOptions {
  readonly sha256: Sha256;
  readonly signal?: AbortSignal;
  /** Bytes of one line at most. By default no valid event is refused, however it is written. */
  readonly maxLineBytes?: number;
}

/** Six times the limit if every character is escaped, and room for white space. */
export const maxLineBytesByDefault = 8 * eventLimits.eventBytesMax;

/**
 * @param source the path of a file, or its bytes: a stream, or any iterable of chunks
 * @throws `bundle_truncated` and `bundle_corrupt`, after everything that was complete before;
 *   `bundle_not_found`, `bundle_unreadable`; the signal's reason; what the source throws
 */
export async function* readBundle(
  source: string | AsyncIterable<Uint8Array | string>,
  { sha256, signal, maxLineBytes = maxLineBytesByDefault }: ReadBundleOptions,
): AsyncGenerator<readonly BundleLine[], void, undefined> {
  const bytes = untilAborted(typeof source === 'string' ? fileChunks(source) : source, signal);
  for await (const lines of textLines(bytes, createLineSplitter(maxLineBytes)))
    yield lines.map((textLine) => parseTextLine(textLine, sha256));
}

export const parseTextLine = ({ line, text, problem }: TextLine, sha256: Sha256): BundleLine => {
  const result = problem === undefined ? parseEventLine(text, sha256) : err(problem);
  return result.ok ? { line, result } : { line, result, text };
};

/** The lines of a bundle as they stand there, not looked at yet. */
export async function* textLines(
  source: AsyncIterable<Uint8Array | string>,
  splitter: LineSplitter,
): AsyncGenerator<readonly TextLine[], void, undefined> {
  try {
    for await (const chunk of inflated(source)) {
      const lines = splitter.push(chunk);
      if (lines.length > 0) yield lines;
    }
  } catch (error) {
    const line = splitter.nextLine();
    const [open] = isReknitError(error, 'bundle_truncated') ? splitter.end() : [];
    const isWhole = open !== undefined && isWholeObject(open.text);
    if (isWhole) yield [open];
    throw placed(error, isWhole ? line + 1 : line);
  }
  const last = splitter.end();
  if (last.length > 0) yield last;
}

/** Says in which line the bundle broke off. */
const placed = (error: unknown, line: number): unknown =>
  isReknitError(error, 'bundle_truncated', 'bundle_corrupt')
    ? bundleError(error.code, `line ${line}: ${error.message}`, { ...error.facts, line }, error.cause)
    : error;
