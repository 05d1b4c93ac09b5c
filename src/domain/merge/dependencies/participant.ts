/**
 * A resource as dependencies see it: what it is by its own events, which deletes it holds,
 * and what it refers to by which writes.
 *
 * Nothing here was decided about dependencies, so a participant follows from its resource
 * alone; what one resource does to another comes later and never feeds back (R27).
 */
import { survivorsOf } from '../../conflict/detect.js';
import type { Evaluation } from '../../conflict/evaluate.js';
import type { Dot, ResourceRef } from '../../events/event.js';
import { resourceKeyOf, type ResourceKey } from '../../resource/resource-key.js';
import type { ResourceState, WriteFacts } from '../../resource/state.js';
import { canonicalJson } from '../../shared/canonical-json.js';
import { isJsonObject, type Json } from '../../shared/json.js';
import type { Unit } from '../../strategies/merge-strategy.js';
import type { TypeRules } from '../../strategies/policy.js';

export interface Participant {
  readonly key: ResourceKey;
  readonly state: ResourceState;
  readonly evaluation: Evaluation;
  /** Siblings of existence that delete it, whether they prevailed or not. */
  readonly deletes: readonly WriteFacts[];
  readonly edges: readonly Edge[];
}

/** A visible reference: who refers, to what, and by which writes. */
export interface Edge {
  readonly source: ResourceKey;
  readonly target: ResourceKey;
  readonly unit: Unit & { readonly kind: 'dependency' };
  readonly writes: readonly Dot[];
}

/** The name under which `dependsOn` stands in a conflict. */
export const dependsOnField = 'dependsOn';

export const participantOf = (state: ResourceState, evaluation: Evaluation, rules: TypeRules): Participant => {
  const key = resourceKeyOf(state);
  const deletes = state.existence.filter(({ deletes: isDelete }) => isDelete);
  const edges = [...fieldEdges(key, state, evaluation, rules), ...dependsOnEdges(key, state)];
  return { key, state, evaluation, deletes, edges };
};

/** Whether a resource can take part at all; most cannot, and nothing more is asked of them. */
export const canTakePart = (state: ResourceState, rules: TypeRules): boolean =>
  rules.references.length > 0 || state.dependsOn.length > 0 || state.existence.some(({ deletes }) => deletes);

/**
 * What a resource brings to dependencies, as one text: where it stays the same, so does all
 * that others could make of it.
 */
export const stanceOf = ({ state, evaluation, deletes, edges }: Participant): string => {
  if (deletes.length === 0 && edges.length === 0) return '';
  const references = edges.map(({ unit, writes }) => [unit.field, unit.target, writes]);
  const kept = edges.length > 0 ? state.kept : [];
  return canonicalJson([evaluation.deleted, deletes.map(({ dot }) => dot), references, kept]);
};

const fieldEdges = (
  source: ResourceKey,
  state: ResourceState,
  evaluation: Evaluation,
  rules: TypeRules,
): readonly Edge[] =>
  rules.references.flatMap(({ field, targetType }): readonly Edge[] => {
    const value = evaluation.fields[field];
    if (typeof value !== 'string') return [];
    const rule = rules.unitOf(field);
    const survivors = survivorsOf(state.units.get(rule.key)?.siblings ?? []);
    const naming = survivors.filter((write) => fieldOf(write.value, rule.unit, field) === value);
    // A strategy may show a value that nobody wrote: then all of them stand behind it.
    const writes = (naming.length > 0 ? naming : survivors).map(({ dot }) => dot);
    return [edgeOf(source, field, { resourceType: targetType, resourceId: value }, writes)];
  });

const fieldOf = (value: Json | undefined, unit: Unit, field: string): Json | undefined => {
  if (unit.kind === 'field') return value;
  return isJsonObject(value) ? value[field] : undefined;
};

/** Every sibling of `dependsOn` counts, as if it were a set. */
const dependsOnEdges = (source: ResourceKey, { dependsOn }: ResourceState): readonly Edge[] => {
  const targets = new Map<ResourceKey, { readonly target: ResourceRef; readonly writes: Set<Dot> }>();
  for (const write of dependsOn)
    for (const { resourceType, resourceId } of write.targets) {
      const target = { resourceType, resourceId };
      const named = targets.get(resourceKeyOf(target));
      if (named === undefined) targets.set(resourceKeyOf(target), { target, writes: new Set([write.dot]) });
      else named.writes.add(write.dot);
    }
  return [...targets.values()].map(({ target, writes }) => edgeOf(source, dependsOnField, target, [...writes]));
};

const edgeOf = (source: ResourceKey, field: string, target: ResourceRef, writes: readonly Dot[]): Edge => ({
  source,
  target: resourceKeyOf(target),
  unit: { kind: 'dependency', field, target },
  writes,
});
