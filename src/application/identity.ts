/**
 * Who this replica is: made on first use, and made anew when its data turns out to be a copy
 * or an old backup of another's (R8), so that no dot ever names two events.
 */
import { appendEntry } from '../domain/audit/audit-chain.js';
import { compareDots, dotOf, parseDot } from '../domain/causality/dot.js';
import { vectorFrom } from '../domain/causality/version-vector.js';
import { clockOrigin } from '../domain/clock/hybrid-clock.js';
import { msToTimestamp } from '../domain/clock/timestamp.js';
import { conflictIdOf } from '../domain/conflict/conflict-identity.js';
import type { AuditAct } from '../domain/audit/audit-act.js';
import type { Dot, ReknitEvent, ReplicaId, SealedEvent } from '../domain/events/event.js';
import { parseEvent } from '../domain/events/parse.js';
import type { LoadedHistory, ReplicaFacts } from '../domain/merge/loaded.js';
import {
  emptyUnitOfWork,
  type AdoptedPolicy,
  type RenamedEvent,
  type UnitOfWork,
} from '../domain/merge/unit-of-work.js';
import { uniqueRefs } from '../domain/resource/resource-key.js';
import { invariant } from '../domain/shared/invariant.js';
import { planMerge, type MergeDeps, type PlanDeps } from './merge-driver.js';
import { eventPages } from './pages.js';
import type { EventStore, StoreFacts } from './ports/event-store.js';
import type { PullRequest, Remote, RemoteHello } from './ports/remote.js';
import { untilCommitted } from './until-committed.js';

export interface BirthOptions {
  readonly replicaId: string;
  readonly policy: AdoptedPolicy;
}

/** Gives an unused store its replica. Another process may have been faster: then that one's holds. */
export const giveIdentity = async (
  { store, system }: MergeDeps,
  { replicaId, policy }: BirthOptions,
): Promise<StoreFacts> => {
  const facts = await store.facts();
  if (facts.replica !== undefined) return facts;
  const acts: readonly AuditAct[] = [
    { type: 'ReplicaCreated', replicaId },
    { type: 'PolicyAdopted', fingerprint: policy.fingerprint, policy: policy.data },
  ];
  await store.commit({
    ...emptyUnitOfWork,
    basedOn: facts.audit.count,
    replica: { replicaId: replicaId as ReplicaId, clock: clockOrigin, lastSeq: 0, offeredSeq: 0 },
    policy,
    audit: appendEntry(facts.audit, msToTimestamp(system.clock()), policy.fingerprint, acts, system.sha256),
  });
  return store.facts();
};

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

/**
 * Goes on under a new replica id. Own events that were never offered take new dots, with
 * every mention of them; what others may hold keeps its dot.
 *
 * @param theirs events that others hold under this replica's id: what is equal keeps its dot
 * @param givenUp the id that is to be left; where it was left already, by another connection, nothing changes
 */
export const takeNewIdentity = (
  deps: MergeDeps,
  newId: string,
  theirs: readonly SealedEvent[],
  givenUp?: ReplicaId,
): Promise<string> => {
  const { store } = deps;
  const kept = new Set(theirs.map(({ hash }) => hash));
  return untilCommitted(async () => {
    const facts = await store.facts();
    const { replica } = facts;
    invariant(replica !== undefined, 'a store without a replica cannot be renamed');
    if (givenUp !== undefined && replica.replicaId !== givenUp) return replica.replicaId;
    const mine = await neverOffered(store, replica);
    // Whoever has one of them came by it through those before it, whether or not it showed them too.
    const sharedSeq = mine.reduce((most, { hash, event }) => (kept.has(hash) ? Math.max(most, event.seq) : most), 0);
    const own = mine.filter(({ event }) => event.seq > sharedSeq);
    const dots = new Map<Dot, Dot>(own.map(({ dot }, index) => [dot, dotOf(newId as ReplicaId, index + 1)]));
    const renamed = await renameAll(deps, own, dots);
    const acts: readonly AuditAct[] = [
      { type: 'ReplicaRenamed', from: replica.replicaId, to: newId, dots: Object.fromEntries(dots) },
    ];
    const refs = uniqueRefs(own.map(({ event }) => event));
    const loaded = await store.load({ events: [], dueMs: -Infinity, resources: refs });
    if (loaded.audit.count !== facts.audit.count) return 'stale';
    const job = { batch: [], origin: { type: 'received' }, acts, rederive: refs } as const;
    const { work } = await planMerge({ ...deps, store: underNewDots(store, renamed) }, job, loaded);
    invariant(work !== undefined, 'a new identity is always recorded');
    const unit: UnitOfWork = {
      ...work,
      renamed,
      replica: { ...replica, replicaId: newId as ReplicaId, lastSeq: own.length, offeredSeq: 0 },
    };
    return (await store.commit(unit)) === 'committed' ? newId : 'stale';
  });
};

/**
 * Own events that nobody else can hold, by number: the applied ones, and those that wait because
 * what they build on was refused (R9).
 */
export const neverOffered = async (
  store: EventStore,
  { replicaId, offeredSeq, lastSeq }: ReplicaFacts,
): Promise<readonly SealedEvent[]> => {
  const own: SealedEvent[] = [];
  const since = vectorFrom([[replicaId, offeredSeq]]);
  for await (const page of eventPages(store, { since, localOnly: true, after: 0, limit: 5_000 }))
    own.push(
      ...page
        .map(({ sealed }) => sealed)
        .filter(({ event }) => event.replicaId === replicaId && event.seq > offeredSeq),
    );
  const found = new Set(own.map(({ event }) => event.seq));
  const others: Dot[] = [];
  for (let seq = offeredSeq + 1; seq <= lastSeq; seq += 1) if (!found.has(seq)) others.push(dotOf(replicaId, seq));
  if (others.length > 0)
    for (const { sealed, place } of await store.findEvents({ dots: others }))
      if (place === 'parked' || place === 'refused') own.push(sealed);
  return own.sort((a, b) => a.event.seq - b.event.seq);
};

const renameAll = async (
  { store, system }: MergeDeps,
  own: readonly SealedEvent[],
  dots: ReadonlyMap<Dot, Dot>,
): Promise<readonly RenamedEvent[]> => {
  const claims = [...new Set(own.flatMap(({ event }) => event.conflictId ?? []))];
  const records = new Map((await store.findConflicts(claims)).map(({ record }) => [record.conflictId, record]));
  const renameDots = (list: readonly Dot[]): readonly Dot[] =>
    list.map((dot) => dots.get(dot) ?? dot).sort(compareDots);
  return own.map(({ event, dot }) => {
    const to = parseDot(dots.get(dot) ?? dot);
    invariant(to !== undefined, `${dot} has no new dot`);
    const record = event.conflictId === undefined ? undefined : records.get(event.conflictId);
    const conflictId =
      record === undefined
        ? event.conflictId
        : conflictIdOf(system.sha256, record.resourceType, record.resourceId, record.unit, renameDots(record.siblings));
    const renamed: ReknitEvent = {
      ...event,
      replicaId: to.replicaId,
      seq: to.seq,
      parents: renameDots(event.parents),
      was: dot,
      ...(event.sees === undefined ? {} : { sees: renameDots(event.sees) }),
      ...(conflictId === undefined ? {} : { conflictId }),
    };
    const sealed = parseEvent(renamed, system.sha256);
    invariant(sealed.ok, `event ${dot} does not fit under its new dot`);
    return { from: dot, sealed: sealed.value };
  });
};

/** What planning asks of the store, with histories as they will be. */
export const underNewDots = (store: EventStore, renamed: readonly RenamedEvent[]): PlanDeps['store'] => {
  const byOldDot = new Map(renamed.map(({ from, sealed }) => [from, sealed]));
  const rename = (history: LoadedHistory): LoadedHistory => ({
    ...history,
    events: history.events.map((applied) => ({
      ...applied,
      sealed: byOldDot.get(applied.sealed.dot) ?? applied.sealed,
    })),
    parked: history.parked.map((parked) => ({
      ...parked,
      sealed: byOldDot.get(parked.sealed.dot) ?? parked.sealed,
      missing: parked.missing.map((dot) => byOldDot.get(dot)?.dot ?? dot),
    })),
  });
  return {
    loadWorld: (request) => store.loadWorld(request),
    loadHistories: async (requests) =>
      new Map([...(await store.loadHistories(requests))].map(([key, history]) => [key, rename(history)])),
  };
};
