/** What explains numbers that are not stored, refusals and skipped ranges (S13), and the receipts of what is. */
import { dotOf, parseDot } from '../../domain/causality/dot.js';
import type { Dot, ReplicaId } from '../../domain/events/event.js';
import type { DotRange, EventName, Receipt, Refusal, UnitOfWork } from '../../domain/merge/unit-of-work.js';
import type { Page } from '../../application/ports/event-store.js';
import type { Draft } from './draft.js';
import { readNumber, readText, startingWith } from './key-text.js';
import { keys } from './keys.js';
import { isStored, noteExplained, noteGap, reachOf, fetchReaches, skippedAt } from './reaches.js';

export type PlacedRefusal = Refusal & { readonly position: number };

export const fetchForExplained = (work: UnitOfWork, draft: Draft): Promise<void> =>
  draft.fetch([
    ...(work.refusals ?? []).map(({ dot }) => keys.refusalsAt(dot)),
    ...(work.receipts ?? []).map(({ hash }) => keys.receipts(hash)),
  ]);

export const writeRefusals = (refusals: readonly Refusal[], draft: Draft): void => {
  for (const refusal of refusals) {
    const { dot, hash } = refusal;
    const at = draft.read(keys.refusalsAt(dot)) ?? [];
    let number = at.find(([other]) => other === hash)?.[1];
    if (number === undefined) {
      number = draft.head.refusals += 1;
      draft.put(keys.refusalsAt(dot), [...at, [hash, number]]);
    }
    draft.put(keys.refusal(number), refusal);
    const parts = parseDot(dot);
    if (parts !== undefined) noteExplained(parts.replicaId, parts.seq, draft);
  }
};

export const writeReceipts = (receipts: readonly Receipt[], draft: Draft): void => {
  for (const { hash, remoteId, receipt } of receipts) {
    const before = draft.read(keys.receipts(hash));
    // Defined and not assigned: a remote may be called anything.
    draft.put(keys.receipts(hash), Object.fromEntries([...Object.entries(before ?? {}), [remoteId, receipt]]));
  }
};

/** A range is joined with those that it touches, so that a long stretch of skipped numbers is one entry. */
export const writeSkipped = async (ranges: readonly DotRange[], draft: Draft): Promise<void> => {
  for (const range of ranges) {
    const { replicaId } = range;
    let { from, to } = range;
    for (let other = await skippedAt(replicaId, from - 1, draft); other !== undefined && other.from <= to + 1;) {
      from = Math.min(from, other.from);
      to = Math.max(to, other.to);
      draft.remove(keys.skipped(replicaId, other.to));
      draft.head.counts.skipped -= 1;
      other = await skippedAt(replicaId, from - 1, draft);
    }
    draft.put(keys.skipped(replicaId, to), from);
    draft.head.counts.skipped += 1;
    noteExplained(replicaId, range.to, draft);
  }
};

/** What the old scope explained is a gap again; answers whose. */
export const forgetSkipped = async (draft: Draft): Promise<readonly string[]> => {
  const ranges: (readonly [replicaId: string, key: string, from: number])[] = [];
  for await (const key of draft.every(startingWith('j')))
    ranges.push([readText(key, 1)[0], key, draft.read<number>(key) ?? 1]);
  await fetchReaches(new Set(ranges.map(([replicaId]) => replicaId)), draft);
  for (const [replicaId, key, from] of ranges) {
    draft.remove(key);
    noteGap(replicaId, from, draft);
  }
  draft.head.counts.skipped = 0;
  return ranges.map(([replicaId]) => replicaId);
};

export const readRefusals = async (
  { after, limit, dots }: { readonly after: number; readonly limit: number; readonly dots?: readonly Dot[] },
  draft: Draft,
): Promise<Page<PlacedRefusal>> => {
  const numbers =
    dots === undefined ? await numbersAfter(after, limit + 1, draft) : await numbersAt(new Set(dots), after, draft);
  const page = numbers.slice(0, limit);
  await draft.fetch(page.map(keys.refusal));
  const items = page.flatMap((position) => {
    const refusal = draft.read(keys.refusal(position));
    return refusal === undefined ? [] : [{ ...refusal, position }];
  });
  const last = page.at(-1);
  return numbers.length > limit && last !== undefined ? { items, next: last } : { items };
};

const numbersAfter = async (after: number, limit: number, draft: Draft): Promise<readonly number[]> => {
  const found = await draft.scan({ ...startingWith('R'), from: keys.refusal(after + 1), limit });
  return found.map((key) => readNumber(key, 1));
};

/** Mostly nothing was ever refused, and a page's events are many. */
const numbersAt = async (dots: ReadonlySet<Dot>, after: number, draft: Draft): Promise<readonly number[]> => {
  if (draft.head.refusals === 0) return [];
  await draft.fetch([...dots].map(keys.refusalsAt));
  return [...dots]
    .flatMap((dot) => (draft.read(keys.refusalsAt(dot)) ?? []).map(([, number]) => number))
    .filter((number) => number > after)
    .sort((a, b) => a - b);
};

export const readReceipts = async (
  remoteId: string,
  events: readonly EventName[],
  draft: Draft,
): Promise<ReadonlyMap<string, string>> => {
  await draft.fetch(events.map(({ hash }) => keys.receipts(hash)));
  const found = new Map<string, string>();
  for (const { hash } of events) {
    const receipts = draft.read(keys.receipts(hash));
    if (receipts === undefined) continue;
    const receipt = Object.hasOwn(receipts, remoteId) ? receipts[remoteId] : Object.values(receipts)[0];
    if (receipt !== undefined) found.set(hash, receipt);
  }
  return found;
};

/** Only numbers that are explained are looked at, and those that are stored all the same left out. */
export const readGaps = async (replicaId: string, draft: Draft): Promise<readonly DotRange[]> => {
  await fetchReaches([replicaId], draft);
  const { prefix } = reachOf(replicaId, draft);
  const explained: (readonly [from: number, to: number])[] = [];
  const refusedOf = keys.refusedOf(replicaId);
  for await (const key of draft.every(startingWith(refusedOf))) {
    const seq = readNumber(key, refusedOf.length);
    explained.push([seq, seq]);
  }
  const skippedOf = keys.skippedOf(replicaId);
  for await (const key of draft.every(startingWith(skippedOf)))
    explained.push([draft.read<number>(key) ?? 1, readNumber(key, skippedOf.length)]);
  const gaps: { replicaId: string; from: number; to: number }[] = [];
  let next = 1;
  for (const [from, to] of explained.sort((a, b) => a[0] - b[0]))
    for (let start = Math.max(from, next); start <= Math.min(to, prefix); start = next) {
      next = Math.min(start + dotsInOneGo, to + 1, prefix + 1);
      const seqs = Array.from({ length: next - start }, (_, index) => start + index);
      const dots = seqs.map((seq) => dotOf(replicaId as ReplicaId, seq));
      await draft.fetch(dots.map(keys.dot));
      for (const [index, seq] of seqs.entries()) {
        if (isStored(dots[index] as Dot, draft)) continue;
        const last = gaps.at(-1);
        if (last?.to === seq - 1) last.to = seq;
        else gaps.push({ replicaId, from: seq, to: seq });
      }
      draft.forget();
    }
  return gaps;
};

const dotsInOneGo = 512;
