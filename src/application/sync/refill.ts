/**
 * Gives back to a hub what it lost, because it was wiped or brought back from an old copy: own
 * events and foreign ones, those with the hub's own receipts, so that it takes them from anyone.
 *
 * What it lacks is found by comparing how far it has each replica's numbers. Events are sent in
 * the order of the log here, in which parents come first, so that nothing has to wait there.
 * Nothing here is taken back because of a hub that knows less (T21).
 */
import { countIn, vectorFrom, vectorIncludes, type VersionVector } from '../../domain/causality/version-vector.js';
import { parseDot } from '../../domain/causality/dot.js';
import type { SealedEvent } from '../../domain/events/event.js';
import type { EventName } from '../../domain/merge/unit-of-work.js';
import type { OfflineEventLog } from '../offline-event-log.js';
import { offeredPage, type OfferedPage } from '../upkeep/offered-page.js';
import { pages } from '../pages.js';
import type { EventQuery, EventStore, Page, StoredEvent } from '../ports/event-store.js';
import type { Remote, Verdict } from '../ports/remote.js';
import { comparedHeads } from './disputed.js';
import { isPassing, verdictsOn } from './verdicts.js';

export interface RefillDeps {
  readonly store: EventStore;
  readonly log: Pick<OfflineEventLog, 'markOffered'>;
  readonly remote: Remote;
  readonly remoteId: string;
  /** Replicas under whose numbers it may have other events, as far as that was found when the loss was. */
  readonly disputed: ReadonlySet<string>;
  readonly signal?: AbortSignal | undefined;
  /** What the remote said of a batch; before the next one is sent. */
  readonly onVerdicts: (events: readonly SealedEvent[], verdicts: readonly Verdict[]) => Promise<void>;
  readonly onMark?: (mark: string) => Promise<void>;
}

export interface RefillReport {
  readonly pushed: number;
  /** Those that it had not, or has waiting now. */
  readonly taken: number;
  readonly refused: number;
  /** Everything up to this position of the log here was given; undefined where the remote had no room for some of it. */
  readonly upTo: number | undefined;
}

/** Refusals in one call. */
const refusalsMax = 500;

export const refillRemote = async (deps: RefillDeps): Promise<RefillReport> => {
  const { store, remote, remoteId, signal } = deps;
  const { logHead } = await store.facts();
  const lost = await refusalsHeld(deps);
  const since = await heldBy(deps, lost);
  await giveBackRefusals(deps, lost, since);
  let pushed = 0;
  let taken = 0;
  let refused = 0;
  let isPartial = false;
  let mark: string | undefined;
  const limit = Math.max(1, Math.min(remote.capabilities.pushMax, 10_000));
  for (let after: number | undefined = 0; after !== undefined;) {
    signal?.throwIfAborted();
    const query: EventQuery = { since, after, limit };
    // R7: what may leave is marked before its first byte does.
    const { page, own }: OfferedPage<Page<StoredEvent>> = await offeredPage(deps, remoteId, () =>
      store.readEvents(query),
    );
    after = page.next;
    // Own refused events too: whoever forgot them forgot the refusal, and waits for their numbers.
    const events = page.items
      .filter(({ sealed, place }) => place !== 'refused' || sealed.event.replicaId === own)
      .filter(({ sealed, place }) => place === 'applied' || place === 'variant' || !isWithin(since, sealed))
      .map(({ sealed }) => sealed);
    if (events.length === 0) continue;
    const receipts = await store.readReceipts(remoteId, events);
    const verdicts = await verdictsOn(remote, events, signal, {
      receipts: events.map(({ hash }) => receipts.get(hash)),
      onMark: (given) => {
        mark = given;
      },
    });
    await deps.onVerdicts(events, verdicts);
    pushed += events.length;
    taken += verdicts.filter(({ type }) => type === 'accepted' || type === 'parked').length;
    refused += verdicts.filter(({ type }) => type === 'refused').length;
    isPartial ||= verdicts.some(isPassing);
  }
  if (mark !== undefined) await deps.onMark?.(mark);
  return { pushed, taken, refused, upTo: isPartial ? undefined : logHead };
};

/**
 * What was refused, as far as it holds. Of others, since they may be gone; of this replica, since it goes on without
 * those events, and a remote that took one of them now would miss it in what was recorded later.
 */
const refusalsHeld = async ({ store }: RefillDeps): Promise<readonly EventName[]> => {
  const found: EventName[] = [];
  for await (const page of pages((query: Parameters<EventStore['readRefusals']>[0]) => store.readRefusals(query), {
    after: 0,
    limit: 1_000,
  }))
    for (const { dot, hash, status } of page) if (status !== 'accepted') found.push({ dot, hash });
  return found;
};

/**
 * Before the events, since those after a gap would wait for it. One that it does not want back, because it is another
 * remote's or came under another key, changes nothing.
 */
const giveBackRefusals = async (
  { store, remote, remoteId, signal }: RefillDeps,
  lost: readonly EventName[],
  since: VersionVector,
): Promise<void> => {
  if (remote.pushRefusals === undefined) return;
  const missing = lost.filter(({ dot }) => !vectorIncludes(since, dot));
  for (let start = 0; start < missing.length; start += refusalsMax) {
    const receipts = await store.readReceipts(remoteId, missing.slice(start, start + refusalsMax));
    if (receipts.size > 0) await remote.pushRefusals([...receipts.values()], signal);
  }
};

const isWithin = (since: VersionVector, { event }: SealedEvent): boolean =>
  event.seq <= countIn(since, event.replicaId);

/** How much of what is here the remote has, in the same words; of a replica where it may have other ones, nothing. */
const heldBy = async (
  { store, remote, disputed, signal }: RefillDeps,
  refusals: readonly EventName[],
): Promise<VersionVector> => {
  const here = await store.readReplicas();
  const refused = refusals.flatMap(({ dot }) => parseDot(dot)?.replicaId ?? []);
  const replicaIds = [...new Set([...Object.keys(here), ...refused])];
  const known = remote.heads === undefined ? [] : await comparedHeads(store, remote, replicaIds, signal);
  return vectorFrom(
    known.flatMap(({ replicaId, seq, isSame }): readonly [string, number][] =>
      disputed.has(replicaId) || (!isSame && Object.hasOwn(here, replicaId)) ? [] : [[replicaId, seq]],
    ),
  );
};
