/** The history of a resource: all of it, or its recent part, by position and so in the order of application. */
import type { ConflictRecord } from '../../../domain/conflict/conflict-record.js';
import type { Dot, SealedEvent } from '../../../domain/events/event.js';
import type { HistoryRequest, LoadedHistory, VoidNode } from '../../../domain/merge/loaded.js';
import type { KnownFacts } from '../../../domain/resource/branches.js';
import type { Base } from '../base.js';
import { conflictColumns, readConflictRow, type ConflictRow } from '../rows/conflict-rows.js';
import { sawAllFlag, voidFlag } from '../rows/event-flags.js';
import { eventColumns, readEvent, type EventRow } from '../rows/event-rows.js';
import { storedUnder } from './find-events.js';
import { positionOf } from './known-dots.js';
import { loadFacts } from './known-facts.js';
import { parkedOn } from '../rows/parked-rows.js';

export const loadHistory = (request: HistoryRequest, base: Base): LoadedHistory => {
  const resource = base.resources.find(request);
  const { since, facts } = request;
  if (facts !== undefined) {
    const empty = { isWhole: false, events: [], voids: [], variants: [], parked: [], conflicts: [] };
    return { ...empty, facts: resource === undefined ? noFacts : loadFacts(resource, facts, base) };
  }
  if (since !== undefined) {
    const positions = since.flatMap((dot) => positionOf(dot, base) ?? []);
    const events =
      resource === undefined || positions.length === 0 ? [] : appliedFrom(resource, Math.min(...positions), base);
    const conflicts = resource === undefined ? [] : recordsClosedBy(events, resource, base);
    return { isWhole: false, events, voids: [], variants: [], parked: [], conflicts };
  }
  const voids = resource === undefined ? [] : voidsOf(resource, request, base);
  const isHere = ({ event }: SealedEvent): boolean =>
    event.resourceType === request.resourceType && event.resourceId === request.resourceId;
  return {
    isWhole: true,
    events: resource === undefined ? [] : appliedFrom(resource, 0, base),
    voids,
    variants: voids.flatMap(({ dot }) => storedUnder(dot, base).map(({ sealed }) => sealed)).filter(isHere),
    parked: parkedOn(request, base).map(({ sealed, reason, missing }) => ({ sealed, reason, missing })),
    conflicts: resource === undefined ? [] : recordsOf(resource, base),
  };
};

const noFacts: KnownFacts = { line: [], closedAny: false, events: [] };

const appliedFrom = (resource: number, position: number, base: Base): LoadedHistory['events'] =>
  base.connection
    .rows<EventRow>(
      `SELECT ${eventColumns} FROM event WHERE resource = ? AND n >= ? AND flags & ${voidFlag} = 0 ORDER BY n`,
    )
    .all(resource, position)
    .map((row) => ({ sealed: readEvent(row, base), sawAll: (row[8] & sawAllFlag) !== 0 }));

/** Every record of the resource, superseded ones too. */
export const recordsOf = (resource: number, base: Base): LoadedHistory['conflicts'] =>
  base.connection
    .rows<ConflictRow>(`SELECT ${conflictColumns} FROM conflict WHERE resource = ? ORDER BY n`)
    .all(resource)
    .map((row) => readConflictRow(row, base).record);

/** From the smaller end: the conflicts of the resource, or the events that may have closed some. */
const recordsClosedBy = (events: LoadedHistory['events'], resource: number, base: Base): LoadedHistory['conflicts'] => {
  const { connection, dots } = base;
  const conflicts = connection.values<number>('SELECT count(*) FROM conflict WHERE resource = ?').get(resource) ?? 0;
  if (conflicts === 0) return [];
  if (conflicts <= events.length) {
    const closers = new Set(events.map(({ sealed }) => sealed.dot));
    return recordsOf(resource, base).filter(({ closedBy }) => closedBy.some((dot) => closers.has(dot)));
  }
  const closedBy = connection.rows<ConflictRow>(closedByEvent);
  const found = new Map<string, ConflictRecord>();
  for (const { sealed } of events) {
    const parts = dots.find(sealed.dot);
    if (parts === undefined) continue;
    for (const row of closedBy.all(...parts, resource)) found.set(row[1], readConflictRow(row, base).record);
  }
  return [...found.values()];
};

const closedByEvent = `SELECT ${conflictColumns.replace(/\w+/g, 'c.$&')}
  FROM conflict_event x JOIN conflict c ON c.n = x.conflict
  WHERE x.replica = ? AND x.seq = ? AND x.is_sibling = 0 AND c.resource = ?`;

const voidsOf = (
  resource: number,
  { resourceType, resourceId }: HistoryRequest,
  { connection, replicas, dots, remembered }: Base,
): readonly VoidNode[] => {
  if (!remembered.hasVoids()) return [];
  return connection
    .rows<readonly [replica: number, seq: number, parents: string | null, isApplied: number]>(
      'SELECT replica, seq, parents, is_applied FROM void_node WHERE resource = ?',
    )
    .all(resource)
    .map(([replica, seq, parents, isApplied]) => ({
      resourceType,
      resourceId,
      dot: `${replicas.entryOf(replica).replicaId}:${seq}` as Dot,
      parents: dots.read(parents),
      isApplied: isApplied === 1,
    }));
};
