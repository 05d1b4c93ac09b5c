/** What a memory store holds, and how a unit of work changes it: in one step that cannot fail half way. */
import type { AuditEntry } from '../../domain/audit/audit-chain.js';
import { isOpen } from '../../domain/conflict/conflict-record.js';
import type { Dot, EventId, ReplicaId, SealedEvent } from '../../domain/events/event.js';
import { dotOf, parseDot } from '../../domain/causality/dot.js';
import { resourceKeyOf, type ResourceKey } from '../../domain/resource/resource-key.js';
import type { AppliedEvent, ParkedEvent, ReplicaFacts, VoidNode } from '../../domain/merge/loaded.js';
import type { AdoptedPolicy, EventStanding, StoredResource, UnitOfWork } from '../../domain/merge/unit-of-work.js';
import { appendTo } from '../../domain/shared/append-to.js';
import type { ResourceQuery, StoreCounts, StoredConflict } from '../../application/ports/event-store.js';
import { isExplained, noteReceipts, noteRefusals, noteSkipped, nothingExplained, type Explained } from './explained.js';
import { GroupedMap } from './grouped-map.js';

export interface LogRow extends AppliedEvent {
  position: number;
  isLocal: boolean;
  isVoid: boolean;
  standing: EventStanding;
}

export interface PlacedEvent {
  readonly position: number;
  readonly sealed: SealedEvent;
}

export interface WaitingEvent extends ParkedEvent {
  readonly position: number;
}

export interface Contents extends Explained {
  /** As they were counted after so many entries of the trail: nothing changes without one. */
  counted: { readonly at: number; readonly counts: StoreCounts } | undefined;
  position: number;
  replica: ReplicaFacts | undefined;
  policy: AdoptedPolicy | undefined;
  readonly log: Map<Dot, LogRow>;
  readonly byResource: Map<ResourceKey, Dot[]>;
  readonly byEventId: Map<EventId, Set<Dot>>;
  readonly parked: GroupedMap<Dot, WaitingEvent, ResourceKey>;
  /** By their dot. */
  readonly variants: Map<Dot, PlacedEvent[]>;
  readonly voids: Map<Dot, Map<ResourceKey, VoidNode>>;
  /** The same by resource: most have none. */
  readonly voidsOn: Map<ResourceKey, Map<Dot, VoidNode>>;
  /** What got each position, by its dot; what has moved on since is told by its own position. */
  readonly places: Dot[];
  readonly resources: Map<ResourceKey, StoredResource>;
  /** Who refers to what: every write asks, and most resources refer to nothing. */
  readonly referrers: Map<ResourceKey, Set<ResourceKey>>;
  /** Resources in each order that was asked for, after so many entries of the trail: a list is read page by page. */
  readonly sorted: Map<
    ResourceQuery['orderBy'],
    { readonly at: number; readonly resources: readonly StoredResource[] }
  >;
  readonly conflicts: GroupedMap<string, StoredConflict, ResourceKey>;
  readonly audit: AuditEntry[];
  readonly cursors: Map<string, string>;
  /** For each replica the longest prefix of its events without a gap. */
  readonly prefixes: Map<ReplicaId, number>;
  syncedSeq: number;
  scope: string;
}

export const emptyContents = (): Contents => ({
  counted: undefined,
  position: 0,
  replica: undefined,
  policy: undefined,
  log: new Map(),
  byResource: new Map(),
  byEventId: new Map(),
  parked: new GroupedMap(({ sealed }) => resourceKeyOf(sealed.event)),
  variants: new Map(),
  voids: new Map(),
  voidsOn: new Map(),
  places: [],
  resources: new Map(),
  referrers: new Map(),
  sorted: new Map(),
  conflicts: new GroupedMap(({ record }) => resourceKeyOf(record)),
  audit: [],
  cursors: new Map(),
  prefixes: new Map(),
  syncedSeq: 0,
  scope: '',
  ...nothingExplained(),
});

export const holds = (contents: Contents, dot: Dot): boolean =>
  contents.log.has(dot) || contents.parked.has(dot) || contents.voids.has(dot);

export const writeUnit = (contents: Contents, work: UnitOfWork): void => {
  if (work.renamed !== undefined) rename(contents, work.renamed);
  for (const dot of work.unpark) {
    const parked = contents.parked.get(dot);
    contents.parked.delete(dot);
    if (parked !== undefined) forgetId(contents, parked.sealed);
  }
  const withdrawn = new Map((work.withdraw ?? []).map((dot) => [dot, withdraw(contents, dot)]));
  for (const parked of work.park) {
    const { dot } = parked.sealed;
    const position = contents.parked.get(dot)?.position ?? withdrawn.get(dot) ?? newPlace(contents, dot);
    contents.parked.set(parked.sealed.dot, Object.freeze({ ...parked, position }));
    noteId(contents, parked.sealed);
  }
  for (const applied of work.append) append(contents, applied);
  for (const sealed of work.variants) {
    appendTo(contents.variants, sealed.dot, { position: newPlace(contents, sealed.dot), sealed });
    noteId(contents, sealed);
  }
  for (const node of work.voids) {
    const key = resourceKeyOf(node);
    setIn(contents.voids, node.dot, key, node);
    setIn(contents.voidsOn, key, node.dot, node);
    const row = contents.log.get(node.dot);
    if (row !== undefined) row.isVoid = true;
  }
  for (const stored of work.resources) keep(contents, stored);
  for (const id of work.removedConflicts) contents.conflicts.delete(id);
  for (const record of work.conflicts) {
    const createdAt = contents.conflicts.get(record.conflictId)?.createdAt ?? work.audit.time;
    contents.conflicts.set(record.conflictId, { record, createdAt });
  }
  for (const [dot, standing] of work.standings) setStanding(contents, dot, standing);
  for (const dot of work.recount) setStanding(contents, dot, countedStanding(contents, dot));
  if (contents.replica !== undefined && contents.replica.replicaId !== work.replica.replicaId) {
    const { replicaId, lastSeq } = contents.replica;
    // Under the id that it gives up it is received from another replica like everything else.
    markSynced(contents, replicaId, lastSeq);
    contents.syncedSeq = 0;
  }
  if (work.syncedSeq !== undefined) markSynced(contents, work.replica.replicaId, work.syncedSeq);
  if (work.scope !== undefined && work.scope !== contents.scope) changeScope(contents, work.scope);
  noteReceipts(contents, work.receipts ?? []);
  const explained = [...noteRefusals(contents, work), ...noteSkipped(contents, work.skipped ?? [])];
  for (const [remote, cursor] of work.cursors ?? []) contents.cursors.set(remote, cursor);
  if (work.policy !== undefined) contents.policy = work.policy;
  contents.replica = work.replica;
  contents.audit.push(...(work.earlierAudit ?? []), work.audit);
  for (const sealed of [...work.append, ...work.park].map((entry) => entry.sealed))
    extendPrefix(contents, sealed.event.replicaId);
  for (const sealed of work.variants) extendPrefix(contents, sealed.event.replicaId);
  for (const replicaId of explained) extendPrefix(contents, replicaId);
};

const newPlace = (contents: Contents, dot: Dot): number => {
  contents.position += 1;
  contents.places[contents.position] = dot;
  return contents.position;
};

const keep = ({ resources, referrers }: Contents, stored: StoredResource): void => {
  const key = resourceKeyOf(stored.state);
  for (const target of (resources.get(key)?.view.references ?? []).map(resourceKeyOf)) {
    const others = referrers.get(target);
    others?.delete(key);
    if (others?.size === 0) referrers.delete(target);
  }
  resources.set(key, stored);
  for (const target of stored.view.references.map(resourceKeyOf)) {
    const others = referrers.get(target);
    if (others === undefined) referrers.set(target, new Set([key]));
    else others.add(key);
  }
};

const setIn = <Outer, Inner, Value>(
  maps: Map<Outer, Map<Inner, Value>>,
  outer: Outer,
  inner: Inner,
  value: Value,
): void => {
  const map = maps.get(outer);
  if (map === undefined) maps.set(outer, new Map([[inner, value]]));
  else map.set(inner, value);
};

/** Out of the log, which keeps its place for when it is parked. */
const withdraw = (contents: Contents, dot: Dot): number | undefined => {
  const row = contents.log.get(dot);
  if (row === undefined) return undefined;
  contents.log.delete(dot);
  const key = resourceKeyOf(row.sealed.event);
  contents.byResource.set(
    key,
    (contents.byResource.get(key) ?? []).filter((other) => other !== dot),
  );
  return row.position;
};

/** What the old scope explained is a gap again. */
const changeScope = (contents: Contents, scope: string): void => {
  contents.scope = scope;
  const before = contents.skipped;
  contents.skipped = [];
  for (const { replicaId, from } of before) {
    const prefix = contents.prefixes.get(replicaId as ReplicaId) ?? 0;
    if (prefix >= from) contents.prefixes.set(replicaId as ReplicaId, from - 1);
  }
  for (const { replicaId } of before) extendPrefix(contents, replicaId as ReplicaId);
};

const append = (contents: Contents, applied: UnitOfWork['append'][number]): void => {
  const { sealed } = applied;
  contents.log.set(sealed.dot, {
    ...applied,
    position: newPlace(contents, sealed.dot),
    isVoid: false,
    standing: 'none',
  });
  appendTo(contents.byResource, resourceKeyOf(sealed.event), sealed.dot);
  noteId(contents, sealed);
};

const noteId = (contents: Contents, { event, dot }: SealedEvent): void => {
  const dots = contents.byEventId.get(event.eventId);
  if (dots === undefined) contents.byEventId.set(event.eventId, new Set([dot]));
  else dots.add(dot);
};

/** Another content of the dot may go by the same id. */
const forgetId = (contents: Contents, { event, dot }: SealedEvent): void => {
  if (contentsOf(contents, dot).every((other) => other.event.eventId !== event.eventId))
    contents.byEventId.get(event.eventId)?.delete(dot);
};

/** Whatever is stored under a dot. */
export const contentsOf = ({ log, parked, variants }: Contents, dot: Dot): readonly SealedEvent[] => {
  const [row, waiting, others] = [log.get(dot), parked.get(dot), variants.get(dot)];
  // Under most dots nothing else stands, and this is asked for every event and parent.
  if (others === undefined && waiting === undefined) return row === undefined ? nothing : [row.sealed];
  return [row, waiting, ...(others ?? [])].flatMap((stored) => stored?.sealed ?? []);
};

const nothing: readonly SealedEvent[] = [];

const setStanding = (contents: Contents, dot: Dot, standing: EventStanding): void => {
  const row = contents.log.get(dot);
  if (row !== undefined) row.standing = standing;
};

const countedStanding = (contents: Contents, dot: Dot): EventStanding => {
  const row = contents.log.get(dot);
  if (row === undefined) return 'none';
  const about = contents.conflicts
    .inGroup(resourceKeyOf(row.sealed.event))
    .map(({ record }) => record)
    .filter((record) => !record.isSuperseded && record.siblings.includes(dot));
  if (about.some(isOpen)) return 'conflict';
  return about.length > 0 ? 'resolved' : 'none';
};

const markSynced = (contents: Contents, replicaId: ReplicaId, upTo: number): void => {
  for (let seq = upTo; seq > contents.syncedSeq; seq -= 1) {
    const row = contents.log.get(dotOf(replicaId, seq));
    if (row !== undefined) row.isLocal = false;
  }
  contents.syncedSeq = Math.max(contents.syncedSeq, upTo);
};

const extendPrefix = (contents: Contents, replicaId: ReplicaId): void => {
  let seq = contents.prefixes.get(replicaId) ?? 0;
  while (holds(contents, dotOf(replicaId, seq + 1)) || isExplained(contents, replicaId, seq + 1)) seq += 1;
  contents.prefixes.set(replicaId, seq);
};

/** Puts events under their new dots, at the positions of the old ones. */
const rename = (contents: Contents, renamed: NonNullable<UnitOfWork['renamed']>): void => {
  const newDots = new Map(renamed.map(({ from, sealed }) => [from, sealed.dot]));
  const waiting = renamed.map(({ from }) => contents.parked.get(from));
  for (const { from } of renamed) contents.parked.delete(from);
  for (const [index, { sealed }] of renamed.entries()) {
    const parked = waiting[index];
    if (parked === undefined) continue;
    forgetId(contents, parked.sealed);
    const missing = parked.missing.map((dot) => newDots.get(dot) ?? dot);
    contents.parked.set(sealed.dot, Object.freeze({ ...parked, sealed, missing }));
    contents.places[parked.position] = sealed.dot;
    noteId(contents, sealed);
  }
  const rows = renamed.map(({ from }) => contents.log.get(from));
  for (const { from } of renamed) {
    const row = contents.log.get(from);
    if (row === undefined) continue;
    contents.log.delete(from);
    forgetId(contents, row.sealed);
  }
  for (const [index, { from, sealed }] of renamed.entries()) {
    const row = rows[index];
    if (row === undefined) continue;
    contents.log.set(sealed.dot, { ...row, sealed });
    contents.places[row.position] = sealed.dot;
    noteId(contents, sealed);
    const dots = contents.byResource.get(resourceKeyOf(sealed.event)) ?? [];
    dots[dots.indexOf(from)] = sealed.dot;
  }
  for (const { from, sealed } of renamed) {
    const parts = parseDot(from);
    if (parts !== undefined)
      contents.prefixes.set(parts.replicaId, Math.min(contents.prefixes.get(parts.replicaId) ?? 0, parts.seq - 1));
    extendPrefix(contents, sealed.event.replicaId);
  }
};
