/**
 * What a reader sees of a resource, and what was made of its conflicts.
 *
 * Stages that never feed back (R27): existence is decided first, then the fields;
 * dependencies between resources come later and only overlay this. While a conflict is
 * pending a field shows its last write and existence shows alive, the same on all replicas.
 */
import type { Dot } from '../events/event.js';
import { compareTexts } from '../resource/resource-key.js';
import { lastWriteOf } from '../resource/deed.js';
import type { ResourceState, UnitState } from '../resource/state.js';
import { isJsonObject, type Json, type JsonObject } from '../shared/json.js';
import type { Sha256 } from '../shared/sha256.js';
import type { ConflictCase, Sibling } from '../strategies/merge-strategy.js';
import type { Policy, TypeRules, UnitRule } from '../strategies/policy.js';
import { runStrategy } from '../strategies/run-strategy.js';
import { parseDot } from '../causality/dot.js';
import type { Outcome, StandingConflict } from './conflict-record.js';
import {
  existenceConflict,
  isDeletedBeyondDispute,
  survivorsOf,
  unitConflict,
  type ConflictSide,
  type Disagreement,
} from './detect.js';

export interface Evaluation {
  /** By existence alone, before dependencies. */
  readonly deleted: boolean;
  readonly fields: JsonObject;
  /** Sorted by id. */
  readonly conflicts: readonly StandingConflict[];
}

export const evaluate = (state: ResourceState, policy: Policy, sha256: Sha256): Evaluation => {
  const rules = policy.rulesFor(state.resourceType);
  const conflicts: StandingConflict[] = [];
  const beyondDispute = isDeletedBeyondDispute(state.existence);
  let deleted = beyondDispute;
  const existence = state.existence.length > 1 ? existenceConflict(state, state.existence, sha256) : undefined;
  if (existence !== undefined) {
    const decided = decide(existence, rules, state.existenceBase);
    conflicts.push(decided);
    deleted = chosenValue(existence, decided.outcome) === 'deleted';
  }

  const valueOf = (rule: UnitRule, unit: UnitState): Json | undefined => {
    if (unit.accumulated !== undefined) return unit.accumulated.value;
    if (unit.siblings.length < 2) return unit.siblings[0]?.value;
    const survivors = survivorsOf(unit.siblings);
    const conflict = unitConflict(state, rule.unit, unit.siblings, sha256);
    if (conflict === undefined) return survivors[0]?.value;
    if (beyondDispute) return lastWriteOf(survivors)?.value;
    if (deleted) {
      conflicts.push({ ...identityOf(conflict), outcome: { type: 'moot' }, strategy: undefined });
      return lastWriteOf(survivors)?.value;
    }
    const decided = decide(conflict, rules, unit.base);
    conflicts.push(decided);
    return decided.outcome.type === 'pending' ? lastWriteOf(survivors)?.value : chosenValue(conflict, decided.outcome);
  };

  // An ordinary object, since the parser refuses every key that could reach its prototype.
  const fields: Record<string, Json> = {};
  // Not by an iterator, which would make a pair of each entry.
  state.units.forEach((unit, key) => {
    if (rules.registersOnly && unit.siblings.length === 1) {
      const value = unit.siblings[0]?.value;
      if (value !== undefined) fields[key] = value;
      return;
    }
    const rule = rules.unitByKey(key);
    const value = valueOf(rule, unit);
    if (value === undefined) return;
    if (rule.unit.kind === 'field') fields[rule.unit.field] = value;
    else if (isJsonObject(value)) for (const [field, member] of Object.entries(value)) fields[field] = member;
  });
  if (conflicts.length > 1) conflicts.sort((a, b) => compareTexts(a.conflictId, b.conflictId));
  return { deleted, fields, conflicts };
};

const identityOf = ({ resourceType, resourceId, conflictId, conflictType, unit, siblings }: Disagreement) => ({
  resourceType,
  resourceId,
  conflictId,
  conflictType,
  unit,
  siblings,
});

const chosenValue = (conflict: Disagreement, outcome: Outcome): Json | undefined => {
  if (outcome.type === 'value') return outcome.value;
  return outcome.type === 'winner' ? conflict.sides.find(({ facts }) => facts.dot === outcome.dot)?.value : undefined;
};

/** Asks the strategy; an answer that is of no use leaves the conflict pending with the reason. */
export const decide = (
  conflict: Disagreement,
  rules: TypeRules,
  base: { readonly value: Json | undefined } | undefined,
): StandingConflict => {
  const strategy = rules.strategyFor(conflict.unit, conflict.conflictType);
  const { name, version } = strategy;
  return { ...identityOf(conflict), outcome: ask(), strategy: { name, version } };

  function ask(): Outcome {
    const answer = runStrategy(strategy, caseOf(conflict, strategy.usesBase ? base : undefined), rules);
    switch (answer.type) {
      case 'winner':
        return { type: 'winner', dot: answer.dot as Dot };
      case 'value':
        return { type: 'value', value: answer.value };
      case 'apply':
        return { type: 'apply', action: answer.action };
      case 'undecided':
        return { type: 'pending' };
      case 'failed':
        return { type: 'pending', error: answer.message };
    }
  }
};

/** The conflict as strategies and people see it. */
const caseOf = (conflict: Disagreement, base: { readonly value: Json | undefined } | undefined): ConflictCase => ({
  conflictId: conflict.conflictId,
  conflictType: conflict.conflictType,
  resourceType: conflict.resourceType,
  resourceId: conflict.resourceId,
  unit: conflict.unit,
  siblings: conflict.sides.map(siblingOf),
  hasBase: base !== undefined,
  ...(base === undefined ? {} : { base: base.value }),
});

const siblingOf = ({ facts, value }: ConflictSide): Sibling => {
  const parts = parseDot(facts.dot);
  return {
    dot: facts.dot,
    eventId: facts.eventId,
    replicaId: parts?.replicaId ?? '',
    seq: parts?.seq ?? 0,
    agentId: facts.agentId,
    operation: facts.operation,
    timestamp: facts.timestamp,
    counter: facts.counter,
    priority: facts.priority,
    value,
  };
};
