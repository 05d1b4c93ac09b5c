/** Events on their way between being applied and waiting: withdrawn (R9), or renamed while they wait (R8). */
import type { Dot, EventId } from '../../../domain/events/event.js';
import type { RenamedEvent } from '../../../domain/merge/unit-of-work.js';
import { invariant } from '../../../domain/shared/invariant.js';
import type { Base } from '../base.js';
import { park, parkedUnder, readParkedRow, unpark } from '../rows/parked-rows.js';

/** Takes an event out of the log; answers the position that it keeps while it waits (S12). */
export const withdraw = (dot: Dot, { connection, dots, eventIds }: Base): number => {
  const parts = dots.find(dot);
  const row =
    parts === undefined
      ? undefined
      : connection
          .rows<readonly [n: number, eventId: EventId]>('SELECT n, event_id FROM event WHERE replica = ? AND seq = ?')
          .get(...parts);
  invariant(row !== undefined, `${dot} is to be withdrawn and is not applied`);
  const [n, eventId] = row;
  connection.statement('DELETE FROM event WHERE n = ?').run(n);
  eventIds.remove(eventId, n);
  return n;
};

/** Puts events that wait under their new dots, with everything that they wait for. */
export const renameParked = (renamed: readonly RenamedEvent[], base: Base): void => {
  const newDots = new Map(renamed.map(({ from, sealed }) => [from, sealed.dot]));
  const rows = renamed.map(({ from }) => {
    const [entry, seq] = base.dots.partsFor(from);
    const row = parkedUnder([entry.id, seq], base)[0];
    invariant(row !== undefined, `${from} is to be renamed and is not stored`);
    base.replicas.noteGone(entry, seq);
    return readParkedRow(row, base);
  });
  for (const { from } of renamed) unpark(from, base);
  for (const [index, { sealed }] of renamed.entries()) {
    const before = rows[index];
    invariant(before !== undefined, `${sealed.dot} was read a moment before`);
    const missing = before.missing.map((dot) => newDots.get(dot) ?? dot);
    park({ sealed, reason: before.reason, missing }, () => before.position, base);
  }
};
