/**
 * How a conflict ends: what its strategy is shown (base, R21; priorities, R22) and whether
 * what it answers may stand (R24). Otherwise the conflict is pending (R19).
 */
import type { ReknitEvent } from '../../../src/domain/events/event.js';
import type { Json } from '../../../src/domain/shared/json.js';
import type {
  ConflictCase,
  DependencyAction,
  MergeStrategy,
  Sibling,
  Unit,
} from '../../../src/domain/strategies/merge-strategy.js';
import type { Policy } from '../../../src/domain/strategies/policy.js';
import { answerOf } from './answers.js';
import { survivorsOf, type Dispute } from './disputes.js';
import type { ModelOutcome } from './model-state.js';
import { canonical, dotOf, lastWriteOf } from './order.js';
import { eventsBefore, hasSeen, type ResourceHistory } from './resource-history.js';
import { isComposite, isWriteOf, valueOf } from './writes.js';

/** How a conflict of existence or of fields ends. */
export const decide = (policy: Policy, history: ResourceHistory, dispute: Dispute): ModelOutcome => {
  const { unit, conflictType } = dispute;
  const strategy = history.rules.strategyFor(unit, conflictType);
  const base = strategy.usesBase ? baseOf(history, dispute) : undefined;
  const siblings = dispute.siblings.map((event) => siblingFrom(policy, history, event, valueOf(history, unit, event)));
  const answer = answerOf(strategy, {
    conflictId: dispute.conflictId,
    conflictType,
    ...history.resource,
    unit,
    siblings,
    hasBase: base !== undefined,
    ...(base === undefined ? {} : { base: base.value }),
  });
  const winner = siblings.find((sibling) => answer?.kind === 'winner' && sibling.dot === answer.dot);
  if (winner !== undefined) return { winner: winner.dot };
  if (answer?.kind === 'value' && fits(history, unit, answer.value))
    return answer.value === undefined ? { absent: true } : { value: answer.value };
  return 'pending';
};

/** What a strategy does about a dependency; nothing where it leaves it to a person. */
export const decideDependency = (strategy: MergeStrategy, conflict: ConflictCase): DependencyAction | undefined => {
  const answer = answerOf(strategy, conflict);
  return answer?.kind === 'apply' ? answer.action : undefined;
};

export const siblingFrom = (
  policy: Policy,
  history: ResourceHistory,
  event: ReknitEvent,
  value: Json | undefined,
): Sibling => ({
  dot: dotOf(event),
  eventId: event.eventId,
  replicaId: event.replicaId,
  seq: event.seq,
  agentId: event.agentId,
  operation: event.operation,
  timestamp: event.timestamp,
  counter: event.counter,
  priority: priorityOf(policy, history, event),
  value,
});

/** R22: the first present of the event's own, its agent's, the resource's as that author knew it, medium. */
const priorityOf = (policy: Policy, history: ResourceHistory, event: ReknitEvent): number =>
  rankOf(event.priority) ??
  policy.agentPriority(event.agentId) ??
  (history.rules.usesPriority ? rankOf(priorityFieldAt(history, event)) : undefined) ??
  1;

const rankOf = (priority: unknown): number | undefined => {
  if (typeof priority === 'number' && Number.isFinite(priority)) return priority;
  const rank = ['low', 'medium', 'high', 'critical'].findIndex((name) => name === priority);
  return rank === -1 ? undefined : rank;
};

const priorityFieldAt = (history: ResourceHistory, event: ReknitEvent): unknown => {
  const { unit, kind } = history.rules.unitOf(history.rules.priorityField);
  if (kind.accumulator !== undefined) return undefined;
  const knownToAuthor = [...eventsBefore(history, event), event];
  const lastWrite = lastWriteOf(survivorsOf(history, unit, knownToAuthor));
  if (lastWrite === undefined) return undefined;
  return fieldOf(unit, valueOf(history, unit, lastWrite), history.rules.priorityField);
};

/** One field of a unit's value; `undefined` where it is absent. */
export const fieldOf = (unit: Unit, value: Json | undefined, field: string): Json | undefined => {
  if (!isComposite(unit)) return value;
  return Object.entries(value ?? {}).find(([name]) => name === field)?.[1] as Json | undefined;
};

/**
 * R21: the value at the maximal common ancestors among the unit's writes and the creates;
 * nothing where there is none or where they disagree.
 */
const baseOf = (
  history: ResourceHistory,
  { unit, siblings }: Dispute,
): { readonly value: Json | undefined } | undefined => {
  const common = history.events.filter(
    (event) =>
      (isWriteOf(history, unit, event) || event.operation === 'create') &&
      siblings.every((sibling) => hasSeen(history, sibling, event)),
  );
  const maximal = common.filter((event) => !common.some((other) => hasSeen(history, other, event)));
  const values = maximal.map((event) => valueOf(history, unit, event));
  return new Set(values.map(canonical)).size === 1 ? { value: values[0] } : undefined;
};

/** Whether a value may stand for the unit: of its shape, and as the policy's author wants it. */
const fits = (history: ResourceHistory, unit: Unit, value: Json | undefined): boolean => {
  if (unit.kind === 'existence') return value === 'alive' || value === 'deleted';
  if (value === undefined) return true;
  if (unit.kind === 'field') return history.rules.validate(unit.field, value) === undefined;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.entries(value).every(([field, member]) => history.rules.validate(field, member) === undefined);
};
