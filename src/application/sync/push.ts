/**
 * Sending: what is in this replica's log and did not come from the remote, in the order of the
 * log, batch after batch. What leaves is marked as offered before its first byte does (R7), and
 * what the remote has said of each event moves the marks in one commit, so a lost answer costs
 * a repetition and nothing else.
 */
import type { ReplicaId, SealedEvent } from '../../domain/events/event.js';
import type { Receipt } from '../../domain/merge/unit-of-work.js';
import { ReknitError } from '../../domain/shared/errors.js';
import type { BatchSize } from '../batch-size.js';
import { commitNotes } from '../commit-notes.js';
import { eventPage } from '../pages.js';
import { offeredPage } from '../upkeep/offered-page.js';
import type { RemoteHello, Verdict } from '../ports/remote.js';
import { knownSeqOf, pushKey, withMarks, type Exchange, type Greeted } from './exchange.js';
import { heldKey, readHeldSeq, writtenHeld } from './held.js';
import type { RefusedEvent } from './status.js';
import { openUntakenBook, type UntakenBook } from './untaken-book.js';
import { isPassing, verdictsOn } from './verdicts.js';

export interface Pushed {
  readonly count: number;
  readonly refused: readonly RefusedEvent[];
  /** Why some are to be sent again soon: the remote had no room for them, and nobody was told that it refused them. */
  readonly postponed: ReknitError | undefined;
}

export interface PushOptions {
  /** The position to go on from, where it is not the one that was noted. */
  readonly from?: number | undefined;
  readonly size: BatchSize;
  /** Whether own events that the remote did not take are offered again. */
  readonly isWhole: boolean;
}

export const pushAll = async (
  exchange: Exchange,
  greeted: Greeted,
  { from, isWhole, size }: PushOptions,
  signal: AbortSignal | undefined,
): Promise<Pushed> => {
  const { hello } = greeted;
  const { deps, remote, origins, upkeep, tell } = exchange;
  const { store } = deps;
  const key = pushKey(hello);
  const untaken = await openUntakenBook(exchange, greeted);
  const sending = createSending(exchange, hello, untaken, signal);
  const pass = origins.beginPass();
  let noted = Number((await store.readCursor(key)) ?? 0);
  let after = from ?? noted;
  let postponedAt: number | undefined;
  let openSeq = Infinity;
  const held = await openHeld(exchange, greeted);

  const retries = await upkeep.retries();
  if (retries.length > 0) await sending.send(retries, true);
  const wasHeldBack = untaken.first() !== undefined;
  if (isWhole) await sending.offerAgain();
  for (;;) {
    signal?.throwIfAborted();
    after = origins.skip(after);
    const { events, bytes } = size.limits();
    const query = { after, limit: Math.min(remote.capabilities.pushMax, events, origins.room(after)) };
    const { page, own, ownSeq } = await offeredPage(deps, hello.remoteId, () => eventPage(store, query, bytes));
    const items = page.items.filter(({ place, sealed }) => place !== 'refused' && !origins.has(sealed));
    const verdicts = await sending.send(
      items.map(({ sealed }) => sealed),
      false,
    );
    const last = page.next ?? page.items.at(-1)?.position ?? after;
    const passing = items.find((_, index) => isPassing(verdicts[index]));
    postponedAt ??= passing === undefined ? undefined : passing.position - 1;
    const mark = Math.min(last, postponedAt ?? last);
    // What was refused is not synced, nor is what comes after it: numbers are taken in order.
    for (const [index, { sealed }] of items.entries())
      if (sealed.event.replicaId === own) openSeq = Math.min(openSeq, openSeqOf(sealed, verdicts[index]));
    openSeq = Math.min(openSeq, untaken.first() ?? Infinity);
    const receipts = sending.takeReceipts();
    const heldBack = untaken.takeChange();
    if (mark !== noted || receipts.length > 0 || heldBack.cursors.length > 0) {
      const syncedSeq = Math.min(Math.max(ownSeq, knownSeqOf(greeted, own)), openSeq - 1);
      const marks = [[key, String(mark)] as const, ...sending.takeMark(), ...heldBack.cursors];
      const cursors = ownSeq === 0 ? marks : [...marks, ...held.upTo(syncedSeq, own)];
      const count = verdicts.filter(({ type }) => type !== 'refused').length;
      await commitNotes(
        deps,
        (work) => ({
          ...withMarks(exchange, cursors)(work),
          // Numbers of an id that was given up meanwhile say nothing of those that are written under the new one.
          ...(ownSeq === 0 || work.replica.replicaId !== own ? {} : { syncedSeq }),
          ...(receipts.length === 0 ? {} : { receipts }),
        }),
        [...(count === 0 ? [] : [{ type: 'EventsSynced', count, with: hello.remoteId } as const]), ...heldBack.acts],
      );
      noted = mark;
    }
    after = last;
    tell({ progress: { pulled: 0, pushed: sending.count() } });
    await sending.fillGaps();
    if (page.next === undefined) break;
  }
  const receipts = sending.takeReceipts();
  const { cursors, acts } = untaken.takeChange();
  if (receipts.length > 0 || cursors.length > 0)
    await commitNotes(deps, (work) => ({ ...withMarks(exchange, cursors)(work), receipts }), acts);
  if (postponedAt === undefined) pass.end();
  await sending.end();
  const hadGap = openSeq !== Infinity || wasHeldBack;
  if (hadGap || hello.knownSeq > 0)
    await noteHeld(exchange, greeted, held, { hadGap, filledUpTo: sending.filledUpTo() }, signal);
  return { count: sending.count(), refused: withUntaken(sending.refused(), untaken), postponed: sending.postponed() };
};

/** What was refused just now, and what is held back since earlier. */
const withUntaken = (refused: readonly RefusedEvent[], { listed }: UntakenBook): readonly RefusedEvent[] => {
  const told = new Set(refused.map(({ dot }) => dot));
  return [...refused, ...listed().filter(({ dot }) => !told.has(dot))];
};

/** The first own number that the remote does not have after this verdict. */
const openSeqOf = ({ event }: SealedEvent, verdict: Verdict | undefined): number => {
  if (isPassing(verdict)) return event.seq;
  return verdict?.wanted?.replicaId === event.replicaId ? verdict.wanted.fromSeq : Infinity;
};

/** How far the remote has own events, as it is written down, and the cursors that move it on. */
interface HeldBook {
  readonly seq: (own: ReplicaId) => number;
  readonly upTo: (seq: number, own: ReplicaId | undefined) => readonly (readonly [key: string, held: string])[];
}

const openHeld = async ({ deps: { store }, remote }: Exchange, { hello: { remoteId } }: Greeted): Promise<HeldBook> => {
  const key = heldKey(remote, remoteId);
  const { replica } = await store.facts();
  let of = replica?.replicaId;
  let held = await readHeldSeq(store, remote, remoteId, of);
  return {
    seq: (own) => (own === of ? held : 0),
    upTo: (seq, own) => {
      if (key === undefined || own === undefined || (own === of && seq <= held)) return [];
      of = own;
      held = seq;
      return [[key, writtenHeld({ remoteId, replicaId: own, seq })]];
    },
  };
};

/** What the remote says that it has of ours without a gap is synced, however it came there. */
const noteHeld = async (
  exchange: Exchange,
  greeted: Greeted,
  held: HeldBook,
  { hadGap, filledUpTo }: { readonly hadGap: boolean; readonly filledUpTo: number },
  signal: AbortSignal | undefined,
): Promise<void> => {
  const { replica, syncedSeq } = await exchange.deps.store.facts();
  if (replica === undefined) return;
  const noted = Math.min(syncedSeq, held.seq(replica.replicaId));
  if (noted >= replica.offeredSeq) return;
  const told = async (): Promise<number | undefined> =>
    exchange.remote.heads === undefined
      ? filledUpTo
      : (await exchange.remote.heads([replica.replicaId], signal)).get(replica.replicaId)?.seq;
  const said = hadGap ? await told() : knownSeqOf(greeted, replica.replicaId);
  const upTo = Math.min(said ?? 0, replica.offeredSeq);
  if (upTo <= noted) return;
  const cursors = held.upTo(upTo, replica.replicaId);
  await commitNotes(exchange.deps, (work) =>
    work.replica.replicaId === replica.replicaId
      ? { ...withMarks(exchange, cursors)(work), syncedSeq: Math.max(upTo, syncedSeq) }
      : undefined,
  );
};

/** Gives batches to the remote, and sees to what its verdicts ask for. */
const createSending = (
  exchange: Exchange,
  hello: RemoteHello,
  untaken: UntakenBook,
  signal: AbortSignal | undefined,
) => {
  const { deps, remote, origins, upkeep } = exchange;
  const refused: RefusedEvent[] = [];
  /** To be written with the next marks. */
  let receipts: Receipt[] = [];
  let count = 0;
  /** The furthest place that the remote named, until it is written. */
  let mark: string | undefined;
  let postponed: ReknitError | undefined;
  /** For each replica, from which number on the remote misses events. */
  const gaps = new Map<string, number>();
  const asked = new Set<string>();
  let filledUpTo = 0;

  const send = async (events: readonly SealedEvent[], isRetry: boolean): Promise<readonly Verdict[]> => {
    if (events.length === 0) return [];
    const known = await upkeep.receiptsFor(hello, events);
    const verdicts = await verdictsOn(remote, events, signal, {
      ...(known.some((receipt) => receipt !== undefined) ? { receipts: known } : {}),
      ...(isRetry ? { isRetry } : {}),
      onMark: (given) => {
        mark = given;
      },
    });
    for (const receipt of await upkeep.onVerdicts(hello, events, verdicts)) receipts.push(receipt);
    untaken.note(events, verdicts);
    count += events.length;
    const taken: string[] = [];
    for (const [index, { dot }] of events.entries()) {
      const verdict = verdicts[index];
      if (verdict?.receipt !== undefined) taken.push(verdict.receipt);
      if (verdict?.type === 'refused') {
        refused.push({ dot, code: verdict.code, message: verdict.message });
        if (isPassing(verdict)) postponed = new ReknitError(verdict.code, verdict.message, { dot });
      }
      if (verdict?.wanted !== undefined) {
        const { replicaId, fromSeq } = verdict.wanted;
        gaps.set(replicaId, Math.min(gaps.get(replicaId) ?? Infinity, fromSeq));
      }
    }
    origins.went(taken);
    return verdicts;
  };

  return {
    send,
    /** Sends what the remote named as missing, once for each place where something is. */
    fillGaps: async (): Promise<void> => {
      for (const [replicaId, fromSeq] of gaps) {
        gaps.delete(replicaId);
        const place = `${replicaId}:${fromSeq}`;
        if (asked.has(place)) continue;
        asked.add(place);
        const events = await upkeep.wanted({ replicaId, fromSeq }, remote.capabilities.pushMax);
        // Ours may have been written since the last batch was marked as offered.
        const { replica } = await deps.store.facts();
        if (replica?.replicaId === replicaId) await deps.log.markOffered(events.at(-1)?.event.seq ?? 0, hello.remoteId);
        await send(events, false);
      }
    },
    /**
     * Own events that the remote did not take: the first of them alone, since most often it still does not, and if it
     * does, what was offered after it.
     */
    offerAgain: async (): Promise<void> => {
      let fromSeq = untaken.first();
      if (fromSeq === undefined) return;
      const { replica } = await deps.store.facts();
      if (replica === undefined) return;
      for (let limit = 1; fromSeq <= replica.offeredSeq; limit = remote.capabilities.pushMax) {
        signal?.throwIfAborted();
        const most = Math.min(limit, replica.offeredSeq - fromSeq + 1);
        const events = await upkeep.wanted({ replicaId: replica.replicaId, fromSeq }, most);
        const verdicts = await send(events, false);
        if (limit === 1 && untaken.first() === fromSeq) return;
        if (verdicts.some(isPassing)) return;
        fromSeq += most;
      }
      if (untaken.first() === undefined && gaps.get(replica.replicaId) === undefined) filledUpTo = replica.offeredSeq;
    },
    /** Up to which own number everything was given again, and taken. */
    filledUpTo: () => filledUpTo,
    end: async (): Promise<void> => {
      if (mark !== undefined) await upkeep.noteMark(hello, mark);
    },
    /** To be written with what the remote said of the events before it. */
    takeMark: (): readonly (readonly [key: string, mark: string])[] => {
      const taken = mark === undefined ? [] : [upkeep.markCursor(hello, mark)];
      mark = undefined;
      return taken;
    },
    takeReceipts: (): readonly Receipt[] => {
      const taken = receipts;
      receipts = [];
      return taken;
    },
    count: () => count,
    refused: () => refused,
    postponed: () => postponed,
  };
};
