/**
 * What a store must hold after the commits that it answered, kept apart from it by the simplest means. Checks compare
 * the store with it, and two replicas by it: equal sums are equal sets of events.
 */
import { parseDot } from '../../domain/causality/dot.js';
import type { Dot, SealedEvent } from '../../domain/events/event.js';
import type { UnitOfWork } from '../../domain/merge/unit-of-work.js';

export type Place = 'applied' | 'parked' | 'variant';

/** What a replica holds, noted from its commits and not asked of it. */
export interface Holdings {
  readonly note: (work: UnitOfWork) => void;
  readonly applied: ReadonlyMap<Dot, SealedEvent>;
  readonly parked: ReadonlyMap<Dot, SealedEvent>;
  /** By hash. */
  readonly variants: ReadonlyMap<string, SealedEvent>;
  readonly voids: ReadonlySet<Dot>;
  /** Ids that this replica had before it went on under another one, with the first number that it took along. */
  readonly formerIds: ReadonlyMap<string, number>;
  readonly hasHash: (hash: string) => boolean;
  /** One text for which events are held, and in which places; equal exactly where those are. */
  readonly sum: () => string;
}

export const createHoldings = (): Holdings => {
  const applied = new Map<Dot, SealedEvent>();
  const parked = new Map<Dot, SealedEvent>();
  const variants = new Map<string, SealedEvent>();
  const voids = new Set<Dot>();
  const formerIds = new Map<string, number>();
  const hashes = new Map<string, number>();
  // Sums of two halves of each hash: as good as the hash of the sorted list, and kept up with each commit.
  let [high, low] = [0, 0];

  const count = ({ hash }: SealedEvent, place: Place, by: 1 | -1): void => {
    const weight = place === 'applied' ? 1 : place === 'parked' ? 3 : 5;
    high = (high + by * weight * Number.parseInt(hash.slice(0, 12), 16)) % modulus;
    low = (low + by * weight * Number.parseInt(hash.slice(12, 24), 16)) % modulus;
    hashes.set(hash, (hashes.get(hash) ?? 0) + by);
  };
  const put = (map: Map<Dot, SealedEvent>, place: Place, sealed: SealedEvent): void => {
    take(map, place, sealed.dot);
    map.set(sealed.dot, sealed);
    count(sealed, place, 1);
  };
  const take = (map: Map<Dot, SealedEvent>, place: Place, dot: Dot): void => {
    const before = map.get(dot);
    if (before === undefined) return;
    map.delete(dot);
    count(before, place, -1);
  };

  return {
    note: ({ renamed = [], unpark, withdraw = [], park, append, variants: more, voids: nodes, audit }) => {
      for (const act of audit.acts)
        if (act.type === 'ReplicaRenamed') formerIds.set(act.from, firstNumber(Object.keys(act.dots) as Dot[]));
      const moved = renamed.map(({ from, sealed }) => {
        const places = [applied.has(from) ? 'applied' : undefined, parked.has(from) ? 'parked' : undefined] as const;
        take(applied, 'applied', from);
        take(parked, 'parked', from);
        return { sealed, places };
      });
      for (const { sealed, places } of moved) {
        if (places[0] !== undefined) put(applied, 'applied', sealed);
        if (places[1] !== undefined) put(parked, 'parked', sealed);
      }
      for (const dot of unpark) take(parked, 'parked', dot);
      for (const dot of withdraw) take(applied, 'applied', dot);
      for (const { sealed } of park) put(parked, 'parked', sealed);
      for (const { sealed } of append) put(applied, 'applied', sealed);
      for (const sealed of more) {
        if (variants.has(sealed.hash)) continue;
        variants.set(sealed.hash, sealed);
        count(sealed, 'variant', 1);
      }
      for (const { dot } of nodes) voids.add(dot);
    },
    applied,
    parked,
    variants,
    voids,
    formerIds,
    hasHash: (hash) => (hashes.get(hash) ?? 0) > 0,
    sum: () => `${((high % modulus) + modulus) % modulus}.${((low % modulus) + modulus) % modulus}.${voids.size}`,
  };
};

const firstNumber = (dots: readonly Dot[]): number => Math.min(...dots.map((dot) => parseDot(dot)?.seq ?? 0));

/** Below 2^50, so that sums of products by small weights stay exact. */
const modulus = 1_125_899_906_842_597;
