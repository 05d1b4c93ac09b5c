/**
 * What a group has decided and not yet committed: its events, the clock after them, and how
 * the resources stand after them. A request that is refused half-way is taken out whole.
 */
import type { ClockReading } from '../../domain/clock/hybrid-clock.js';
import type { SealedEvent } from '../../domain/events/event.js';
import type { Loaded } from '../../domain/merge/loaded.js';
import type { Standing } from '../../domain/resource/decide.js';
import type { ResourceKey } from '../../domain/resource/resource-key.js';

export interface GroupDraft {
  /** What all of the group is decided from. */
  readonly loaded: Loaded;
  /** One reading of the wall clock for the whole group. */
  readonly nowMs: number;
  clock: ClockReading;
  lastSeq: number;
  readonly batch: SealedEvent[];
  readonly touched: Map<ResourceKey, Touched>;
  /** An event has parents that are no heads, or an id that was given: merging it asks what the store knows of them. */
  needsKnown: boolean;
}

/** A resource that the group looked at or wrote. */
export interface Touched {
  readonly standing: Standing;
  /** A write of this group is concurrent to something here, so the standing is not that after it. */
  readonly isOpen: boolean;
}

export const createGroupDraft = (loaded: Loaded, nowMs: number): GroupDraft => ({
  loaded,
  nowMs,
  clock: loaded.replica.clock,
  lastSeq: loaded.replica.lastSeq,
  batch: [],
  touched: new Map(),
  needsKnown: false,
});

/** @returns what takes out again all that is added from now on */
export const restorePoint = (draft: GroupDraft): (() => void) => {
  const { clock, lastSeq } = draft;
  const { length } = draft.batch;
  const touched = [...draft.touched];
  return () => {
    Object.assign(draft, { clock, lastSeq });
    draft.batch.length = length;
    draft.touched.clear();
    for (const [key, entry] of touched) draft.touched.set(key, entry);
  };
};
