/**
 * When what is written here is sent: after a quiet moment at once; what follows close upon it together, so that a
 * burst of writes costs a few messages and not one each.
 */
import type { Timers } from '../ports/timers.js';

export interface Gathering {
  /** Something was written. */
  readonly noticed: () => void;
  readonly stop: () => void;
}

/** @param send told once for all that was noticed since it was last told */
export const gatherChanges = (timers: Timers | undefined, gatherMs: number, send: () => void): Gathering => {
  let isChanged = false;
  let stopTimer: (() => void) | undefined;

  const sendAfter = (delayMs: number): void => {
    stopTimer = timers?.after(delayMs, () => {
      stopTimer = undefined;
      if (!isChanged) return;
      isChanged = false;
      sendAfter(gatherMs);
      send();
    });
  };

  return {
    noticed: () => {
      isChanged = true;
      if (stopTimer === undefined) sendAfter(0);
    },
    stop: () => stopTimer?.(),
  };
};
