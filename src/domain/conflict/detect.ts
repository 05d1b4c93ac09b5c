/**
 * Which units of a resource are in conflict, and of which kind (R12, R15 to R18). A function
 * of the siblings alone: what a strategy makes of it comes later and changes nothing here.
 */
import { compareDots } from '../causality/dot.js';
import type { Dot, ResourceRef } from '../events/event.js';
import { invariant } from '../shared/invariant.js';
import { sameJson } from '../shared/canonical-json.js';
import type { Sha256 } from '../shared/sha256.js';
import type { Json } from '../shared/json.js';
import type { UnitWrite, WriteFacts } from '../resource/state.js';
import type { ConflictType, Unit } from '../strategies/merge-strategy.js';
import { conflictIdOf } from './conflict-identity.js';

export interface ConflictSide {
  readonly facts: WriteFacts;
  readonly value: Json | undefined;
}

/** A conflict as it is known everywhere: what it is about and which writes it holds. */
export interface ConflictIdentity extends ResourceRef {
  readonly conflictId: string;
  readonly conflictType: ConflictType;
  readonly unit: Unit;
  /** Dots of the survivors, agreeing ones too, in the order of R1. */
  readonly siblings: readonly Dot[];
}

/** A conflict with what its siblings wrote. */
export interface Disagreement extends ConflictIdentity {
  /** In the order of `siblings`. */
  readonly sides: readonly ConflictSide[];
}

const existenceUnit: Unit = { kind: 'existence' };

export const existenceDisagrees = (existence: readonly WriteFacts[]): boolean =>
  existence.some(({ deletes }) => deletes) && existence.some(({ deletes }) => !deletes);

/** Deleted beyond dispute: then its fields are in no conflict (R15). */
export const isDeletedBeyondDispute = (existence: readonly WriteFacts[]): boolean =>
  existence.length > 0 && existence.every(({ deletes }) => deletes);

export const existenceConflict = (
  ref: ResourceRef,
  existence: readonly WriteFacts[],
  sha256: Sha256,
): Disagreement | undefined =>
  existenceDisagrees(existence)
    ? disagreement(
        ref,
        existenceUnit,
        existence.map((facts) => ({ facts, value: facts.deletes ? 'deleted' : 'alive' })),
        sha256,
      )
    : undefined;

/** Those of a unit's siblings that do not stand back for another. */
export const survivorsOf = (siblings: readonly UnitWrite[]): readonly UnitWrite[] =>
  siblings.length > 1 && siblings.some(({ yielded }) => yielded)
    ? siblings.filter(({ yielded }) => !yielded)
    : siblings;

export const valuesDisagree = (survivors: readonly { readonly value: Json | undefined }[]): boolean =>
  survivors.length > 1 && survivors.some(({ value }) => !sameJson(value, survivors[0]?.value));

export const unitConflict = (
  ref: ResourceRef,
  unit: Unit,
  siblings: readonly UnitWrite[],
  sha256: Sha256,
): Disagreement | undefined => {
  const survivors = survivorsOf(siblings);
  if (!valuesDisagree(survivors)) return undefined;
  const sides = survivors.map(({ facts, value, dot }) => {
    invariant(facts !== undefined, `sibling ${dot} of a contested unit has no facts`);
    return { facts, value };
  });
  return disagreement(ref, unit, sides, sha256);
};

export const disagreement = (
  ref: ResourceRef,
  unit: Unit,
  sides: readonly ConflictSide[],
  sha256: Sha256,
): Disagreement => {
  const sorted = [...sides].sort((a, b) => compareDots(a.facts.dot, b.facts.dot));
  const dots = sorted.map(({ facts }) => facts.dot);
  return {
    resourceType: ref.resourceType,
    resourceId: ref.resourceId,
    conflictId: conflictIdOf(sha256, ref.resourceType, ref.resourceId, unit, dots),
    conflictType: conflictTypeOf(unit, sorted),
    unit,
    siblings: dots,
    sides: sorted,
  };
};

/** R17, the first that holds. */
const conflictTypeOf = (unit: Unit, sides: readonly ConflictSide[]): ConflictType => {
  if (unit.kind === 'dependency') return 'dependency';
  if (disagreeAs('resolve', sides)) return 'concurrent_resolution';
  if (unit.kind === 'existence') return 'delete_update';
  return disagreeAs('create', sides) ? 'create_create' : 'concurrent_modification';
};

const disagreeAs = (operation: 'resolve' | 'create', sides: readonly ConflictSide[]): boolean =>
  valuesDisagree(sides.filter(({ facts }) => facts.operation === operation));
