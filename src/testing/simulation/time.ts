/**
 * Time as it is simulated: it stands still but for the steps that let it pass, and every replica reads it through a
 * clock of its own, which may be off. Timers run when they are due, in order.
 */
import type { Timers } from '../../application/ports/timers.js';

interface Timer {
  readonly dueMs: number;
  readonly run: () => void;
}

export interface VirtualTime {
  readonly nowMs: () => number;
  /** Lets so much time pass; answers after each timer that ran, so that what it set off can be awaited. */
  readonly pass: (ms: number, settle: () => Promise<void>) => Promise<void>;
  /** Timers that stop with the process that set them. */
  readonly timers: (isAlive: () => boolean) => Timers;
}

/** A timer that sets itself anew every few seconds would run for a virtual month otherwise. */
const timersPerPassMax = 12;

export const createTime = (startMs: number): VirtualTime => {
  let nowMs = startMs;
  const waiting = new Set<Timer>();
  return {
    nowMs: () => nowMs,
    pass: async (ms, settle) => {
      const endMs = nowMs + ms;
      for (let ran = 0; ran < timersPerPassMax; ran += 1) {
        let next: Timer | undefined;
        for (const timer of waiting)
          if (timer.dueMs <= endMs && (next === undefined || timer.dueMs < next.dueMs)) next = timer;
        if (next === undefined) break;
        waiting.delete(next);
        nowMs = Math.max(nowMs, next.dueMs);
        next.run();
        await settle();
      }
      nowMs = Math.max(nowMs, endMs);
    },
    timers: (isAlive) => ({
      after: (delayMs, run) => {
        const timer: Timer = {
          dueMs: nowMs + delayMs,
          run: () => {
            if (isAlive()) run();
          },
        };
        waiting.add(timer);
        return () => void waiting.delete(timer);
      },
    }),
  };
};
