/**
 * How far each replica's numbers go here without a gap, counting those that are explained (S13).
 *
 * After a commit only the replicas that it touched are looked at, and only from where they stood:
 * numbers that came in order are in the draft already, and a gap that closes is followed to its end.
 */
import { dotOf, parseDot } from '../../domain/causality/dot.js';
import type { Dot, ReplicaId } from '../../domain/events/event.js';
import type { Draft } from './draft.js';
import { readNumber } from './key-text.js';
import { keys, type Reach } from './keys.js';

const noReach: Reach = { prefix: 0, highest: 0, explained: 0 };

export const fetchReaches = (replicaIds: Iterable<string>, draft: Draft): Promise<void> =>
  draft.fetch([...replicaIds].map(keys.reach));

export const reachOf = (replicaId: string, draft: Draft): Reach => draft.read(keys.reach(replicaId)) ?? noReach;

export const noteStored = (dots: Iterable<Dot>, draft: Draft): void => {
  for (const [replicaId, seq] of highestOf(dots)) {
    const reach = reachOf(replicaId, draft);
    if (seq > reach.highest) draft.put(keys.reach(replicaId), { ...reach, highest: seq });
  }
};

export const noteExplained = (replicaId: string, seq: number, draft: Draft): void => {
  const reach = reachOf(replicaId, draft);
  if (seq > reach.explained) draft.put(keys.reach(replicaId), { ...reach, explained: seq });
};

/** From this number on it has to be seen again how far the numbers go. */
export const noteGap = (replicaId: string, seq: number, draft: Draft): void => {
  const reach = reachOf(replicaId, draft);
  if (reach.prefix >= seq) draft.put(keys.reach(replicaId), { ...reach, prefix: seq - 1 });
};

/** Its events from this number on are under other dots now. */
export const noteRenamed = async (dots: readonly Dot[], draft: Draft): Promise<void> => {
  for (const [replicaId, seq] of lowestOf(dots)) {
    noteGap(replicaId, seq, draft);
    const later = await draft.scan({
      from: keys.dot(dotOf(replicaId as ReplicaId, seq)),
      before: `${keys.dotsOf(replicaId)}~~`,
      limit: 1,
    });
    const reach = reachOf(replicaId, draft);
    if (later.length === 0) draft.put(keys.reach(replicaId), { ...reach, highest: Math.min(reach.highest, seq - 1) });
  }
};

/** Numbers that are looked at in one go; more each time, since a gap that closes may be a long one. */
const windowMax = 512;

export const extendPrefixes = async (replicaIds: Iterable<string>, draft: Draft): Promise<void> => {
  for (const replicaId of new Set(replicaIds)) {
    const reach = reachOf(replicaId, draft);
    const last = Math.max(reach.highest, reach.explained);
    let { prefix } = reach;
    for (let window = 1; prefix < last; window = Math.min(window * 4, windowMax)) {
      const dots = Array.from({ length: Math.min(window, last - prefix) }, (_, index) =>
        dotOf(replicaId as ReplicaId, prefix + 1 + index),
      );
      await draft.fetch(dots.map(keys.dot));
      const stored = dots.findIndex((dot) => !isStored(dot, draft));
      prefix += stored === -1 ? dots.length : stored;
      if (stored === -1) continue;
      const explained = reach.explained <= prefix ? prefix : await explainedFrom(replicaId, prefix + 1, draft);
      if (explained <= prefix) break;
      prefix = Math.min(explained, last);
    }
    if (prefix !== reach.prefix) draft.put(keys.reach(replicaId), { ...reach, prefix });
  }
};

/** Stored as an event of the log, as one that waits, or as a void; evidence alone is of a void, too. */
export const isStored = (dot: Dot, draft: Draft): boolean => {
  const record = draft.read(keys.dot(dot));
  return (
    record !== undefined && (record.voids !== undefined || record.entries.some(([, , place]) => place !== 'variant'))
  );
};

/** The last number up to which all are explained, from this one on; the one before where it is not. */
const explainedFrom = async (replicaId: string, seq: number, draft: Draft): Promise<number> => {
  const refusals = keys.refusalsAt(dotOf(replicaId as ReplicaId, seq));
  await draft.fetch([refusals]);
  if (draft.read(refusals) !== undefined) return seq;
  const range = await skippedAt(replicaId, seq, draft);
  return range !== undefined && range.from <= seq ? range.to : seq - 1;
};

/** The first skipped range that ends there or later. */
export const skippedAt = async (
  replicaId: string,
  seq: number,
  draft: Draft,
): Promise<{ readonly from: number; readonly to: number } | undefined> => {
  if (draft.head.counts.skipped === 0) return undefined;
  const prefix = keys.skippedOf(replicaId);
  const [key] = await draft.scan({ from: keys.skipped(replicaId, seq), before: `${prefix}~~`, limit: 1 });
  const from = key === undefined ? undefined : draft.read<number>(key);
  return key === undefined || from === undefined ? undefined : { from, to: readNumber(key, prefix.length) };
};

const highestOf = (dots: Iterable<Dot>): ReadonlyMap<string, number> => extremes(dots, Math.max);
const lowestOf = (dots: Iterable<Dot>): ReadonlyMap<string, number> => extremes(dots, Math.min);

const extremes = (dots: Iterable<Dot>, choose: (a: number, b: number) => number): ReadonlyMap<string, number> => {
  const found = new Map<string, number>();
  for (const dot of dots) {
    const parts = parseDot(dot);
    if (parts !== undefined) found.set(parts.replicaId, choose(found.get(parts.replicaId) ?? parts.seq, parts.seq));
  }
  return found;
};
