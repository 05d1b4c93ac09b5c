/**
 * A merge strategy decides a conflict from all its siblings, two or more, in one
 * canonical order that is the same on every replica. It is never told which side is
 * "local", so any pure function converges: there is no asymmetry to build in.
 *
 * Laws, which `strategyLaws` of `reknit/testing` checks: the same input gives the same
 * answer; the answer does not depend on call count, clock, randomness or I/O; the input,
 * which is frozen, is not changed; the answer is one of the siblings, a JSON value, an
 * action on a dependency, or "undecided". A strategy that throws or answers anything else
 * leaves the conflict pending with the error; it never stops a merge (R24).
 */
import type { Operation } from '../events/event.js';
import type { Json, JsonObject } from '../shared/json.js';

/** How a conflict came about (R17). */
export type ConflictType =
  | 'concurrent_modification'
  | 'delete_update'
  | 'create_create'
  | 'dependency'
  | 'concurrent_resolution';

/** What is merged as one value. */
export type Unit =
  | { readonly kind: 'field'; readonly field: string }
  | { readonly kind: 'group'; readonly group: string; readonly fields: readonly string[] }
  | { readonly kind: 'resource' }
  | { readonly kind: 'existence' }
  | {
      readonly kind: 'dependency';
      readonly field: string;
      readonly target: { readonly resourceType: string; readonly resourceId: string };
    };

/** One side of a conflict: a write that no other write of the unit has seen. */
export interface Sibling<Value = Json> {
  readonly dot: string;
  readonly eventId: string;
  readonly replicaId: string;
  readonly seq: number;
  readonly agentId: string;
  readonly operation: Operation;
  readonly timestamp: string;
  readonly counter: number;
  /** low 0, medium 1, high 2, critical 3, or the number that was given (R22). */
  readonly priority: number;
  /**
   * The value written; `undefined` where the write leaves the unit absent. For existence
   * `'alive'` or `'deleted'`; for a dependency `'reference'` or `'deleted'`.
   */
  readonly value: Value | undefined;
}

/** A conflict as strategies see it. Siblings stand in the order of R1. */
export interface ConflictCase<Value = Json> {
  readonly conflictId: string;
  readonly conflictType: ConflictType;
  readonly resourceType: string;
  readonly resourceId: string;
  readonly unit: Unit;
  readonly siblings: readonly Sibling<Value>[];
  /** Whether the siblings have one common ancestor value (R21). Always false for a strategy with `usesBase: false`. */
  readonly hasBase: boolean;
  /** That value; `undefined` with `hasBase` means that the unit was absent. */
  readonly base?: Value | undefined;
}

/** What becomes of a reference to a deleted resource. */
export type DependencyAction = 'restore' | 'detach' | 'cascade';

/** Exactly one of the four. */
export type Decision<Value = Json> =
  | { readonly winner: Sibling<Value> }
  | { readonly value: Value | undefined }
  | { readonly apply: DependencyAction }
  | { readonly undecided: true };

/** Decides conflicts of one type of value. */
export interface MergeStrategy<Value = Json> {
  readonly name: string;
  /** Raised whenever the strategy may answer differently; part of the policy's fingerprint. */
  readonly version: number;
  /** Part of the policy's fingerprint. */
  readonly options: JsonObject;
  /** Whether `decide` reads `base`. Without it a merge need not look for the common ancestor. */
  readonly usesBase: boolean;
  /** Whether `decide` reads `priority`. Without it only an event's own and its agent's priority are looked up. */
  readonly usesPriority: boolean;
  readonly decide: (conflict: ConflictCase<Value>) => Decision<Value>;
}

/** The answer that leaves a conflict to the next strategy, or to a person. */
export const undecided = { undecided: true } as const;
