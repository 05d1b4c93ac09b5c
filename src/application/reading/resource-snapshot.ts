/** A resource as its readers see it. */
import type { Dot, ResourceRef } from '../../domain/events/event.js';
import type { StoredResource } from '../../domain/merge/unit-of-work.js';
import { refOf } from '../../domain/resource/resource-key.js';
import type { JsonObject } from '../../domain/shared/json.js';
import { survivorsOf, valuesDisagree } from '../../domain/conflict/detect.js';
import type { Policy, TypeRules } from '../../domain/strategies/policy.js';
import { evaluate } from '../../domain/conflict/evaluate.js';
import { isPending } from '../../domain/conflict/conflict-record.js';
import type { Sha256 } from '../../domain/shared/sha256.js';

/** What one reads of a resource. */
export interface ResourceSnapshot<Fields = JsonObject> extends ResourceRef {
  readonly fields: Fields;
  readonly deleted: boolean;
  /** What was looked at: pass it as `seen` when writing what a person decided from this view. */
  readonly heads: readonly Dot[];
  /** Ids of the conflicts of its units that stand, pending or decided. */
  readonly conflicts: readonly string[];
  /** Fields whose value may still change, because a conflict about them is pending. */
  readonly provisional: readonly string[];
  /** Fields whose value, or some write to which, does not fit the policy's definition: written elsewhere, and kept. */
  readonly invalid: readonly string[];
  readonly updatedAt: string;
  readonly updatedBy: string;
}

export const snapshotOf = ({ state, view }: StoredResource, policy: Policy, sha256: Sha256): ResourceSnapshot => {
  const rules = policy.rulesFor(state.resourceType);
  const isContested =
    state.existence.length > 1 ||
    [...state.units.values()].some(({ siblings }) => valuesDisagree(survivorsOf(siblings)));
  const conflicts = isContested ? evaluate(state, policy, sha256).conflicts : [];
  const provisional = conflicts.filter(isPending).flatMap(({ unit }) => {
    if (unit.kind === 'field') return [unit.field];
    if (unit.kind === 'group') return unit.fields;
    return unit.kind === 'resource' ? Object.keys(view.fields) : [];
  });
  return {
    ...refOf(state),
    fields: { ...defaultsOf(rules), ...view.fields },
    deleted: view.deleted,
    heads: [...state.heads],
    conflicts: conflicts.map(({ conflictId }) => conflictId),
    provisional,
    invalid: Object.entries(view.fields).flatMap(([field, value]) =>
      state.units.get(rules.unitOf(field).key)?.accumulated?.notes?.misfit === true ||
      rules.validate(field, value) !== undefined
        ? [field]
        : [],
    ),
    updatedAt: view.updatedAt,
    updatedBy: view.updatedBy,
  };
};

/** What fields show that nobody has written. */
const defaultsOf = ({ definition }: TypeRules): JsonObject =>
  definition === undefined || definition.defaults.size === 0 ? noFields : Object.fromEntries(definition.defaults);

const noFields: JsonObject = {};
