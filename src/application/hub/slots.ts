/** What is held under each dot that a batch is about: as the log says, and as the batch goes on. */
import type { Dot } from '../../domain/events/event.js';
import type { ResourceKey } from '../../domain/resource/resource-key.js';
import type { Candidate } from './candidate.js';
import type { AcceptedContent, HeldDot, RefusedContent } from './questions.js';

export interface Slot {
  readonly accepted: AcceptedContent[];
  readonly refused: RefusedContent[];
  /** By hash; undefined where the event itself was not needed. Under most dots nothing ever waits. */
  waiting: Map<string, Candidate | undefined>;
}

/** Shared by all slots under which nothing waits, and never changed. */
const nothing = new Map<string, Candidate | undefined>();

export const setWaiting = (slot: Slot, hash: string, candidate: Candidate | undefined): void => {
  if (slot.waiting === nothing) slot.waiting = new Map();
  slot.waiting.set(hash, candidate);
};

export interface Slots {
  readonly find: (dot: Dot) => Slot | undefined;
  readonly at: (dot: Dot) => Slot;
  readonly load: (dots: ReadonlyMap<Dot, HeldDot>) => void;
}

/** Whether more than one content is held there, decided or not: then nobody has to have seen one of them (H8). */
export const hasOthers = (slot: Slot | undefined): boolean =>
  slot !== undefined && slot.accepted.length + slot.refused.length + slot.waiting.size > 1;

/** How a parent stands for an event of a resource. */
export type ParentStanding = 'accepted' | 'refused' | 'elsewhere' | 'waiting' | 'missing';

export const slotsOf = (): Slots => {
  const slots = new Map<Dot, Slot>();
  const at = (dot: Dot): Slot => {
    const known = slots.get(dot);
    if (known !== undefined) return known;
    const slot: Slot = { accepted: [], refused: [], waiting: nothing };
    slots.set(dot, slot);
    return slot;
  };
  return {
    find: (dot) => slots.get(dot),
    at,
    load: (dots) => {
      for (const [dot, held] of dots) {
        const slot = at(dot);
        slot.accepted.push(...held.accepted);
        slot.refused.push(...held.refused);
        for (const hash of held.waiting) if (!slot.waiting.has(hash)) setWaiting(slot, hash, undefined);
      }
    },
  };
};

/** A content that waits may still be accepted, so nothing is concluded from another that was refused. */
export const standingOf = (slot: Slot | undefined, resource: ResourceKey): ParentStanding => {
  if (slot === undefined) return 'missing';
  if (slot.accepted.some((content) => content.resource === resource)) return 'accepted';
  if (slot.waiting.size > 0) return 'waiting';
  if (slot.refused.length > 0) return 'refused';
  return slot.accepted.length > 0 ? 'elsewhere' : 'missing';
};
