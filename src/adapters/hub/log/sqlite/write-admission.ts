/** Writes what an admission has come to, within the transaction in which it was decided. */
import type { Admission } from '../../../../application/hub/admission.js';
import { parseDot } from '../../../../domain/causality/dot.js';
import type { Dot } from '../../../../domain/events/event.js';
import { bulkInsert } from '../../../sqlite-file/bulk-insert.js';
import { hashToBytes } from '../../../sqlite-file/hash-bytes.js';
import { newTag } from '../marks.js';
import type { HubBase } from './hub-base.js';
import { kinds, retries } from './schema.js';

export const writeAdmission = (admission: Omit<Admission, 'verdicts'>, receivedAt: string, base: HubBase): void => {
  const { connection } = base;
  const { events, refusals } = writeEntries(admission, receivedAt, base);
  unpark(admission, base);
  const parkedBytes = park(admission, receivedAt, base);
  for (const [replicaId, head] of admission.heads)
    connection.statement('UPDATE replica SET head = ? WHERE id = ?').run(head, base.replicas.idFor(replicaId));
  const parkedEvents = admission.park.length - admission.unpark.length;
  if (events + refusals > 0 || admission.park.length + admission.unpark.length > 0)
    connection
      .statement(
        `UPDATE meta SET events = events + ?, refusals = refusals + ?,
          parked_events = parked_events + ?, parked_bytes = parked_bytes + ?`,
      )
      .run(events, refusals, parkedEvents, parkedBytes);
};

const writeEntries = (
  { entries, forked }: Omit<Admission, 'verdicts'>,
  receivedAt: string,
  { connection, replicas, resources }: HubBase,
): { readonly events: number; readonly refusals: number } => {
  const [first] = entries;
  if (first === undefined) return { events: 0, refusals: 0 };
  connection
    .statement('INSERT INTO arrival (first_position, received_at, tag) VALUES (?, ?, ?)')
    .run(first.position, receivedAt, newTag());
  const insert = bulkInsert(connection, 'entry', 'position, replica, seq, resource, kind, hash, content');
  let refusals = 0;
  for (const entry of entries) {
    const { event, hash } = entry.sealed;
    const isEvent = entry.type === 'event';
    if (!isEvent) refusals += 1;
    insert.add([
      entry.position,
      replicas.idFor(event.replicaId),
      event.seq,
      resources.idFor(entry.resource),
      isEvent ? (entry.isAskedFor ? kinds.event : kinds.eventAside) : kinds.refusal,
      hashToBytes(hash),
      isEvent
        ? entry.canonical
        : JSON.stringify({
            eventId: entry.refusal.eventId,
            code: entry.refusal.code,
            message: entry.refusal.message,
          }),
    ]);
  }
  insert.finish();
  for (const dot of forked) {
    const parts = parseDot(dot);
    if (parts === undefined) continue;
    connection
      .statement(`UPDATE entry SET kind = ${kinds.eventAside} WHERE replica = ? AND seq = ? AND kind = ${kinds.event}`)
      .run(replicas.idFor(parts.replicaId), parts.seq);
  }
  return { events: entries.length - refusals, refusals };
};

const unpark = ({ unpark: decided, rewait }: Pick<Admission, 'unpark' | 'rewait'>, { connection }: HubBase): void => {
  const find = connection.values<number>('SELECT n FROM parked WHERE dot = ? AND hash = ?');
  for (const { dot, hash } of decided) {
    const n = find.get(dot, hashToBytes(hash)) ?? 0;
    connection.statement('DELETE FROM parked WHERE n = ?').run(n);
    connection.statement('DELETE FROM waits WHERE n = ?').run(n);
  }
  for (const { dot, hash, waits, wasHeld } of rewait) {
    const n = find.get(dot, hashToBytes(hash)) ?? 0;
    if (wasHeld) connection.statement('UPDATE parked SET is_retry = ? WHERE n = ?').run(retries.held, n);
    connection.statement('DELETE FROM waits WHERE n = ?').run(n);
    writeWaits(n, waits, connection);
  }
};

/** Answers by how much the room taken has grown. */
const park = (
  { park: waiting, unpark: decided }: Pick<Admission, 'park' | 'unpark'>,
  receivedAt: string,
  { connection, replicas, resources }: HubBase,
): number => {
  const insert = connection.statement(
    `INSERT INTO parked (replica, seq, resource, dot, hash, bytes, is_retry, refusal, content, since)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  for (const { sealed, resource, canonical, refusal, isRetry, wasHeld, waits, bytes } of waiting) {
    const { event, dot, hash } = sealed;
    const { lastInsertRowid } = insert.run(
      replicas.idFor(event.replicaId),
      event.seq,
      resources.idFor(resource),
      dot,
      hashToBytes(hash),
      bytes,
      wasHeld === true ? retries.held : isRetry ? retries.retry : retries.none,
      refusal === undefined ? null : JSON.stringify(refusal),
      canonical,
      receivedAt,
    );
    writeWaits(Number(lastInsertRowid), waits, connection);
  }
  return sum(waiting) - sum(decided);
};

const writeWaits = (n: number, waits: readonly Dot[], connection: HubBase['connection']): void => {
  const insert = connection.statement('INSERT INTO waits (dot, n) VALUES (?, ?)');
  for (const dot of waits) insert.run(dot, n);
};

const sum = (items: readonly { readonly bytes: number }[]): number =>
  items.reduce((total, { bytes }) => total + bytes, 0);
