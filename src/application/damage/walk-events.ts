/**
 * Every event of a store that may be damaged: the intact ones, those that are not what was
 * stored, and the numbers that a replica has and that lead to nothing.
 *
 * Rows are read by position. What is not found so is looked for once more by its number, since
 * a row that cannot be read takes its neighbours on the page with it.
 */
import { dotOf } from '../../domain/causality/dot.js';
import type { Dot, ReplicaId } from '../../domain/events/event.js';
import type { VersionVector } from '../../domain/causality/version-vector.js';
import type { Sha256 } from '../../domain/shared/sha256.js';
import type { EventStore, StoredEvent } from '../ports/event-store.js';
import { eventPage } from '../pages.js';
import { isDamage, isIntact } from './intact.js';
import { sturdyPages } from './sturdy-pages.js';

export interface WalkedEvents {
  readonly intact: readonly StoredEvent[];
  readonly damaged: readonly StoredEvent[];
  /** Numbers within the cut under which nothing is stored, damaged or not, and that nothing explains. */
  readonly missing: readonly Dot[];
}

const noCut: VersionVector = {};

/** One byte for each number up to the end of a cut. */
type Seen = ReadonlyMap<string, Uint8Array>;

const pageSize = 2_000;
/** A byte each, so no more than this is kept in memory; an end beyond it is more likely the damage itself. */
const prefixMax = 2 ** 26;

export async function* walkEvents(
  store: EventStore,
  sha256: Sha256,
  signal?: AbortSignal,
): AsyncIterable<WalkedEvents> {
  const cut = await orElse(() => store.readCut(), noCut);
  const logHead = (await orElse(() => store.facts(), undefined))?.logHead;
  const seen: Seen = new Map(
    Object.entries(cut)
      .filter(([, prefix]) => prefix < prefixMax)
      .map(([replicaId, prefix]) => [replicaId, new Uint8Array(prefix + 1)]),
  );
  const told = new Set<number>();
  const toldDots = new Set<Dot>();
  const sorted = (items: readonly StoredEvent[]): WalkedEvents => {
    const intact: StoredEvent[] = [];
    const damaged: StoredEvent[] = [];
    for (const stored of items) {
      if (isIntact(stored.sealed, sha256)) {
        const { replicaId, seq } = stored.sealed.event;
        const numbers = seen.get(replicaId);
        if (numbers !== undefined && seq < numbers.length) numbers[seq] = 1;
        intact.push(stored);
      } else if (!told.has(stored.position)) {
        told.add(stored.position);
        toldDots.add(stored.sealed.dot);
        damaged.push(stored);
      }
    }
    return { intact, damaged, missing: [] };
  };

  const pages = sturdyPages((query) => eventPage(store, query), pageSize, logHead);
  for await (const { items } of pages) {
    signal?.throwIfAborted();
    if (items.length > 0) yield sorted(items);
  }
  for (const [replicaId, numbers] of seen) {
    const missing: Dot[] = [];
    for await (const seq of unexplained(store, replicaId, numbers)) {
      signal?.throwIfAborted();
      const dot = dotOf(replicaId as ReplicaId, seq);
      const found = sorted(await orElse(() => store.findEvents({ dots: [dot] }), []));
      if (found.intact.length + found.damaged.length > 0) yield found;
      if (numbers[seq] !== 1 && !toldDots.has(dot)) missing.push(dot);
    }
    if (missing.length > 0) yield { intact: [], damaged: [], missing };
  }
}

async function* unexplained(store: EventStore, replicaId: string, numbers: Uint8Array): AsyncIterable<number> {
  if (!numbers.subarray(1).includes(0)) return;
  for (const { from, to } of await orElse(() => store.readGaps(replicaId), [])) numbers.fill(1, from, to + 1);
  for (let seq = 1; seq < numbers.length; seq += 1) if (numbers[seq] !== 1) yield seq;
}

/** What cannot be read is nothing; what else fails, fails. */
export const orElse = async <Value, Other>(read: () => Promise<Value>, other: Other): Promise<Value | Other> => {
  try {
    return await read();
  } catch (error) {
    if (!isDamage(error)) throw error;
    return other;
  }
};
