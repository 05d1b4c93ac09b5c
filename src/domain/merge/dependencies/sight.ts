/**
 * Whether a reference and the deletion of what it names were made in ignorance of each other
 * (R25, R26). What an author had seen of other resources stands in the event's `sees`; what
 * comes before that is ancestry within the resource.
 */
import type { Dot } from '../../events/event.js';
import type { DeedNode, ResourceHistory } from '../../resource/history.js';
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
  { historyOf, seenBy }: Pick<Neighbourhood, 'historyOf' | 'seenBy'>,
): boolean => {
  if (deletions.some(({ owner }) => historyOf(owner) === undefined)) return true;
  const seenByDeletes = deletions.map(({ facts, owner }) => seenBy(owner, facts.dot));
  // Whoever deletes what others refer to lists their writes: then their histories need not be loaded.
  if (writes.some((write) => seenByDeletes.some((seen) => seen.has(write)))) return true;

  const referring = historyOf(source);
  if (referring === undefined) return true;
  return writes.some(
    (write) =>
      seenByDeletes.some((seen) => isSeen(referring, write, seen)) ||
      deletions.some(({ facts, owner }) => isSeen(historyOf(owner), facts.dot, seenBy(source, write))),
  );
};

/** Whether the event, or one after it, is among those. */
const isSeen = (history: ResourceHistory | undefined, dot: Dot, seen: ReadonlySet<Dot>): boolean => {
  const event = history?.graph.get(dot);
  if (history === undefined || event === undefined) return false;
  const { nodes, get, hasSeen } = history.graph;
  const isAfter = (later: DeedNode | undefined): boolean =>
    later !== undefined && (later === event || hasSeen(later, event));
  // Both can be long, and are seldom so together.
  return nodes.length < seen.size
    ? nodes.some((node) => seen.has(node.dot) && isAfter(node))
    : [...seen].some((other) => isAfter(get(other)));
};
