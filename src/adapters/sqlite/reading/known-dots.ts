/** What the file knows of a dot: which contents, and in whose graph it stands. */
import type { ContentHash, Dot, SealedEvent } from '../../../domain/events/event.js';
import type { KnownDot } from '../../../domain/merge/loaded.js';
import { resourceKeyOf, type ResourceKey } from '../../../domain/resource/resource-key.js';
import type { Base } from '../base.js';
import { voidFlag } from '../rows/event-flags.js';
import { hashText } from '../../sqlite-file/hash-bytes.js';

// Texts of queries are made once: they are looked up for every dot, and a new text has to be hashed for that.
const appliedUnder = `SELECT ${hashText('hash')}, resource, flags FROM event WHERE replica = ? AND seq = ?`;
const appliedBetween = `SELECT seq, ${hashText('hash')}, resource FROM event WHERE replica = ? AND seq BETWEEN ? AND ? ORDER BY seq`;
const parkedUnder = `SELECT ${hashText('hash')} FROM parked WHERE replica = ? AND seq = ?`;
const variantsUnder = `SELECT ${hashText('hash')} FROM variant WHERE replica = ? AND seq = ? ORDER BY n`;

export const findKnownDot = (replica: number, seq: number, base: Base): KnownDot | undefined => {
  const { connection, resources, remembered } = base;
  const keyOf = (resource: number): ResourceKey => resourceKeyOf(resources.refOf(resource));
  const row = connection
    .rows<readonly [hash: ContentHash, resource: number, flags: number]>(appliedUnder)
    .get(replica, seq);
  const hashes: ContentHash[] = row === undefined ? [] : [row[0]];
  if (remembered.parkedCount() > 0) hashes.push(...connection.values<ContentHash>(parkedUnder).all(replica, seq));
  if (remembered.hasVariants()) hashes.push(...connection.values<ContentHash>(variantsUnder).all(replica, seq));
  if (hashes.length === 0) return undefined;
  if (row !== undefined && (row[2] & voidFlag) === 0) return { hashes, appliedIn: [keyOf(row[1])] };
  if (!remembered.hasVoids()) return { hashes, appliedIn: [] };
  const places = connection
    .values<number>('SELECT resource FROM void_node WHERE replica = ? AND seq = ? AND is_applied = 1')
    .all(replica, seq);
  return { hashes, appliedIn: places.map(keyOf) };
};

/**
 * The same for events whose numbers follow each other, where nothing waits and nothing is void.
 */
export function* findKnownRun(
  replica: number,
  events: readonly SealedEvent[],
  { connection, resources }: Base,
): Generator<readonly [Dot, KnownDot]> {
  const [first, last] = [events[0]?.event.seq ?? 0, events.at(-1)?.event.seq ?? 0];
  const rows = connection.rows<readonly [seq: number, hash: ContentHash, resource: number]>(appliedBetween);
  let index = 0;
  for (const [seq, hash, resource] of rows.all(replica, first, last)) {
    let sealed = events[index];
    while (sealed !== undefined && sealed.event.seq < seq) sealed = events[(index += 1)];
    if (sealed?.event.seq !== seq) continue;
    yield [sealed.dot, { hashes: [hash], appliedIn: [resourceKeyOf(resources.refOf(resource))] }];
  }
}

/** Whether anything is stored under the dot: applied, waiting or as evidence. */
export const isStored = (replica: number, seq: number, { connection, remembered }: Base): boolean =>
  connection.values('SELECT 1 FROM event WHERE replica = ? AND seq = ?').get(replica, seq) !== undefined ||
  (remembered.parkedCount() > 0 &&
    connection.values('SELECT 1 FROM parked WHERE replica = ? AND seq = ?').get(replica, seq) !== undefined) ||
  (remembered.hasVariants() &&
    connection.values('SELECT 1 FROM variant WHERE replica = ? AND seq = ?').get(replica, seq) !== undefined);

export const positionOf = (dot: Dot, { connection, dots }: Base): number | undefined => {
  const parts = dots.find(dot);
  return parts === undefined
    ? undefined
    : connection.values<number>('SELECT n FROM event WHERE replica = ? AND seq = ?').get(parts[0], parts[1]);
};
