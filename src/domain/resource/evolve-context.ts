/** What applying one more event may ask for, and what it tells beside the new state. */
import type { ConflictIdentity } from '../conflict/detect.js';
import type { Sha256 } from '../shared/sha256.js';
import type { Policy, UnitRule } from '../strategies/policy.js';
import type { ResourceHistory } from './history.js';
import type { WriteFacts } from './state.js';

/** A conflict that stood in an event's own past, closed by that event (R20). */
export interface Closure {
  readonly conflict: ConflictIdentity;
  readonly closer: WriteFacts;
}

/** The event cannot be applied from what is loaded: its resource must be folded from its whole history. */
export class WholeHistoryNeeded extends Error {
  override readonly name = 'WholeHistoryNeeded';
}

/** All that an event asks for which has seen everything before it. */
export interface LinearContext {
  readonly policy: Policy;
  readonly sha256: Sha256;
}

export interface EvolveContext extends LinearContext {
  /** Asked for only when an event is concurrent to something. */
  readonly history: () => ResourceHistory;
  /** The conflict on a unit that stood at the floor, where the unit was written since. */
  readonly closedAtFloor: (rule: UnitRule) => ConflictIdentity | undefined;
}
