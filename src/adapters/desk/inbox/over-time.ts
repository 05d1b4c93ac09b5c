/** Conflicts opened and settled over time, in equal buckets that are as fine as a plot can show. */
import type { Overview } from '../api/index.js';
import type { InboxEntry } from './entry.js';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
const widths = [
  minuteMs,
  5 * minuteMs,
  15 * minuteMs,
  hourMs,
  3 * hourMs,
  6 * hourMs,
  12 * hourMs,
  dayMs,
  7 * dayMs,
  28 * dayMs,
  364 * dayMs,
];
const bucketsWanted = 60;
const bucketsMax = 200;

export const conflictsOverTime = (
  entries: readonly Pick<InboxEntry, 'createdMs' | 'resolvedMs'>[],
  nowMs: number,
): Overview['conflictsOverTime'] => {
  if (entries.length === 0) return { bucketMs: hourMs, buckets: [] };
  let firstMs = nowMs;
  let lastMs = nowMs;
  for (const { createdMs, resolvedMs = createdMs } of entries) {
    firstMs = Math.min(firstMs, createdMs);
    // Clocks err: what is settled in the future is shown where now ends.
    lastMs = Math.max(lastMs, Math.min(resolvedMs, nowMs));
  }
  const bucketMs = widths.find((width) => (lastMs - firstMs) / width < bucketsWanted) ?? 364 * dayMs;
  const first = Math.max(Math.floor(firstMs / bucketMs), Math.floor(lastMs / bucketMs) - bucketsMax + 1);
  const buckets = Array.from({ length: Math.floor(lastMs / bucketMs) - first + 1 }, (_, index) => ({
    at: new Date((first + index) * bucketMs).toISOString(),
    opened: 0,
    resolved: 0,
    pending: 0,
  }));
  const bucketOf = (ms: number) =>
    buckets[Math.min(Math.max(Math.floor(ms / bucketMs) - first, 0), buckets.length - 1)];
  for (const { createdMs, resolvedMs } of entries) {
    const opened = bucketOf(createdMs);
    if (opened !== undefined) opened.opened += 1;
    const resolved = resolvedMs === undefined ? undefined : bucketOf(resolvedMs);
    if (resolved !== undefined) resolved.resolved += 1;
  }
  let pending = 0;
  for (const bucket of buckets) {
    pending += bucket.opened - bucket.resolved;
    bucket.pending = pending;
  }
  return { bucketMs, buckets };
};
