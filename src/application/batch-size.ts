/**
 * How many events one commit takes in. Each commit has its price, and where changes were concurrent, every further
 * batch reads the histories of its resources again and settles the same conflicts anew: there, large batches are
 * several times faster. Where one change follows on another nothing is won by them, and they cost memory.
 */
import type { MergeReport } from '../domain/merge/merge-batch.js';

export interface BatchLimits {
  readonly events: number;
  /** By `roughBytesOf`. */
  readonly bytes: number;
}

/** The size of the next batch, by what the last one was like. */
export interface BatchSize {
  readonly limits: () => BatchLimits;
  /** Told what came of each batch. */
  readonly merged: (report: Pick<MergeReport, 'applied' | 'concurrent'>) => void;
}

const megabyte = 1024 * 1024;

/** Of something unknown: enough to see what it is like. */
const firstLook: BatchLimits = { events: 1_000, bytes: 16 * megabyte };
/** Enough to share the price of a commit, few enough to fit in memory whatever their size. */
const following: BatchLimits = { events: 10_000, bytes: 16 * megabyte };
const concurrent: BatchLimits = { events: 100_000, bytes: 48 * megabyte };

/** The most that one batch ever holds. */
export const batchMax: BatchLimits = concurrent;

/** From one concurrent event in so many on, a batch counts as one of concurrent changes. */
const concurrentOneIn = 8;

/** @param expected what is known of the first batch; without it, little is taken and looked at */
export const createBatchSize = (expected?: 'concurrent' | 'following'): BatchSize => {
  let limits = expected === undefined ? firstLook : expected === 'concurrent' ? concurrent : following;
  return {
    limits: () => limits,
    merged: (report) => {
      if (report.applied > 0)
        limits = report.concurrent * concurrentOneIn >= report.applied ? concurrent : following;
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
