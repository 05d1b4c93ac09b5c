/**
 * What a bundle file holds, as far as a push has to know: the hashes of its events, since a
 * hash tells an event from all others, variants of one dot included; and how many events of
 * each replica there are without a gap.
 *
 * It is read once and follows the file from then on, so it costs what was appended.
 */
import type { ContentHash, SealedEvent } from '../../../domain/events/event.js';
import type { Sha256 } from '../../../domain/shared/sha256.js';
import { bytesBefore, fileState, linesFrom, startOfFile, type BundleEnd, type FileState } from './bundle-file.js';
import { lineOf } from './encode-bundle.js';
import { parseTextLine } from './read-bundle.js';

export interface BundleIndex {
  /** Reads what was appended since the last time, or everything if the file is another one. */
  readonly catchUp: (signal?: AbortSignal) => Promise<void>;
  /** These were just appended, by whom nobody else can have written meanwhile: they need not be read. */
  readonly appended: (events: readonly SealedEvent[]) => Promise<void>;
  readonly has: (hash: ContentHash) => boolean;
  /** How many events of the replica it holds without a gap. */
  readonly knownSeq: (replicaId: string) => number;
  readonly eventCount: () => number;
  readonly refusedCount: () => number;
  /** The hash of the first line; undefined while there is none. */
  readonly firstLine: () => string | undefined;
  readonly end: () => BundleEnd;
}

const endOfNothing: BundleEnd = { tail: 'whole', place: startOfFile };

interface Contents {
  readonly hashes: Set<ContentHash>;
  readonly seqs: Map<string, SeqRun>;
  refused: number;
  firstLine: string | undefined;
}

/** The numbers of one replica's events: all up to a number, and some beyond it. */
interface SeqRun {
  upTo: number;
  readonly beyond: Set<number>;
}

export const createBundleIndex = (file: string, sha256: Sha256): BundleIndex => {
  let contents = emptyContents();
  let end = endOfNothing;
  let seen: FileState | undefined;
  let bytesBeforeEnd = '';

  const readOn = async (signal: AbortSignal | undefined): Promise<void> => {
    const reading = linesFrom(file, end.place ?? startOfFile, signal);
    for (;;) {
      const next = await reading.next();
      if (next.done === true) {
        end = next.value;
        return;
      }
      for (const textLine of next.value) {
        contents.firstLine ??= sha256(textLine.text);
        const { result } = parseTextLine(textLine, sha256);
        if (result.ok) add(contents, result.value);
        else contents.refused += 1;
      }
    }
  };

  /** Whether the file is the one that was seen, with something behind it. */
  const hasOnlyGrown = async (found: FileState): Promise<boolean> =>
    found.identity === seen?.identity &&
    found.size > seen.size &&
    end.place !== undefined &&
    (await bytesBefore(file, end.place.offset)) === bytesBeforeEnd;

  /** What is known now is what the file was in this state. */
  const settle = async (found: FileState | undefined): Promise<void> => {
    bytesBeforeEnd = found === undefined || end.place === undefined ? '' : await bytesBefore(file, end.place.offset);
    seen = found;
  };

  return {
    catchUp: async (signal) => {
      const found = await fileState(file);
      if (isSameState(found, seen)) return;
      if (found === undefined || !(await hasOnlyGrown(found))) {
        contents = emptyContents();
        end = endOfNothing;
      }
      // Until it has been read, it has not been seen: whoever is interrupted reads it again.
      seen = undefined;
      if (found !== undefined) await readOn(signal);
      await settle(found);
    },
    appended: async (events) => {
      // Where the end had to be mended, reading it is safer than reckoning.
      if (end.tail !== 'whole' || end.place === undefined || end.place.offset !== (seen?.size ?? 0)) return;
      const found = await fileState(file);
      const [first] = events;
      if (first === undefined || found === undefined || (seen !== undefined && found.identity !== seen.identity))
        return;
      contents.firstLine ??= sha256(lineOf(first.event));
      for (const sealed of events) add(contents, sealed);
      end = { tail: 'whole', place: { line: end.place.line + events.length, offset: found.size } };
      await settle(found);
    },
    has: (hash) => contents.hashes.has(hash),
    knownSeq: (replicaId) => contents.seqs.get(replicaId)?.upTo ?? 0,
    eventCount: () => contents.hashes.size,
    refusedCount: () => contents.refused,
    firstLine: () => contents.firstLine,
    end: () => end,
  };
};

const isSameState = (a: FileState | undefined, b: FileState | undefined): boolean =>
  a?.identity === b?.identity && a?.modified === b?.modified && a?.size === b?.size;

const emptyContents = (): Contents => ({ hashes: new Set(), seqs: new Map(), refused: 0, firstLine: undefined });

const add = ({ hashes, seqs }: Contents, { hash, event }: SealedEvent): void => {
  hashes.add(hash);
  let run = seqs.get(event.replicaId);
  if (run === undefined) seqs.set(event.replicaId, (run = { upTo: 0, beyond: new Set() }));
  if (event.seq > run.upTo + 1) run.beyond.add(event.seq);
  else if (event.seq === run.upTo + 1) {
    run.upTo += 1;
    while (run.beyond.delete(run.upTo + 1)) run.upTo += 1;
  }
};
