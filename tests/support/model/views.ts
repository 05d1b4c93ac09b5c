/**
 * One resource by itself: stages one and two of R27, existence and then fields, and the
 * conflicts that its events closed (R20). Dependencies between resources come after.
 */
import type { ReknitEvent } from '../../../src/domain/events/event.js';
import type { Json } from '../../../src/domain/shared/json.js';
import type { Unit } from '../../../src/domain/strategies/merge-strategy.js';
import type { Policy } from '../../../src/domain/strategies/policy.js';
import { decide } from './decisions.js';
import { disputeOf, isDeletedBeyondDispute, survivorsOf, type Dispute } from './disputes.js';
import { mergedFieldsOf } from './merging-fields.js';
import type { ModelClosed, ModelConflict, ModelOutcome } from './model-state.js';
import { dotOf, groupBy, lastWriteOf, sortedDots } from './order.js';
import { eventsBefore, type ResourceHistory } from './resource-history.js';
import { belongsTo, existence, isComposite, isSameUnit, tagOf, unitsWrittenBy, valueOf } from './writes.js';

export interface ResourceView {
  readonly history: ResourceHistory;
  readonly deleted: boolean;
  readonly fields: ReadonlyMap<string, Json>;
  readonly standing: readonly ModelConflict[];
  readonly log: readonly ModelClosed[];
}

export const viewOf = (policy: Policy, history: ResourceHistory): ResourceView => {
  const existenceDispute = disputeOf(history, existence, history.events);
  const existenceOutcome = existenceDispute && decide(policy, history, existenceDispute);
  const existenceShown = existenceOutcome && shownBy(history, existence, history.events, existenceOutcome);
  const decidedDeleted = existenceShown === 'deleted';

  const standing = existenceDispute ? [conflictOf(existenceDispute, existenceOutcome ?? 'pending')] : [];
  const fields = new Map<string, Json>();
  for (const unit of fieldUnitsOf(history)) {
    const dispute = disputeOf(history, unit, history.events);
    // R15: deleted by a decision, so there is nothing to ask as long as that decision stands.
    const outcome = dispute && (decidedDeleted ? 'moot' : decide(policy, history, dispute));
    if (dispute && outcome) standing.push(conflictOf(dispute, outcome));
    for (const [field, value] of fieldsShown(history, unit, shownBy(history, unit, history.events, outcome)))
      fields.set(field, value);
  }
  for (const { field, value } of mergedFieldsOf(history)) fields.set(field, value);
  return {
    history,
    deleted: existenceDispute ? decidedDeleted : isDeletedBeyondDispute(history, history.events),
    fields,
    standing,
    log: closedConflictsOf(history),
  };
};

export const conflictOf = (dispute: Dispute, outcome: ModelOutcome): ModelConflict => ({
  conflictId: dispute.conflictId,
  conflictType: dispute.conflictType,
  unit: tagOf(dispute.unit),
  siblings: dispute.siblings.map(dotOf),
  outcome,
});

const fieldUnitsOf = (history: ResourceHistory): Unit[] => {
  const written = history.events
    .flatMap((event) => unitsWrittenBy(history.rules, event))
    .filter((unit) => unit.kind !== 'existence');
  return written.filter((unit, index) => written.findIndex((other) => isSameUnit(unit, other)) === index);
};

/** What a reader sees of a unit; `undefined` where it is absent. */
const shownBy = (
  history: ResourceHistory,
  unit: Unit,
  events: readonly ReknitEvent[],
  outcome: ModelOutcome | undefined,
): Json | undefined => {
  if (typeof outcome === 'object' && 'value' in outcome) return outcome.value;
  if (typeof outcome === 'object' && 'absent' in outcome) return undefined;
  const survivors = survivorsOf(history, unit, events);
  if (typeof outcome === 'object' && 'winner' in outcome) {
    const winner = survivors.find((survivor) => dotOf(survivor) === outcome.winner);
    return winner && valueOf(history, unit, winner);
  }
  // R19: while it is pending, existence shows alive and a field its last write. Where nothing
  // is in dispute, or the dispute is moot, the last write is as good as any (R15, R16).
  if (unit.kind === 'existence') return 'alive';
  const lastWrite = lastWriteOf(survivors);
  return lastWrite && valueOf(history, unit, lastWrite);
};

const fieldsShown = (history: ResourceHistory, unit: Unit, value: Json | undefined): [string, Json][] => {
  if (value === undefined) return [];
  if (unit.kind === 'field') return [[unit.field, value]];
  // A strategy may answer with more than the unit holds; its other fields are not the unit's to show.
  return isComposite(unit)
    ? Object.entries(value ?? {}).filter(([field]) => belongsTo(history.rules, unit, field))
    : [];
};

/** R20: each event closes the conflicts that its own past held on the units that it writes. */
const closedConflictsOf = (history: ResourceHistory): ModelClosed[] => {
  const closings = history.events.flatMap((closer) =>
    unitsWrittenBy(history.rules, closer).flatMap((unit) => {
      const dispute = disputeOf(history, unit, eventsBefore(history, closer));
      return dispute === undefined ? [] : [{ dispute, closer }];
    }),
  );
  return [...groupBy(closings, ({ dispute }) => dispute.conflictId).values()].flatMap((sameConflict) =>
    sameConflict.slice(0, 1).map(({ dispute }) =>
      closedConflict(
        dispute,
        sameConflict.map(({ closer }) => closer),
      ),
    ),
  );
};

/** A conflict and every event that closed it. */
export const closedConflict = (dispute: Dispute, closers: readonly ReknitEvent[]): ModelClosed => ({
  conflictId: dispute.conflictId,
  conflictType: dispute.conflictType,
  unit: tagOf(dispute.unit),
  siblings: dispute.siblings.map(dotOf),
  closedBy: sortedDots(closers.map(dotOf)),
});
