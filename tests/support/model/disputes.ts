/**
 * Is a unit in conflict, among whom, and of what kind? R12, R14 to R18, as a function of a
 * causally closed set of events: all of them for the conflicts that stand, the past of an
 * event for those that it closes.
 */
import type { ReknitEvent } from '../../../src/domain/events/event.js';
import type { ConflictType, Unit } from '../../../src/domain/strategies/merge-strategy.js';
import { canonical, dotOf, hashOf, sortedDots } from './order.js';
import { hasSeen, type ResourceHistory } from './resource-history.js';
import { existence, isDelete, siblingsOf, tagOf, valueOf } from './writes.js';

export interface Dispute {
  readonly conflictId: string;
  readonly conflictType: ConflictType;
  readonly unit: Unit;
  /** Every survivor, agreeing ones too, in the order of R1 (R16). */
  readonly siblings: readonly ReknitEvent[];
}

/** The siblings that yield to no other (R14). Existence does not yield. */
export const survivorsOf = (history: ResourceHistory, unit: Unit, events: readonly ReknitEvent[]): ReknitEvent[] => {
  const siblings = siblingsOf(history, unit, events);
  if (unit.kind === 'existence') return siblings;
  const yields = (write: ReknitEvent, other: ReknitEvent): boolean => yieldsTo(history, events, write, other);
  // Mutual yields cancel.
  return siblings.filter((write) => !siblings.some((other) => yields(write, other) && !yields(other, write)));
};

/**
 * R14: some delete saw this write and not the other, and whoever went on after that delete
 * had seen the other one too: nobody has kept the deleted value on purpose.
 */
const yieldsTo = (
  history: ResourceHistory,
  events: readonly ReknitEvent[],
  write: ReknitEvent,
  other: ReknitEvent,
): boolean =>
  events.some(
    (deletion) =>
      isDelete(deletion) &&
      hasSeen(history, deletion, write) &&
      !hasSeen(history, deletion, other) &&
      events
        .filter((later) => !isDelete(later) && hasSeen(history, later, deletion))
        .every((later) => hasSeen(history, later, other)),
  );

/** R15: every sibling of existence is a delete. */
export const isDeletedBeyondDispute = (history: ResourceHistory, events: readonly ReknitEvent[]): boolean =>
  siblingsOf(history, existence, events).every(isDelete);

/** The conflict of the unit within these events, if there is one. */
export const disputeOf = (
  history: ResourceHistory,
  unit: Unit,
  events: readonly ReknitEvent[],
): Dispute | undefined => {
  const siblings = survivorsOf(history, unit, events);
  // R16: agreeing siblings are no conflict.
  if (!siblings.some((a) => siblings.some((b) => disagree(history, unit, a, b)))) return undefined;
  // R15: nobody asks what a deleted resource looks like.
  if (unit.kind !== 'existence' && isDeletedBeyondDispute(history, events)) return undefined;
  return {
    conflictId: conflictIdOf(history, unit, siblings.map(dotOf)),
    conflictType: conflictTypeOf(history, unit, siblings),
    unit,
    siblings,
  };
};

/** R18, R26. */
export const conflictIdOf = (history: ResourceHistory, unit: Unit, dots: readonly string[]): string =>
  hashOf([history.resource.resourceType, history.resource.resourceId, tagOf(unit), sortedDots(dots)]);

/** R17: the first that holds. */
const conflictTypeOf = (history: ResourceHistory, unit: Unit, siblings: readonly ReknitEvent[]): ConflictType => {
  const twoDisagreeing = (operation: ReknitEvent['operation']): boolean => {
    const ofOperation = siblings.filter((sibling) => sibling.operation === operation);
    return ofOperation.some((a) => ofOperation.some((b) => disagree(history, unit, a, b)));
  };
  if (twoDisagreeing('resolve')) return 'concurrent_resolution';
  if (unit.kind === 'existence') return 'delete_update';
  if (twoDisagreeing('create')) return 'create_create';
  return 'concurrent_modification';
};

const disagree = (history: ResourceHistory, unit: Unit, a: ReknitEvent, b: ReknitEvent): boolean =>
  canonical(valueOf(history, unit, a)) !== canonical(valueOf(history, unit, b));
