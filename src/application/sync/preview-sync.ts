/**
 * What a sync would do, before it is done: everything new is read from the remote and merged in memory. Nothing is
 * written here, not even how far was read, and nothing is sent.
 */
import { ReknitError } from '../../domain/shared/errors.js';
import { createBatchSize } from '../batch-size.js';
import { checkCount, checkObject, checkSignal } from '../argument-checks.js';
import type { EventMerger, PreviewReport } from '../event-merger.js';
import type { MergeDeps } from '../merge-driver.js';
import type { Remote, SyncScope } from '../ports/remote.js';
import { pullKey } from './exchange.js';
import { heldCut } from './held-cut.js';
import { joinedPages } from './joined-pages.js';
import { ownIn } from './pull.js';

/** Which part of a remote is looked at, and how much of it. */
export interface SyncPreviewOptions {
  /** Only this part, as in `connect`; everything unless given. */
  readonly subscribe?: SyncScope;
  /** Events that are read at most, since all of them are in memory at once; 100,000 unless given. */
  readonly eventsMax?: number;
  readonly signal?: AbortSignal;
}

/** What a sync would do; nothing is written, neither here nor there. */
export interface SyncPreview extends PreviewReport {
  /** Events that the remote would give. */
  readonly pulled: number;
  /** Own events that no remote has yet: these would be sent. */
  readonly unsynced: number;
  /** Whether everything was read; otherwise this is what the first `eventsMax` events would do. */
  readonly isWhole: boolean;
  readonly policyMismatch: boolean;
  /** The remote's clock less this one's, in milliseconds; undefined where it has none. */
  readonly clockOffsetMs: number | undefined;
}

/** Enough for months of work, and some hundred megabytes at most. */
const eventsMaxByDefault = 100_000;

export const previewSync = async (
  { store, policy, system, merger }: Pick<MergeDeps, 'store' | 'policy' | 'system'> & { readonly merger: EventMerger },
  remote: Remote,
  options: SyncPreviewOptions = {},
): Promise<SyncPreview> => {
  checkObject(options, 'options');
  const { subscribe, eventsMax = eventsMaxByDefault, signal } = options;
  checkCount(eventsMax, 'eventsMax');
  checkSignal(signal);
  if (!remote.capabilities.canPull)
    throw new ReknitError('remote_failed', 'this remote gives no events: there is nothing to preview');
  const { replica, syncedSeq } = await store.facts();
  const replicaId = replica?.replicaId ?? '';
  const own = await ownIn(store, replicaId, syncedSeq);
  const abort = signal === undefined ? {} : { signal };
  const hello = await remote.hello({
    replicaId,
    policyFingerprint: policy.fingerprint,
    nowMs: system.clock(),
    ...abort,
  });
  const start = await store.readCursor(pullKey(hello));
  const { [replicaId]: _own, ...cut } = start === undefined ? await heldCut(store) : {};
  const pull = (cursor: string | undefined) =>
    remote.pull({
      cursor,
      cut,
      replicaId,
      limit: pageMax,
      ...(own === undefined ? {} : { own }),
      ...(subscribe === undefined ? {} : { scope: subscribe }),
      ...abort,
    });

  const events: unknown[] = [];
  let isWhole = true;
  for await (const page of joinedPages(pull, start, createBatchSize('following'))) {
    signal?.throwIfAborted();
    const room = eventsMax - events.length;
    for (const event of page.events.slice(0, room)) events.push(event);
    if (page.events.length > room || (events.length >= eventsMax && page.more)) {
      isWhole = false;
      break;
    }
  }
  const report = await merger.preview(events);
  return {
    ...report,
    pulled: events.length,
    unsynced: (await store.counts()).localOnly,
    isWhole,
    policyMismatch: hello.policyFingerprint !== undefined && hello.policyFingerprint !== policy.fingerprint,
    clockOffsetMs: hello.clockOffsetMs,
  };
};

const pageMax = 1_000;
