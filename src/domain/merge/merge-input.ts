/** What one merge is made from: the events, what is loaded, and the rules and limits that hold. */
import type { AuditAct } from '../audit/audit-act.js';
import type { ClockReading } from '../clock/hybrid-clock.js';
import type { Evaluation } from '../conflict/evaluate.js';
import type { SealedEvent } from '../events/event.js';
import type { ResourceKey } from '../resource/resource-key.js';
import type { ResourceState } from '../resource/state.js';
import type { DependencyWorld } from './dependencies.js';
import type { FoldContext, FoldedResource } from './fold-resources.js';
import type { Loaded, LoadedHistory } from './loaded.js';
import type { RefusalChanges } from './refusal-changes.js';
import type { Triage } from './triage.js';

export interface MergeContext extends FoldContext {
  readonly nowMs: number;
  /** Events further ahead of the wall clock than this wait (R10). */
  readonly aheadMsMax: number;
  /** Events that may wait in all; more are refused, so that strangers cannot fill the disk. */
  readonly parkedMax: number;
}

export interface MergeInput {
  readonly loaded: Loaded;
  readonly batch: readonly SealedEvent[];
  readonly histories: ReadonlyMap<ResourceKey, LoadedHistory>;
  /** Neighbours of the batch's resources by reference, as far as they were asked for. */
  readonly world: DependencyWorld;
  /** Where the events come from: recorded here, with the clock and number that they leave behind, or received. */
  readonly origin:
    | { readonly type: 'local'; readonly clock: ClockReading; readonly lastSeq: number }
    | { readonly type: 'received' };
  /** Acts that are to stand in the same audit entry, for example refusals of unreadable events. */
  readonly acts: readonly AuditAct[];
  readonly progress?: MergeProgress;
  /** Resources to derive again from their whole history, for example under another policy (R40). */
  readonly rederive?: readonly ResourceKey[];
  /** Own events that leave the state or come back (R9); their resources stand in `rederive`. */
  readonly refusals?: RefusalChanges;
}

/**
 * What rounds of the same merge need not do again. It belongs to whoever carries the merge
 * through, for one set of loaded things, and means nothing with another.
 */
export interface MergeProgress {
  sorted: Triage | undefined;
  /** Finished folds, each with what it was made from beside the batch. */
  readonly folded: Map<ResourceKey, FinishedFold>;
  /** What follows from each fold by itself. */
  readonly evaluations: Map<FoldedResource, Evaluation>;
}

export interface FinishedFold {
  readonly result: FoldedResource;
  readonly history: LoadedHistory | undefined;
  readonly before: ResourceState | undefined;
}

export const startProgress = (): MergeProgress => ({
  sorted: undefined,
  folded: new Map(),
  evaluations: new Map(),
});
