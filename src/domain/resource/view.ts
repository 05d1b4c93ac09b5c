/** What is stored for readers beside a resource's state; it follows from the state under the policy. */
import { lastOf } from '../causality/last-write.js';
import { isPending } from '../conflict/conflict-record.js';
import type { Evaluation } from '../conflict/evaluate.js';
import type { ResourceRef } from '../events/event.js';
import type { Json, JsonObject } from '../shared/json.js';
import type { TypeRules } from '../strategies/policy.js';
import { compareRefs } from './resource-key.js';
import type { ResourceState } from './state.js';

export interface ResourceView {
  /** After decisions on dependencies. */
  readonly deleted: boolean;
  readonly fields: JsonObject;
  /** Conflicts of its units that wait for a decision; those of dependencies too. */
  readonly pendingConflicts: number;
  readonly updatedAt: string;
  readonly updatedBy: string;
  /** What its references name; kept so that a target's referrers can be found. */
  readonly references: readonly ResourceRef[];
}

/** @param pendingDependencies how many of its dependency conflicts are pending */
export const viewOf = (
  state: ResourceState,
  evaluation: Evaluation,
  rules: TypeRules,
  pendingDependencies: number,
): ResourceView => {
  const { existence } = state;
  const last = existence.length < 2 ? existence[0] : lastOf(existence, (facts) => facts);
  const detached = state.effect?.detached ?? [];
  let fields = evaluation.fields;
  if (detached.length > 0) {
    const shown = Object.assign(Object.create(null) as Record<string, Json>, fields);
    for (const field of detached) shown[field] = null;
    fields = shown;
  }
  return {
    deleted: state.effect?.existence === undefined ? evaluation.deleted : state.effect.existence === 'cascade',
    fields,
    pendingConflicts: pendingAmong(evaluation.conflicts) + pendingDependencies,
    updatedAt: last?.timestamp ?? '',
    updatedBy: last?.agentId ?? '',
    references: referencesOf(state, evaluation.fields, rules),
  };
};

const pendingAmong = (conflicts: Evaluation['conflicts']): number =>
  conflicts.length === 0 ? 0 : conflicts.filter(isPending).length;

/** Targets of the visible references and of `dependsOn`, each once, in canonical order. */
const referencesOf = (state: ResourceState, fields: JsonObject, rules: TypeRules): readonly ResourceRef[] => {
  if (rules.references.length === 0 && state.dependsOn.length === 0) return noReferences;
  const targets: ResourceRef[] = [];
  const note = (target: ResourceRef): void => {
    if (!targets.some((other) => compareRefs(other, target) === 0)) targets.push(target);
  };
  for (const { field, targetType } of rules.references) {
    const value = fields[field];
    if (typeof value === 'string') note({ resourceType: targetType, resourceId: value });
  }
  for (const write of state.dependsOn)
    for (const { resourceType, resourceId } of write.targets) note({ resourceType, resourceId });
  return targets.sort(compareRefs);
};

const noReferences: readonly ResourceRef[] = [];
