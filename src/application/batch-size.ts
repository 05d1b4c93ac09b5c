/**
 * How many events one commit takes in. Each commit has its price, and where changes were concurrent, every further
 * batch reads the histories of its resources again and settles the same conflicts anew: there, large batches are
 * several times faster. Where one change follows on another nothing is won by them, and they cost memory.
 */
import type { Dot, ReknitEvent, SealedEvent } from '../domain/events/event.js';
import type { MergeReport } from '../domain/merge/merge-batch.js';

export interface BatchLimits {
  readonly events: number;
  /** By `roughBytesOf`. */
  readonly bytes: number;
}

/** What the changes of a batch are, for the most part. */
type Kind = 'following' | 'concurrent';

/** The size of the next batch, by what the last one was like. */
export interface BatchSize {
  readonly limits: () => BatchLimits;
  /** Told what came of each batch. */
  readonly merged: (report: Pick<MergeReport, 'applied' | 'concurrent'>) => void;
}

const megabyte = 1024 * 1024;

const limitsOf: Readonly<Record<Kind, BatchLimits>> = {
  /** Enough to share the price of a commit, few enough to fit in memory whatever their size. */
  following: { events: 10_000, bytes: 16 * megabyte },
  concurrent: { events: 100_000, bytes: 48 * megabyte },
};

/** The most that one batch ever holds. */
export const batchMax = limitsOf.concurrent;

/** From one concurrent event in so many on, a batch counts as one of concurrent changes. */
const concurrentOneIn = 8;

export const createBatchSize = (expected: Kind): BatchSize => {
  let kind = expected;
  return {
    limits: () => limitsOf[kind],
    merged: ({ applied, concurrent }) => {
      if (applied > 0) kind = concurrent * concurrentOneIn >= applied ? 'concurrent' : 'following';
    },
  };
};

/** Events on their way into one commit. */
export interface Batch {
  readonly events: readonly SealedEvent[];
  readonly add: (sealed: SealedEvent) => void;
  readonly isFull: () => boolean;
}

/** Looks at its own events: what does not follow on the one before it on its resource was written beside it. */
export const createBatch = (size: BatchSize): Batch => {
  const events: SealedEvent[] = [];
  const last = new Map<ReknitEvent['resourceId'], Dot>();
  let limits = size.limits();
  let bytes = 0;
  let beside = 0;
  const look = ({ dot, event: { resourceId, parents } }: SealedEvent): void => {
    const before = last.get(resourceId);
    if (before !== undefined && !parents.includes(before)) beside += 1;
    last.set(resourceId, dot);
  };
  const isAtLimit = (): boolean => events.length >= limits.events || bytes >= limits.bytes;
  return {
    events,
    add: (sealed) => {
      events.push(sealed);
      bytes += roughBytesOf(sealed.event);
      if (limits !== limitsOf.concurrent) look(sealed);
    },
    isFull: () => {
      if (isAtLimit() && beside * concurrentOneIn >= events.length) limits = limitsOf.concurrent;
      return isAtLimit();
    },
  };
};

/** Rough, but enough to bound a batch: most of an event's size is its payload. Also of what was not checked yet. */
export const roughBytesOf = (event: unknown): number => {
  let bytes = 300;
  const { payload } = (event ?? {}) as { readonly payload?: unknown };
  for (const value of Object.values(payload ?? {}))
    bytes += typeof value === 'string' ? value.length * 2 : typeof value === 'object' ? 1_000 : 16;
  return bytes;
};
