/** Numbers that are not stored and explained all the same (S13): by a refusal, or by the scope. */
import type { Dot } from '../../../domain/events/event.js';
import type { DotRange, Refusal } from '../../../domain/merge/unit-of-work.js';
import type { Page } from '../../../application/ports/event-store.js';
import type { Base } from '../base.js';
import { hashText, hashToBytes } from '../../sqlite-file/hash-bytes.js';
import { isStored } from '../reading/known-dots.js';
import { pageOf } from '../reading/pages.js';

export type PlacedRefusal = Refusal & { readonly position: number };

type RefusalRow = readonly [
  n: number,
  replica: number,
  seq: number,
  hash: string,
  eventId: string,
  code: string,
  message: string,
  by: string,
  at: string,
  status: Refusal['status'],
];

const refusalColumns = `n, replica, seq, ${hashText('hash')}, event_id, code, message, refused_by, refused_at, status`;

const readRow = (
  [n, replica, seq, hash, eventId, code, message, by, at, status]: RefusalRow,
  { replicas }: Base,
): PlacedRefusal => ({
  position: n,
  dot: `${replicas.entryOf(replica).replicaId}:${seq}` as Dot,
  hash,
  eventId,
  code,
  message,
  by,
  at,
  status,
});

export const writeRefusals = (refusals: readonly Refusal[], base: Base): void => {
  const { connection, dots, replicas } = base;
  for (const { dot, hash, eventId, code, message, by, at, status } of refusals) {
    const [entry, seq] = dots.partsFor(dot);
    connection
      .statement(
        `INSERT INTO refusal (replica, seq, hash, event_id, code, message, refused_by, refused_at, status)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (replica, seq, hash) DO UPDATE SET code = excluded.code, message = excluded.message,
         refused_by = excluded.refused_by, refused_at = excluded.refused_at, status = excluded.status`,
      )
      .run(entry.id, seq, hashToBytes(hash), eventId, code, message, by, at, status);
    replicas.noteStored(entry, seq);
  }
};

export const readRefusals = (
  { after, limit, dots }: { readonly after: number; readonly limit: number; readonly dots?: readonly Dot[] },
  base: Base,
): Page<PlacedRefusal> => {
  const { connection } = base;
  const found =
    dots === undefined
      ? connection
          .rows<RefusalRow>(`SELECT ${refusalColumns} FROM refusal WHERE n > ? ORDER BY n LIMIT ?`)
          .all(after, limit + 1)
      : // Mostly there is none, or there are few, and a page's events are many.
        countUpTo(dots.length, base) < dots.length
        ? connection
            .rows<RefusalRow>(`SELECT ${refusalColumns} FROM refusal WHERE n > ? ORDER BY n`)
            .all(after)
            .filter(isOneOf(dots, base))
        : dots.flatMap((dot) => {
            const parts = base.dots.find(dot);
            if (parts === undefined) return [];
            return connection
              .rows<RefusalRow>(`SELECT ${refusalColumns} FROM refusal WHERE replica = ? AND seq = ? AND n > ?`)
              .all(...parts, after);
          });
  const refusals = [...new Map(found.map((row) => [row[0], readRow(row, base)])).values()];
  refusals.sort((a, b) => a.position - b.position);
  return pageOf(refusals, limit, ({ position }) => position);
};

const countUpTo = (most: number, { connection }: Base): number =>
  connection.values<number>('SELECT count(*) FROM (SELECT 1 FROM refusal LIMIT ?)').get(most) ?? 0;

const isOneOf = (dots: readonly Dot[], { replicas }: Base): ((row: RefusalRow) => boolean) => {
  const wanted = new Set<string>(dots);
  return ([, replica, seq]) => wanted.has(`${replicas.entryOf(replica).replicaId}:${seq}`);
};

/** A range is joined with those that it touches, so that a long stretch of skipped numbers is one row. */
export const writeSkipped = (ranges: readonly DotRange[], { connection, replicas }: Base): void => {
  const before = connection.rows<readonly [from: number, to: number]>(
    'SELECT from_seq, to_seq FROM skipped WHERE replica = ? AND from_seq <= ? ORDER BY from_seq DESC LIMIT 1',
  );
  const remove = connection.statement('DELETE FROM skipped WHERE replica = ? AND from_seq = ?');
  const insert = connection.statement('INSERT INTO skipped (replica, from_seq, to_seq) VALUES (?, ?, ?)');
  for (const range of ranges) {
    const entry = replicas.entryFor(range.replicaId);
    let { from, to } = range;
    for (let row = before.get(entry.id, to + 1); row !== undefined && row[1] >= from - 1;) {
      from = Math.min(from, row[0]);
      to = Math.max(to, row[1]);
      remove.run(entry.id, row[0]);
      row = before.get(entry.id, to + 1);
    }
    insert.run(entry.id, from, to);
    replicas.noteStored(entry, range.to);
  }
};

/** What the old scope explained is a gap again. */
export const forgetSkipped = ({ connection, replicas }: Base): void => {
  const firsts = connection
    .rows<readonly [replica: number, from: number]>('SELECT replica, min(from_seq) FROM skipped GROUP BY replica')
    .all();
  for (const [replica, from] of firsts) replicas.noteGone(replicas.entryOf(replica), from);
  connection.statement('DELETE FROM skipped').run();
};

/** The last number, from this one on, up to which everything is stored or explained; the one before where nothing is. */
export const reachOf = (replica: number, seq: number, base: Base): number => {
  if (isStored(replica, seq, base)) return seq;
  const { connection } = base;
  const range = connection
    .rows<readonly [from: number, to: number]>(
      'SELECT from_seq, to_seq FROM skipped WHERE replica = ? AND from_seq <= ? ORDER BY from_seq DESC LIMIT 1',
    )
    .get(replica, seq);
  if (range !== undefined && range[1] >= seq) return range[1];
  const isRefused =
    connection.values('SELECT 1 FROM refusal WHERE replica = ? AND seq = ?').get(replica, seq) !== undefined;
  return isRefused ? seq : seq - 1;
};

/** Only numbers that are explained are looked up one by one, and where they are stored all the same. */
export const readGaps = (replicaId: string, base: Base): readonly DotRange[] => {
  const { connection, replicas } = base;
  const entry = replicas.find(replicaId);
  if (entry === undefined) return [];
  const refused = connection
    .values<number>('SELECT DISTINCT seq FROM refusal WHERE replica = ? AND seq <= ? ORDER BY seq')
    .all(entry.id, entry.prefix);
  const skipped = connection
    .rows<readonly [from: number, to: number]>(
      'SELECT from_seq, to_seq FROM skipped WHERE replica = ? AND from_seq <= ? ORDER BY from_seq',
    )
    .all(entry.id, entry.prefix);
  const gaps: { replicaId: string; from: number; to: number }[] = [];
  const explained = [...refused.map((seq) => [seq, seq] as const), ...skipped].sort((a, b) => a[0] - b[0]);
  let next = 1;
  for (const [from, to] of explained)
    for (let seq = Math.max(from, next); seq <= Math.min(to, entry.prefix); seq += 1) {
      next = seq + 1;
      if (isStored(entry.id, seq, base)) continue;
      const last = gaps.at(-1);
      if (last?.to === seq - 1) last.to = seq;
      else gaps.push({ replicaId, from: seq, to: seq });
    }
  return gaps;
};
