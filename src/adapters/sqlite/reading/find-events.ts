/** Stored events by position, id or dot, wherever they stand: applied, waiting, or as evidence. */
import type { ContentHash, Dot, EventId, SealedEvent } from '../../../domain/events/event.js';
import type { StoredEvent } from '../../../application/ports/event-store.js';
import type { Base } from '../base.js';
import { statusOfFlags } from '../rows/event-flags.js';
import { eventColumns, readEvent, readSealed, type EventRow } from '../rows/event-rows.js';
import { hashText } from '../../sqlite-file/hash-bytes.js';
import { parkedColumns, readParkedRow, type ParkedRow } from '../rows/parked-rows.js';

export type VariantRow = readonly [n: number, replica: number, seq: number, hash: ContentHash, event: string];
export const variantColumns = `n, replica, seq, ${hashText('hash')}, event`;

export const storedApplied = (row: EventRow, base: Base): StoredEvent => {
  const status = statusOfFlags(row[8]);
  return { position: row[0], sealed: readEvent(row, base), place: status === 'void' ? 'variant' : 'applied', status };
};

export const storedParked = (row: ParkedRow, base: Base): StoredEvent => {
  const { position, sealed, reason } = readParkedRow(row, base);
  const place = reason === 'refused' ? 'refused' : 'parked';
  return { position, sealed, place, status: place };
};

export const storedVariant = ([n, replica, seq, hash, event]: VariantRow, { replicas }: Base): StoredEvent => ({
  position: n,
  sealed: readSealed(`${replicas.entryOf(replica).replicaId}:${seq}` as Dot, hash, event),
  place: 'variant',
  status: 'void',
});

const storedAt = (n: number, base: Base): StoredEvent | undefined => {
  const { connection, remembered } = base;
  const row = connection.rows<EventRow>(`SELECT ${eventColumns} FROM event WHERE n = ?`).get(n);
  if (row !== undefined) return storedApplied(row, base);
  const parked =
    remembered.parkedCount() > 0
      ? connection.rows<ParkedRow>(`SELECT ${parkedColumns} FROM parked WHERE n = ?`).get(n)
      : undefined;
  if (parked !== undefined) return storedParked(parked, base);
  const variant = connection.rows<VariantRow>(`SELECT ${variantColumns} FROM variant WHERE n = ?`).get(n);
  return variant === undefined ? undefined : storedVariant(variant, base);
};

export const sealedAt = (n: number, base: Base): SealedEvent | undefined => storedAt(n, base)?.sealed;

/** Everything stored under a dot. */
export const storedUnder = (dot: Dot, base: Base): readonly StoredEvent[] => {
  const { connection, dots, remembered } = base;
  const parts = dots.find(dot);
  if (parts === undefined) return [];
  const found = connection
    .rows<EventRow>(`SELECT ${eventColumns} FROM event WHERE replica = ? AND seq = ?`)
    .all(...parts)
    .map((row) => storedApplied(row, base));
  if (remembered.parkedCount() > 0)
    found.push(
      ...connection
        .rows<ParkedRow>(`SELECT ${parkedColumns} FROM parked WHERE replica = ? AND seq = ?`)
        .all(...parts)
        .map((row) => storedParked(row, base)),
    );
  if (remembered.hasVariants())
    found.push(
      ...connection
        .rows<VariantRow>(`SELECT ${variantColumns} FROM variant WHERE replica = ? AND seq = ? ORDER BY n`)
        .all(...parts)
        .map((row) => storedVariant(row, base)),
    );
  return found;
};

export const findEvents = (
  { eventIds = [], dots = [] }: { readonly eventIds?: readonly EventId[]; readonly dots?: readonly Dot[] },
  base: Base,
): readonly StoredEvent[] => {
  const found = new Map<number, StoredEvent>();
  for (const eventId of new Set(eventIds))
    for (const n of base.eventIds.positionsOf(eventId)) {
      const stored = storedAt(n, base);
      if (stored?.sealed.event.eventId === eventId) found.set(n, stored);
    }
  for (const dot of new Set(dots)) for (const stored of storedUnder(dot, base)) found.set(stored.position, stored);
  return [...found.values()].sort((a, b) => a.position - b.position);
};
