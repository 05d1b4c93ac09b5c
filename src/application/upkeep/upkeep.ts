/**
 * What a replica sees to at each contact with a remote, beside exchanging events: who it is
 * (R8), what time it is (R7), what the remote refused (R9) or has lost, and which part of the
 * log it reads (R38). The sync asks for it at fixed points of its round:
 *
 * U1. `adoptScope` before the first page is asked for; what it answers is the scope to ask for.
 * U2. `caller` gives what to say at the handshake, `onHello` follows it, before anything is
 *     pulled or pushed.
 * U3. `extrasOf` goes into the commit that stores a page (`complete` of `mergeChecked`), also
 *     into the one that only moves its cursor; `onPage` follows that commit.
 * U4. `refill`, where `onHello` said so, after pulling and before the ordinary push, which goes on
 *     at the position that it answers.
 * U5. `onVerdicts` after each push; the receipts that it answers go into the commit that moves its
 *     cursor and `syncedSeq`.
 * U6. An event whose place is `refused` is not pushed, but for those of `retries`, with `isRetry`.
 */
import { dotOf } from '../../domain/causality/dot.js';
import type { ReplicaId, SealedEvent } from '../../domain/events/event.js';
import type { EventName, Receipt, UnitOfWork } from '../../domain/merge/unit-of-work.js';
import { correctClock, releaseDue, type CorrectedClock } from './clock-correction.js';
import { contradictsHello, heldUnderOurId } from '../identity/identity-news.js';
import type { MergeDeps } from '../merge-driver.js';
import { commitNotes } from '../commit-notes.js';
import type { OfflineEventLog } from '../offline-event-log.js';
import type {
  PublishedRefusal,
  PullPage,
  Remote,
  RemoteCaller,
  RemoteHello,
  SyncScope,
  Verdict,
} from '../ports/remote.js';
import type { Refusals } from '../refusals/refusals.js';
import { adoptScope, skippedRanges } from './scope.js';
import { disputedReplicas } from '../sync/disputed.js';
import { heldKey, writtenHeld } from '../sync/held.js';
import { refillRemote, type RefillReport } from '../sync/refill.js';

/** What a handshake showed. */
export interface HelloFindings {
  /** The remote has lost something that this replica may hold: call `refill` before pushing on. */
  readonly needsRefill: boolean;
  /** By how much the wall clock is off, in milliseconds, as far as the remote told. */
  readonly clockSkewMs: number | undefined;
}

type PageEvents = readonly (SealedEvent | undefined)[];

/** A replica's own facts at a handshake: places in logs, copies, clocks, gaps. */
export interface Upkeep {
  /** What this replica says of itself; the mark is that of the remote that was last talked to. */
  readonly caller: () => Promise<RemoteCaller>;
  /** The furthest place that this remote ever named. */
  readonly markFor: (hello: RemoteHello) => Promise<string | undefined>;
  /** Settles which part is read, widened by the types that the policy refers to; undefined for everything. */
  readonly adoptScope: (scope: SyncScope | undefined) => Promise<SyncScope | undefined>;
  /** @param saidAs the id under which this replica said hello */
  readonly onHello: (
    remote: Remote,
    hello: RemoteHello,
    saidAs: ReplicaId,
    signal?: AbortSignal,
  ) => Promise<HelloFindings>;
  /** @param events what the page's events were parsed to, in their order; undefined for what is none */
  readonly extrasOf: (hello: RemoteHello, page: PullPage, events: PageEvents) => (work: UnitOfWork) => UnitOfWork;
  /** Takes refused own events out of the state, and back in where the remote has accepted them. */
  readonly onPage: (hello: RemoteHello, page: PullPage, events: PageEvents) => Promise<void>;
  readonly refill: (remote: Remote, hello: RemoteHello, signal?: AbortSignal) => Promise<RefillReport>;
  /** Receipts to send with these events, in their order; undefined where there is none. */
  readonly receiptsFor: (
    hello: RemoteHello,
    events: readonly SealedEvent[],
  ) => Promise<readonly (string | undefined)[]>;
  readonly onVerdicts: (
    hello: RemoteHello,
    events: readonly SealedEvent[],
    verdicts: readonly Verdict[],
  ) => Promise<readonly Receipt[]>;
  /** The cursor that holds the furthest place that the remote named in answer to a push, to be written with other notes. */
  readonly markCursor: (hello: RemoteHello, mark: string) => readonly [key: string, mark: string];
  /** Writes it by itself. */
  readonly noteMark: (hello: RemoteHello, mark: string) => Promise<void>;
  /** Refused own events that somebody asked to be sent again, parents first. */
  readonly retries: () => Promise<readonly SealedEvent[]>;
  /** Events that the remote asked for by number, as far as they are held, in order. */
  readonly wanted: (wanted: NonNullable<Verdict['wanted']>, limit: number) => Promise<readonly SealedEvent[]>;
  /** Applies events whose time has come (R10). */
  readonly releaseDue: () => Promise<void>;
}

/** What upkeep needs. */
export interface UpkeepDeps extends MergeDeps {
  readonly log: OfflineEventLog;
  readonly clock: CorrectedClock;
  readonly refusals: Refusals;
  /** @param givenUp the id that is to be left, if it is still this replica's */
  readonly goOnUnderNewId: (theirs: readonly SealedEvent[], givenUp: ReplicaId) => Promise<void>;
}

/** Cursors that are none: the last mark and the epoch of a remote, and that it is to be refilled. */
const markOf = (remoteId: string): string => `mark ${remoteId}`;
const epochOf = (remoteId: string): string => `epoch ${remoteId}`;
const refillOf = (remoteId: string): string => `refill ${remoteId}`;
const lastRemote = 'last remote';
const isDone = '';
/** A refill that is to be done: replicas under whose numbers the remote may have other events, as a JSON list. */
const dueFor = (disputed: ReadonlySet<string>): string => JSON.stringify([...disputed]);
const disputedIn = (due: string | undefined): readonly string[] | undefined =>
  due === undefined || due === isDone ? undefined : due.startsWith('[') ? (JSON.parse(due) as readonly string[]) : [];

/** What a replica learns of itself when it meets a remote, and what it does about it. */
export const createUpkeep = (deps: UpkeepDeps): Upkeep => {
  const { store, clock, refusals } = deps;
  const note = (cursors: ReadonlyMap<string, string>): Promise<void> =>
    commitNotes(deps, (work) => ({ ...work, cursors }));

  const onVerdicts: Upkeep['onVerdicts'] = async ({ remoteId }, events, verdicts) => {
    await refusals.applyRefusals({
      by: remoteId,
      refused: events.flatMap((sealed, index) => publishedBy(sealed, verdicts[index])),
      accepted: events.filter((_, index) => isHeld(verdicts[index])),
      isVerdict: true,
    });
    return events.flatMap((sealed, index) => receiptOf(remoteId, sealed, verdicts[index]?.receipt));
  };

  return {
    caller: async () => {
      const { replica, policy } = await store.facts();
      if (replica === undefined) return { replicaId: '' };
      const own = await store.findEvents({ dots: [dotOf(replica.replicaId, replica.lastSeq)] });
      const lastHash = own.length === 1 ? own[0]?.sealed.hash : undefined;
      const remoteId = await store.readCursor(lastRemote);
      const mark = remoteId === undefined ? undefined : await store.readCursor(markOf(remoteId));
      return {
        replicaId: replica.replicaId,
        policyFingerprint: policy?.fingerprint ?? deps.policy.fingerprint,
        lastSeq: replica.lastSeq,
        ...(lastHash === undefined ? {} : { lastHash }),
        ...(mark === undefined ? {} : { mark }),
        nowMs: deps.system.clock(),
      };
    },
    markFor: ({ remoteId }) => store.readCursor(markOf(remoteId)),
    adoptScope: (scope) => adoptScope(deps, scope),
    onHello: async (remote, hello, saidAs, signal) => {
      const { remoteId, epoch, mark, clockOffsetMs } = hello;
      await clock.refresh();
      const correction = clockOffsetMs === undefined ? undefined : await correctClock(deps, clock, clockOffsetMs);
      if (await contradictsHello(store, hello, saidAs)) {
        const theirs = await heldUnderOurId(deps, remote, signal);
        // Asked again: another process on the same data may have been at it meanwhile.
        if (await contradictsHello(store, hello, saidAs)) await deps.goOnUnderNewId(theirs, saidAs);
      }
      const { replica, syncedSeq } = await store.facts();
      const lastEpoch = await store.readCursor(epochOf(remoteId));
      const hasLost =
        remote.heads !== undefined &&
        (mark === 'unknown' ||
          (lastEpoch !== undefined && epoch !== undefined && lastEpoch !== epoch) ||
          (hello.knownSeq < syncedSeq && replica !== undefined));
      const wasDue = disputedIn(await store.readCursor(refillOf(remoteId)));
      const needsRefill = hasLost || wasDue !== undefined;
      const isAsked = needsRefill && remote.capabilities.canPush;
      const found = isAsked ? await disputedReplicas(store, remote, signal) : [];
      const disputed = new Set([...(wasDue ?? []), ...found]);
      const isNew = (await store.readCursor(lastRemote)) !== remoteId || lastEpoch !== epoch;
      // Durable before anything moves the mark: a refill that breaks off begins again.
      const isNewlyDue = needsRefill && (wasDue === undefined || disputed.size > wasDue.length);
      if (isNewlyDue || isNew)
        await note(
          new Map([
            [lastRemote, remoteId],
            ...(epoch === undefined ? [] : [[epochOf(remoteId), epoch] as const]),
            ...(isNewlyDue ? [[refillOf(remoteId), dueFor(disputed)] as const] : []),
          ]),
        );
      const offset = replica?.clockOffsetMs ?? 0;
      return {
        needsRefill,
        clockSkewMs: correction?.skewMs ?? (clockOffsetMs === undefined ? undefined : offset + clockOffsetMs),
      };
    },
    extrasOf: ({ remoteId }, page, events) => {
      const receipts: Receipt[] = events.flatMap((sealed, index) =>
        sealed === undefined ? [] : receiptOf(remoteId, sealed, page.receipts?.[index]),
      );
      // Of an event that was refused, and accepted later, the last word counts; it stands on this page or a later one.
      const accepted = new Set(receipts.map(({ hash }) => hash));
      for (const refusal of page.refusals ?? [])
        if (!accepted.has(refusal.hash)) receipts.push(...receiptOf(remoteId, refusal, refusal.receipt));
      const skipped = skippedRanges(page.skipped);
      return (work) => ({
        ...work,
        ...(receipts.length === 0 ? {} : { receipts: [...(work.receipts ?? []), ...receipts] }),
        ...(skipped.length === 0 ? {} : { skipped: [...(work.skipped ?? []), ...skipped] }),
        ...(page.mark === undefined
          ? {}
          : { cursors: new Map([...(work.cursors ?? []), [markOf(remoteId), page.mark]]) }),
      });
    },
    onPage: ({ remoteId }, page, events) =>
      refusals.applyRefusals({
        by: remoteId,
        refused: page.refusals ?? [],
        accepted: events.filter((sealed) => sealed !== undefined),
        isVerdict: false,
      }),
    refill: async (remote, hello, signal) => {
      const { remoteId } = hello;
      const report = await refillRemote({
        store,
        log: deps.log,
        remote,
        remoteId,
        disputed: new Set(disputedIn(await store.readCursor(refillOf(remoteId)))),
        signal,
        onVerdicts: async (events, verdicts) => {
          const receipts = await onVerdicts(hello, events, verdicts);
          if (receipts.length > 0) await commitNotes(deps, (work) => ({ ...work, receipts }));
        },
        onMark: (mark) => note(new Map([[markOf(remoteId), mark]])),
      });
      const { pushed, refused } = report;
      const { replica } = await store.facts();
      const own = replica?.replicaId ?? '';
      const head = (await remote.heads?.([own], signal))?.get(own);
      const key = heldKey(remote, remoteId);
      await commitNotes(
        deps,
        (work) => ({
          ...work,
          cursors: new Map([
            ...(report.upTo === undefined ? [] : [[refillOf(remoteId), isDone] as const]),
            ...(head === undefined || key === undefined
              ? []
              : [
                  [
                    key,
                    writtenHeld({ remoteId, replicaId: own, seq: Math.min(head.seq, work.replica.offeredSeq) }),
                  ] as const,
                ]),
          ]),
          // What it has of ours without a gap, whoever gave it back.
          ...(head === undefined || work.replica.replicaId !== own
            ? {}
            : { syncedSeq: Math.min(head.seq, work.replica.offeredSeq) }),
        }),
        [{ type: 'RemoteRefilled', with: remoteId, pushed, refused }],
      );
      return report;
    },
    receiptsFor: async ({ remoteId }, events) => {
      // The author needs none: its own token stands for it.
      const { replica } = await store.facts();
      const foreign = events.filter(({ event }) => event.replicaId !== replica?.replicaId);
      if (foreign.length === 0) return events.map(() => undefined);
      const receipts = await store.readReceipts(remoteId, foreign);
      return events.map(({ hash }) => receipts.get(hash));
    },
    onVerdicts,
    markCursor: ({ remoteId }, mark) => [markOf(remoteId), mark],
    noteMark: async ({ remoteId }, mark) => {
      if ((await store.readCursor(markOf(remoteId))) !== mark) await note(new Map([[markOf(remoteId), mark]]));
    },
    retries: refusals.retries,
    wanted: async ({ replicaId, fromSeq }, limit) => {
      const last = Math.min((await store.readReplicas())[replicaId] ?? 0, fromSeq + limit - 1);
      const dots = [];
      for (let seq = fromSeq; seq <= last; seq += 1) dots.push(dotOf(replicaId as ReplicaId, seq));
      const stored = dots.length === 0 ? [] : await store.findEvents({ dots });
      return stored.map(({ sealed }) => sealed).sort((a, b) => a.event.seq - b.event.seq);
    },
    releaseDue: async () => {
      await releaseDue(deps);
    },
  };
};

const receiptOf = (remoteId: string, { dot, hash }: EventName, receipt: string | undefined): readonly Receipt[] =>
  typeof receipt === 'string' ? [{ remoteId, dot, hash, receipt }] : [];

const isHeld = (verdict: Verdict | undefined): boolean => verdict?.type === 'accepted' || verdict?.type === 'duplicate';

const publishedBy = ({ dot, hash, event }: SealedEvent, verdict: Verdict | undefined): readonly PublishedRefusal[] =>
  verdict?.type === 'refused' && verdict.published === true
    ? [{ dot, hash, eventId: event.eventId, code: verdict.code, message: verdict.message }]
    : [];
