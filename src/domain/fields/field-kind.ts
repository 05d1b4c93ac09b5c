/**
 * How one kind of field is written, checked and merged. This is where a new kind fits
 * in: the merge asks the kind and knows none by name.
 *
 * A kind without `accumulator` is a register: its concurrent writes that disagree are a
 * conflict. A kind with one never conflicts: every write that no clearing write has seen
 * counts, and the accumulator says how.
 */
import type { ReknitEvent } from '../events/event.js';
import type { Json } from '../shared/json.js';

/** One write of a field, as an accumulator meets it. */
export interface FieldWrite {
  readonly event: ReknitEvent;
  readonly value: Json;
  /** Whether the author of this write had seen the event with that dot. */
  readonly hasSeen: (dot: string) => boolean;
  /** Whether the author had seen every write applied so far, so nothing is concurrent. */
  readonly sawAll: boolean;
}

/** How a kind that never conflicts adds up its writes. */
export interface Accumulator<State extends Json = Json> {
  readonly initial: State;
  /**
   * The state after one more write; `undefined` when the answer depends on writes that
   * `state` no longer tells apart. The merge then folds the resource from its whole history.
   */
  readonly evolve: (state: State, write: FieldWrite) => State | undefined;
  /** What a reader sees. */
  readonly show: (state: State) => Json;
}

/** A kind of field, such as a register. */
export interface FieldKind {
  readonly name: string;
  /** Why its author may not record this value, in words; nothing when it fits. */
  readonly refuse: (value: Json, operation: ReknitEvent['operation']) => string | undefined;
  readonly accumulator?: Accumulator;
}
