/**
 * Leaving out what a reader says it has. A version vector names numbers, not what stands under
 * them, and a fork (R5) puts another event under a number that the reader has: it has to be sent.
 * So only the first event of each number is left out, which can be told while the log is read from
 * its beginning. How far that was is remembered by position, whoever reads; where it is forgotten,
 * everything is sent, which costs time and loses nothing.
 */
import type { HubEntry } from '../../../application/ports/hub-log.js';
import { parseDot } from '../../../domain/causality/dot.js';
import { dotOfEntry } from './view.js';

export type Cut = Readonly<Record<string, number>>;

export interface HeldEntries {
  /** For the entries that follow `after`, which have to be given to the answer in order. */
  readonly from: (after: number, cut: Cut | undefined) => HeldReading;
}

export interface HeldReading {
  readonly isHeld: (entry: HubEntry) => boolean;
  /** Remembers that reading came this far. */
  readonly finish: (position: number) => void;
}

const positionsMax = 64;
const readAll: HeldReading = { isHeld: () => false, finish: () => undefined };

export const createHeldEntries = (): HeldEntries => {
  /** By position, the highest number of each replica's up to there. */
  const remembered = new Map<number, ReadonlyMap<string, number>>();
  return {
    from: (after, cut) => {
      if (cut === undefined || Object.keys(cut).length === 0) return readAll;
      const before = after === 0 ? new Map<string, number>() : remembered.get(after);
      if (before === undefined) return readAll;
      const highest = new Map(before);
      return {
        isHeld: (entry) => {
          const dot = parseDot(dotOfEntry(entry));
          if (dot === undefined) return false;
          const isFirst = dot.seq > (highest.get(dot.replicaId) ?? 0);
          if (isFirst) highest.set(dot.replicaId, dot.seq);
          return (
            isFirst &&
            entry.type === 'event' &&
            Object.hasOwn(cut, dot.replicaId) &&
            dot.seq <= (cut[dot.replicaId] as number)
          );
        },
        finish: (position) => {
          remembered.delete(position);
          remembered.set(position, highest);
          for (const oldest of remembered.keys()) {
            if (remembered.size <= positionsMax) break;
            remembered.delete(oldest);
          }
        },
      };
    },
  };
};
