/**
 * The times that other programs write, in the one form that events have: ISO texts with or
 * without a zone or milliseconds, SQLite's own form (which is UTC), and seconds or
 * milliseconds since 1970.
 */
import { msToTimestamp, timestampToMs } from '../../index.js';

const form = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?\s*(Z|[+-]\d{2}:?\d{2})?$/i;
/** Seconds since 1970 stay below this for 3,000 years, and milliseconds were above it from 1973 on. */
const secondsMax = 1e11;

export const acceptedTimestamp = (value: unknown): string | undefined => {
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0)
    return fromMs(value < secondsMax ? value * 1_000 : value);
  if (typeof value !== 'string') return undefined;
  const match = form.exec(value.trim());
  if (match === null) return undefined;
  const [, day, minutes = '00:00', seconds = '00', fraction = '', zone = 'Z'] = match;
  const ms = timestampToMs(`${day}T${minutes}:${seconds}.${fraction.slice(0, 3).padEnd(3, '0')}Z`);
  const offset = offsetMs(zone);
  return ms === undefined || offset === undefined ? undefined : fromMs(ms - offset);
};

const offsetMs = (zone: string): number | undefined => {
  if (zone.toUpperCase() === 'Z') return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(-2));
  if (hours > 23 || minutes > 59) return undefined;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000;
};

/** Times outside the years that the form has are no times for it. */
const fromMs = (ms: number): string | undefined => {
  const text = msToTimestamp(ms);
  return timestampToMs(text) === Math.trunc(ms) ? text : undefined;
};
