/**
 * Hybrid logical clock: a millisecond and a counter ("Logical Physical Clocks", Kulkarni
 * et al. 2014). It orders events as a person would expect while device clocks behave, and
 * never runs backwards at a replica when they do not.
 *
 * A wall clock set back does not stop recording: the last time known is used again and the
 * counter ticks; when the counter is used up, the next millisecond is (R10). Time comes in
 * as an argument, so that every run of a log gives the same stamps.
 */
import { eventLimits } from '../events/limits.js';

/** A time with a counter for events that share it. */
export interface ClockReading {
  readonly wallMs: number;
  readonly counter: number;
}

export const clockOrigin: ClockReading = { wallMs: -1, counter: 0 };

/** For sorting, the latest last. */
export const compareReadings = (a: ClockReading, b: ClockReading): number =>
  a.wallMs - b.wallMs || a.counter - b.counter;

/** The reading for an event recorded now; always later than `last`. */
export const tick = (last: ClockReading, nowMs: number): ClockReading => {
  if (nowMs > last.wallMs) return { wallMs: nowMs, counter: 0 };
  return last.counter < eventLimits.counterMax
    ? { wallMs: last.wallMs, counter: last.counter + 1 }
    : { wallMs: last.wallMs + 1, counter: 0 };
};

/**
 * The clock after seeing another replica's reading. One further ahead of the wall clock
 * than `aheadMsMax` is ignored, so that a bad clock does not spread.
 */
export const witness = (last: ClockReading, seen: ClockReading, nowMs: number, aheadMsMax: number): ClockReading =>
  seen.wallMs - nowMs > aheadMsMax || compareReadings(seen, last) <= 0 ? last : seen;
