/**
 * Reading: page after page from the cursor on. Every page moves its cursor in the commit that
 * stores its events, so what is interrupted goes on where it was, with nothing lost and nothing
 * twice. Pages of a round and of a subscription are stored by the same rules.
 */
import { dotOf } from '../../domain/causality/dot.js';
import type { ReplicaId } from '../../domain/events/event.js';
import { parseEvent } from '../../domain/events/parse.js';
import type { VersionVector } from '../../domain/causality/version-vector.js';
import { isReknitError, ReknitError } from '../../domain/shared/errors.js';
import { commitNotes } from '../commit-notes.js';
import { createBatchSize, type BatchSize } from '../batch-size.js';
import type { EventStore } from '../ports/event-store.js';
import type { PullPage, PullRequest, RemoteHello } from '../ports/remote.js';
import { pullKey, withMarks, type Exchange } from './exchange.js';
import { heldCut } from './held-cut.js';
import { joinedPages } from './joined-pages.js';
import type { SyncReport } from './status.js';

export type Pulled = Omit<SyncReport, 'pushed' | 'refused'> & {
  /** The remote did not know how far it had been read: it is not what it was, or the part that is read is another. */
  readonly isAnew: boolean;
};

export const nothingPulled: Pulled = {
  pulled: 0,
  applied: 0,
  duplicates: 0,
  parked: 0,
  rejectedCount: 0,
  conflicts: [],
  isAnew: false,
};

export const pullAll = async (
  exchange: Exchange,
  hello: RemoteHello,
  size: BatchSize,
  signal: AbortSignal | undefined,
): Promise<Pulled> => {
  const { deps, remote, upkeep, tell } = exchange;
  await upkeep.releaseDue();
  const request = await readingOf(exchange, hello);
  let isAnew = false;
  const total = { pulled: 0, applied: 0, duplicates: 0, parked: 0, rejectedCount: 0 };
  const conflicts = new Set<string>();
  const readAnew = async (following: PullRequest): Promise<PullPage> =>
    remote.pull({ ...following, cursor: undefined, cut: await cutFor(deps.store, request.replicaId) });
  const pull = async (cursor: string | undefined): Promise<PullPage> => {
    signal?.throwIfAborted();
    const asked = { ...request, cursor, limit: size.limits().events, ...(signal === undefined ? {} : { signal }) };
    const page = await remote.pull(asked).catch((error: unknown) => {
      // The remote is not what it was: everything is read again, and known events are skipped.
      if (cursor === undefined || !isReknitError(error, 'cursor_unknown')) throw error;
      isAnew = true;
      return readAnew(asked);
    });
    if (page !== undefined && page.more && page.cursor === cursor) throw badPage('one that leads nowhere');
    return page;
  };
  for await (const page of joinedPages(pull, request.cursor, size)) {
    const report = await takePage(exchange, hello, page, { signal, size });
    total.pulled += page.events.length;
    total.applied += report.applied;
    total.duplicates += report.duplicates;
    total.parked += report.parked;
    total.rejectedCount += report.rejectedCount;
    for (const id of report.conflicts) conflicts.add(id);
    tell({ progress: { pulled: total.pulled, pushed: 0 } });
  }
  await deps.log.idle();
  return { ...total, conflicts: [...conflicts], isAnew };
};

/** Where reading goes on, and which part is read. */
export const readingOf = async (
  exchange: Exchange,
  hello: RemoteHello,
): Promise<{
  readonly cursor: string | undefined;
  readonly cut: VersionVector;
  readonly cutAt?: string;
  readonly replicaId: string;
  readonly own?: NonNullable<PullRequest['own']>;
  readonly scope?: NonNullable<NonNullable<Exchange['memory']['scope']>['asked']>;
}> => {
  const { store } = exchange.deps;
  const { replica, syncedSeq } = await store.facts();
  const replicaId = replica?.replicaId ?? '';
  const own = await ownIn(store, replicaId, syncedSeq);
  const read = exchange.memory.cursor;
  const cursor = read?.remoteId === hello.remoteId ? read.cursor : await store.readCursor(pullKey(hello));
  const cut = cursor === undefined ? await cutFor(store, replicaId) : {};
  const scope = exchange.memory.scope?.asked;
  const { head } = hello;
  return {
    cursor,
    cut,
    // Contents were compared after the greeting, and others may have sent since.
    ...(head === undefined ? {} : { cutAt: head }),
    replicaId,
    ...(own === undefined ? {} : { own }),
    ...(scope === undefined ? {} : { scope }),
  };
};

/** The last own event that the remote has said to have; nothing where it is not one content. */
export const ownIn = async (store: EventStore, replicaId: string, seq: number): Promise<PullRequest['own']> => {
  if (seq === 0) return undefined;
  const [stored, ...others] = await store.findEvents({ dots: [dotOf(replicaId as ReplicaId, seq)] });
  return stored === undefined || others.length > 0 ? undefined : { seq, hash: stored.sealed.hash };
};

/** Its own events are not left out: what the remote has under this replica's id may be another's (R8). */
const cutFor = async (store: EventStore, replicaId: string): Promise<VersionVector> => {
  const { [replicaId]: _own, ...cut } = await heldCut(store);
  return cut;
};

export interface PageReport extends Omit<SyncReport, 'pushed' | 'refused' | 'pulled'> {
  /** Whether anything but what this replica had sent stood on it. */
  readonly hasNews: boolean;
}

export interface TakingPage {
  readonly signal: AbortSignal | undefined;
  /** How much of it goes into one commit; all, if nothing else is said. */
  readonly size?: BatchSize;
  /** Whether nothing need be written where nothing is new on it. */
  readonly isLazy?: boolean;
}

/** Checks a page, stores it, and moves the cursor over it, all in one commit. */
export const takePage = (
  exchange: Exchange,
  hello: RemoteHello,
  page: PullPage,
  { signal, size = createBatchSize('concurrent'), isLazy = false }: TakingPage,
): Promise<PageReport> =>
  exchange.inTurn(async () => {
    checkPage(page);
    const { deps, upkeep, origins } = exchange;
    const { store, system, merger } = deps;
    const inputs = page.events.map((event, index) =>
      origins.isEcho(page.receipts?.[index]) ? undefined : { result: parseEvent(event, system.sha256) },
    );
    const events = inputs.map((input) => (input?.result.ok === true ? input.result.value : undefined));
    const fresh = inputs.filter((input) => input !== undefined);
    const hasExtras = (page.refusals?.length ?? 0) > 0 || Object.keys(page.skipped ?? {}).length > 0;
    if (isLazy && fresh.length === 0 && !hasExtras) {
      // Nothing but what was sent from here: where the cursor stands can be written with the next page that holds more.
      exchange.memory.cursor = { remoteId: hello.remoteId, cursor: page.cursor };
      return { ...nothingTaken, hasNews: false };
    }
    const extras = upkeep.extrasOf(hello, page, events);
    // Before the cursor moves over them: if this breaks off, they are read again.
    if ((page.refusals?.length ?? 0) > 0) await upkeep.onPage(hello, page, events);
    let isWritten = false;
    const complete: typeof extras = (work) => {
      isWritten = true;
      return withMarks(exchange, [[pullKey(hello), page.cursor]])(extras(work));
    };
    const before = (await store.facts()).logHead;
    const report = await merger.mergeChecked([fresh], {
      complete,
      size,
      ...(signal === undefined ? {} : { signal }),
    });
    // A page that held nothing new makes no commit of its own, but has been read all the same.
    if (!isWritten && (hasExtras || !isLazy) && (hasExtras || page.cursor !== (await store.readCursor(pullKey(hello)))))
      await commitNotes(deps, complete);
    const after = (await store.facts()).logHead;
    origins.came(
      events.flatMap((sealed) => sealed?.hash ?? []),
      // Where nobody else wrote meanwhile, and nothing was released that had waited here and came from elsewhere, what
      // was pulled is one stretch of the log, and need not be read again.
      after - before === pulledOf(fresh.length, report) && after - before === report.applied
        ? { from: before, to: after }
        : undefined,
    );
    exchange.memory.cursor = { remoteId: hello.remoteId, cursor: page.cursor };
    await upkeep.onPage(hello, page, events);
    const { applied, duplicates, parked, rejectedCount, conflicts } = report;
    return { applied, duplicates, parked, rejectedCount, conflicts, hasNews: fresh.length > 0 || hasExtras };
  });

/** How many events of a page were applied; what they released is counted as applied too. */
const pulledOf = (
  events: number,
  { duplicates, parked, rejectedCount }: Pick<SyncReport, 'duplicates' | 'parked' | 'rejectedCount'>,
): number => events - duplicates - parked - rejectedCount;

const nothingTaken = { applied: 0, duplicates: 0, parked: 0, rejectedCount: 0, conflicts: [] };

const checkPage = (page: PullPage | undefined): void => {
  if (!Array.isArray(page?.events) || typeof page.cursor !== 'string') throw badPage('none');
};

const badPage = (what: string): ReknitError =>
  new ReknitError(
    'remote_failed',
    `the remote gave no usable page of events, but ${what}: this is an error of the remote`,
  );
