/**
 * Writes conflicts of the log, and takes them out again.
 *
 * For whoever reads the file with the shell a row also says which sibling was written here and
 * which is the last write (R2) of the others, and what the answer is, in event ids.
 */
import { compareWrites } from '../../../domain/causality/last-write.js';
import type { ConflictRecord } from '../../../domain/conflict/conflict-record.js';
import type { Dot, ReplicaId } from '../../../domain/events/event.js';
import type { WriteFacts } from '../../../domain/resource/state.js';
import { invariant } from '../../../domain/shared/invariant.js';
import type { Json } from '../../../domain/shared/json.js';
import type { Base } from '../base.js';
import { bulkInsert } from '../../sqlite-file/bulk-insert.js';
import { statusOfConflict } from '../rows/conflict-rows.js';
import type { Bindable } from '../../sqlite-file/connection.js';
import { msToTime } from '../rows/times.js';

/** What conflicts are written with. */
export interface ConflictWriting {
  readonly ownReplica: ReplicaId;
  readonly nowText: string;
  /** Who wrote the siblings of contested units, as far as the unit of work says. */
  readonly factsOf: ReadonlyMap<Dot, WriteFacts>;
}

const columns = `n, conflict_id, resource, conflict_type, unit, siblings, closed_by, outcome, resolution, strategy,
  strategy_version, is_standing, status, local_event_id, remote_event_id, local_timestamp, remote_timestamp, created_at`;
const changedColumns = `resource = ?, conflict_type = ?, unit = ?, siblings = ?, closed_by = ?, outcome = ?,
  resolution = ?, strategy = ?, strategy_version = ?, is_standing = ?, status = ?, local_event_id = ?,
  remote_event_id = ?, local_timestamp = ?, remote_timestamp = ?`;

export const writeConflicts = (records: readonly ConflictRecord[], writing: ConflictWriting, base: Base): void => {
  if (records.length === 0) return;
  const { connection } = base;
  const known = connection.values<number>('SELECT n FROM conflict WHERE conflict_id = ?');
  const rows = bulkInsert(connection, 'conflict', columns);
  const links = bulkInsert(connection, 'conflict_event', 'replica, seq, conflict, is_sibling');
  let last = connection.values<number | null>('SELECT max(n) FROM conflict').get() ?? 0;
  const added = new Set<string>();
  for (const record of records) {
    const { conflictId } = record;
    const values = valuesOf(record, writing, base);
    let n = added.has(conflictId) ? undefined : known.get(conflictId);
    if (n !== undefined) {
      const id = n;
      unlink(id, base);
      connection.statement(`UPDATE conflict SET ${changedColumns} WHERE n = ?`).run(...values, id);
    } else {
      invariant(!added.has(conflictId), `conflict ${conflictId} is written twice in one commit`);
      added.add(conflictId);
      n = last += 1;
      rows.add([n, conflictId, ...values, writing.nowText]);
    }
    for (const dot of record.siblings) links.add(linkOf(dot, n, 1, base));
    for (const dot of record.closedBy) links.add(linkOf(dot, n, 0, base));
  }
  rows.finish();
  links.finish();
};

const linkOf = (dot: Dot, conflict: number, isSibling: 0 | 1, { dots }: Base): readonly Bindable[] => {
  const [entry, seq] = dots.partsFor(dot);
  return [entry.id, seq, conflict, isSibling];
};

const valuesOf = (
  record: ConflictRecord,
  { ownReplica, factsOf }: ConflictWriting,
  base: Base,
): readonly Bindable[] => {
  const { dots } = base;
  const sides: Side[] = [];
  let own: Side | undefined;
  let remote: Side | undefined;
  for (const dot of record.siblings) {
    const side = knownSide(dot, factsOf) ?? sideOf(dot, base);
    if (side === undefined) continue;
    sides.push(side);
    if (side.replicaId === ownReplica) own ??= side;
    else if (remote === undefined || compareWrites(side, remote) > 0) remote = side;
  }
  return [
    base.resources.idFor(record),
    record.conflictType,
    JSON.stringify(record.unit),
    dots.write(record.siblings) ?? '',
    dots.write(record.closedBy),
    JSON.stringify(record.outcome),
    resolutionOf(record, sides, base),
    record.strategy?.name ?? null,
    record.strategy?.version ?? null,
    record.isStanding ? 1 : 0,
    statusOfConflict(record),
    own?.eventId ?? null,
    remote?.eventId ?? null,
    own?.timestamp ?? null,
    remote?.timestamp ?? null,
  ];
};

export const removeConflict = (conflictId: string, base: Base): void => {
  const { connection } = base;
  const n = connection.values<number>('SELECT n FROM conflict WHERE conflict_id = ?').get(conflictId);
  if (n === undefined) return;
  unlink(n, base);
  connection.statement('DELETE FROM conflict WHERE n = ?').run(n);
};

/** The row itself says which events are linked to it. */
const unlink = (n: number, { connection, dots }: Base): void => {
  const row = connection
    .rows<readonly [siblings: string, closedBy: string | null]>('SELECT siblings, closed_by FROM conflict WHERE n = ?')
    .get(n);
  const remove = connection.statement('DELETE FROM conflict_event WHERE replica = ? AND seq = ? AND conflict = ?');
  for (const text of row ?? [])
    for (const dot of dots.read(text)) {
      const [entry, seq] = dots.partsFor(dot);
      remove.run(entry.id, seq, n);
    }
};

/** What the shell is shown of an event. */
interface Side {
  readonly dot: Dot;
  readonly replicaId: ReplicaId;
  readonly eventId: string;
  readonly timestamp: string;
  readonly counter: number;
}

const knownSide = (dot: Dot, factsOf: ReadonlyMap<Dot, WriteFacts>): Side | undefined => {
  const facts = factsOf.get(dot);
  if (facts === undefined) return undefined;
  const { eventId, timestamp, counter } = facts;
  return { dot, replicaId: dot.slice(0, dot.lastIndexOf(':')) as ReplicaId, eventId, timestamp, counter };
};

const sideOf = (dot: Dot, { connection, dots, replicas }: Base): Side | undefined => {
  const parts = dots.find(dot);
  const row =
    parts === undefined
      ? undefined
      : connection
          .rows<readonly [eventId: string, timeMs: number, counter: number]>(
            'SELECT event_id, time_ms, counter FROM event WHERE replica = ? AND seq = ?',
          )
          .get(...parts);
  if (parts === undefined || row === undefined) return undefined;
  return {
    dot,
    replicaId: replicas.entryOf(parts[0]).replicaId,
    eventId: row[0],
    timestamp: msToTime(row[1]),
    counter: row[2],
  };
};

/** The answer for the shell; nothing while there is none. */
const resolutionOf = (record: ConflictRecord, sides: readonly Side[], base: Base): string | null => {
  const { outcome, closedBy } = record;
  const idOf = (dot: Dot): string => (sides.find((side) => side.dot === dot) ?? sideOf(dot, base))?.eventId ?? dot;
  if (closedBy.length > 0) return JSON.stringify({ closedBy: closedBy.map(idOf) });
  const answer = (): Readonly<Record<string, Json>> | undefined => {
    switch (outcome.type) {
      case 'pending':
      case 'closed':
        return undefined;
      case 'moot':
        return { moot: true };
      case 'winner':
        return { winner: idOf(outcome.dot) };
      case 'value':
        return outcome.value === undefined ? { absent: true } : { value: outcome.value };
      case 'apply':
        return { apply: outcome.action };
    }
  };
  const text = answer();
  return text === undefined ? null : JSON.stringify(text);
};
