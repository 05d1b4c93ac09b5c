/**
 * First look at a batch: what is new, what is known, what contradicts what is known, what
 * can be applied now and in which order, and what has to wait.
 *
 * Nothing here looks at values, so the cost is that of the batch. An event is applied when
 * its parents are (R3); until then it is parked. A dot with two contents is a fork (R5), an
 * event id with two contents forks both of its dots (R6); their resources are set aside to
 * be folded anew, since an event that was applied there may turn out to be void.
 */
import type { ContentHash, Dot, EventId, SealedEvent } from '../events/event.js';
import type { ResourceKey } from '../resource/resource-key.js';
import type { Loaded } from './loaded.js';
import { orderByParents, type Ordered, type TriageOptions } from './triage/order-by-parents.js';
import { setAside } from './triage/set-aside.js';
import { findSharedIds, type Twins } from './triage/shared-ids.js';

export interface Triage extends Ordered {
  readonly duplicates: number;
  readonly forks: readonly Fork[];
  readonly twins: readonly Twins[];
  /** Resources that forks touch, and the new events of those. They are folded anew. */
  readonly refold: ReadonlyMap<ResourceKey, readonly SealedEvent[]>;
}

/** A dot that is void from now on, or has one more variant. */
export interface Fork {
  readonly dot: Dot;
  /** Variants that came to light now; those known before are in the resource's history. */
  readonly variants: readonly SealedEvent[];
  /** The event id under which another change was recorded, if that is the reason. */
  readonly reusedId: EventId | undefined;
  readonly hashes: readonly ContentHash[];
}

export const triage = (loaded: Loaded, batch: readonly SealedEvent[], options: TriageOptions): Triage => {
  const fresh = new Map<Dot, SealedEvent>();
  const forks = new Map<Dot, { variants: SealedEvent[]; reusedId: EventId | undefined; hashes: Set<ContentHash> }>();
  let duplicates = 0;

  const fork = (
    dot: Dot,
    variants: readonly SealedEvent[],
    hashes: readonly ContentHash[],
    reusedId?: EventId,
  ): void => {
    const known = forks.get(dot) ?? { variants: [], reusedId: undefined, hashes: new Set<ContentHash>() };
    known.variants.push(...variants.filter(({ hash }) => !known.hashes.has(hash)));
    for (const hash of [...hashes, ...variants.map((variant) => variant.hash)]) known.hashes.add(hash);
    known.reusedId ??= reusedId;
    forks.set(dot, known);
  };

  for (const sealed of batch) {
    const known = loaded.known.get(sealed.dot);
    const first = fresh.get(sealed.dot);
    const isKnown = known?.hashes.includes(sealed.hash) === true || first?.hash === sealed.hash;
    if (isKnown || forks.get(sealed.dot)?.hashes.has(sealed.hash) === true) duplicates += 1;
    else if (known !== undefined || first !== undefined) {
      fork(sealed.dot, first === undefined ? [sealed] : [first, sealed], known?.hashes ?? []);
    } else fresh.set(sealed.dot, sealed);
  }

  const twins = findSharedIds(loaded, fresh, forks, fork);
  const refold = setAside(loaded, fresh, forks);
  const { ready, order, park, unpark } = orderByParents(loaded, fresh, forks, refold, options);
  return {
    ready,
    order,
    duplicates,
    park,
    unpark,
    forks: [...forks].map(([dot, { variants, reusedId, hashes }]) => ({
      dot,
      variants,
      reusedId,
      hashes: [...hashes].sort(),
    })),
    twins,
    refold,
  };
};
