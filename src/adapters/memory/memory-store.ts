/**
 * A store in memory: for tests, for short-lived replicas, and as the plainest reading of the
 * port's contract. Nothing survives the process.
 */
import { auditOrigin } from '../../domain/audit/audit-chain.js';
import { clockOrigin } from '../../domain/clock/hybrid-clock.js';
import { timestampToMs } from '../../domain/clock/timestamp.js';
import { vectorFrom } from '../../domain/causality/version-vector.js';
import type { Dot, EventId, ReplicaId, SealedEvent } from '../../domain/events/event.js';
import type { DependencyWorld, WorldRequest } from '../../domain/merge/dependencies.js';
import type { HistoryRequest, KnownDot, Loaded, LoadedHistory, ParkedEvent } from '../../domain/merge/loaded.js';
import { knownFactsOf } from './known-facts.js';
import { resourceKeyOf, type ResourceKey } from '../../domain/resource/resource-key.js';
import { deepFreeze } from '../../domain/shared/deep-freeze.js';
import { ReknitError } from '../../domain/shared/errors.js';
import type { EventStore, LoadRequest, StoreFacts } from '../../application/ports/event-store.js';
import { contentsOf, emptyContents, writeUnit, type Contents, type WaitingEvent } from './contents.js';
import { readReceipts, readRefusals } from './explained.js';
import { readGaps, readReplicas } from './gaps.js';
import { checkFence, takeLease, type Leases } from './leases.js';
import {
  countAll,
  findConflicts,
  findEvents,
  readAudit,
  readConflicts,
  readEvents,
  readParked,
  readResources,
} from './reads.js';

/** An empty store; nothing in it survives the process. */
export const createMemoryStore = (): EventStore => {
  const contents = emptyContents();
  const leases: Leases = new Map();
  let isClosed = false;
  /** Every call goes through here, so that a closed store answers nothing (S11). */
  const answer = async <Value>(read: () => Value): Promise<Value> => {
    if (isClosed) throw new ReknitError('store_closed', 'the store is closed: open it again');
    return read();
  };

  return {
    capabilities: { multiProcess: false, durability: 'none', backup: false },
    facts: () => answer(() => factsOf(contents)),
    load: (request) => answer(() => load(contents, request)),
    loadHistories: (requests) =>
      answer(() => new Map(requests.map((request) => [resourceKeyOf(request), historyOf(contents, request)]))),
    loadWorld: (request) => answer(() => worldOf(contents, request)),
    commit: (work) =>
      answer(() => {
        checkFence(leases, work);
        if (work.basedOn !== contents.audit.length) return 'stale';
        // Read back are the very objects that are handed in here: nobody may change them from now on.
        for (const { sealed } of [...work.append, ...work.park]) deepFreeze(sealed);
        for (const sealed of work.variants) deepFreeze(sealed);
        for (const { view } of work.resources) deepFreeze(view);
        deepFreeze([work.conflicts, work.audit, work.park.map(({ missing }) => missing)]);
        writeUnit(contents, work);
        return 'committed';
      }),
    readEvents: (query) => answer(() => readEvents(contents, query)),
    findEvents: (wanted) => answer(() => findEvents(contents, wanted)),
    readResource: (ref) => answer(() => contents.resources.get(resourceKeyOf(ref))),
    readResources: (query) => answer(() => readResources(contents, query)),
    readConflicts: (query) => answer(() => readConflicts(contents, query)),
    findConflicts: (ids) => answer(() => findConflicts(contents, ids)),
    readAudit: (query) => answer(() => readAudit(contents, query)),
    readParked: (query) => answer(() => readParked(contents, query)),
    readCut: () => answer(() => vectorFrom([...contents.prefixes].filter(([, seq]) => seq > 0))),
    readGaps: (replicaId) => answer(() => readGaps(contents, replicaId)),
    readReplicas: () => answer(() => readReplicas(contents)),
    readRefusals: (query) => answer(() => readRefusals(contents, query)),
    readReceipts: (remoteId, events) => answer(() => readReceipts(contents, remoteId, events)),
    readCursor: (remote) => answer(() => contents.cursors.get(remote)),
    lease: (request) => answer(() => takeLease(leases, request)),
    counts: () => answer(() => countAll(contents)),
    watchOthers: () => () => undefined,
    backup: async () => {
      throw new ReknitError('backup_unsupported', 'a replica in memory has no file to copy: export a bundle instead');
    },
    declareIndexes: () => answer(() => undefined),
    close: async () => {
      isClosed = true;
    },
  };
};

const factsOf = (contents: Contents): StoreFacts => {
  const last = contents.audit.at(-1);
  return {
    replica: contents.replica,
    policy: contents.policy,
    audit: last === undefined ? auditOrigin : { count: last.number, hash: last.hash },
    isCopy: false,
    logHead: contents.position,
    syncedSeq: contents.syncedSeq,
    scope: contents.scope,
  };
};

const nobody = { replicaId: '' as ReplicaId, clock: clockOrigin, lastSeq: 0, offeredSeq: 0 };

const load = (contents: Contents, { events, resources, dueMs }: LoadRequest): Loaded => {
  const keys = new Set<ResourceKey>([
    ...events.map(({ event }) => resourceKeyOf(event)),
    ...resources.map(resourceKeyOf),
  ]);
  const dots = new Set<Dot>();
  const sameId = new Map<EventId, readonly SealedEvent[]>();
  for (const { dot, hash, event } of events) {
    dots.add(dot);
    for (const parent of event.parents) dots.add(parent);
    // Of what is stored exactly as it came nobody asks who else has its id: every store leaves that out alike.
    if (contentsOf(contents, dot).some((stored) => stored.hash === hash)) continue;
    const stored = [...(contents.byEventId.get(event.eventId) ?? [])]
      .flatMap((other) => contentsOf(contents, other))
      .filter((other) => other.event.eventId === event.eventId);
    if (stored.length > 0) sameId.set(event.eventId, stored);
    for (const same of stored) dots.add(same.dot);
  }
  const parked = waitingFor(contents, new Set(events.map(({ dot }) => dot)), dueMs);
  for (const { sealed } of parked) {
    keys.add(resourceKeyOf(sealed.event));
    for (const parent of sealed.event.parents) dots.add(parent);
  }
  const facts = factsOf(contents);
  return {
    replica: contents.replica ?? nobody,
    policyFingerprint: contents.policy?.fingerprint ?? '',
    audit: facts.audit,
    known: new Map([...dots].flatMap((dot) => known(contents, dot))),
    sameId,
    states: new Map([...keys].flatMap((key) => pairOf(key, contents.resources.get(key)?.state))),
    parked,
    parkedCount: contents.parked.size,
    withVoids: new Set([...keys].filter((key) => contents.voidsOn.has(key))),
  };
};

const pairOf = <Key, Value>(key: Key, value: Value | undefined): readonly (readonly [Key, Value])[] =>
  value === undefined ? [] : [[key, value]];

const known = (contents: Contents, dot: Dot): readonly (readonly [Dot, KnownDot])[] => {
  const variants = contentsOf(contents, dot);
  if (variants.length === 0) return [];
  const hashes = variants.map(({ hash }) => hash);
  const nodes = contents.voids.get(dot);
  if (nodes !== undefined)
    return [[dot, { hashes, appliedIn: [...nodes].filter(([, node]) => node.isApplied).map(([key]) => key) }]];
  const row = contents.log.get(dot);
  return [[dot, { hashes, appliedIn: row === undefined ? [] : [resourceKeyOf(row.sealed.event)] }]];
};

/** Parked events that wait for these, directly or not, have the same dots, or are due. */
const waitingFor = (contents: Contents, dots: ReadonlySet<Dot>, dueMs: number): readonly ParkedEvent[] => {
  const waiters = new Map<Dot, Dot[]>();
  const open: Dot[] = [...dots];
  for (const [dot, { sealed, reason, missing }] of contents.parked) {
    if (reason === 'future' && (timestampToMs(sealed.event.timestamp) ?? 0) <= dueMs) open.push(dot);
    for (const parent of missing) {
      const others = waiters.get(parent);
      if (others === undefined) waiters.set(parent, [dot]);
      else others.push(dot);
    }
  }
  const found = new Map<Dot, WaitingEvent>();
  const reached = new Set<Dot>();
  for (let dot = open.pop(); dot !== undefined; dot = open.pop()) {
    if (reached.has(dot)) continue;
    reached.add(dot);
    const parked = contents.parked.get(dot);
    if (parked !== undefined) found.set(dot, parked);
    for (const waiter of waiters.get(dot) ?? []) open.push(waiter);
  }
  return [...found.values()].sort((a, b) => a.position - b.position);
};

const historyOf = (contents: Contents, request: HistoryRequest): LoadedHistory => {
  const key = resourceKeyOf(request);
  const rows = (contents.byResource.get(key) ?? [])
    .flatMap((dot) => contents.log.get(dot) ?? [])
    .filter(({ isVoid }) => !isVoid);
  const records = contents.conflicts.inGroup(key).map(({ record }) => record);
  if (request.facts !== undefined) {
    const facts = knownFactsOf(contents, request.facts, rows, records);
    return { isWhole: false, events: [], voids: [], variants: [], parked: [], conflicts: [], facts };
  }
  if (request.since !== undefined) {
    const starts = request.since.flatMap((dot) => contents.log.get(dot)?.position ?? []);
    const from = Math.min(...starts);
    const events = rows.filter(({ position }) => position >= from);
    const dots = new Set(events.map(({ sealed }) => sealed.dot));
    const conflicts = records.filter(({ closedBy }) => closedBy.some((dot) => dots.has(dot)));
    return { isWhole: false, events, voids: [], variants: [], parked: [], conflicts };
  }
  const voids = [...(contents.voidsOn.get(key)?.values() ?? [])];
  const isHere = ({ event }: SealedEvent): boolean => resourceKeyOf(event) === key;
  return {
    isWhole: true,
    events: rows,
    voids,
    variants: voids.flatMap(({ dot }) => contentsOf(contents, dot)).filter(isHere),
    // What a policy took out of the log stands at its old position, and came here last.
    parked: contents.parked.inGroup(key).toSorted((a, b) => a.position - b.position),
    conflicts: records,
  };
};

const worldOf = ({ resources, referrers, conflicts }: Contents, request: WorldRequest): DependencyWorld => ({
  resources: new Map(request.resources.map((key) => [key, resources.get(key)])),
  referrers: new Map(request.referrersOf.map((key) => [key, [...(referrers.get(key) ?? [])]])),
  records: new Map(
    request.resources.map((key) => [
      key,
      conflicts
        .inGroup(key)
        .map(({ record }) => record)
        .filter(({ unit }) => unit.kind === 'dependency'),
    ]),
  ),
  hasReferences: referrers.size > 0,
});
