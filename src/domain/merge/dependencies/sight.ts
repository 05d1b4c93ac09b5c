/**
 * Whether a reference and the deletion of what it names were made in ignorance of each other
 * (R25, R26). What an author had seen of other resources stands in the event's `sees`; what
 * comes before that is ancestry within the resource.
 */
import type { Dot } from '../../events/event.js';
import type { ResourceHistory } from '../../resource/history.js';
import type { ResourceKey } from '../../resource/resource-key.js';
import type { WriteFacts } from '../../resource/state.js';
import type { Neighbourhood } from './neighbourhood.js';
import type { Edge } from './participant.js';

/** A delete and the resource on which it was made: after a cascade not the one that is gone. */
export interface Deletion {
  readonly facts: WriteFacts;
  readonly owner: ResourceKey;
}

/**
 * Whether some author among them had seen what another one did. True as well while a history
 * is missing that the answer needs: it was asked for.
 */
export const haveSeenEachOther = (
  { source, writes }: Edge,
  deletions: readonly Deletion[],
  { historyOf }: Pick<Neighbourhood, 'historyOf'>,
): boolean => {
  const owners = deletions.map(({ facts, owner }) => ({ dot: facts.dot, history: historyOf(owner) }));
  if (owners.some(({ history }) => history === undefined)) return true;
  const seenByDeletes = owners.flatMap(({ dot, history }) => seesOf(history, dot));
  // Whoever deletes what others refer to lists their writes: then their histories need not be loaded.
  if (writes.some((write) => seenByDeletes.includes(write))) return true;

  const referring = historyOf(source);
  if (referring === undefined) return true;
  return writes.some(
    (write) =>
      seenByDeletes.some((seen) => isBeforeOrAt(referring, write, seen)) ||
      owners.some(({ dot, history }) => seesOf(referring, write).some((seen) => isBeforeOrAt(history, dot, seen))),
  );
};

const seesOf = (history: ResourceHistory | undefined, dot: Dot): readonly Dot[] =>
  history?.graph.get(dot)?.item.event.sees ?? [];

const isBeforeOrAt = (history: ResourceHistory | undefined, dot: Dot, seen: Dot): boolean => {
  const earlier = history?.graph.get(dot);
  const later = history?.graph.get(seen);
  if (history === undefined || earlier === undefined || later === undefined) return false;
  return earlier === later || history.graph.hasSeen(later, earlier);
};
