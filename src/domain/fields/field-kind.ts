/**
 * How one kind of field is written, checked and merged. This is where a new kind fits
 * in: the merge asks the kind and knows none by name.
 *
 * A kind without `accumulator` is a register: its concurrent writes that disagree are a
 * conflict. A kind with one never conflicts: every write that no clearing write has seen
 * counts, and the accumulator says how.
 */
import type { Dot, ReknitEvent } from '../events/event.js';
import type { Json, JsonObject } from '../shared/json.js';

/** One write of a field, as an accumulator meets it. */
export interface FieldWrite {
  readonly dot: Dot;
  readonly event: ReknitEvent;
  /** Undefined in a `create` that does not name the field: it clears what it has seen. */
  readonly value: Json | undefined;
}

/** Writes of one field, and creates, and who of their authors had seen which of them. */
export interface FieldHistory {
  /** In an order of ancestry. */
  readonly writes: readonly FieldWrite[];
  /**
   * So many of them, the first, are in the state already. Where there are any, the list begins
   * after an event that had seen everything before it, and that all of the list have seen.
   */
  readonly counted: number;
  /** Each has seen all before it. */
  readonly isLinear: boolean;
  /** By place in the list. */
  readonly hasSeen: (later: number, earlier: number) => boolean;
  /** Places of the last writes that the author had seen; none where it had seen only what lies before the list. */
  readonly parentsOf: (place: number) => readonly number[];
}

/** What the writes of a field come to. */
export interface Accumulated {
  /** What a reader sees. */
  readonly value: Json;
  /** What else is to be remembered for later writes; small, whatever the value is. */
  readonly notes?: AccumulatedNotes;
}

/** What a field remembers beside its value. */
export interface AccumulatedNotes {
  /** Some write did not fit, was applied as nothing, and no clearing write has seen it (R35). */
  readonly misfit?: true;
  readonly [note: string]: Json | undefined;
}

/** How a kind that never conflicts adds up its writes. */
export interface Accumulator {
  /** Of a field that nobody has written. */
  readonly initial: Accumulated;
  /**
   * What the state becomes with all writes of the history; `undefined` where it takes the whole
   * history to say, which is then given from the field's beginning, on `initial`. The answer is a
   * function of the set of writes: the order of the list makes no difference.
   */
  readonly accumulate: (state: Accumulated, history: FieldHistory) => Accumulated | undefined;
  /** A change that was recorded twice under one event id counts once (R6). */
  readonly countsTwinsOnce?: true;
  /**
   * For kinds whose operations name positions: the value of the last write of the list, said anew
   * as if its author had seen all of the list. The list is a whole history.
   */
  readonly rebase?: (history: FieldHistory) => Json;
}

/** Why an operation or a value does not fit its field. */
export type MisfitCode =
  | 'reserved_operator'
  | 'unknown_operation'
  | 'invalid_operation'
  | 'position_beyond_end'
  | 'splits_surrogate_pair';

/** Why a value or an operation does not fit a field. */
export interface Misfit {
  readonly code: MisfitCode;
  /** In words that say what to do. */
  readonly message: string;
}

/** A kind of field, such as a register. */
export interface FieldKind {
  readonly name: string;
  /**
   * Why its author may not record this value; nothing when it fits.
   *
   * @param seen the field as its author saw it
   */
  readonly refuse: (value: Json, operation: ReknitEvent['operation'], seen: Json | undefined) => Misfit | undefined;
  /** What is recorded of what an author said, where that depends on what it saw. */
  readonly prepare?: (value: Json, seen: Json | undefined) => Json;
  readonly accumulator?: Accumulator;
}

/** Whether a value is an operation of some kind: an object whose keys all begin with `$`. */
export const isOperation = (value: unknown): value is JsonObject => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const keys = Object.keys(value);
  return keys.length > 0 && keys.every((key) => key.startsWith('$'));
};
