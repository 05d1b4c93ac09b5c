/** What a merge starts from: what is known of its events' dots and ids, the states, and what waits for them. */
import { appendTo } from '../../domain/shared/append-to.js';
import { msToTimestamp } from '../../domain/clock/timestamp.js';
import { clockOrigin } from '../../domain/clock/hybrid-clock.js';
import { parseDot } from '../../domain/causality/dot.js';
import type { ContentHash, Dot, EventId, ReplicaId, ResourceRef, SealedEvent } from '../../domain/events/event.js';
import type { KnownDot, Loaded } from '../../domain/merge/loaded.js';
import { resourceKeyOf, uniqueRefs, type ResourceKey } from '../../domain/resource/resource-key.js';
import type { ResourceState } from '../../domain/resource/state.js';
import type { LoadRequest } from '../../application/ports/event-store.js';
import type { Draft } from './draft.js';
import { startingWith } from './key-text.js';
import { keys, type DotEntry } from './keys.js';
import { entriesAt, parkedFrom, readPlaced, type Placed } from './placed-events.js';
import { fetchReaches, reachOf } from './reaches.js';
import { fromStoredText } from './stored-text.js';

const nobody = { replicaId: '' as ReplicaId, clock: clockOrigin, lastSeq: 0, offeredSeq: 0 };

export const load = async ({ events, resources, dueMs }: LoadRequest, draft: Draft): Promise<Loaded> => {
  const { head } = draft;
  const asked = new Set<Dot>();
  for (const { dot, event } of events) {
    asked.add(dot);
    for (const parent of event.parents) asked.add(parent);
  }
  const sameId = await loadSameId(events, draft);
  for (const stored of sameId.values()) for (const { dot } of stored) asked.add(dot);
  const parked = await waitingFor(
    events.map(({ dot }) => dot),
    dueMs,
    draft,
  );
  for (const { sealed } of parked) for (const parent of sealed.event.parents) asked.add(parent);

  const dots = await thatMayBeThere(asked, draft);
  const refs = uniqueRefs([
    ...[...events, ...parked.map(({ sealed }) => sealed)].map(({ event }) => event),
    ...resources,
  ]);
  await draft.fetch([...dots.map(keys.dot), ...refs.map(keys.resource)]);
  const states = new Map<ResourceKey, ResourceState>();
  for (const ref of refs) {
    const text = draft.read(keys.resource(ref));
    if (text !== undefined) states.set(resourceKeyOf(ref), fromStoredText(text).state);
  }
  return {
    replica: head.replica ?? nobody,
    policyFingerprint: head.policy,
    audit: head.audit,
    known: new Map(dots.flatMap((dot) => knownAt(dot, draft))),
    sameId,
    states,
    parked: parked.map(({ sealed, reason, missing }) => ({ sealed, reason, missing })),
    parkedCount: head.counts.parked,
    withVoids: await withVoids(refs, draft),
  };
};

/** Most events are new, and a replica's numbers say so without a look at each. */
const thatMayBeThere = async (dots: ReadonlySet<Dot>, draft: Draft): Promise<readonly Dot[]> => {
  const parts = [...dots].flatMap((dot) => {
    const of = parseDot(dot);
    return of === undefined ? [] : [{ dot, ...of }];
  });
  await fetchReaches(new Set(parts.map(({ replicaId }) => replicaId)), draft);
  return parts.filter(({ replicaId, seq }) => seq <= reachOf(replicaId, draft).highest).map(({ dot }) => dot);
};

const places = ['applied', 'parked', 'variant'] as const;

const knownAt = (dot: Dot, draft: Draft): readonly (readonly [Dot, KnownDot])[] => {
  const record = draft.read(keys.dot(dot));
  if (record === undefined || record.entries.length === 0) return [];
  const entries = places.flatMap((place) => record.entries.filter((entry) => entry[2] === place));
  const hashes = entries.map(([, hash]) => hash as ContentHash);
  const appliedIn =
    record.voids === undefined
      ? entries.flatMap(([, , place, resourceType, resourceId]) =>
          place === 'applied' ? [resourceKeyOf({ resourceType, resourceId })] : [],
        )
      : record.voids.flatMap(([resourceType, resourceId, isApplied]) =>
          isApplied === 1 ? [resourceKeyOf({ resourceType, resourceId })] : [],
        );
  return [[dot, { hashes, appliedIn }]];
};

const loadSameId = async (
  events: readonly SealedEvent[],
  draft: Draft,
): Promise<ReadonlyMap<EventId, readonly SealedEvent[]>> => {
  const wanted = new Map<EventId, SealedEvent[]>();
  for (const sealed of events) appendTo(wanted, sealed.event.eventId, sealed);
  await draft.fetch([...wanted.keys()].map(keys.eventId));
  const found = [...wanted].flatMap(([id, asked]) => {
    const at = draft.read(keys.eventId(id)) ?? [];
    // Stored exactly as it came: what is known of its dot says enough.
    const isTheVery = asked.every(({ dot, hash }) =>
      at.some(([, storedDot, storedHash]) => storedDot === dot && storedHash === hash),
    );
    return at.length === 0 || isTheVery ? [] : [{ id, positions: at.map(([position]) => position) }];
  });
  const placed = await readPlaced(
    found.flatMap(({ positions }) => positions),
    draft,
  );
  const byPosition = new Map(placed.map((stored) => [stored.position, stored]));
  return new Map(
    found.map(({ id, positions }) => [id, byDot(positions.flatMap((position) => byPosition.get(position) ?? []))]),
  );
};

/** The contents of one dot together, the evidence last: the order in which they are told. */
const byDot = (placed: readonly Placed[]): readonly SealedEvent[] => {
  const dots = new Map<Dot, Placed[]>();
  for (const stored of placed) appendTo(dots, stored.sealed.dot, stored);
  return [...dots.values()].flatMap((contents) =>
    places.flatMap((place) => contents.filter(({ standing }) => standing[0] === place).map(({ sealed }) => sealed)),
  );
};

const withVoids = async (refs: readonly ResourceRef[], draft: Draft): Promise<ReadonlySet<ResourceKey>> => {
  const found = new Set<ResourceKey>();
  if (draft.head.counts.voids === 0) return found;
  for (const ref of refs) {
    const [first] = await draft.scan({ ...startingWith(keys.voidsOf(ref)), limit: 1 });
    if (first !== undefined) found.add(resourceKeyOf(ref));
  }
  return found;
};

type Parked = ReturnType<typeof parkedFrom>[number];

/** Parked events that wait for these, directly or not, have the same dots, or are due; by position. */
const waitingFor = async (dots: readonly Dot[], dueMs: number, draft: Draft): Promise<readonly Parked[]> => {
  if (draft.head.counts.parked === 0) return [];
  const waitersOf = await createWaiters(dots.length, draft);
  const due = await dueBy(dueMs, draft);
  const reached = new Set<Dot>();
  const found: DotEntry[] = [];
  for (let open: readonly Dot[] = [...dots, ...due]; open.length > 0;) {
    const fresh = [...new Set(open)].filter((dot) => !reached.has(dot));
    for (const dot of fresh) reached.add(dot);
    for (const entries of (await entriesAt(fresh, draft)).values())
      found.push(...entries.filter(([, , place]) => place === 'parked'));
    open = await waitersOf(fresh);
  }
  const placed = await readPlaced(
    found.map(([position]) => position).sort((a, b) => a - b),
    draft,
  );
  return placed.flatMap(parkedFrom);
};

const dueBy = async (dueMs: number, draft: Draft): Promise<readonly Dot[]> => {
  const due: Dot[] = [];
  const { from } = startingWith('f');
  for await (const key of draft.every({ from, before: keys.due(msToTimestamp(dueMs + 1), 0) })) {
    const dot = draft.read<Dot>(key);
    if (dot !== undefined) due.push(dot);
  }
  return due;
};

type Waiters = (dots: readonly Dot[]) => Promise<readonly Dot[]>;

/** From the smaller end: all that wait, read once, or what waits for each of the events. */
const createWaiters = async (asked: number, draft: Draft): Promise<Waiters> => {
  const waiters = async (range: { readonly from: string; readonly before: string }): Promise<readonly Dot[]> => {
    const found: Dot[] = [];
    for await (const key of draft.every(range)) {
      const dot = draft.read<Dot>(key);
      if (dot !== undefined) found.push(dot);
    }
    return found;
  };
  if (draft.head.counts.parked > asked)
    return async (dots) => {
      const found: Dot[] = [];
      for (const dot of dots) found.push(...(await waiters(startingWith(keys.waitersOf(dot)))));
      return found;
    };
  const byParent = new Map<string, Dot[]>();
  for await (const key of draft.every(startingWith('m'))) {
    const parent = key.slice(0, key.lastIndexOf(' ') + 1);
    const dot = draft.read<Dot>(key);
    if (dot !== undefined) appendTo(byParent, parent, dot);
  }
  return async (dots) => dots.flatMap((dot) => byParent.get(keys.waitersOf(dot)) ?? []);
};
