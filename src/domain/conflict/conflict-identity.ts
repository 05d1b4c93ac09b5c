/**
 * A conflict's id is a hash of what it is about and which writes it holds, so the same
 * conflict has the same id on every replica, with nothing to agree on (R18, R26).
 */
import { compareDots } from '../causality/dot.js';
import { canonicalJson } from '../shared/canonical-json.js';
import type { Sha256 } from '../shared/sha256.js';
import type { Unit } from '../strategies/merge-strategy.js';

/** A unit as it stands in a conflict's id and in canonical forms (R18). */
export const unitTag = (unit: Unit): readonly unknown[] => {
  switch (unit.kind) {
    case 'field':
      return ['field', unit.field];
    case 'group':
      return ['group', unit.group];
    case 'resource':
      return ['resource'];
    case 'existence':
      return ['existence'];
    case 'dependency':
      return ['dependency', unit.field, [unit.target.resourceType, unit.target.resourceId]];
  }
};

/** Whether both are about the same unit of a resource. */
export const isSameUnit = (a: Unit, b: Unit): boolean => canonicalJson(unitTag(a)) === canonicalJson(unitTag(b));

/**
 * The id of a conflict: equal on every replica, as it comes from type, id, unit and siblings alone (R18).
 *
 * @param dots the siblings' dots, in any order
 */
export const conflictIdOf = (
  sha256: Sha256,
  resourceType: string,
  resourceId: string,
  unit: Unit,
  dots: readonly string[],
): string => sha256(canonicalJson([resourceType, resourceId, unitTag(unit), [...dots].sort(compareDots)]));
