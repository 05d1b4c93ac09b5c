/**
 * What a hub's refusals change here (R9): own events that leave the state although they were
 * applied, and those that may come back, because the hub has taken them after all.
 *
 * A refused event is parked with the reason `refused`, which no arrival ends, and what was
 * built on it waits for its parents like everything else. So the state is at any time that of
 * the events without the refused ones and their descendants.
 */
import type { Dot } from '../events/event.js';
import type { ParkedEvent } from './loaded.js';

export interface RefusalChanges {
  readonly withdraw: ReadonlySet<Dot>;
  readonly readmit: ReadonlySet<Dot>;
}

/** Whether refusals keep the event out of the state, given how it waited so far. */
export const isWithheld = (dot: Dot, parked: ParkedEvent | undefined, changes: RefusalChanges | undefined): boolean =>
  changes?.withdraw.has(dot) === true || (parked?.reason === 'refused' && changes?.readmit.has(dot) !== true);
