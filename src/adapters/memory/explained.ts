/** What explains numbers that are not stored, refusals and skipped ranges, and the receipts of what is. */
import { dotOf, parseDot } from '../../domain/causality/dot.js';
import type { Dot, ReplicaId } from '../../domain/events/event.js';
import type { DotRange, EventName, Receipt, Refusal, UnitOfWork } from '../../domain/merge/unit-of-work.js';
import type { Page } from '../../application/ports/event-store.js';

export type PlacedRefusal = Refusal & { readonly position: number };

/** What a memory store holds of that. */
export interface Explained {
  /** By dot and hash. */
  readonly refusals: Map<string, PlacedRefusal>;
  /** For each remote, hash to receipt. */
  readonly receipts: Map<string, Map<string, string>>;
  skipped: readonly DotRange[];
}

export const nothingExplained = (): Explained => ({ refusals: new Map(), receipts: new Map(), skipped: [] });

const keyOf = ({ dot, hash }: EventName): string => `${dot} ${hash}`;

/** @returns whose numbers may be filled by it */
export const noteRefusals = ({ refusals }: Explained, { refusals: written = [] }: UnitOfWork): readonly ReplicaId[] => {
  if (written.length === 0) return [];
  let last = [...refusals.values()].at(-1)?.position ?? 0;
  for (const refusal of written) {
    const position = refusals.get(keyOf(refusal))?.position ?? (last += 1);
    refusals.set(keyOf(refusal), Object.freeze({ ...refusal, position }));
  }
  return written.flatMap(({ dot }) => parseDot(dot)?.replicaId ?? []);
};

export const noteSkipped = (contents: Explained, ranges: readonly DotRange[]): readonly ReplicaId[] => {
  if (ranges.length === 0) return [];
  contents.skipped = joinRanges([...contents.skipped, ...ranges]);
  return ranges.map(({ replicaId }) => replicaId as ReplicaId);
};

/** Sorted, and those that touch each other as one. */
export const joinRanges = (ranges: readonly DotRange[]): readonly DotRange[] => {
  const joined: DotRange[] = [];
  const sorted = [...ranges].sort((a, b) =>
    a.replicaId === b.replicaId ? a.from - b.from : a.replicaId < b.replicaId ? -1 : 1,
  );
  for (const range of sorted) {
    const last = joined.at(-1);
    if (last === undefined || last.replicaId !== range.replicaId || range.from > last.to + 1) joined.push(range);
    else joined[joined.length - 1] = { ...last, to: Math.max(last.to, range.to) };
  }
  return joined;
};

export const noteReceipts = ({ receipts }: Explained, written: readonly Receipt[]): void => {
  for (const { remoteId, hash, receipt } of written) {
    const ofRemote = receipts.get(remoteId) ?? new Map<string, string>();
    receipts.set(remoteId, ofRemote.set(hash, receipt));
  }
};

export const isExplained = ({ refusals, skipped }: Explained, replicaId: string, seq: number): boolean =>
  skipped.some((range) => range.replicaId === replicaId && range.from <= seq && seq <= range.to) ||
  (refusals.size > 0 && [...refusals.values()].some(({ dot }) => dot === dotOf(replicaId as ReplicaId, seq)));

export const readRefusals = (
  { refusals }: Explained,
  { after, limit, dots }: { readonly after: number; readonly limit: number; readonly dots?: readonly Dot[] },
): Page<PlacedRefusal> => {
  const wanted = dots === undefined ? undefined : new Set(dots);
  const matches = [...refusals.values()]
    .filter(({ position, dot }) => position > after && wanted?.has(dot) !== false)
    .sort((a, b) => a.position - b.position);
  const items = matches.slice(0, limit);
  const last = items.at(-1);
  return matches.length > limit && last !== undefined ? { items, next: last.position } : { items };
};

export const readReceipts = (
  { receipts }: Explained,
  remoteId: string,
  events: readonly EventName[],
): ReadonlyMap<string, string> => {
  const found = new Map<string, string>();
  const others = [...receipts.values()];
  for (const { hash } of events) {
    const receipt = receipts.get(remoteId)?.get(hash) ?? others.find((ofRemote) => ofRemote.has(hash))?.get(hash);
    if (receipt !== undefined) found.set(hash, receipt);
  }
  return found;
};
