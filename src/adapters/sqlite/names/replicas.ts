/**
 * The replicas whose events are stored, with how far each of them is known.
 *
 * `highest` saves most look-ups: an event with a higher number is new, and no parent with a
 * higher number is there. `prefix` is what a cut says. Both are kept here between calls and
 * looked up again after another process has written.
 */
import type { ReplicaId } from '../../../domain/events/event.js';
import { invariant } from '../../../domain/shared/invariant.js';
import type { Connection } from '../../sqlite-file/connection.js';

export interface ReplicaEntry {
  readonly id: number;
  readonly replicaId: ReplicaId;
  /** Numbers from the first on that are stored, or explained, without a gap. */
  prefix: number;
  /** No event with a higher number is stored. */
  highest: number;
}

export interface Replicas {
  readonly find: (replicaId: string) => ReplicaEntry | undefined;
  readonly entryFor: (replicaId: string) => ReplicaEntry;
  readonly entryOf: (id: number) => ReplicaEntry;
  readonly all: () => readonly ReplicaEntry[];
  /** Notes that the replica's event of this number is stored from now on. */
  readonly noteStored: (entry: ReplicaEntry, seq: number) => void;
  /** Notes that its events from this number on are not: they were renamed (R8). */
  readonly noteGone: (entry: ReplicaEntry, seq: number) => void;
  /**
   * Writes what was noted. `reachOf` is asked for a number beyond a gap that may have closed, and
   * says up to where everything is there from that one on; the one before it where nothing is.
   */
  readonly save: (reachOf: (entry: ReplicaEntry, seq: number) => number) => void;
  readonly forget: () => void;
}

/** As many replicas as one batch is likely to name. */
const entriesMax = 20_000;

type Row = readonly [id: number, replicaId: ReplicaId, prefix: number, highest: number];

export const replicasOf = (connection: Connection): Replicas => {
  const byName = new Map<string, ReplicaEntry>();
  const byId = new Map<number, ReplicaEntry>();
  const changed = new Set<ReplicaEntry>();
  /** Asked for and not there: the events of one that is new ask for it many times. */
  const absent = new Set<string>();
  /** Events come in runs of one replica, and texts compare faster than they are looked up. */
  let last: ReplicaEntry | undefined;

  const remember = ([id, replicaId, prefix, highest]: Row): ReplicaEntry => {
    if (byName.size >= entriesMax && changed.size === 0) forget();
    const entry = { id, replicaId, prefix, highest };
    byName.set(replicaId, entry);
    absent.delete(replicaId);
    byId.set(id, entry);
    return entry;
  };
  const forget = (): void => {
    last = undefined;
    byName.clear();
    byId.clear();
    absent.clear();
    changed.clear();
  };
  const find = (replicaId: string): ReplicaEntry | undefined => {
    if (last?.replicaId === replicaId) return last;
    const known = byName.get(replicaId);
    if (known !== undefined) return (last = known);
    if (absent.has(replicaId)) return undefined;
    const row = connection
      .rows<Row>('SELECT id, replica_id, prefix, highest FROM replica WHERE replica_id = ?')
      .get(replicaId);
    if (row !== undefined) return remember(row);
    if (absent.size < entriesMax) absent.add(replicaId);
    return undefined;
  };
  const add = (replicaId: string): ReplicaEntry => {
    const { lastInsertRowid } = connection.statement('INSERT INTO replica (replica_id) VALUES (?)').run(replicaId);
    return remember([Number(lastInsertRowid), replicaId as ReplicaId, 0, 0]);
  };

  return {
    find,
    entryFor: (replicaId) => find(replicaId) ?? add(replicaId),
    entryOf: (id) => {
      const known = byId.get(id);
      if (known !== undefined) return known;
      const row = connection.rows<Row>('SELECT id, replica_id, prefix, highest FROM replica WHERE id = ?').get(id);
      invariant(row !== undefined, `the file names replica ${id}, which it does not have`);
      return remember(row);
    },
    all: () =>
      connection
        .rows<Row>('SELECT id, replica_id, prefix, highest FROM replica')
        .all()
        .map(([id, replicaId, prefix, highest]) => ({ id, replicaId, prefix, highest })),
    noteStored: (entry, seq) => {
      changed.add(entry);
      if (seq === entry.prefix + 1) entry.prefix = seq;
      if (seq > entry.highest) entry.highest = seq;
    },
    noteGone: (entry, seq) => {
      changed.add(entry);
      if (entry.prefix >= seq) entry.prefix = seq - 1;
    },
    save: (reachOf) => {
      const update = connection.statement('UPDATE replica SET prefix = ?, highest = ? WHERE id = ?');
      for (const entry of changed) {
        for (let reach = 0; entry.prefix < entry.highest; entry.prefix = Math.min(reach, entry.highest)) {
          reach = reachOf(entry, entry.prefix + 1);
          if (reach <= entry.prefix) break;
        }
        update.run(entry.prefix, entry.highest, entry.id);
      }
      changed.clear();
    },
    forget,
  };
};
