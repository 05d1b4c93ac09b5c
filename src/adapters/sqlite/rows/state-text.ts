/**
 * The form of a resource's state as a short text beside what readers see of it.
 *
 * Most units have one sibling, whose value is what the field shows: of those the text holds
 * only which event wrote them, in the order of the fields' names. What is less usual (contested
 * units with the facts of their siblings, values that the view hides, dependencies) stands in a
 * last part that most states do not have. Dots stand in one list and are named by their places.
 */
import type { AgentId, EventId } from '../../../domain/events/event.js';
import type { AccumulatedNotes } from '../../../domain/fields/field-kind.js';
import type { DependencyEffect } from '../../../domain/resource/state.js';
import type { Json } from '../../../domain/shared/json.js';

/** What is left out is at its end: absent values, and a priority of 1. */
export type FactsText = readonly [eventId: EventId, operation: number, counter: number, priority?: number];
export type FullFacts = readonly [dot: number, agentId: AgentId, timeMs: number, facts: FactsText];
/** `write` is a place in the list of facts or, below zero, -1 less that of a dot without any. */
export type SiblingText = readonly [write: number, yielded: 0 | 1, value?: Json];
export type RefText = readonly [resourceType: string, resourceId: string];

export interface UnitText {
  readonly key: string;
  readonly siblings: readonly SiblingText[];
  /** The value of the one sibling is what these fields show. */
  readonly fields?: readonly string[];
  readonly base?: readonly [] | readonly [Json];
  /** What writes add up to; without a value where it is what the field shows. */
  readonly accumulated?: { readonly value?: Json; readonly notes?: AccumulatedNotes };
}

export interface Unusual {
  /** Of the siblings of existence, then of those of contested units: each once. */
  readonly facts?: readonly FullFacts[];
  readonly existenceBase?: 'alive' | 'deleted';
  readonly units?: readonly UnitText[];
  readonly dependsOn?: readonly (readonly [dot: number, targets: readonly RefText[]])[];
  readonly kept?: readonly (readonly [conflictId: string, dot: number])[];
  /** Absent: the first head. */
  readonly floor?: number | null;
  /** For each dot the line that it stands on, or 0. */
  readonly branches?: readonly number[];
  readonly isBranched?: true;
  readonly hasVoids?: true;
  readonly effect?: DependencyEffect;
  readonly references?: readonly RefText[];
}

export type StateText = readonly [
  dots: string | null,
  /** The first so many dots are the heads. */
  heads: number,
  /** Of the one head, by the last change's agent and time; or places in the list of facts. */
  existence: FactsText | readonly number[],
  /** For each field, by name, which event wrote it, or -1; one number where all are alike. */
  fields: number | readonly number[],
  unusual?: Unusual,
];

/** Added to the operation of a write that deletes: a `resolve` may. */
export const deletesBit = 4;
export const usualPriority = 1;
