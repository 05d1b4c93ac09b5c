/** One conflict with all that helps to decide it, as the page is given it. */
import type { ConflictSideView, ConsideredConflict } from '../../../application/index.js';
import { dependsOnField } from '../../../domain/merge/dependencies.js';
import { matchesRule, type ResolutionRule } from '../../../domain/index.js';
import type { Json } from '../../../domain/shared/json.js';
import { sameJson } from '../../../domain/shared/canonical-json.js';
import type { Choices, Conflict, ConflictSide, Later, ShownValue, StrategyOpinion } from '../api/index.js';
import { decidedByOf } from './decided-by.js';
import { shownOf } from './value.js';

export interface ShownConflictDeps {
  readonly replicaId: string;
  readonly wholeCharsMax: number;
  readonly mayResolve: boolean;
  /** Whether this person may do what an action does. */
  readonly mayApply: (action: NonNullable<Choices['actions']>[number]) => boolean;
  readonly later: Later | undefined;
  readonly rules: readonly ResolutionRule[];
  readonly undo: Conflict['undo'];
}

export const shownConflict = (considered: ConsideredConflict, deps: ShownConflictDeps): Conflict => {
  const { view, version, current, heads, supersededBy, record } = considered;
  const { wholeCharsMax, mayResolve, later, rules, undo } = deps;
  const valueAt = (value: Json, of: string, name?: string): ShownValue =>
    shownOf(
      value,
      `api/conflicts/${encodeURIComponent(view.conflictId)}/value?of=${of}${name === undefined ? '' : `&name=${encodeURIComponent(name)}`}`,
      wholeCharsMax,
    );
  const side = (one: ConflictSideView): ConflictSide => ({
    ...sideFacts(one, deps.replicaId),
    isShown: sameJson(one.value, current),
    clockWarnings: [...(considered.clockWarnings.get(one.eventId) ?? [])],
    ...(one.value === undefined ? {} : { value: valueAt(one.value, 'side', one.eventId) }),
  });
  // What grew before anything decided it is over, and decided by nothing.
  const decidedBy = record.outcome.type === 'pending' ? undefined : decidedByOf(view);
  const result = resultValue(considered);
  return {
    conflictId: view.conflictId,
    version,
    resourceType: view.resourceType,
    resourceId: view.resourceId,
    unit: view.unit.kind === 'group' ? { ...view.unit, fields: [...view.unit.fields] } : view.unit,
    conflictType: view.conflictType,
    status: view.status === 'pending_review' ? 'pending' : 'resolved',
    sides: view.siblings.map(side),
    closedBy: view.closedBy.map(side),
    strategies: considered.opinions.map((opinion) => opinionOf(opinion, considered, valueAt)),
    choices: choicesOf(considered, valueAt, deps),
    mayResolve,
    undo,
    heads: [...heads],
    ruleIds: rules.filter(({ match }) => matchesRule(match, record)).map(({ ruleId }) => ruleId),
    ...(view.createdAt === undefined ? {} : { createdAt: view.createdAt }),
    ...(view.base === undefined ? {} : { base: valueAt(view.base, 'base') }),
    ...(current === undefined ? {} : { current: valueAt(current, 'current') }),
    ...(decidedBy === undefined ? {} : { decidedBy }),
    ...(result === undefined ? {} : { result: valueAt(result, 'result') }),
    ...(view.error === undefined ? {} : { strategyError: view.error }),
    ...(later === undefined ? {} : { later }),
    ...(supersededBy === undefined ? {} : { supersededBy }),
  };
};

type ValueAt = (value: Json, of: string, name?: string) => ShownValue;

export const sideFacts = (
  { eventId, replicaId, seq, agentId, operation, timestamp, counter, note }: ConflictSideView,
  ownId: string,
): Omit<ConflictSide, 'isShown' | 'clockWarnings' | 'value'> => ({
  eventId,
  dot: `${replicaId}:${seq}`,
  replicaId,
  seq,
  agentId,
  operation: operation as ConflictSide['operation'],
  timestamp,
  counter,
  isLocal: replicaId === ownId,
  ...(note === undefined ? {} : { note }),
});

/** What was made of it; undefined where nothing was, or no value. */
export const resultValue = ({ view }: ConsideredConflict): Json | undefined => {
  const { resolution } = view;
  if (resolution?.type === 'closed') return resolution.values.at(-1) ?? undefined;
  return resolution?.type === 'winner' || resolution?.type === 'value' ? resolution.value : undefined;
};

const opinionOf = (
  { name, version, isPolicy, outcome }: ConsideredConflict['opinions'][number],
  { view }: ConsideredConflict,
  valueAt: ValueAt,
): StrategyOpinion => {
  const opinion = { name, version, isPolicy };
  switch (outcome.type) {
    case 'winner': {
      const side = view.siblings.find(({ replicaId, seq }) => `${replicaId}:${seq}` === outcome.dot);
      return side === undefined
        ? { ...opinion, outcome: { type: 'undecided' } }
        : { ...opinion, outcome: { type: 'winner', eventId: side.eventId } };
    }
    case 'value':
      return {
        ...opinion,
        outcome: {
          type: 'value',
          ...(outcome.value === undefined ? {} : { value: valueAt(outcome.value, 'strategy', name) }),
        },
      };
    case 'apply':
      return { ...opinion, outcome: { type: 'apply', action: outcome.action } };
    case 'undecided':
      return { ...opinion, outcome: { type: 'undecided' } };
    case 'failed':
      return { ...opinion, outcome: { type: 'failed', message: outcome.message } };
  }
};

const choicesOf = (
  { view, both }: ConsideredConflict,
  valueAt: ValueAt,
  { mayApply }: Pick<ShownConflictDeps, 'mayApply'>,
): Choices => {
  const { unit } = view;
  if (unit.kind === 'dependency')
    return {
      sides: false,
      edit: false,
      actions: (['restore', 'detach', 'cascade', 'keep'] as const).filter(
        (action) => mayApply(action) && !(action === 'detach' && unit.field === dependsOnField),
      ),
    };
  if (unit.kind === 'existence') return { sides: true, edit: false, existence: ['alive', 'deleted'] };
  return { sides: true, edit: true, ...(both === undefined ? {} : { both: valueAt(both, 'both') }) };
};
