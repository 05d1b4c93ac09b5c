/**
 * Sending: what is in this replica's log and did not come from the remote, in the order of the
 * log, batch after batch. What leaves is marked as offered before its first byte does (R7), and
 * what the remote has said of each event moves the marks in one commit, so a lost answer costs
 * a repetition and nothing else.
 */
import type { SealedEvent } from '../../domain/events/event.js';
import type { Receipt } from '../../domain/merge/unit-of-work.js';
import { ReknitError } from '../../domain/shared/errors.js';
import { commitNotes } from '../commit-notes.js';
import { offeredPage } from '../offered-page.js';
import type { RemoteHello, Verdict } from '../ports/remote.js';
import { knownSeqOf, pushKey, withMarks, type Exchange, type Greeted } from './exchange.js';
import type { RefusedEvent } from './status.js';
import { isDenied, isPassing, verdictsOn } from './verdicts.js';

export interface Pushed {
  readonly count: number;
  readonly refused: readonly RefusedEvent[];
  /** Why some are to be sent again soon: the remote had no room for them, and nobody was told that it refused them. */
  readonly postponed: ReknitError | undefined;
}

export interface PushOptions {
  /** The position to go on from, where it is not the one that was noted. */
  readonly from?: number | undefined;
}

export const pushAll = async (
  exchange: Exchange,
  greeted: Greeted,
  { from }: PushOptions,
  signal: AbortSignal | undefined,
): Promise<Pushed> => {
  const { hello } = greeted;
  const { deps, remote, origins, upkeep, tell } = exchange;
  const { store } = deps;
  const key = pushKey(hello);
  const sending = createSending(exchange, hello, signal);
  const pass = origins.beginPass();
  let noted = Number((await store.readCursor(key)) ?? 0);
  let after = from ?? noted;
  let postponedAt: number | undefined;
  let openSeq = Infinity;

  const retries = await upkeep.retries();
  if (retries.length > 0) await sending.send(retries, true);
  for (;;) {
    signal?.throwIfAborted();
    after = origins.skip(after);
    const query = { after, limit: Math.min(remote.capabilities.pushMax, origins.room(after)) };
    const { page, own, ownSeq } = await offeredPage(deps, hello.remoteId, () => store.readEvents(query));
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
    const receipts = sending.takeReceipts();
    if (mark !== noted || receipts.length > 0) {
      const cursors = [[key, String(mark)] as const, ...sending.takeMark()];
      const syncedSeq = Math.min(Math.max(ownSeq, knownSeqOf(greeted, own)), openSeq - 1);
      await commitNotes(
        deps,
        (work) => ({
          ...withMarks(exchange, cursors)(work),
          // Numbers of an id that was given up meanwhile say nothing of those that are written under the new one.
          ...(ownSeq === 0 || work.replica.replicaId !== own ? {} : { syncedSeq }),
          ...(receipts.length === 0 ? {} : { receipts }),
        }),
        items.length === 0 ? [] : [{ type: 'EventsSynced', count: items.length, with: hello.remoteId }],
      );
      noted = mark;
    }
    after = last;
    tell({ progress: { pulled: 0, pushed: sending.count() } });
    await sending.fillGaps();
    if (page.next === undefined) break;
  }
  const receipts = sending.takeReceipts();
  if (receipts.length > 0) await commitNotes(deps, (work) => ({ ...withMarks(exchange, [])(work), receipts }));
  if (postponedAt === undefined) pass.end();
  await sending.end();
  if (openSeq !== Infinity || hello.knownSeq > 0) await noteHeld(exchange, greeted, openSeq !== Infinity, signal);
  return { count: sending.count(), refused: sending.refused(), postponed: sending.postponed() };
};

/** The first own number that the remote does not have after this verdict. */
const openSeqOf = ({ event }: SealedEvent, verdict: Verdict | undefined): number => {
  if (isDenied(verdict)) return event.seq;
  return verdict?.wanted?.replicaId === event.replicaId ? verdict.wanted.fromSeq : Infinity;
};

/** What the remote says that it has of ours without a gap is synced, however it came there. */
const noteHeld = async (
  exchange: Exchange,
  greeted: Greeted,
  hadGap: boolean,
  signal: AbortSignal | undefined,
): Promise<void> => {
  const { replica, syncedSeq } = await exchange.deps.store.facts();
  if (replica === undefined || syncedSeq >= replica.offeredSeq) return;
  const held = hadGap
    ? (await exchange.remote.heads?.([replica.replicaId], signal))?.get(replica.replicaId)?.seq
    : knownSeqOf(greeted, replica.replicaId);
  const upTo = Math.min(held ?? 0, replica.offeredSeq);
  if (upTo <= syncedSeq) return;
  await commitNotes(exchange.deps, (work) =>
    work.replica.replicaId === replica.replicaId ? { ...withMarks(exchange, [])(work), syncedSeq: upTo } : undefined,
  );
};

/** Gives batches to the remote, and sees to what its verdicts ask for. */
const createSending = (exchange: Exchange, hello: RemoteHello, signal: AbortSignal | undefined) => {
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
    receipts.push(...(await upkeep.onVerdicts(hello, events, verdicts)));
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
