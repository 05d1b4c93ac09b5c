/** The history of a resource: all of it, its recent part, or what is known of that without payloads. */
import type { ConflictRecord } from '../../domain/conflict/conflict-record.js';
import { dotOf } from '../../domain/causality/dot.js';
import type { Dot, ResourceRef, SealedEvent } from '../../domain/events/event.js';
import type { HistoryRequest, LoadedHistory, VoidNode } from '../../domain/merge/loaded.js';
import type { FactsRequest, KnownEvent, KnownFacts } from '../../domain/resource/branches.js';
import { deletesResource } from '../../domain/resource/deed.js';
import { compareRefs } from '../../domain/resource/resource-key.js';
import { readAll, type Draft } from './draft.js';
import { startingWith } from './key-text.js';
import { keys, type Key, type NumberedConflict, type Standing } from './keys.js';
import { entriesAt, isAppliedEvent, parkedFrom, readPlaced, readStandings, type Placed } from './placed-events.js';

export const loadHistory = async (request: HistoryRequest, draft: Draft): Promise<LoadedHistory> => {
  const part = { isWhole: false, events: [], voids: [], variants: [], parked: [], conflicts: [] };
  if (request.facts !== undefined) return { ...part, facts: await loadFacts(request, request.facts, draft) };
  if (request.since !== undefined) {
    const from = await earliestOf(request.since, draft);
    if (from === undefined) return part;
    const events = await appliedFrom(request, from, draft);
    const conflicts = await closedBy(
      request,
      events.map(({ sealed }) => sealed.dot),
      draft,
    );
    return { ...part, events, conflicts };
  }
  const all = await readPlaced(
    (await readStandings(request, 0, draft)).map(([position]) => position),
    draft,
  );
  const voids = await voidsOf(request, draft);
  return {
    isWhole: true,
    events: all.filter(({ standing }) => isAppliedEvent(standing)).map(appliedEvent),
    voids,
    variants: await variantsOf(request, voids, draft),
    parked: all.flatMap(parkedFrom).map(({ sealed, reason, missing }) => ({ sealed, reason, missing })),
    conflicts: await recordsOf(request, draft),
  };
};

const appliedEvent = ({ sealed, standing }: Placed): LoadedHistory['events'][number] => ({
  sealed,
  sawAll: standing[0] === 'applied' && standing[3] === 1,
});

/** The first position of what is applied, voids included, under these dots. */
const earliestOf = async (dots: readonly Dot[], draft: Draft): Promise<number | undefined> => {
  const entries = [...(await entriesAt(dots, draft)).values()].flat();
  const positions = entries.flatMap(([position, , place]) => (place === 'applied' ? [position] : []));
  return positions.length === 0 ? undefined : Math.min(...positions);
};

const appliedFrom = async (ref: ResourceRef, from: number, draft: Draft): Promise<LoadedHistory['events']> => {
  const standings = await readStandings(ref, from, draft);
  const positions = standings.flatMap(([position, standing]) => (isAppliedEvent(standing) ? [position] : []));
  return (await readPlaced(positions, draft)).map(appliedEvent);
};

const voidsOf = async (ref: ResourceRef, draft: Draft): Promise<readonly VoidNode[]> => {
  const found: VoidNode[] = [];
  if (draft.head.counts.voids === 0) return found;
  for await (const key of draft.every(startingWith(keys.voidsOf(ref)))) {
    const node = draft.read<readonly [Dot, readonly Dot[], 0 | 1]>(key);
    if (node === undefined) continue;
    const [dot, parents, isApplied] = node;
    const { resourceType, resourceId } = ref;
    found.push({ resourceType, resourceId, dot, parents, isApplied: isApplied === 1 });
  }
  return found;
};

/** Every content of the voids that is an event of this resource. */
const variantsOf = async (
  ref: ResourceRef,
  voids: readonly VoidNode[],
  draft: Draft,
): Promise<readonly SealedEvent[]> => {
  const entries = await entriesAt(
    voids.map(({ dot }) => dot),
    draft,
  );
  const here = [...entries.values()]
    .flat()
    .filter(([, , , resourceType, resourceId]) => compareRefs(ref, { resourceType, resourceId }) === 0);
  const placed = await readPlaced(
    here.map(([position]) => position),
    draft,
  );
  return placed.map(({ sealed }) => sealed);
};

/** Every record of the resource, superseded ones too, or those about one kind of unit. */
export const recordsOf = async (ref: ResourceRef, draft: Draft, kind?: string): Promise<readonly ConflictRecord[]> => {
  const prefix = keys.conflictsOf(ref);
  const found: Key<NumberedConflict>[] = [];
  for await (const key of draft.every(startingWith(prefix)))
    if (kind === undefined || draft.read<string>(key) === kind) found.push(`c${key.slice(prefix.length)}`);
  await draft.fetch(found);
  return inOrder(readAll(draft, found));
};

const inOrder = (conflicts: readonly NumberedConflict[]): readonly ConflictRecord[] =>
  [...conflicts].sort((a, b) => a.number - b.number).map(({ record }) => record);

const closedBy = async (ref: ResourceRef, dots: readonly Dot[], draft: Draft): Promise<readonly ConflictRecord[]> => {
  if (draft.head.counts.conflictsResolved + draft.head.counts.conflictsPending === 0 && dots.length === 0) return [];
  await draft.fetch(dots.map(keys.conflictsAt));
  const ids = [...new Set(dots.flatMap((dot) => draft.read(keys.conflictsAt(dot)) ?? []))];
  await draft.fetch(ids.map(keys.conflict));
  const closers = new Set(dots);
  return inOrder(readAll(draft, ids.map(keys.conflict))).filter(
    (record) => compareRefs(record, ref) === 0 && record.closedBy.some((dot) => closers.has(dot)),
  );
};

const loadFacts = async (ref: ResourceRef, request: FactsRequest, draft: Draft): Promise<KnownFacts> => {
  const from = request.since === undefined ? undefined : await earliestOf([request.since], draft);
  const line = (from === undefined ? [] : await readStandings(ref, from, draft)).flatMap(([, standing]) =>
    lineOf(standing),
  );
  const later = line.slice(1).map(({ dot }) => dot);
  const closed = request.orClosed ? await closedBy(ref, later, draft) : [];
  const entries = await entriesAt(request.of, draft);
  const positions = request.of.flatMap((dot) =>
    (entries.get(dot) ?? []).flatMap(([position, , place]) => (place === 'applied' ? [position] : [])),
  );
  const events = await readPlaced(positions, draft);
  return { line, closedAny: closed.length > 0, events: events.map(({ sealed }) => knownOf(sealed)) };
};

const lineOf = (standing: Standing): KnownFacts['line'] =>
  standing[0] === 'applied' && standing[6] === 0
    ? [{ dot: standing[1], operation: standing[2], sawAll: standing[3] === 1 }]
    : [];

const knownOf = ({ event }: SealedEvent): KnownEvent => ({
  dot: dotOf(event.replicaId, event.seq),
  eventId: event.eventId,
  agentId: event.agentId,
  operation: event.operation,
  timestamp: event.timestamp,
  counter: event.counter,
  priority: event.priority ?? null,
  deletes: deletesResource(event),
});
