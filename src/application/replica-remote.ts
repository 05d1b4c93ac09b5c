/**
 * This replica as a remote for another one: what it holds, in the order of its log, and a
 * door for what the other holds. Positions of the log are the cursor, so variants of a fork
 * and parked events travel like everything else.
 */
import type { SealedEvent } from '../domain/events/event.js';
import { countIn } from '../domain/causality/version-vector.js';
import { ReknitError } from '../domain/shared/errors.js';
import type { EventMerger } from './event-merger.js';
import type { OfflineEventLog } from './offline-event-log.js';
import type { EventStore } from './ports/event-store.js';
import type { Remote, Verdict } from './ports/remote.js';
import type { System } from './ports/system.js';

export interface ReplicaRemoteDeps {
  readonly store: EventStore;
  readonly log: OfflineEventLog;
  readonly merger: EventMerger;
  readonly policyFingerprint: string;
  readonly system: System;
}

export const createReplicaRemote = ({ store, log, merger, policyFingerprint, system }: ReplicaRemoteDeps): Remote => {
  const idOf = async (): Promise<string> => {
    const { replica } = await store.facts();
    if (replica === undefined) throw new ReknitError('replica_missing', 'the other store has no replica yet: open it with openReplica');
    return replica.replicaId;
  };

  return {
    capabilities: { canPull: true, canPush: true, pushMax: 10_000 },
    hello: async ({ replicaId }) => ({
      remoteId: `replica:${await idOf()}`,
      policyFingerprint,
      knownSeq: countIn(await store.readCut(), replicaId),
      clockOffsetMs: 0,
    }),
    pull: async ({ cursor, cut, limit, signal }) => {
      signal?.throwIfAborted();
      const id = await idOf();
      const after = cursor === undefined ? 0 : positionIn(cursor, id);
      const { logHead } = await store.facts();
      const page = await store.readEvents({ after, limit, ...(cursor === undefined ? { since: cut } : {}) });
      const own = page.items.filter(({ sealed }) => sealed.event.replicaId === id).map(({ sealed }) => sealed.event.seq);
      if (own.length > 0) await log.markOffered(own.reduce((most, seq) => Math.max(most, seq), 0), 'another replica');
      const position = page.next ?? page.items.at(-1)?.position ?? after;
      return {
        events: page.items.map(({ sealed }) => sealed.event),
        // A first reading by cut is not to be continued by position before its end.
        cursor: cursorOf(id, page.next === undefined ? Math.max(position, cursor === undefined ? logHead : 0) : position),
        more: page.next !== undefined,
      };
    },
    push: async (events, signal) => {
      signal?.throwIfAborted();
      return pushInto({ store, merger }, events);
    },
    close: async () => {
      system.logger.debug('a replica that served as a remote stays open');
    },
  };
};

const cursorOf = (id: string, position: number): string => JSON.stringify([id, position]);

const positionIn = (cursor: string, id: string): number => {
  const parsed: unknown = JSON.parse(cursor);
  if (!Array.isArray(parsed) || parsed[0] !== id || typeof parsed[1] !== 'number')
    throw new ReknitError('cursor_unknown', 'this cursor belongs to another replica: read from the beginning');
  return parsed[1];
};

const pushInto = async (
  { store, merger }: { readonly store: EventStore; readonly merger: EventMerger },
  events: readonly SealedEvent[],
): Promise<readonly Verdict[]> => {
  const before = new Set((await store.findEvents({ dots: events.map(({ dot }) => dot) })).map(({ sealed }) => sealed.hash));
  const report = await merger.mergeChecked([events.map((value) => ({ result: { ok: true, value } as const }))]);
  const refused = new Map(report.rejected.map(({ event, error }) => [event, error]));
  const stored = new Map((await store.findEvents({ dots: events.map(({ dot }) => dot) })).map((found) => [found.sealed.hash, found]));
  return events.map((sealed): Verdict => {
    if (before.has(sealed.hash)) return { type: 'duplicate' };
    const found = stored.get(sealed.hash);
    if (found !== undefined) return { type: found.place === 'parked' ? 'parked' : 'accepted' };
    const error = refused.get(sealed.event);
    return { type: 'refused', code: error?.code ?? 'not_stored', message: error?.message ?? 'the event was not taken' };
  });
};
