/** Events that wait, as rows: for their parents, for their time to come, or for nothing any more. */
import type { ParkingReason } from '../../../domain/audit/audit-act.js';
import type { ContentHash, Dot, ResourceRef } from '../../../domain/events/event.js';
import type { ParkedEvent } from '../../../domain/merge/loaded.js';
import { canonicalJson } from '../../../domain/shared/canonical-json.js';
import type { Base } from '../base.js';
import { readSealed } from './event-rows.js';
import { hashText, hashToBytes } from '../../sqlite-file/hash-bytes.js';
import { timeToMs } from './times.js';

export type PlacedParked = ParkedEvent & { readonly position: number };

export type ParkedRow = readonly [
  n: number,
  replica: number,
  seq: number,
  hash: ContentHash,
  event: string,
  reason: ParkingReason,
  missing: string | null,
];

export const parkedColumns = `parked.n, parked.replica, parked.seq, ${hashText('hash')}, event, reason, missing`;

export const readParkedRow = (
  [n, replica, seq, hash, event, reason, missing]: ParkedRow,
  { replicas, dots }: Base,
): PlacedParked => ({
  position: n,
  sealed: readSealed(`${replicas.entryOf(replica).replicaId}:${seq}` as Dot, hash, event),
  reason,
  missing: dots.read(missing),
});

/** Writes it over what waits under its dot; `nextPosition` is asked for a place for a new one. */
export const park = ({ sealed, reason, missing }: ParkedEvent, nextPosition: () => number, base: Base): void => {
  const { connection, dots, eventIds, replicas } = base;
  const [entry, seq] = dots.partsFor(sealed.dot);
  const before = connection.values<number>('SELECT n FROM parked WHERE replica = ? AND seq = ?').get(entry.id, seq);
  const n = before ?? nextPosition();
  if (before !== undefined) connection.statement('DELETE FROM parked_missing WHERE n = ?').run(n);
  connection
    .statement(
      `INSERT OR REPLACE INTO parked (n, replica, seq, resource_type, resource_id, hash, event, reason, missing, due_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(
      n,
      entry.id,
      seq,
      sealed.event.resourceType,
      sealed.event.resourceId,
      hashToBytes(sealed.hash),
      canonicalJson(sealed.event),
      reason,
      dots.write(missing),
      reason === 'future' ? timeToMs(sealed.event.timestamp) : null,
    );
  const insertMissing = connection.statement('INSERT OR IGNORE INTO parked_missing (replica, seq, n) VALUES (?, ?, ?)');
  for (const dot of missing) {
    const [missingEntry, missingSeq] = dots.partsFor(dot);
    insertMissing.run(missingEntry.id, missingSeq, n);
  }
  if (before === undefined) eventIds.add(sealed.event.eventId, n);
  replicas.noteStored(entry, seq);
};

export const unpark = (dot: Dot, base: Base): void => {
  const { connection, dots, eventIds } = base;
  const parts = dots.find(dot);
  const row = parts === undefined ? undefined : parkedUnder(parts, base)[0];
  if (row === undefined) return;
  const [n] = row;
  connection.statement('DELETE FROM parked_missing WHERE n = ?').run(n);
  connection.statement('DELETE FROM parked WHERE n = ?').run(n);
  eventIds.remove(readParkedRow(row, base).sealed.event.eventId, n);
};

export const parkedUnder = ([replica, seq]: readonly [number, number], { connection }: Base): readonly ParkedRow[] =>
  connection.rows<ParkedRow>(`SELECT ${parkedColumns} FROM parked WHERE replica = ? AND seq = ?`).all(replica, seq);

export const parkedOn = ({ resourceType, resourceId }: ResourceRef, base: Base): readonly PlacedParked[] => {
  if (base.remembered.parkedCount() === 0) return [];
  return base.connection
    .rows<ParkedRow>(`SELECT ${parkedColumns} FROM parked WHERE resource_id = ? AND resource_type = ? ORDER BY n`)
    .all(resourceId, resourceType)
    .map((row) => readParkedRow(row, base));
};

/** Parked events that wait for these dots, directly or not, have one of them, or are due; by position. */
export const findWaiting = (asked: Iterable<Dot>, dueMs: number, base: Base): readonly PlacedParked[] => {
  const { connection, dots, remembered } = base;
  if (remembered.parkedCount() === 0) return [];
  const found = new Map<number, PlacedParked>();
  const open: Dot[] = [...asked];
  const seen = new Set<Dot>(open);
  const note = (row: ParkedRow): void => {
    if (found.has(row[0])) return;
    const parked = readParkedRow(row, base);
    found.set(parked.position, parked);
    if (seen.has(parked.sealed.dot)) return;
    seen.add(parked.sealed.dot);
    open.push(parked.sealed.dot);
  };
  const waitingFor = connection.rows<ParkedRow>(
    `SELECT ${parkedColumns} FROM parked_missing m JOIN parked ON parked.n = m.n WHERE m.replica = ? AND m.seq = ?`,
  );
  connection.rows<ParkedRow>(`SELECT ${parkedColumns} FROM parked WHERE due_ms <= ?`).all(dueMs).forEach(note);
  for (let dot = open.pop(); dot !== undefined; dot = open.pop()) {
    const parts = dots.find(dot);
    if (parts === undefined) continue;
    parkedUnder(parts, base).forEach(note);
    waitingFor.all(...parts).forEach(note);
  }
  return [...found.values()].sort((a, b) => a.position - b.position);
};
