/** Times as people say them, with the exact one beside: "5 minutes ago", "12 Mar, 10:05". */
import type { JSX } from 'preact';

const units: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['year', 365 * 86_400_000],
  ['month', 30 * 86_400_000],
  ['week', 7 * 86_400_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
];
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'long' });
const exact = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });
const short = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });

export const agoOf = (time: string, nowMs = Date.now()): string => {
  const ms = Date.parse(time) - nowMs;
  for (const [unit, unitMs] of units) if (Math.abs(ms) >= unitMs) return relative.format(Math.trunc(ms / unitMs), unit);
  return ms > 5_000 ? 'in a moment' : 'just now';
};

export const Ago = ({ time }: { readonly time: string }): JSX.Element => (
  <time dateTime={time} title={exactOf(time)}>
    {agoOf(time)}
  </time>
);

export const At = ({ time }: { readonly time: string }): JSX.Element => (
  <time dateTime={time} title={`${exactOf(time)} · ${time}`}>
    {short.format(new Date(time))}
  </time>
);

export const exactOf = (time: string): string => exact.format(new Date(time));

/** A length of time: `250 ms`, `3.2 s`, `5 min`, `2 h`, `4 d`. */
export const durationText = (ms: number): string => {
  const size = Math.abs(ms);
  if (size < 1_000) return `${Math.round(ms)} ms`;
  if (size < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  if (size < 3_600_000) return `${Math.round(ms / 60_000)} min`;
  return size < 2 * 86_400_000 ? `${Math.round(ms / 3_600_000)} h` : `${Math.round(ms / 86_400_000)} d`;
};
