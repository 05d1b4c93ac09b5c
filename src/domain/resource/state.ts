/**
 * The state of a resource: for every merge unit the writes that no other write has seen,
 * and the heads. It is a pure fold of the resource's events in any causal order.
 *
 * A unit with one sibling is settled; only with two or more can there be a conflict, so
 * only those carry the facts that strategies ask for.
 */
import type { AgentId, Dot, EventId, Operation, ResourceRef, Timestamp } from '../events/event.js';
import type { Accumulated } from '../fields/field-kind.js';
import type { Json } from '../shared/json.js';
import type { DependencyAction } from '../strategies/merge-strategy.js';

/** What is remembered of an event that wrote something. */
export interface WriteFacts {
  readonly dot: Dot;
  readonly eventId: EventId;
  readonly agentId: AgentId;
  readonly operation: Operation;
  readonly timestamp: Timestamp;
  readonly counter: number;
  /** Resolved by R22 when the event was applied. */
  readonly priority: number;
  /** A `delete`, or a `resolve` to null. */
  readonly deletes: boolean;
}

export interface UnitWrite {
  readonly dot: Dot;
  /** The unit's complete value; `undefined` is absent, and stands in units that accumulate, which choose no value. */
  readonly value: Json | undefined;
  /** Always there where the unit has two or more siblings. */
  readonly facts: WriteFacts | undefined;
  /** It stands back for another sibling (R14). */
  readonly yielded: boolean;
}

export interface UnitState {
  readonly siblings: readonly UnitWrite[];
  /** The value at the siblings' common ancestors (R21), for policies that read it. */
  readonly base?: { readonly value: Json | undefined };
  /** For field kinds that merge by themselves. */
  readonly accumulated?: Accumulated;
}

/** An event that said what its resource depends on, without naming a field. */
export interface DependsOnWrite {
  readonly dot: Dot;
  readonly targets: readonly ResourceRef[];
}

/** A dependency conflict that a person left dangling (R28). */
export interface KeptDependency {
  readonly conflictId: string;
  readonly dot: Dot;
}

/** What decisions on dependencies changed about this resource (R27), and whether it has any to decide. */
export interface DependencyEffect {
  readonly existence?: Exclude<DependencyAction, 'detach'>;
  /** Reference fields that are shown as null. */
  readonly detached?: readonly string[];
  /** Conflicts about its own references are on record, standing or closed. */
  readonly disputes?: true;
}

export interface ResourceState extends ResourceRef {
  /** Maximal applied events in the order of R1, voids included. */
  readonly heads: readonly Dot[];
  /** Siblings of existence: the maximal events that are no voids. */
  readonly existence: readonly WriteFacts[];
  /** Like a unit's `base`, while existence is in conflict: whether it was alive or deleted. */
  readonly existenceBase: { readonly value: 'alive' | 'deleted' } | undefined;
  /** By the key of the unit's rule. */
  readonly units: ReadonlyMap<string, UnitState>;
  readonly dependsOn: readonly DependsOnWrite[];
  readonly kept: readonly KeptDependency[];
  /**
   * The latest event that has seen everything before it and that everything after it has
   * seen; what comes concurrent to the heads need only be compared from there.
   */
  readonly floor: Dot | undefined;
  /**
   * Where the heads end lines of updates that part at the floor and have not met since: the line
   * of each head and of each sibling above the floor. Undefined where there is one head, and
   * where only the history can say who has seen whom.
   */
  readonly branches: ReadonlyMap<Dot, number> | undefined;
  /** No two of its events were ever concurrent, so no cut of it holds a conflict. */
  readonly isLinear: boolean;
  /** Some dot of it is void (R5): concurrency must then be folded from the whole history. */
  readonly hasVoids: boolean;
  readonly effect: DependencyEffect | undefined;
}

export const initialState = (ref: ResourceRef): ResourceState => ({
  resourceType: ref.resourceType,
  resourceId: ref.resourceId,
  heads: [],
  existence: [],
  existenceBase: undefined,
  units: new Map(),
  dependsOn: [],
  kept: [],
  floor: undefined,
  branches: undefined,
  isLinear: true,
  hasVoids: false,
  effect: undefined,
});
