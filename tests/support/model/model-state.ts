/**
 * What the model answers: everything that two replicas with the same events and the same
 * policy must agree on, as plain data in a fixed order, so that a comparison of canonical
 * forms is a comparison of meanings.
 */
import type { ConflictType, DependencyAction } from '../../../src/domain/strategies/merge-strategy.js';
import type { Json } from '../../../src/domain/shared/json.js';

export interface ModelState {
  /** Dots received but not applied: a parent is missing, parked itself, or of another resource (R3). */
  readonly parked: readonly string[];
  /** Dots that write nothing: forks (R5) and clashes of one `eventId` (R6). */
  readonly voids: readonly string[];
  /** Groups of dots that record the same change under one `eventId` (R6). */
  readonly twins: readonly (readonly string[])[];
  /** Sorted by type, then id. */
  readonly resources: readonly ModelResource[];
}

export interface ModelResource {
  readonly resourceType: string;
  readonly resourceId: string;
  /** The maximal applied dots, voids included. */
  readonly heads: readonly string[];
  /** What a reader sees, after every decision. */
  readonly deleted: boolean;
  /** What a reader sees, after every decision; an absent field has no member. */
  readonly fields: Readonly<Record<string, Json>>;
  /** The conflicts that stand, sorted by id. */
  readonly standing: readonly ModelConflict[];
  /** The conflicts that some event closed (R20, R28), sorted by id. */
  readonly log: readonly ModelClosed[];
}

export type ModelOutcome =
  | 'pending'
  | 'moot'
  | { readonly winner: string }
  | { readonly value: Json }
  | { readonly absent: true }
  | { readonly apply: DependencyAction };

export interface ModelConflict {
  readonly conflictId: string;
  readonly conflictType: ConflictType;
  /** The tag of R18 or R26. */
  readonly unit: readonly unknown[];
  readonly siblings: readonly string[];
  readonly outcome: ModelOutcome;
}

export interface ModelClosed {
  readonly conflictId: string;
  readonly conflictType: ConflictType;
  readonly unit: readonly unknown[];
  readonly siblings: readonly string[];
  /** Every event that closed it: several may, concurrently. */
  readonly closedBy: readonly string[];
}
