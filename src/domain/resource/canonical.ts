/**
 * The canonical form of a resource's state, conflicts and decisions: what two replicas with
 * the same events and policy agree on to the byte, and what a digest is made of.
 */
import { compareTexts } from './resource-key.js';
import type { ConflictRecord, Outcome } from '../conflict/conflict-record.js';
import { unitTag } from '../conflict/conflict-identity.js';
import type { Dot } from '../events/event.js';
import type { JsonObject } from '../shared/json.js';
import type { ResourceState } from './state.js';

/** State, standing conflicts and conflict log of one resource, in canonical order. */
export interface CanonicalResource {
  readonly resourceType: string;
  readonly resourceId: string;
  readonly heads: readonly Dot[];
  readonly deleted: boolean;
  readonly fields: JsonObject;
  readonly standing: readonly CanonicalConflict[];
  readonly log: readonly CanonicalClosed[];
}

export interface CanonicalConflict {
  readonly conflictId: string;
  readonly conflictType: string;
  readonly unit: readonly unknown[];
  readonly siblings: readonly Dot[];
  readonly outcome: unknown;
}

export interface CanonicalClosed extends Omit<CanonicalConflict, 'outcome'> {
  readonly closedBy: readonly Dot[];
}

/** The canonical form; `records` may come in any order. */
export const canonicalResource = (
  state: ResourceState,
  view: { readonly deleted: boolean; readonly fields: JsonObject },
  records: readonly ConflictRecord[],
): CanonicalResource => {
  const log = records
    .filter(({ isSuperseded }) => !isSuperseded)
    .sort((a, b) => compareTexts(a.conflictId, b.conflictId));
  return {
    resourceType: state.resourceType,
    resourceId: state.resourceId,
    heads: state.heads,
    deleted: view.deleted,
    fields: view.fields,
    standing: log
      .filter(({ isStanding }) => isStanding)
      .map((record) => ({ ...aboutOf(record), outcome: outcomeOf(record.outcome) })),
    log: log
      .filter(({ closedBy }) => closedBy.length > 0)
      .map((record) => ({ ...aboutOf(record), closedBy: record.closedBy })),
  };
};

const aboutOf = ({ conflictId, conflictType, unit, siblings }: ConflictRecord) => ({
  conflictId,
  conflictType,
  unit: unitTag(unit),
  siblings,
});

/** Without error texts, which are in no digest (R19). */
const outcomeOf = (outcome: Outcome): unknown => {
  switch (outcome.type) {
    case 'pending':
    case 'moot':
    case 'closed':
      return outcome.type;
    case 'winner':
      return { winner: outcome.dot };
    case 'value':
      return outcome.value === undefined ? { absent: true } : { value: outcome.value };
    case 'apply':
      return { apply: outcome.action };
  }
};
