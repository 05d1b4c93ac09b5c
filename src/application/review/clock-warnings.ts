/**
 * What is odd about the time of a write: who decides by "the later one" should know that a clock was wrong. Times
 * are shown as they are, and no rule of merging but last-write looks at them.
 */
import { timestampToMs } from '../../domain/clock/timestamp.js';
import type { ReknitEvent } from '../../domain/events/event.js';

/** Why the time of an event is not to be taken at its word. */
export interface ClockWarning {
  readonly code: 'behind_parent' | 'ahead_of_now' | 'counter_high';
  readonly message: string;
  readonly byMs?: number;
}

/** What honest clocks and slow networks explain. */
const tolerableMs = 60_000;
/** A clock that moves gives few events the same millisecond. */
const counterOdd = 1_000;

/** @param parents the events that its author had seen, as far as they are known */
export const clockWarningsOf = (
  event: ReknitEvent,
  parents: readonly ReknitEvent[],
  nowMs: number,
): readonly ClockWarning[] => {
  const warnings: ClockWarning[] = [];
  const ms = timestampToMs(event.timestamp) ?? 0;
  const latest = Math.max(...parents.map(({ timestamp }) => timestampToMs(timestamp) ?? 0), 0);
  if (latest - ms > tolerableMs)
    warnings.push({
      code: 'behind_parent',
      message: 'it is dated before what its author had seen: the clock there was behind, or the one before it ahead',
      byMs: latest - ms,
    });
  if (ms - nowMs > tolerableMs)
    warnings.push({
      code: 'ahead_of_now',
      message: 'it is dated in the future: the clock there is ahead, or the one here behind',
      byMs: ms - nowMs,
    });
  if (event.counter >= counterOdd)
    warnings.push({
      code: 'counter_high',
      message: 'many events carry this time: the clock there stood still, or behind what it had seen',
    });
  return warnings;
};
