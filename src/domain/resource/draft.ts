/**
 * A resource's state while events are being applied to it. Its owner is the fold; nobody else
 * sees it change, and what others get is a state again.
 */
import type { Dot, ResourceRef } from '../events/event.js';
import type { FieldWrite } from '../fields/field-kind.js';
import type { TypeRules } from '../strategies/policy.js';
import type { DependsOnWrite, KeptDependency, ResourceState, UnitState, WriteFacts } from './state.js';

export interface ResourceDraft extends ResourceRef {
  readonly rules: TypeRules;
  heads: readonly Dot[];
  existence: readonly WriteFacts[];
  existenceBase: ResourceState['existenceBase'];
  readonly units: Map<string, UnitState>;
  /** By the key of a unit that accumulates: what was written to it and is still to be added up, in order. */
  readonly pending: Map<string, FieldWrite[]>;
  /** Keys of registers with two or more siblings. */
  readonly contested: Set<string>;
  dependsOn: readonly DependsOnWrite[];
  kept: readonly KeptDependency[];
  /** Events that, when they came, had seen everything; the last is the floor. */
  floors: Dot[];
  isLinear: boolean;
  hasVoids: boolean;
}

/** Of a resource that nothing is known of yet. */
export const emptyDraft = ({ resourceType, resourceId }: ResourceRef, rules: TypeRules): ResourceDraft => ({
  resourceType,
  resourceId,
  rules,
  heads: noDots,
  existence: [],
  existenceBase: undefined,
  units: new Map(),
  contested: new Set(),
  pending: new Map(),
  dependsOn: noDependencies,
  kept: noneKept,
  floors: [],
  isLinear: true,
  hasVoids: false,
});

const noDots: readonly Dot[] = [];
const noDependencies: readonly DependsOnWrite[] = [];
const noneKept: readonly KeptDependency[] = [];

export const draftOf = (state: ResourceState, rules: TypeRules): ResourceDraft => {
  const contested = new Set<string>();
  for (const [key, unit] of state.units)
    if (unit.siblings.length > 1 && unit.accumulated === undefined) contested.add(key);
  return {
    resourceType: state.resourceType,
    resourceId: state.resourceId,
    rules,
    heads: state.heads,
    existence: state.existence,
    existenceBase: state.existenceBase,
    units: new Map(state.units),
    pending: new Map(),
    contested,
    dependsOn: state.dependsOn,
    kept: state.kept,
    floors: state.floor === undefined ? [] : [state.floor],
    isLinear: state.isLinear,
    hasVoids: state.hasVoids,
  };
};

/** @param effect what decisions on dependencies changed about it, which no fold looks at */
export const stateOf = (draft: ResourceDraft, effect: ResourceState['effect']): ResourceState => ({
  resourceType: draft.resourceType,
  resourceId: draft.resourceId,
  heads: draft.heads,
  existence: draft.existence,
  existenceBase: draft.existenceBase,
  units: draft.units,
  dependsOn: draft.dependsOn,
  kept: draft.kept,
  floor: draft.floors.at(-1),
  branches: undefined,
  isLinear: draft.isLinear,
  hasVoids: draft.hasVoids,
  effect,
});

/** Whether an event with these parents has seen every event applied so far. */
export const seesAllHeads = (heads: readonly Dot[], parents: readonly Dot[]): boolean => {
  const [only] = heads;
  if (only === undefined) return true;
  if (heads.length === 1) return parents.length === 1 ? parents[0] === only : parents.includes(only);
  return heads.every((head) => parents.includes(head));
};
