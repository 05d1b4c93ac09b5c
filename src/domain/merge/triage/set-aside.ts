/** Which resources are folded anew, since what is known of their voids changes or may change (R5). */
import type { Dot, SealedEvent } from '../../events/event.js';
import { resourceKeyOf, type ResourceKey } from '../../resource/resource-key.js';
import type { Loaded } from '../loaded.js';

/**
 * Takes the events of resources with voids, old or new, out of the ordinary way. Where
 * nothing is new, nothing is folded: what waits there goes on waiting.
 */
export const setAside = (
  loaded: Loaded,
  fresh: Map<Dot, SealedEvent>,
  forks: ReadonlyMap<Dot, { readonly variants: readonly SealedEvent[] }>,
): ReadonlyMap<ResourceKey, readonly SealedEvent[]> => {
  const refold = new Map<ResourceKey, SealedEvent[]>();
  if (loaded.withVoids.size === 0 && forks.size === 0) return refold;
  for (const { event } of fresh.values())
    if (loaded.withVoids.has(resourceKeyOf(event))) refold.set(resourceKeyOf(event), []);
  for (const { sealed, reason } of loaded.parked)
    if (reason === 'future' && loaded.withVoids.has(resourceKeyOf(sealed.event)))
      refold.set(resourceKeyOf(sealed.event), []);
  for (const [dot, { variants }] of forks) {
    fresh.delete(dot);
    for (const { event } of variants) refold.set(resourceKeyOf(event), []);
    for (const key of loaded.known.get(dot)?.appliedIn ?? []) refold.set(key, []);
    for (const parked of loaded.parked)
      if (parked.sealed.dot === dot) refold.set(resourceKeyOf(parked.sealed.event), []);
  }
  for (const sealed of fresh.values()) refold.get(resourceKeyOf(sealed.event))?.push(sealed);
  return refold;
};
