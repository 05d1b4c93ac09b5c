/**
 * What waits in memory for all sockets together. Each has a bound of its own, but that of one times as many as there
 * may be is more than a machine has; so there is one for all, and nobody is given anything beyond it. Where it was too
 * little, the slow are ended, those for whom most waits first, until half of it is free: they read on by their cursor
 * when they come back. Slow is who has not taken, from one look to the next, what had waited for it at the first.
 *
 * What waits is what the library and the system have not taken over yet. Everyone is asked only now and then, or where
 * it looks as if it were too much, so that a reader who keeps up costs an addition.
 */
export interface BufferedReader {
  /** Bytes that wait for it. */
  readonly waiting: () => number;
  /** Ends it; what waits for it goes with it, soon. */
  readonly endAsTooSlow: () => void;
}

export interface SendBudget {
  readonly enter: (reader: BufferedReader) => void;
  /** Its connection is gone, and what waited for it. */
  readonly leave: (reader: BufferedReader) => void;
  readonly sent: (reader: BufferedReader, bytes: number) => void;
  /** Whether so much more may wait. */
  readonly hasRoom: (bytes: number) => boolean;
  /** Keeps room for what is about to be sent; answers how to give it back. */
  readonly reserve: (bytes: number) => () => void;
  /** Called about once a second. */
  readonly look: () => void;
  /** Bytes that wait in all, as they are now. */
  readonly total: () => number;
}

interface Standing {
  /** When it was last asked. */
  waiting: number;
  waitingAtLook: number;
  sentSinceLook: number;
  isEnded: boolean;
}

export const createSendBudget = (bytesMax: number): SendBudget => {
  const readers = new Map<BufferedReader, Standing>();
  let total = 0;
  let reserved = 0;
  let wasShort = false;

  const ask = (reader: BufferedReader, standing: Standing): void => {
    const now = reader.waiting();
    total += now - standing.waiting;
    standing.waiting = now;
  };
  const askAll = (): number => {
    for (const [reader, standing] of readers) ask(reader, standing);
    return total;
  };

  return {
    enter: (reader) => void readers.set(reader, { waiting: 0, waitingAtLook: 0, sentSinceLook: 0, isEnded: false }),
    leave: (reader) => {
      total -= readers.get(reader)?.waiting ?? 0;
      readers.delete(reader);
    },
    sent: (reader, bytes) => {
      const standing = readers.get(reader);
      if (standing === undefined) return;
      standing.sentSinceLook += bytes;
      ask(reader, standing);
    },
    hasRoom: (bytes) => {
      const wanted = bytes + reserved;
      if (total + wanted <= bytesMax || askAll() + wanted <= bytesMax) return true;
      wasShort = true;
      return false;
    },
    reserve: (bytes) => {
      reserved += bytes;
      return () => {
        reserved -= bytes;
      };
    },
    look: () => {
      askAll();
      const slow: (readonly [BufferedReader, Standing])[] = [];
      let left = total;
      for (const [reader, standing] of readers) {
        const { waiting, waitingAtLook, sentSinceLook, isEnded } = standing;
        const taken = waitingAtLook + sentSinceLook - waiting;
        if (isEnded) left -= waiting;
        else if (taken < waitingAtLook) slow.push([reader, standing]);
        standing.waitingAtLook = waiting;
        standing.sentSinceLook = 0;
      }
      if (wasShort)
        for (const [reader, standing] of slow.sort(([, a], [, b]) => b.waiting - a.waiting)) {
          if (left <= bytesMax / 2) break;
          left -= standing.waiting;
          standing.isEnded = true;
          reader.endAsTooSlow();
        }
      wasShort = false;
    },
    total: askAll,
  };
};
