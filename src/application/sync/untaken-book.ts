/** What becomes, in one pass of sending, of own events that a remote has not taken (see `untaken.ts`). */
import { dotOf } from '../../domain/causality/dot.js';
import type { AuditAct } from '../../domain/audit/audit-act.js';
import { msToTimestamp } from '../../domain/clock/timestamp.js';
import type { ReplicaId, SealedEvent } from '../../domain/events/event.js';
import type { Verdict } from '../ports/remote.js';
import type { Exchange, Greeted } from './exchange.js';
import type { RefusedEvent } from './status.js';
import { readUntaken, untakenKey, writtenUntaken, type UntakenReason } from './untaken.js';
import { isDenied, isPassing } from './verdicts.js';

export interface UntakenBook {
  readonly note: (events: readonly SealedEvent[], verdicts: readonly Verdict[]) => void;
  /** The first number that it does not take; undefined where it takes all. */
  readonly first: () => number | undefined;
  readonly listed: () => readonly RefusedEvent[];
  /** To be written with the next marks; nothing where nothing changed. */
  readonly takeChange: () => { readonly cursors: readonly (readonly [string, string])[]; readonly acts: AuditAct[] };
}

/** Longer words of a remote are cut. */
const messageCharsMax = 500;

export const openUntakenBook = async (
  { deps: { store, system }, remote }: Exchange,
  { hello: { remoteId } }: Greeted,
): Promise<UntakenBook> => {
  const key = untakenKey(remote, remoteId);
  const { replica } = await store.facts();
  const own = replica?.replicaId ?? ('' as ReplicaId);
  const found = await readUntaken(store, key);
  // Another one at the same address is given everything anyway.
  const events = new Map<number, UntakenReason>(found?.by === remoteId ? found.events : []);
  let written = found === undefined ? '' : writtenUntaken(own, found.by, found.events);
  let fresh: { readonly seq: number; readonly reason: UntakenReason }[] = [];

  return {
    note: (given, verdicts) => {
      for (const [index, { event }] of given.entries()) {
        const verdict = verdicts[index];
        if (event.replicaId !== own || isPassing(verdict)) continue;
        if (verdict?.type !== 'refused' || !isDenied(verdict)) {
          events.delete(event.seq);
          continue;
        }
        const before = events.get(event.seq);
        const { code } = verdict;
        const message = verdict.message.slice(0, messageCharsMax).toWellFormed();
        if (before?.code === code && before.message === message) continue;
        const reason = { code, message, at: msToTimestamp(system.clock()) };
        events.set(event.seq, reason);
        if (before === undefined) fresh.push({ seq: event.seq, reason });
      }
    },
    first: () => (events.size === 0 ? undefined : Math.min(...events.keys())),
    listed: () =>
      [...events]
        .sort(([a], [b]) => a - b)
        .map(([seq, { code, message }]) => ({ dot: dotOf(own, seq), code, message })),
    takeChange: () => {
      const now = writtenUntaken(own, remoteId, events);
      if (key === undefined || now === written) return { cursors: [], acts: [] };
      written = now;
      const [first] = fresh;
      const count = fresh.length;
      fresh = [];
      if (first === undefined) return { cursors: [[key, now]], acts: [] };
      const { code, message } = first.reason;
      const act: AuditAct = {
        type: 'EventsNotTaken',
        count,
        first: dotOf(own, first.seq),
        code,
        message,
        by: remoteId,
      };
      return { cursors: [[key, now]], acts: [act] };
    },
  };
};
