/**
 * Writes conflicts of the log, and takes them out again.
 *
 * For whoever reads the file with the shell a row also says which sibling was written here and
 * which is the last write (R2) of the others, and what the answer is, in event ids.
 */
import { compareWrites } from '../../domain/causality/last-write.js';
import type { ConflictRecord } from '../../domain/conflict/conflict-record.js';
import type { Dot, ReplicaId, SealedEvent } from '../../domain/events/event.js';
import type { Json } from '../../domain/shared/json.js';
import type { Base } from './base.js';
import { statusOfConflict } from './conflict-rows.js';
import { msToTime } from './times.js';

/** @param fresh the events of the same unit of work, which need not be looked up */
export const writeConflict = (
  record: ConflictRecord,
  ownReplica: ReplicaId,
  nowText: string,
  fresh: ReadonlyMap<Dot, SealedEvent>,
  base: Base,
): void => {
  const { connection, resources, dots } = base;
  const known = connection.values<number>('SELECT n FROM conflict WHERE conflict_id = ?').get(record.conflictId);
  const sides = record.siblings.flatMap((dot) => freshSide(dot, fresh) ?? sideOf(dot, base) ?? []);
  const own = sides.find(({ replicaId }) => replicaId === ownReplica);
  const foreign = sides.filter(({ replicaId }) => replicaId !== ownReplica);
  const remote = foreign.reduce<Side | undefined>(
    (last, side) => (last === undefined || compareWrites(side, last) > 0 ? side : last),
    undefined,
  );
  const written = connection
    .statement(
      `INSERT INTO conflict (conflict_id, resource, conflict_type, unit, siblings, closed_by, outcome, resolution, strategy,
       strategy_version, is_standing, status, local_event_id, remote_event_id, local_timestamp, remote_timestamp, created_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (conflict_id) DO UPDATE SET resource = excluded.resource, conflict_type = excluded.conflict_type,
       unit = excluded.unit, siblings = excluded.siblings, closed_by = excluded.closed_by, outcome = excluded.outcome,
       resolution = excluded.resolution, strategy = excluded.strategy, strategy_version = excluded.strategy_version,
       is_standing = excluded.is_standing, status = excluded.status, local_event_id = excluded.local_event_id,
       remote_event_id = excluded.remote_event_id, local_timestamp = excluded.local_timestamp,
       remote_timestamp = excluded.remote_timestamp`,
    )
    .run(
      record.conflictId,
      resources.idFor(record),
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
      nowText,
    );
  const n = known ?? Number(written.lastInsertRowid);
  if (known !== undefined) connection.statement('DELETE FROM conflict_event WHERE conflict = ?').run(n);
  const insert = connection.statement(
    'INSERT OR IGNORE INTO conflict_event (replica, seq, conflict, is_sibling) VALUES (?, ?, ?, ?)',
  );
  const link = (dot: Dot, isSibling: 0 | 1): void => {
    const [entry, seq] = dots.partsFor(dot);
    insert.run(entry.id, seq, n, isSibling);
  };
  record.siblings.forEach((dot) => link(dot, 1));
  record.closedBy.forEach((dot) => link(dot, 0));
};

export const removeConflict = (conflictId: string, { connection }: Base): void => {
  const n = connection.values<number>('SELECT n FROM conflict WHERE conflict_id = ?').get(conflictId);
  if (n === undefined) return;
  connection.statement('DELETE FROM conflict_event WHERE conflict = ?').run(n);
  connection.statement('DELETE FROM conflict WHERE n = ?').run(n);
};

/** What the shell is shown of an event. */
interface Side {
  readonly dot: Dot;
  readonly replicaId: ReplicaId;
  readonly eventId: string;
  readonly timestamp: string;
  readonly counter: number;
}

const freshSide = (dot: Dot, fresh: ReadonlyMap<Dot, SealedEvent>): Side | undefined => {
  const event = fresh.get(dot)?.event;
  if (event === undefined) return undefined;
  const { replicaId, eventId, timestamp, counter } = event;
  return { dot, replicaId, eventId, timestamp, counter };
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
