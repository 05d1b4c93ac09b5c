/**
 * What comes in may show that this replica's data is a copy, or an old backup, of another's (R8): somebody else holds
 * under its id what it does not hold, or believes it never offered.
 */
import { dotOf, parseDot } from '../../domain/causality/dot.js';
import type { ReplicaId, SealedEvent } from '../../domain/events/event.js';
import { parseEvent } from '../../domain/events/parse.js';
import type { ReplicaFacts } from '../../domain/merge/loaded.js';
import type { MergeDeps } from '../merge-driver.js';
import type { EventStore } from '../ports/event-store.js';
import type { PullRequest, Remote, RemoteHello } from '../ports/remote.js';

/** What events that come in show about who this replica is. */
export interface IdentityNews {
  /** The id under which somebody else writes, or wrote, if it is this replica's. */
  readonly contradicted: ReplicaId | undefined;
  /** Others hold own events up to this number that were believed never offered: a copy of this replica has sent them. */
  readonly sharedSeq: number;
}

const noNews: IdentityNews = { contradicted: undefined, sharedSeq: 0 };

export const identityNews = async (store: EventStore, batch: readonly SealedEvent[]): Promise<IdentityNews> => {
  const { replica } = await store.facts();
  if (replica === undefined) return noNews;
  const own = batch.filter(({ event }) => event.replicaId === replica.replicaId);
  const builtOnSeq = highestBuiltOn(batch, replica);
  if (own.length === 0) return { contradicted: undefined, sharedSeq: builtOnSeq };
  if (own.some(({ event }) => event.seq > replica.lastSeq)) return { contradicted: replica.replicaId, sharedSeq: 0 };
  const stored = await store.findEvents({ dots: own.map(({ dot }) => dot) });
  const known = new Set(stored.map(({ sealed }) => sealed.dot));
  const same = new Set(stored.map(({ sealed }) => sealed.hash));
  return {
    contradicted: own.some(({ dot, hash }) => known.has(dot) && !same.has(hash)) ? replica.replicaId : undefined,
    sharedSeq: own.reduce((most, { hash, event }) => (same.has(hash) ? Math.max(most, event.seq) : most), builtOnSeq),
  };
};

/**
 * The highest own number, among those believed never offered, that an event of somebody else names: its author has
 * seen that one, so it has left, by a copy of this replica or before an old backup was put back. Given another dot,
 * it would leave that event without its parent.
 */
const highestBuiltOn = (batch: readonly SealedEvent[], { replicaId, offeredSeq, lastSeq }: ReplicaFacts): number => {
  if (offeredSeq >= lastSeq) return 0;
  let most = 0;
  for (const { event } of batch) {
    if (event.replicaId === replicaId) continue;
    for (const dots of [event.parents, event.sees ?? []])
      for (const dot of dots) {
        const named = dot.startsWith(replicaId) ? parseDot(dot) : undefined;
        if (named?.replicaId === replicaId && named.seq > most && named.seq <= lastSeq) most = named.seq;
      }
  }
  return most > offeredSeq ? most : 0;
};

/**
 * Whether a handshake shows that somebody else writes, or wrote, under this replica's id.
 *
 * @param saidAs the id that it was about: another connection may have given that up meanwhile
 */
export const contradictsHello = async (
  store: EventStore,
  { knownSeq, knownHash }: RemoteHello,
  saidAs: ReplicaId,
): Promise<boolean> => {
  const { replica } = await store.facts();
  if (replica?.replicaId !== saidAs || knownSeq === 0) return false;
  if (knownSeq > replica.lastSeq) return true;
  if (knownHash === undefined) return false;
  const stored = await store.findEvents({ dots: [dotOf(replica.replicaId, knownSeq)] });
  return stored.length > 0 && stored.every(({ sealed }) => sealed.hash !== knownHash);
};

/** What a remote holds under this replica's id that this replica believes never offered. */
export const heldUnderOurId = async (
  { store, system }: MergeDeps,
  remote: Remote,
  signal: AbortSignal | undefined,
): Promise<readonly SealedEvent[]> => {
  const { replica } = await store.facts();
  if (replica === undefined || !remote.capabilities.canPull) return [];
  const { [replica.replicaId]: _own, ...others } = await store.readCut();
  const cut = { ...others, ...(replica.offeredSeq === 0 ? {} : { [replica.replicaId]: replica.offeredSeq }) };
  const theirs: SealedEvent[] = [];
  const abort = signal === undefined ? {} : { signal };
  for (let cursor: string | undefined; ;) {
    const request: PullRequest = { cursor, cut, limit: pullLimit, replicaId: replica.replicaId, ...abort };
    const page = await remote.pull(request);
    for (const event of page.events) {
      const sealed = parseEvent(event, system.sha256);
      if (sealed.ok && sealed.value.event.replicaId === replica.replicaId) theirs.push(sealed.value);
    }
    if (!page.more || page.cursor === cursor) return theirs;
    ({ cursor } = page);
  }
};

const pullLimit = 2_000;
