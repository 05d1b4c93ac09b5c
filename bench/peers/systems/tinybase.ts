/**
 * TinyBase: a mergeable store, a row a feature, kept in SQLite by its persister, in the one form that it has for such
 * stores (all of it as JSON). Two stores in one process are merged with `merge`, as the pages of the local synchronizer
 * say: that is a showcase.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { peerPackage } from '../support/peer-package.js';
import type { PeerReplica, PeerSystem } from '../support/peer-system.js';

type Row = Record<string, string | number>;

/** What it holds, with stamps: of each table, row and cell, the first is what it is. */
type Stamped<Inner> = readonly [Readonly<Record<string, Inner>>];
type MergeableContent = readonly [tables: Stamped<Stamped<Stamped<readonly [unknown]>>>];

interface MergeableStore {
  readonly setRow: (table: string, id: string, row: Row) => void;
  readonly setCell: (table: string, id: string, cell: string, value: string | number) => void;
  readonly delRow: (table: string, id: string) => void;
  readonly getTable: (table: string) => Readonly<Record<string, Row>>;
  readonly getMergeableContent: () => MergeableContent;
  readonly transaction: (actions: () => void) => void;
  readonly merge: (other: MergeableStore) => void;
}

interface Persister {
  readonly load: () => Promise<unknown>;
  readonly save: () => Promise<unknown>;
  readonly destroy: () => Promise<unknown>;
}

interface TinyBase {
  readonly createMergeableStore: (uniqueId?: string, getNow?: () => number) => MergeableStore;
}

interface SqlitePersister {
  readonly createBetterSqlite3Persister: (
    store: MergeableStore,
    database: Database.Database,
    table: string,
    onSqlCommand: undefined,
    onIgnoredError: (error: unknown) => void,
  ) => Persister;
}

const { exported, version, licence } = peerPackage('tinybase');
const { createMergeableStore } = exported as TinyBase;
const { createBetterSqlite3Persister } = peerPackage('tinybase/persisters/persister-better-sqlite3')
  .exported as SqlitePersister;

interface TinyBaseReplica extends PeerReplica {
  readonly store: MergeableStore;
  readonly save: () => Promise<void>;
}

export const tinybase: PeerSystem<TinyBaseReplica> = {
  name: 'TinyBase',
  version,
  licence,
  setUp: 'a mergeable store, a row a feature, in SQLite by its persister (all of it as JSON); the stores are merged',
  documentation: [
    'https://tinybase.org/guides/synchronization/using-a-mergeablestore',
    'https://tinybase.org/guides/persistence/database-persistence',
    'https://tinybase.org/api/mergeable-store/interfaces/mergeable/mergeablestore/methods/setter/merge',
  ],
  survives: 'a power loss',
  hasClock: true,
  open: async ({ folder, nowMs }) => {
    const file = join(folder, 'tinybase.db');
    const isNew = !existsSync(file);
    const database = new Database(file);
    const store = nowMs === undefined ? createMergeableStore() : createMergeableStore(undefined, nowMs);
    const persister = createBetterSqlite3Persister(store, database, 'features', undefined, (error) => {
      throw error;
    });
    if (!isNew) await persister.load();
    const save = async (): Promise<void> => {
      await persister.save();
    };
    return {
      store,
      save,
      create: async (features) => {
        store.transaction(() => {
          for (const [id, fields] of features) store.setRow('features', id, fields);
        });
        await save();
      },
      update: async (updates) => {
        for (const [id, fields] of updates)
          store.transaction(() => {
            for (const [cell, value] of Object.entries(fields)) store.setCell('features', id, cell, value);
          });
        await save();
      },
      remove: async (id) => {
        store.delRow('features', id);
        await save();
      },
      addChild: async (parent, id, fields) => {
        store.setRow('parts', id, { parent, ...fields });
        await save();
      },
      read: async () => store.getTable('features'),
      children: async () => {
        const features = store.getTable('features');
        return Object.entries(store.getTable('parts')).map(([id, { parent }]) => ({
          id,
          isParentThere: String(parent) in features,
        }));
      },
      // A cell keeps the write with the latest stamp, and tells of no other.
      conflicts: async () => 0,
      find: async (id, field, value) => (heldOf(store, id, field) === value ? 'history' : 'nowhere'),
      // The stamps of its cells are documented as opaque.
      who: async () => undefined,
      close: async () => {
        await persister.destroy();
        database.close();
      },
    };
  },
  sync: async (left, right) => {
    left.store.merge(right.store);
    await Promise.all([left.save(), right.save()]);
  },
};

/** The one value that it holds of a cell, shown or not. */
const heldOf = (store: MergeableStore, id: string, cell: string): unknown =>
  store.getMergeableContent()[0][0]['features']?.[0][id]?.[0][cell]?.[0];
