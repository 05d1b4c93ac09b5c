/**
 * Times of events as whole milliseconds. The one accepted form (R2) is the one that the
 * platform writes, and events come in runs of one time, so the last answer is often the next.
 */
import type { Timestamp } from '../../domain/events/event.js';

let lastTime = '1970-01-01T00:00:00.000Z';
let lastMs = 0;

export const timeToMs = (time: string): number => {
  if (time !== lastTime) {
    lastMs = Date.parse(time);
    lastTime = time;
  }
  return lastMs;
};

export const msToTime = (ms: number): Timestamp => {
  if (ms !== lastMs) {
    lastTime = new Date(ms).toISOString();
    lastMs = ms;
  }
  return lastTime as Timestamp;
};
