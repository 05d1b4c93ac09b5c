/** Writes the events of a unit of work: applied, renamed, voided, kept as evidence. */
import type { Dot, SealedEvent } from '../../../domain/events/event.js';
import type { VoidNode } from '../../../domain/merge/loaded.js';
import type { RenamedEvent, UnitOfWork } from '../../../domain/merge/unit-of-work.js';
import { canonicalJson } from '../../../domain/shared/canonical-json.js';
import { invariant } from '../../../domain/shared/invariant.js';
import type { Base } from '../base.js';
import { bulkInsert } from '../../sqlite-file/bulk-insert.js';
import {
  conflictFlag,
  flagOfStanding,
  localFlag,
  resolvedFlag,
  sawAllFlag,
  standingFlags,
  voidFlag,
} from '../rows/event-flags.js';
import { eventColumnNames, writeEvent } from '../rows/event-rows.js';
import { hashToBytes } from '../../sqlite-file/hash-bytes.js';
import { renameParked } from './withdraw-rows.js';

/** Gives the next position in the log; none is ever given twice (S7). */
export type NextPosition = () => number;

/** Appends events, with the standing that they have from the beginning; answers which have one. */
export const appendEvents = (
  { append, standings }: Pick<UnitOfWork, 'append' | 'standings'>,
  nextPosition: NextPosition,
  base: Base,
): ReadonlySet<Dot> => {
  const placed = new Set<Dot>();
  const [first] = append;
  if (first === undefined) return placed;
  const { connection, replicas, eventIds } = base;
  const rows = bulkInsert(connection, 'event', eventColumnNames);
  let firstPosition: number | undefined;
  for (const { sealed, sawAll, isLocal } of append) {
    const { event } = sealed;
    const n = nextPosition();
    firstPosition ??= n;
    const replica = replicas.entryFor(event.replicaId);
    const standing = standings.get(sealed.dot);
    if (standing !== undefined) placed.add(sealed.dot);
    const flags =
      (sawAll ? sawAllFlag : 0) | (isLocal ? localFlag : 0) | (standing === undefined ? 0 : flagOfStanding[standing]);
    rows.addInto((into, at) => writeEvent(into, at, n, sealed, replica, flags, base));
    replicas.noteStored(replica, event.seq);
  }
  rows.finish();
  eventIds.addAll(
    append.map(({ sealed }) => sealed.event.eventId),
    firstPosition ?? 0,
  );
  return placed;
};

export const addVariant = ({ event, dot, hash }: SealedEvent, nextPosition: NextPosition, base: Base): void => {
  const [replica, seq] = base.dots.partsFor(dot);
  const n = nextPosition();
  base.connection
    .statement('INSERT INTO variant (n, replica, seq, hash, event) VALUES (?, ?, ?, ?, ?)')
    .run(n, replica.id, seq, hashToBytes(hash), canonicalJson(event));
  base.eventIds.add(event.eventId, n);
  base.replicas.noteStored(replica, seq);
};

export const writeVoid = (node: VoidNode, { connection, dots, resources }: Base): void => {
  const [replica, seq] = dots.partsFor(node.dot);
  connection
    .statement('INSERT OR REPLACE INTO void_node (replica, seq, resource, parents, is_applied) VALUES (?, ?, ?, ?, ?)')
    .run(replica.id, seq, resources.idFor(node), dots.write(node.parents), node.isApplied ? 1 : 0);
  connection
    .statement(`UPDATE event SET flags = flags | ${voidFlag} WHERE replica = ? AND seq = ?`)
    .run(replica.id, seq);
};

/** @param placed events that were appended with their standing already */
export const setStandings = (
  { standings, recount }: Pick<UnitOfWork, 'standings' | 'recount'>,
  placed: ReadonlySet<Dot>,
  base: Base,
): void => {
  for (const [dot, standing] of standings) if (!placed.has(dot)) setStanding(dot, flagOfStanding[standing], base);
  for (const dot of recount) setStanding(dot, countedStanding(dot, base), base);
};

const standingUpdate = `UPDATE event SET flags = (flags & ~${standingFlags}) | ? WHERE replica = ? AND seq = ?`;

const setStanding = (dot: Dot, flag: number, { connection, dots }: Base): void => {
  const parts = dots.find(dot);
  if (parts === undefined) return;
  connection.statement(standingUpdate).run(flag, ...parts);
};

/** Whether the conflicts of its own resource that are left hold it: a pending one, or only decided ones. */
const countedStanding = (dot: Dot, { connection, dots }: Base): number => {
  const parts = dots.find(dot);
  if (parts === undefined) return 0;
  const statuses = connection
    .values<string>(
      `SELECT DISTINCT c.status FROM event e
       JOIN conflict_event x ON x.replica = e.replica AND x.seq = e.seq AND x.is_sibling = 1
       JOIN conflict c ON c.n = x.conflict AND c.resource = e.resource
       WHERE e.replica = ? AND e.seq = ? AND c.status <> 'superseded'`,
    )
    .all(...parts);
  if (statuses.includes('pending_review')) return conflictFlag;
  return statuses.length > 0 ? resolvedFlag : 0;
};

/** Own events up to that number are held by a remote; those up to `before` were marked already. */
export const markSynced = (replicaId: string, before: number, upTo: number, { connection, replicas }: Base): void => {
  const replica = replicas.find(replicaId);
  if (replica === undefined) return;
  connection
    .statement(`UPDATE event SET flags = flags & ~${localFlag} WHERE replica = ? AND seq > ? AND seq <= ?`)
    .run(replica.id, before, upTo);
};

/** Puts events under their new dots, at their old positions and with their old ids (R8). */
export const renameEvents = (all: readonly RenamedEvent[], base: Base): void => {
  const { connection, dots, replicas } = base;
  const applied = connection.values('SELECT 1 FROM event WHERE replica = ? AND seq = ?');
  const isApplied = ({ from }: RenamedEvent): boolean => {
    const parts = dots.find(from);
    return parts !== undefined && applied.get(...parts) !== undefined;
  };
  const renamed: RenamedEvent[] = [];
  const waiting: RenamedEvent[] = [];
  for (const one of all) (isApplied(one) ? renamed : waiting).push(one);
  const rows = renamed.map(({ from }) => {
    const [entry, seq] = dots.partsFor(from);
    const row = connection
      .rows<readonly [n: number, flags: number]>('SELECT n, flags FROM event WHERE replica = ? AND seq = ?')
      .get(entry.id, seq);
    invariant(row !== undefined, `${from} is to be renamed and is not stored`);
    replicas.noteGone(entry, seq);
    return row;
  });
  const remove = connection.statement('DELETE FROM event WHERE n = ?');
  for (const [n] of rows) remove.run(n);
  const inserted = bulkInsert(connection, 'event', eventColumnNames);
  for (const [index, { sealed }] of renamed.entries()) {
    const [n, flags] = rows[index] as readonly [number, number];
    const replica = replicas.entryFor(sealed.event.replicaId);
    inserted.addInto((into, at) => writeEvent(into, at, n, sealed, replica, flags, base));
    replicas.noteStored(replica, sealed.event.seq);
  }
  inserted.finish();
  renameParked(waiting, base);
};
