/**
 * What came from the remote need not go back to it. Stretches of the log that hold nothing else
 * are not even read again; where others wrote in between, hashes tell. Kept in memory and
 * bounded: what is forgotten goes back and is a duplicate there.
 */
import type { SealedEvent } from '../../domain/events/event.js';

export interface Origins {
  /** Events of a page, and the stretch of the log that holds them and nothing else, if there is one. */
  readonly came: (
    hashes: readonly string[],
    stretch: { readonly from: number; readonly to: number } | undefined,
  ) => void;
  /** Begins a pass over the log to its end; what it ends over is forgotten. */
  readonly beginPass: () => { readonly end: () => void };
  /** The first position after which something else may stand. */
  readonly skip: (after: number) => number;
  /** How many positions may be read from there on without reading into a stretch. */
  readonly room: (after: number) => number;
  readonly has: (sealed: SealedEvent) => boolean;
  /** Sent and taken: what the remote gives back under the receipt that it gave then need not be looked at. */
  readonly went: (receipts: readonly string[]) => void;
  readonly isEcho: (receipt: string | undefined) => boolean;
}

/** About 100 bytes each. */
const rememberedMax = 1_000_000;
const echoesMax = 100_000;
const stretchesMax = 10_000;

export const createOrigins = (): Origins => {
  let hashes = new Set<string>();
  let olderHashes = new Set<string>();
  let stretches: { from: number; to: number }[] = [];
  let echoes = new Set<string>();
  let olderEchoes = new Set<string>();

  return {
    came: (given, stretch) => {
      for (const hash of given) if (hashes.size < rememberedMax) hashes.add(hash);
      if (stretch === undefined || stretch.to <= stretch.from) return;
      const last = stretches.at(-1);
      if (last?.to === stretch.from) last.to = stretch.to;
      else if (stretches.length < stretchesMax) stretches.push({ ...stretch });
    },
    beginPass: () => {
      const ending = stretches.at(-1)?.to ?? 0;
      for (const hash of olderHashes) hashes.add(hash);
      olderHashes = hashes;
      hashes = new Set();
      return {
        end: () => {
          olderHashes = new Set();
          stretches = stretches.filter(({ to }) => to > ending);
        },
      };
    },
    skip: (after) => {
      let at = after;
      for (const { from, to } of stretches) if (at >= from && at < to) at = to;
      return at;
    },
    room: (after) => {
      const next = stretches.find(({ from }) => from > after);
      return next === undefined ? Infinity : next.from - after;
    },
    has: ({ hash }) => hashes.has(hash) || olderHashes.has(hash),
    went: (given) => {
      for (const receipt of given) echoes.add(receipt);
      if (echoes.size < echoesMax) return;
      olderEchoes = echoes;
      echoes = new Set();
    },
    isEcho: (receipt) => receipt !== undefined && (echoes.has(receipt) || olderEchoes.has(receipt)),
  };
};
