/** Stored events with what became of them: read by position, by dot or by id. */
import { dotOf, isDot } from '../../domain/causality/dot.js';
import type { ContentHash, Dot, EventId, ReknitEvent, ResourceRef, SealedEvent } from '../../domain/events/event.js';
import type { ParkedEvent } from '../../domain/merge/loaded.js';
import { invariant } from '../../domain/shared/invariant.js';
import type { EventStatus, StoredEvent } from '../../application/ports/event-store.js';
import type { Draft } from './draft.js';
import { readNumber } from './key-text.js';
import { keys, type DotEntry, type Standing } from './keys.js';

export interface Placed {
  readonly position: number;
  readonly sealed: SealedEvent;
  readonly standing: Standing;
}

const sealedFrom = ([hash, event]: readonly [hash: string, event: ReknitEvent]): SealedEvent => ({
  event,
  dot: dotOf(event.replicaId, event.seq),
  hash: hash as ContentHash,
});

/** In the order asked for; each must be there. */
export const readPlaced = async (positions: readonly number[], draft: Draft): Promise<readonly Placed[]> => {
  await draft.fetch(positions.map(keys.event));
  const events = positions.map((position) => {
    const text = draft.read(keys.event(position));
    invariant(text !== undefined, `no event stands at ${position}`);
    return { position, sealed: sealedFrom(text) };
  });
  await draft.fetch(events.map(({ position, sealed }) => keys.standing(sealed.event, position)));
  return events.map(({ position, sealed }) => {
    const standing = draft.read(keys.standing(sealed.event, position));
    invariant(standing !== undefined, `nothing is known of the event at ${position}`);
    return { position, sealed, standing };
  });
};

/** Of one resource, from a position on, as far as `isWanted`; in order. */
export const readStandings = async (
  ref: ResourceRef,
  from: number,
  draft: Draft,
): Promise<readonly (readonly [position: number, standing: Standing])[]> => {
  const prefix = keys.standingsOf(ref);
  const found: (readonly [number, Standing])[] = [];
  for await (const key of draft.every({ from: keys.standing(ref, from), before: `${prefix}~~` })) {
    const standing = draft.read<Standing>(key);
    if (standing !== undefined) found.push([readNumber(key, prefix.length), standing]);
  }
  return found;
};

export const parkedFrom = ({ sealed, standing, position }: Placed): (ParkedEvent & { readonly position: number })[] =>
  standing[0] === 'parked' ? [{ sealed, reason: standing[2], missing: standing[3], position }] : [];

export const isAppliedEvent = (standing: Standing): boolean => standing[0] === 'applied' && standing[6] === 0;

export const storedFrom = ({ position, sealed, standing }: Placed): StoredEvent => {
  const [place, status] = placeOf(standing);
  return { position, sealed, place, status };
};

const placeOf = (standing: Standing): readonly [StoredEvent['place'], EventStatus] => {
  switch (standing[0]) {
    case 'variant':
      return ['variant', 'void'];
    case 'parked':
      return standing[2] === 'refused' ? ['refused', 'refused'] : ['parked', 'parked'];
    case 'applied': {
      const [, , , , isLocal, conflict, isVoid] = standing;
      if (isVoid === 1) return ['variant', 'void'];
      if (isLocal === 1) return ['applied', 'local_only'];
      return ['applied', conflict === 'none' ? 'synced' : conflict];
    }
  }
};

/** Whatever stands under these dots. */
export const entriesAt = async (dots: Iterable<Dot>, draft: Draft): Promise<ReadonlyMap<Dot, readonly DotEntry[]>> => {
  const wanted = [...new Set(dots)];
  await draft.fetch(wanted.map(keys.dot));
  return new Map(wanted.map((dot) => [dot, draft.read(keys.dot(dot))?.entries ?? []]));
};

/** Those with the dots, and those with the ids; each once, by position. */
export const findPlaced = async (
  eventIds: readonly EventId[],
  dots: readonly Dot[],
  draft: Draft,
): Promise<readonly Placed[]> => {
  await draft.fetch(eventIds.map(keys.eventId));
  // The number before the first names nothing that could be stored.
  const entries = await entriesAt(dots.filter(isDot), draft);
  const positions = new Set([
    ...eventIds.flatMap((id) => (draft.read(keys.eventId(id)) ?? []).map(([position]) => position)),
    ...[...entries.values()].flatMap((found) => found.map(([position]) => position)),
  ]);
  return readPlaced(
    [...positions].sort((a, b) => a - b),
    draft,
  );
};
