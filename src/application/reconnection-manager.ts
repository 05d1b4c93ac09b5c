/**
 * Brings this replica and a remote into step: reads what is new there, then sends what is new
 * here, page by page. Every page moves its cursor in the commit that stores its events, so
 * what is interrupted goes on where it was, with nothing lost and nothing twice.
 */
import { BehaviorSubject, type Observable } from 'rxjs';
import type { Dot, SealedEvent } from '../domain/events/event.js';
import { parseEvent } from '../domain/events/parse.js';
import { isReknitError, ReknitError } from '../domain/shared/errors.js';
import { checkRemote } from './argument-checks.js';
import type { EventMerger } from './event-merger.js';
import type { MergeDeps } from './merge-driver.js';
import { commitMarks, type OfflineEventLog } from './offline-event-log.js';
import type { Remote, RemoteHello, Verdict } from './ports/remote.js';
import { remoteIdOf } from './replica-remote.js';

export type SyncPhase =
  | 'offline'
  | 'connecting'
  | 'pushing'
  | 'pulling'
  | 'live'
  | 'backoff'
  | 'unauthorized'
  | 'refused';

export interface SyncStatus {
  readonly phase: SyncPhase;
  /** Own events that the remote does not have yet. */
  readonly pending: number;
  readonly rejected: number;
  readonly openConflicts: number;
  readonly lastSyncedAt: string | undefined;
  readonly error: { readonly code: string; readonly message: string } | undefined;
  readonly clockSkewMs: number | undefined;
  /** Digests cannot be compared: the other merges under another policy (R40). */
  readonly policyMismatch: boolean;
  readonly progress: { readonly pulled: number; readonly pushed: number };
}

export interface SyncReport {
  readonly pulled: number;
  readonly pushed: number;
  readonly applied: number;
  readonly duplicates: number;
  readonly parked: number;
  /** Events of the remote that were no valid events. */
  readonly rejectedCount: number;
  /** Events of ours that the remote refused. */
  readonly refused: readonly { readonly dot: Dot; readonly code: string; readonly message: string }[];
  /** Ids of conflicts that came up, or got another answer. */
  readonly conflicts: readonly string[];
}

export interface ReconnectionManagerDeps extends MergeDeps {
  readonly log: OfflineEventLog;
  readonly merger: EventMerger;
  /** Whether events are applied while the remote's policy is another one; otherwise the sync is held. */
  readonly onPolicyMismatch: 'warn' | 'hold';
  readonly now: () => string;
}

export interface SyncConnection {
  readonly status: SyncStatus;
  readonly status$: Observable<SyncStatus>;
  /** One round: pull until there is no more, then push. Rounds asked for meanwhile share the next one. */
  readonly now: (options?: { readonly signal?: AbortSignal }) => Promise<SyncReport>;
  /** Resolves when the remote has durably what was recorded here before the call. */
  readonly synced: (options?: { readonly signal?: AbortSignal }) => Promise<void>;
  readonly pause: () => void;
  readonly resume: () => void;
  readonly close: () => Promise<void>;
}

export interface ReconnectionManager {
  readonly connect: (remote: Remote) => SyncConnection;
  /** For who has just found the network again: one round with the remote. */
  readonly onReconnect: (remote: Remote) => Promise<SyncReport>;
}

const pullLimit = 10_000;

export const createReconnectionManager = (deps: ReconnectionManagerDeps): ReconnectionManager => ({
  connect: (remote) => {
    checkRemote(remote);
    return createConnection(deps, remote);
  },
  onReconnect: async (remote) => {
    checkRemote(remote);
    const connection = createConnection(deps, remote);
    try {
      return await connection.now();
    } finally {
      await connection.close();
    }
  },
});

const idle: SyncStatus = {
  phase: 'offline',
  pending: 0,
  rejected: 0,
  openConflicts: 0,
  lastSyncedAt: undefined,
  error: undefined,
  clockSkewMs: undefined,
  policyMismatch: false,
  progress: { pulled: 0, pushed: 0 },
};

const createConnection = (deps: ReconnectionManagerDeps, remote: Remote): SyncConnection => {
  const subject = new BehaviorSubject<SyncStatus>(idle);
  let running: Promise<SyncReport> | undefined;
  let next: Promise<SyncReport> | undefined;
  let isPaused = false;
  let isClosed = false;
  const tell = (change: Partial<SyncStatus>): void => subject.next({ ...subject.value, ...change });

  const round = async (signal: AbortSignal | undefined): Promise<SyncReport> => {
    if (isClosed) throw new ReknitError('sync_closed', 'this connection was closed: connect again');
    if (isPaused) throw new ReknitError('sync_paused', 'this connection is paused: resume it first');
    try {
      const report = await runRound(deps, remote, tell, signal);
      const counts = await deps.store.counts();
      tell({
        phase: 'live',
        pending: counts.localOnly,
        rejected: report.refused.length,
        openConflicts: counts.conflictsPending,
        lastSyncedAt: deps.now(),
        error: undefined,
      });
      return report;
    } catch (error) {
      const failure = failureOf(error, signal);
      const { code, message } = isReknitError(failure) ? failure : { code: 'aborted', message: 'the sync was aborted' };
      tell({ phase: code === 'policy_mismatch' ? 'refused' : 'offline', error: { code, message } });
      throw failure;
    }
  };

  /** Who waits for the round after the running one. */
  let asked: (AbortSignal | undefined)[] = [];
  const now: SyncConnection['now'] = ({ signal } = {}) => {
    if (running === undefined) {
      running = round(signal).finally(() => {
        running = undefined;
      });
      return running;
    }
    // What was written after the running round began may be missing from it: one more round serves all who ask.
    asked.push(signal);
    next ??= running
      .catch(() => undefined)
      .then(() => {
        const [only, ...others] = asked;
        next = undefined;
        asked = [];
        // Who gives up takes the round from nobody else: it can be aborted while one alone waits for it.
        return now(only === undefined || others.length > 0 ? {} : { signal: only });
      });
    return untilAborted(next, signal);
  };

  return {
    get status() {
      return subject.value;
    },
    status$: subject.asObservable(),
    now,
    synced: async (options) => {
      const report = await now(options);
      const [first] = report.refused;
      if (first !== undefined)
        throw new ReknitError(
          'events_refused',
          `the remote refused ${report.refused.length} events, first ${first.dot}: ${first.message}`,
          { refused: report.refused },
        );
    },
    pause: () => {
      isPaused = true;
      tell({ phase: 'offline' });
    },
    resume: () => {
      isPaused = false;
    },
    close: async () => {
      isClosed = true;
      await running?.catch(() => undefined);
      await remote.close();
      subject.complete();
    },
  };
};

/** What a remote throws may be anything; who asked to stop gets back the reason that was given. */
const failureOf = (error: unknown, signal: AbortSignal | undefined): unknown => {
  if (isReknitError(error) || (signal?.aborted === true && error === signal.reason)) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new ReknitError(
    'sync_failed',
    `the sync broke off (${message}): what was exchanged is kept, try again`,
    {},
    { cause: error },
  );
};

const untilAborted = <Value>(promise: Promise<Value>, signal: AbortSignal | undefined): Promise<Value> => {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
};

const runRound = async (
  deps: ReconnectionManagerDeps,
  remote: Remote,
  tell: (change: Partial<SyncStatus>) => void,
  signal: AbortSignal | undefined,
): Promise<SyncReport> => {
  const { store, policy } = deps;
  tell({ phase: 'connecting', progress: { pulled: 0, pushed: 0 } });
  await deps.log.idle();
  const { replica } = await store.facts();
  if (replica === undefined)
    throw new ReknitError('replica_missing', 'this store has no replica yet: open it with openReplica');
  const hello = await remote.hello({ replicaId: replica.replicaId, ...(signal === undefined ? {} : { signal }) });
  const policyMismatch = hello.policyFingerprint !== undefined && hello.policyFingerprint !== policy.fingerprint;
  tell({ policyMismatch, clockSkewMs: hello.clockOffsetMs });
  if (policyMismatch && deps.onPolicyMismatch === 'hold')
    throw new ReknitError(
      'policy_mismatch',
      'the remote merges under another policy: open both under the same one, or sync with onPolicyMismatch "warn"',
      {
        own: policy.fingerprint,
        theirs: hello.policyFingerprint,
      },
    );
  const before = (await store.facts()).logHead;
  const pulled = remote.capabilities.canPull ? await pullAll(deps, remote, hello, tell, signal) : nothingPulled;
  const { logHead: after, replica: own } = await store.facts();
  // Whoever has the same id, and nothing else under it, would be told that what is written here is safe there.
  if (
    own !== undefined &&
    own.lastSeq > 0 &&
    hello.remoteId === remoteIdOf(own.replicaId) &&
    hello.knownSeq === own.lastSeq
  )
    throw new ReknitError(
      'same_replica',
      'this remote is this replica itself, or a copy that has nothing of its own: connect to another one',
      { replicaId: own.replicaId },
    );
  // Where nobody else wrote meanwhile, what was pulled is one stretch of the log, and need not be read again.
  const stretch = after - before === pulled.applied ? { from: before, to: after } : undefined;
  const pushed = remote.capabilities.canPush
    ? await pushAll(deps, remote, hello, { ...pulled, stretch }, tell, signal)
    : { count: 0, refused: [] };
  const { hashes: _hashes, isAnew: _isAnew, ...counted } = pulled;
  return { ...counted, pushed: pushed.count, refused: pushed.refused };
};

interface Pulled extends Omit<SyncReport, 'pushed' | 'refused'> {
  /** What came from the remote in this round need not go back to it. */
  readonly hashes: ReadonlySet<string>;
  /** The remote is not what it was, so what it was once sent may be missing there. */
  readonly isAnew: boolean;
}

const nothingPulled: Pulled = {
  pulled: 0,
  applied: 0,
  duplicates: 0,
  parked: 0,
  rejectedCount: 0,
  conflicts: [],
  hashes: new Set(),
  isAnew: false,
};

const pullAll = async (
  { store, merger, system }: ReconnectionManagerDeps,
  remote: Remote,
  { remoteId }: RemoteHello,
  tell: (change: Partial<SyncStatus>) => void,
  signal: AbortSignal | undefined,
): Promise<Pulled> => {
  const key = `pull ${remoteId}`;
  const { replica } = await store.facts();
  // Its own events are not left out: what the remote has under this replica's id may be another's (R8).
  const { [replica?.replicaId ?? '']: _own, ...cut } = await store.readCut();
  let cursor = await store.readCursor(key);
  let isAnew = false;
  let pulled = 0;
  const total = { applied: 0, duplicates: 0, parked: 0, rejectedCount: 0 };
  const conflicts = new Set<string>();
  const hashes = new Set<string>();
  tell({ phase: 'pulling' });
  for (;;) {
    signal?.throwIfAborted();
    const request = { cursor, cut, limit: pullLimit, ...(signal === undefined ? {} : { signal }) };
    const page = await remote.pull(request).catch((error: unknown) => {
      // The remote is not what it was: everything is read again, and known events are skipped.
      if (cursor === undefined || !isReknitError(error, 'cursor_unknown')) throw error;
      cursor = undefined;
      isAnew = true;
      return remote.pull({ ...request, cursor });
    });
    if (!Array.isArray(page?.events) || typeof page.cursor !== 'string' || (page.more && page.cursor === cursor))
      throw new ReknitError(
        'remote_failed',
        'the remote gave no page of events, or one that leads nowhere: this is an error of the remote',
      );
    const inputs = page.events.map((event) => ({ result: parseEvent(event, system.sha256) }));
    for (const { result } of inputs) if (result.ok && hashes.size < rememberedMax) hashes.add(result.value.hash);
    const cursors = new Map([[key, page.cursor]]);
    const report = await merger.mergeChecked([inputs], {
      complete: (work) => ({ ...work, cursors }),
      ...(signal === undefined ? {} : { signal }),
    });
    if (page.cursor !== (await store.readCursor(key))) await moveCursor({ store, system, key, cursor: page.cursor });
    pulled += page.events.length;
    total.applied += report.applied;
    total.duplicates += report.duplicates;
    total.parked += report.parked;
    total.rejectedCount += report.rejectedCount;
    for (const id of report.conflicts) conflicts.add(id);
    tell({ progress: { pulled, pushed: 0 } });
    cursor = page.cursor;
    if (!page.more) return { pulled, ...total, conflicts: [...conflicts], hashes, isAnew };
  }
};

/** Hashes of pulled events kept in memory; beyond it some events go back and are duplicates there. */
const rememberedMax = 1_000_000;

/** A page that held nothing new makes no commit of its own, but has been read all the same. */
const moveCursor = async ({
  store,
  system,
  key,
  cursor,
}: Pick<ReconnectionManagerDeps, 'store' | 'system'> & {
  readonly key: string;
  readonly cursor: string;
}): Promise<void> =>
  commitMarks({ store, system, policy: { fingerprint: '' } }, () => ({ cursors: new Map([[key, cursor]]) }), []);

/** What came from the remote in this round, and need not go back to it. */
interface FromRemote {
  readonly hashes: ReadonlySet<string>;
  readonly isAnew: boolean;
  /** Positions after `from` up to `to` hold it, and nothing else. */
  readonly stretch: { readonly from: number; readonly to: number } | undefined;
}

const pushAll = async (
  deps: ReconnectionManagerDeps,
  remote: Remote,
  { remoteId, knownSeq }: RemoteHello,
  pulled: FromRemote,
  tell: (change: Partial<SyncStatus>) => void,
  signal: AbortSignal | undefined,
): Promise<{ readonly count: number; readonly refused: SyncReport['refused'] }> => {
  const { store, log } = deps;
  const key = `push ${remoteId}`;
  let after = pulled.isAnew ? 0 : Number((await store.readCursor(key)) ?? 0);
  let noted = after;
  let count = 0;
  const refused: { dot: Dot; code: string; message: string }[] = [];
  tell({ phase: 'pushing' });
  for (;;) {
    signal?.throwIfAborted();
    if (pulled.stretch !== undefined && after >= pulled.stretch.from && after < pulled.stretch.to)
      after = pulled.stretch.to;
    const room = pulled.stretch === undefined || after >= pulled.stretch.to ? Infinity : pulled.stretch.from - after;
    const page = await store.readEvents({ after, limit: Math.min(remote.capabilities.pushMax, room) });
    const { replica } = await store.facts();
    const isOwn = ({ event }: SealedEvent): boolean => event.replicaId === replica?.replicaId;
    const events = page.items.map(({ sealed }) => sealed).filter(({ hash }) => !pulled.hashes.has(hash));
    const ownSeq = page.items
      .map(({ sealed }) => sealed)
      .filter(isOwn)
      .reduce((most, { event }) => Math.max(most, event.seq), 0);
    if (ownSeq > 0) await log.markOffered(ownSeq, remoteId);
    const verdicts = events.length === 0 ? [] : await remote.push(events, signal);
    // Without a verdict on each nothing is known of any, and they are sent again.
    if (verdicts?.length !== events.length)
      throw new ReknitError(
        'remote_failed',
        `the remote did not give a verdict on each of ${events.length} events: this is an error of the remote`,
      );
    const denied = deniedOf(events, verdicts);
    refused.push(...denied);
    count += events.length;
    const last = page.next ?? page.items.at(-1)?.position ?? after;
    if (last !== noted) {
      // An own event that was refused is not synced, nor is one after it: numbers are taken in order.
      const firstDenied = events
        .filter((sealed) => isOwn(sealed) && denied.some(({ dot }) => dot === sealed.dot))
        .reduce((least, { event }) => Math.min(least, event.seq), Infinity);
      const syncedSeq = Math.min(Math.max(ownSeq, knownSeq), firstDenied - 1);
      const acts = count === 0 ? [] : [{ type: 'EventsSynced', count: events.length, with: remoteId } as const];
      await commitMarks(
        deps,
        () => ({ cursors: new Map([[key, String(last)]]), ...(ownSeq === 0 ? {} : { syncedSeq }) }),
        acts,
      );
      after = last;
      noted = last;
    }
    tell({ progress: { pulled: 0, pushed: count } });
    const isAtStretch = pulled.stretch !== undefined && after >= pulled.stretch.from && after < pulled.stretch.to;
    if (page.next === undefined && !isAtStretch) return { count, refused };
  }
};

const deniedOf = (
  events: readonly SealedEvent[],
  verdicts: readonly Verdict[],
): { dot: Dot; code: string; message: string }[] =>
  events.flatMap(({ dot }, index) => {
    const verdict = verdicts[index];
    return verdict?.type === 'refused' ? [{ dot, code: verdict.code, message: verdict.message }] : [];
  });
