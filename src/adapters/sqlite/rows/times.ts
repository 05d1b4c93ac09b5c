/**
 * Times of events as whole milliseconds, in the one accepted form (R2), which is the one that
 * the platform writes. The platform takes half a microsecond for it, which is much for what is
 * read most, so days are asked for once.
 */
import type { Timestamp } from '../../../domain/events/event.js';

const dayMs = 86_400_000;
const twoDigits: readonly string[] = Array.from({ length: 60 }, (_, value) => String(value).padStart(2, '0'));
const threeDigits: readonly string[] = Array.from({ length: 1_000 }, (_, value) => String(value).padStart(3, '0'));

let lastTime = '1970-01-01T00:00:00.000Z';
let lastMs = 0;
/** Thirty years of them. */
const daysMax = 10_000;
const dates = new Map<number, string>();

export const timeToMs = (time: string): number => {
  if (time !== lastTime) {
    lastMs = Date.parse(time);
    lastTime = time;
  }
  return lastMs;
};

export const msToTime = (ms: number): Timestamp => {
  const day = Math.floor(ms / dayMs);
  const rest = ms - day * dayMs;
  const hours = twoDigits[Math.floor(rest / 3_600_000)];
  const minutes = twoDigits[Math.floor(rest / 60_000) % 60];
  const seconds = twoDigits[Math.floor(rest / 1_000) % 60];
  return `${dates.get(day) ?? dateOf(day)}${hours}:${minutes}:${seconds}.${threeDigits[rest % 1_000]}Z` as Timestamp;
};

const dateOf = (day: number): string => {
  if (dates.size >= daysMax) dates.clear();
  const date = new Date(day * dayMs).toISOString().slice(0, 'YYYY-MM-DDT'.length);
  dates.set(day, date);
  return date;
};
