/**
 * Takes in events from others: checks each one, merges batch after batch, and tells what came
 * of it. What is refused is named with its reason and stops nothing beside it.
 */
import type { ResourceRef, SealedEvent } from '../domain/events/event.js';
import type { EventError } from '../domain/events/event-error.js';
import { parseEvent } from '../domain/events/parse.js';
import type { JsonObject } from '../domain/shared/json.js';
import { isReknitError } from '../domain/shared/errors.js';
import { mergeEvents, type MergedLists } from '../domain/merge/merge-events.js';
import type { PlainEvent } from '../domain/merge/plain-events.js';
import type { ConflictRecord } from '../domain/conflict/conflict-record.js';
import type { Result } from '../domain/shared/result.js';
import { refOf } from '../domain/resource/resource-key.js';
import { checkEvents, checkFunctionOrNone, checkObject, checkSignal } from './argument-checks.js';
import { createBatch, createBatchSize, type BatchSize } from './batch-size.js';
import { createImportTally, type ImportReport } from './import-tally.js';
import { planMerge, runMerge, type MergeDeps } from './merge-driver.js';
import type { UnitOfWork } from '../domain/merge/unit-of-work.js';

/** What would come of an import. */
export interface PreviewReport extends ImportReport {
  /** What the changed resources would show. */
  readonly resources: readonly (ResourceRef & { readonly fields: JsonObject; readonly deleted: boolean })[];
  readonly conflictRecords: readonly ConflictRecord[];
}

/** How a long import can be ended, and followed. */
export interface ImportOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: { readonly events: number }) => void;
}

/** What was read somewhere, and what the parser says of it. */
export interface CheckedInput {
  /** As it was given, where whoever read it still has that. */
  readonly event?: unknown;
  readonly line?: number;
  readonly result: Result<SealedEvent, EventError>;
}

/** What an event merger is made of. */
export interface EventMergerDeps extends MergeDeps {
  /** Told of a batch before it is merged: it may show that this replica must take another id. */
  readonly beforeMerge: (batch: readonly SealedEvent[]) => Promise<void>;
  readonly onCommitted: (changed: readonly ResourceRef[], conflictIds: readonly string[]) => void;
}

/** Takes others' events into a replica. */
export interface EventMerger {
  /** Merges two plain lists in memory (R39); nothing is stored. */
  readonly mergeEvents: (local: readonly PlainEvent[], remote: readonly PlainEvent[]) => MergedLists;
  /** Takes events into the replica, in any order, in batches. */
  readonly merge: (
    events: Iterable<unknown> | AsyncIterable<unknown>,
    options?: ImportOptions,
  ) => Promise<ImportReport>;
  /** The same for events that were parsed already, in batches as they come. */
  readonly mergeChecked: (
    batches: AsyncIterable<readonly CheckedInput[]> | Iterable<readonly CheckedInput[]>,
    options?: ImportOptions & MergeMarks,
  ) => Promise<ImportReport>;
  /** What `merge` would do. Nothing is written. */
  readonly preview: (events: Iterable<unknown> | AsyncIterable<unknown>) => Promise<PreviewReport>;
}

export interface MergeMarks {
  /** How many events are merged in one transaction; unless given, as what is read turns out to need. */
  readonly size?: BatchSize;
  /**
   * What goes into the same commit as the last of the events. Not into an earlier one: a cursor that
   * stands for all of them would skip those that an interruption keeps from following.
   */
  readonly complete?: (work: UnitOfWork) => UnitOfWork;
}

/** Merges into the store that it is given. */
export const createEventMerger = (deps: EventMergerDeps): EventMerger => {
  const mergeChecked: EventMerger['mergeChecked'] = async (batches, options = {}) => {
    const { size = createBatchSize('following') } = options;
    const tally = createImportTally();
    let batch = createBatch(size);
    const flush = async (isLast: boolean): Promise<void> => {
      const { events } = batch;
      if (events.length === 0 && !tally.hasRefusals()) return;
      await deps.beforeMerge(events);
      const report = await runMerge(deps, {
        batch: events,
        origin: { type: 'received' },
        acts: tally.takeRefusals(),
        ...(isLast && options.complete !== undefined ? { complete: options.complete } : {}),
      });
      tally.add(report);
      size.merged(report);
      if (report.applied > 0 || report.parked > 0) deps.onCommitted(report.changed, report.conflictIds);
      batch = createBatch(size);
    };
    try {
      for await (const inputs of batches) {
        for (const { event, result, line } of inputs) {
          options.signal?.throwIfAborted();
          if (!result.ok) {
            tally.reject(event, result.error, line);
            continue;
          }
          batch.add(result.value);
          if (batch.isFull()) {
            await flush(false);
            options.onProgress?.({ events: tally.seen() });
          }
        }
      }
    } catch (error) {
      // A source that breaks off, or a caller who stops, takes nothing back of what was read.
      if (!isReknitError(error, ...storeFailures)) await flush(false);
      throw error;
    }
    await flush(true);
    options.onProgress?.({ events: tally.seen() });
    return tally.report();
  };

  return {
    mergeEvents: (local, remote) => mergeEvents(local, remote, deps.policy, deps.system.sha256),
    mergeChecked,
    merge: async (events, options) => {
      checkEvents(events);
      checkObject(options, 'options');
      checkSignal(options?.signal);
      checkFunctionOrNone(options?.onProgress, 'onProgress');
      return mergeChecked(checked(events, deps), options);
    },
    preview: async (events) => {
      checkEvents(events);
      const tally = createImportTally();
      const batch: SealedEvent[] = [];
      for await (const inputs of checked(events, deps))
        for (const { event, result } of inputs)
          if (result.ok) batch.push(result.value);
          else tally.reject(event, result.error, undefined);
      const loaded = await deps.store.load({
        events: batch,
        dueMs: deps.system.clock() + deps.limits.aheadMsMax,
        resources: [],
      });
      const { work, report } = await planMerge(deps, { batch, origin: { type: 'received' } }, loaded);
      tally.add(report);
      return {
        ...tally.report(),
        resources: (work?.resources ?? []).map(({ state, view }) => ({
          ...refOf(state),
          fields: view.fields,
          deleted: view.deleted,
        })),
        conflictRecords: work?.conflicts ?? [],
      };
    },
  };
};

/** After these there is no point in writing once more. */
const storeFailures = [
  'storage_full',
  'storage_busy',
  'storage_read_only',
  'storage_corrupt',
  'storage_failed',
  'event_damaged',
  'store_closed',
  'store_contended',
  'policy_changed',
  'read_only',
  'policy_missing',
] as const;

const checkedChunk = 256;

async function* checked(
  events: Iterable<unknown> | AsyncIterable<unknown>,
  { system }: MergeDeps,
): AsyncIterable<readonly CheckedInput[]> {
  let chunk: CheckedInput[] = [];
  for await (const event of events) {
    const result = parseEvent(event, system.sha256);
    chunk.push({ event, result });
    if (chunk.length >= checkedChunk) {
      yield chunk;
      chunk = [];
    }
  }
  if (chunk.length > 0) yield chunk;
}
