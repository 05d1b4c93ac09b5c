/**
 * This replica as a remote for another one: what it holds, in the order of its log, and a
 * door for what the other holds. Positions of the log are the cursor, so variants of a fork
 * and parked events travel like everything else.
 */
import { dotOf } from '../domain/causality/dot.js';
import type { ReplicaId, SealedEvent } from '../domain/events/event.js';
import { countIn, type VersionVector } from '../domain/causality/version-vector.js';
import { ReknitError } from '../domain/shared/errors.js';
import { batchMax, createBatchSize } from './batch-size.js';
import type { EventMerger } from './event-merger.js';
import { offeredPage } from './upkeep/offered-page.js';
import { eventPage } from './pages.js';
import type { OfflineEventLog } from './offline-event-log.js';
import type { EventStore, StoredEvent } from './ports/event-store.js';
import type { PullRequest, Remote, Verdict } from './ports/remote.js';
import type { System } from './ports/system.js';

export interface ReplicaRemoteDeps {
  readonly store: EventStore;
  readonly log: OfflineEventLog;
  readonly merger: EventMerger;
  readonly policyFingerprint: string;
  readonly system: System;
  /** Goes on under a new replica id: what the other replica knows shows that this data is a copy, or an old state brought back (R8). */
  readonly takeNewIdentity: (givenUp: ReplicaId) => Promise<void>;
}

/** How a replica is known to those who use it as a remote. */
export const remoteIdOf = (replicaId: string): string => `replica:${replicaId}`;

export const createReplicaRemote = ({
  store,
  log,
  merger,
  policyFingerprint,
  system,
  takeNewIdentity,
}: ReplicaRemoteDeps): Remote => {
  const idOf = async (): Promise<string> => {
    const { replica } = await store.facts();
    if (replica === undefined)
      throw new ReknitError('replica_missing', 'the other store has no replica yet: open it with openReplica');
    return replica.replicaId;
  };

  return {
    capabilities: { canPull: true, canPush: true, pushMax: batchMax.events },
    hello: async ({ replicaId, mark }) => ({
      remoteId: remoteIdOf(await idOf()),
      policyFingerprint,
      knownSeq: await heldWithoutGap(store, replicaId),
      // It goes by the clock of this machine, which cannot tell whether it is right.
      clockOffsetMs: undefined,
      mark: mark === undefined ? 'none' : (await isPlaceIn(store, mark, await idOf())) ? 'known' : 'unknown',
    }),
    pull: async ({ cursor, cut, limit, replicaId, own: theirs, signal }) => {
      signal?.throwIfAborted();
      // Before anything of this replica leaves: events that it has yet to offer can still be renamed.
      const outdated = await outdatedId(store, cursor, cut);
      if (outdated !== undefined) await takeNewIdentity(outdated);
      const id = await idOf();
      const after = cursor === undefined ? 0 : await positionIn(store, cursor, id);
      const { logHead } = await store.facts();
      const { page } = await offeredPage({ store, log }, 'another replica', () =>
        eventPage(store, { after, limit, ...(cursor === undefined ? { since: cut } : {}) }, batchMax.bytes),
      );
      const heldUpTo = replicaId === undefined ? 0 : await sameUpTo(store, replicaId, theirs);
      const position = page.next ?? page.items.at(-1)?.position ?? after;
      return {
        // What a hub refused leaves by no other way either (R9).
        events: (
          await withOtherContents(
            store,
            page.items.filter(
              ({ place, sealed: { event } }) =>
                place !== 'refused' && (place === 'variant' || event.replicaId !== replicaId || event.seq > heldUpTo),
            ),
          )
        ).map(({ event }) => event),
        // A first reading by cut is not to be continued by position before its end.
        cursor: await cursorAt(
          store,
          id,
          page.next === undefined ? Math.max(position, cursor === undefined ? logHead : 0) : position,
        ),
        more: page.next !== undefined,
      };
    },
    push: async (events, signal, { onMark } = {}) => {
      signal?.throwIfAborted();
      const verdicts = await pushInto({ store, merger }, events);
      // What is brought back from before this place has lost what was given here.
      onMark?.(await cursorAt(store, await idOf(), (await store.facts()).logHead));
      return verdicts;
    },
    close: async () => {
      system.logger.debug('a replica that served as a remote stays open');
    },
  };
};

/** Up to which number the caller's own events are the same here, so that they need not go back to it. */
const sameUpTo = async (store: EventStore, replicaId: string, theirs: PullRequest['own']): Promise<number> => {
  if (theirs === undefined) return 0;
  const stored = await store.findEvents({ dots: [dotOf(replicaId as ReplicaId, theirs.seq)] });
  return stored.length === 1 && stored[0]?.sealed.hash === theirs.hash ? theirs.seq : 0;
};

/** A position, with what stood there: two copies of one database have the same id and soon not the same log. */
const cursorAt = async (store: EventStore, id: string, position: number): Promise<string> =>
  JSON.stringify([id, position, (await hashAt(store, position)) ?? '']);

const isPlaceIn = async (store: EventStore, place: string, id: string): Promise<boolean> =>
  partsOf(place)[0] === id && (await isOfThisLog(store, place));

const positionIn = async (store: EventStore, cursor: string, id: string): Promise<number> => {
  const [, position] = partsOf(cursor);
  if (typeof position === 'number' && (await isPlaceIn(store, cursor, id))) return position;
  throw new ReknitError(
    'cursor_unknown',
    'this cursor belongs to another replica, or to a copy of this one: read from the beginning',
  );
};

const partsOf = (cursor: string): readonly [owner: unknown, position: unknown, hash: unknown] => {
  try {
    const parts: unknown = JSON.parse(cursor);
    return Array.isArray(parts) ? [parts[0], parts[1], parts[2]] : [undefined, undefined, undefined];
  } catch {
    return [undefined, undefined, undefined];
  }
};

const isOfThisLog = async (store: EventStore, cursor: string): Promise<boolean> => {
  const [, position, hash] = partsOf(cursor);
  if (typeof position !== 'number' || position > (await store.facts()).logHead) return false;
  const stands = await hashAt(store, position);
  // An event that was parked there has gone on to a later position.
  return stands === undefined || hash === '' || stands === hash;
};

/** The id of this replica, where the caller has read more, or something else, of what it wrote than it knows of itself. */
const outdatedId = async (
  store: EventStore,
  cursor: string | undefined,
  cut: VersionVector,
): Promise<ReplicaId | undefined> => {
  const { replica } = await store.facts();
  if (replica === undefined) return undefined;
  const { replicaId, lastSeq } = replica;
  if (countIn(cut, replicaId) > lastSeq) return replicaId;
  const isForeign = cursor !== undefined && partsOf(cursor)[0] === replicaId && !(await isOfThisLog(store, cursor));
  return isForeign ? replicaId : undefined;
};

const hashAt = async (store: EventStore, position: number): Promise<string | undefined> => {
  if (position === 0) return undefined;
  const { items } = await store.readEvents({ after: position - 1, limit: 1 });
  return items[0]?.position === position ? items[0].sealed.hash : undefined;
};

/** What is only explained here (S13) is not held for anyone. */
const heldWithoutGap = async (store: EventStore, replicaId: string): Promise<number> => {
  const [gap] = await store.readGaps(replicaId);
  return gap === undefined ? countIn(await store.readCut(), replicaId) : gap.from - 1;
};

/** The reader may have one of the contents of a fork, and have been spared the others for it (R5). */
const withOtherContents = async (store: EventStore, items: readonly StoredEvent[]): Promise<readonly SealedEvent[]> => {
  const given = items.map(({ sealed }) => sealed);
  const forked = items.filter(({ place }) => place === 'variant').map(({ sealed }) => sealed.dot);
  if (forked.length === 0) return given;
  const hashes = new Set(given.map(({ hash }) => hash));
  const others = (await store.findEvents({ dots: [...new Set(forked)] }))
    .filter(({ place }) => place !== 'refused')
    .map(({ sealed }) => sealed);
  return [...others.filter(({ hash }) => !hashes.has(hash)), ...given];
};

const accepted: Verdict = { type: 'accepted' };

const pushInto = async (
  { store, merger }: { readonly store: EventStore; readonly merger: EventMerger },
  events: readonly SealedEvent[],
): Promise<readonly Verdict[]> => {
  const { logHead } = await store.facts();
  const report = await merger.mergeChecked([events.map((value) => ({ result: { ok: true, value } as const }))], {
    // Whoever sends knows both sides, and has made it as large as it should be.
    size: createBatchSize('concurrent'),
  });
  // The usual case: everything was new and could be applied, so there is nothing to look up.
  if (report.duplicates === 0 && report.parked === 0 && report.rejectedCount === 0) return events.map(() => accepted);
  const refused = new Map(report.rejected.map(({ event, error }) => [event, error]));
  const stored = new Map(
    (await store.findEvents({ dots: events.map(({ dot }) => dot) })).map((found) => [found.sealed.hash, found]),
  );
  return events.map((sealed): Verdict => {
    const found = stored.get(sealed.hash);
    if (found?.place === 'parked') return { type: 'parked' };
    if (found !== undefined) return found.position > logHead ? accepted : { type: 'duplicate' };
    const error = refused.get(sealed.event);
    return { type: 'refused', code: error?.code ?? 'not_stored', message: error?.message ?? 'the event was not taken' };
  });
};
