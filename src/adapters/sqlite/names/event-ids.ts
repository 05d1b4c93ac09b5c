/**
 * Finds events by their ids: 32 bits of a keyed hash lead to a few positions at most, and the
 * text of the id decides. The hash is HalfSipHash-1-3 (Aumasson and Bernstein 2012) with a key
 * that each file draws for itself, so nobody can choose ids that all collide.
 */
import { appendTo } from '../../../domain/shared/append-to.js';
import { bulkInsert } from '../../sqlite-file/bulk-insert.js';
import type { Connection } from '../../sqlite-file/connection.js';

export interface EventIdIndex {
  readonly positionsOf: (eventId: string) => readonly number[];
  /** Of several ids those for which there may be some, each with its positions. */
  readonly positionsOfAll: (eventIds: readonly string[]) => ReadonlyMap<string, readonly number[]>;
  readonly add: (eventId: string, n: number) => void;
  /** The same for many: in the order of their hashes, so that neighbours share a page. */
  readonly addAll: (eventIds: readonly string[], first: number) => void;
  readonly remove: (eventId: string, n: number) => void;
}

export const hashKeyBytes = 8;

export const eventIdIndex = (connection: Connection, key: Buffer): EventIdIndex => {
  const k0 = key.readInt32LE(0);
  const k1 = key.readInt32LE(4);
  return {
    positionsOf: (eventId) => {
      const positions = connection.values<number>('SELECT n FROM event_id_hash WHERE hash = ?');
      const hash = halfSipHash(eventId, k0, k1);
      // Mostly there is none, and to learn that costs less than an empty list.
      return positions.get(hash) === undefined ? nowhere : positions.all(hash);
    },
    positionsOfAll: (eventIds) => {
      const found = new Map<string, number[]>();
      const rows = connection.rows<readonly [hash: number, n: number]>(manySql);
      for (let start = 0; start < eventIds.length; start += idsPerQuery) {
        const part = eventIds.slice(start, start + idsPerQuery);
        const hashes = part.map((eventId) => halfSipHash(eventId, k0, k1));
        const bound =
          hashes.length === idsPerQuery ? hashes : Array.from({ length: idsPerQuery }, (_, at) => hashes[at] ?? null);
        for (const [hash, n] of rows.all(...bound))
          for (const [index, eventId] of part.entries()) if (hashes[index] === hash) appendTo(found, eventId, n);
      }
      return found;
    },
    add: (eventId, n) =>
      void connection
        .statement('INSERT INTO event_id_hash (hash, n) VALUES (?, ?)')
        .run(halfSipHash(eventId, k0, k1), n),
    addAll: (eventIds, first) => {
      const rows = bulkInsert(connection, 'event_id_hash', 'hash, n');
      for (let start = 0; start < eventIds.length; start += indexRange) {
        // Hash and index in one number below 2^53 sort faster than pairs do.
        const entries = new Float64Array(Math.min(indexRange, eventIds.length - start));
        for (let index = 0; index < entries.length; index += 1)
          entries[index] = halfSipHash(eventIds[start + index] as string, k0, k1) * indexRange + index;
        for (const entry of entries.sort()) {
          const hash = Math.floor(entry / indexRange);
          rows.add([hash, first + start + entry - hash * indexRange]);
        }
      }
      rows.finish();
    },
    remove: (eventId, n) =>
      void connection
        .statement('DELETE FROM event_id_hash WHERE hash = ? AND n = ?')
        .run(halfSipHash(eventId, k0, k1), n),
  };
};

/** Ids that one query looks up; the call costs more than they do. */
const idsPerQuery = 64;
const manySql = `SELECT hash, n FROM event_id_hash WHERE hash IN (${Array.from({ length: idsPerQuery }, () => '?').join(', ')})`;

const nowhere: readonly number[] = [];

/** Ids sorted at once. */
const indexRange = 2 ** 20;

/** Of the UTF-16 code units, two to a word; a signed 32-bit integer. */
export const halfSipHash = (text: string, k0: number, k1: number): number => {
  const { length } = text;
  let v0 = k0;
  let v1 = k1;
  let v2 = 0x6c796765 ^ k0;
  let v3 = 0x74656462 ^ k1;
  // The words of the text, one that ends it with its length, and three rounds of nothing.
  const last = length >> 1;
  for (let index = 0; index <= last + 3; index += 1) {
    let word = 0;
    if (index < last) word = text.charCodeAt(2 * index) | (text.charCodeAt(2 * index + 1) << 16);
    else if (index === last) word = (length << 25) | (length % 2 === 1 ? text.charCodeAt(length - 1) : 0);
    else if (index === last + 1) v2 ^= 0xff;
    v3 ^= word;
    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);
    v0 ^= word;
  }
  return v1 ^ v3;
};
