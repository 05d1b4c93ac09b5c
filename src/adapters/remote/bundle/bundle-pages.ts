/**
 * Pages of a bundle file. Between two pages the reading stays where it is, so that reading a
 * file through costs one pass over it, compressed or not, and looking for news costs what
 * was appended. Only a cursor from elsewhere, such as from an earlier connection, is looked
 * for from the beginning.
 */
import { vectorIncludes } from '../../../domain/causality/version-vector.js';
import type { Sha256 } from '../../../domain/shared/sha256.js';
import type { PullPage, PullRequest } from '../../../application/ports/remote.js';
import { fileState } from './bundle-file.js';
import { startReading, type BundleReading } from './bundle-reading.js';
import type { TextLine } from './line-splitter.js';
import { parseTextLine } from './read-bundle.js';

export interface BundlePages {
  readonly next: (request: PullRequest) => Promise<PullPage>;
  readonly close: () => Promise<void>;
}

export const createBundlePages = (file: string, sha256: Sha256): BundlePages => {
  let kept: BundleReading | undefined;

  const close = async (): Promise<void> => {
    const reading = kept;
    kept = undefined;
    await reading?.close();
  };

  /** The reading that stands where the cursor does. */
  const readingAt = async (wanted: string | undefined, signal: AbortSignal | undefined): Promise<BundleReading> => {
    const found = await fileState(file);
    if (wanted !== undefined && kept?.cursor.text() === wanted && (await kept.takeUp(found))) return kept;
    await close();
    kept = await startReading(file, found);
    if (wanted !== undefined) await kept.passTo(wanted, signal);
    return kept;
  };

  const gather = async (reading: BundleReading, request: PullRequest, events: unknown[]): Promise<void> => {
    const { cursor, cut, limit, signal } = request;
    while (events.length < limit) {
      const ahead = await reading.ahead();
      if (ahead.length === 0) return;
      signal?.throwIfAborted();
      let taken = 0;
      for (const textLine of ahead) {
        if (events.length === limit) break;
        const { event, dot } = uncheckedEvent(textLine, sha256);
        if (cursor !== undefined || dot === undefined || !vectorIncludes(cut, dot)) events.push(event);
        taken += 1;
      }
      reading.pass(taken);
    }
  };

  return {
    next: async (request) => {
      request.signal?.throwIfAborted();
      const reading = await readingAt(request.cursor, request.signal);
      const start = reading.cursor.line();
      const events: unknown[] = [];
      try {
        await gather(reading, request, events);
        const page = { events, cursor: reading.cursor.text(), more: (await reading.ahead()).length > 0 };
        await reading.leave();
        return page;
      } catch (error) {
        await close();
        request.signal?.throwIfAborted();
        // What stands before the damage is given first; the next call comes upon it again.
        if (reading.cursor.line() > start) return { events, cursor: reading.cursor.text(), more: true };
        throw error;
      }
    },
    close,
  };
};

/**
 * What a line says, for the caller to check (M7). A line that is no JSON at all is given as
 * its text, so that it is refused, with its text as evidence, like everything else; so is an
 * object with the same member twice, which would look sound once it is parsed.
 */
const uncheckedEvent = (textLine: TextLine, sha256: Sha256): { readonly event: unknown; readonly dot?: string } => {
  const { result } = parseTextLine(textLine, sha256);
  if (result.ok) return { event: result.value.event, dot: result.value.dot };
  const { code } = result.error;
  const isOnlyText = textLine.problem !== undefined || code === 'bad_json' || code === 'duplicate_key';
  return { event: isOnlyText ? textLine.text : (JSON.parse(textLine.text) as unknown) };
};
