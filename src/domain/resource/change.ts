/** What a caller wants to change, before it is an event. */
import type { Dot, Operation, Priority, ResourceRef } from '../events/event.js';
import type { JsonObject } from '../shared/json.js';

/** What one may say beside what is to change. */
export interface ChangeOptions {
  /** Who does it; otherwise whom the replica writes for. */
  readonly agentId?: string;
  /** An idempotency key: recording it twice at a replica gives the first event (it must say the same). */
  readonly eventId?: string;
  readonly note?: string;
  /** The rule that decided in its owner's name, where no person did. */
  readonly ruleId?: string;
  readonly priority?: Priority;
  readonly dependsOn?: readonly ResourceRef[];
  /** The heads of the view that was looked at; otherwise what the replica has was seen. */
  readonly seen?: readonly string[];
}

/** A change that is to be recorded. */
export interface Change extends ResourceRef {
  readonly operation: Operation;
  /** Fields to new values; `null` only in a `resolve`, to delete. */
  readonly payload: JsonObject | null;
  readonly options: ChangeOptions;
  readonly conflictId?: string;
}

/** An event without its identity and time. */
export interface DecidedChange extends Change {
  readonly parents: readonly Dot[];
  readonly sees: readonly Dot[];
}
