/**
 * Waiting and chance, as the sync needs them: given from outside, so that a test turns the
 * time by hand and knows what chance will say.
 */
export interface Timers {
  /** Calls back once, not before the delay has passed; answers how to call it off. */
  readonly after: (delayMs: number, run: () => void) => () => void;
}

/** A number from 0 up to, and without, 1. */
export type Chance = () => number;
