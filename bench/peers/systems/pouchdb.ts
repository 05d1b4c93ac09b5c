/**
 * PouchDB: a document a feature, in LevelDB, which is its default in Node; the databases replicate both ways. A losing
 * revision stays as a conflict of its document until somebody removes it, as the guide on conflicts asks for.
 */
import { join } from 'node:path';
import type { FeatureFields } from '../../support/feature.js';
import type { FeatureWork } from '../../support/offline-work.js';
import { peerPackage } from '../support/peer-package.js';
import type { PeerReplica, PeerSystem } from '../support/peer-system.js';

interface PouchDocument {
  readonly _id: string;
  readonly _rev?: string;
  readonly _deleted?: boolean;
  readonly _conflicts?: readonly string[];
  readonly _revs_info?: readonly { readonly rev: string; readonly status: string }[];
  readonly [field: string]: unknown;
}

interface Pouch {
  readonly bulkDocs: (documents: readonly PouchDocument[]) => Promise<readonly { readonly error?: unknown }[]>;
  readonly put: (document: PouchDocument) => Promise<unknown>;
  readonly get: (
    id: string,
    options?: { readonly conflicts?: boolean; readonly revs_info?: boolean; readonly rev?: string },
  ) => Promise<PouchDocument>;
  readonly remove: (id: string, revision: string) => Promise<unknown>;
  readonly allDocs: (options: {
    readonly include_docs?: boolean;
    readonly conflicts?: boolean;
    readonly keys?: readonly string[];
  }) => Promise<{ readonly rows: readonly { readonly id: string; readonly doc?: PouchDocument | null }[] }>;
  readonly close: () => Promise<void>;
}

interface PouchPackage {
  new (folder: string): Pouch;
  readonly sync: (left: Pouch, right: Pouch) => Promise<unknown>;
}

const { exported, version, licence } = peerPackage('pouchdb-node');
const PouchDB = exported as PouchPackage;

const childrenBegin = 'part-';

interface PouchReplica extends PeerReplica {
  readonly database: Pouch;
}

export const pouchdb: PeerSystem<PouchReplica> = {
  name: 'PouchDB',
  version,
  licence,
  setUp: 'a document a feature, in LevelDB; `PouchDB.sync` both ways. A conflict is one of whole documents',
  documentation: [
    'https://pouchdb.com/guides/conflicts.html',
    'https://pouchdb.com/guides/replication.html',
    'https://pouchdb.com/adapters.html',
  ],
  survives: 'the end of its process',
  hasClock: false,
  open: async ({ folder }) => {
    const database = new PouchDB(join(folder, 'pouch'));
    const bulk = async (documents: readonly PouchDocument[]): Promise<void> => {
      const failed = (await database.bulkDocs(documents)).find(({ error }) => error !== undefined);
      if (failed !== undefined) throw new Error(`PouchDB refused a document: ${JSON.stringify(failed)}`);
    };
    /** Many documents at once, and none twice: each update is a revision of its own. */
    const updateOnce = async (updates: ReadonlyMap<string, FeatureFields>): Promise<void> => {
      const { rows } = await database.allDocs({ keys: [...updates.keys()], include_docs: true });
      await bulk(rows.flatMap(({ id, doc }) => (doc ? [{ ...doc, ...updates.get(id) }] : [])));
    };
    const allDocuments = async (): Promise<readonly PouchDocument[]> =>
      (await database.allDocs({ include_docs: true, conflicts: true })).rows.flatMap(({ doc }) => doc ?? []);
    const isChild = ({ _id }: PouchDocument): boolean => _id.startsWith(childrenBegin);
    return {
      database,
      create: (features) => bulk(features.map(([id, fields]) => ({ _id: id, ...fields }))),
      update: async (updates) => {
        for (const group of withoutRepeats(updates)) await updateOnce(group);
      },
      remove: async (id) => {
        const { _rev = '' } = await database.get(id);
        await database.remove(id, _rev);
      },
      addChild: async (parent, id, fields) => {
        await database.put({ _id: `${childrenBegin}${id}`, parent, ...fields });
      },
      read: async () =>
        Object.fromEntries(
          (await allDocuments())
            .filter((document) => !isChild(document))
            .map(({ _id: id, _rev, _conflicts, ...fields }) => [id, fields as FeatureFields]),
        ),
      children: async () => {
        const documents = await allDocuments();
        const ids = new Set(documents.map(({ _id }) => _id));
        return documents
          .filter(isChild)
          .map(({ _id, parent }) => ({ id: _id.slice(childrenBegin.length), isParentThere: ids.has(String(parent)) }));
      },
      conflicts: async () =>
        (await allDocuments()).reduce((sum, { _conflicts = [] }) => sum + Math.min(1, _conflicts.length), 0),
      find: async (id, field, value) => {
        const { _conflicts = [], _revs_info = [] } = await database.get(id, { conflicts: true, revs_info: true });
        for (const rev of _conflicts) if ((await database.get(id, { rev }))[field] === value) return 'conflict';
        // Older revisions of what is shown are there until the database is compacted.
        for (const { rev, status } of _revs_info)
          if (status === 'available' && (await database.get(id, { rev }))[field] === value) return 'history';
        return 'nowhere';
      },
      // A revision says neither who wrote it nor why it wins.
      who: async () => undefined,
      choose: async (id, field, value) => {
        const { _conflicts = [], ...shown } = await database.get(id, { conflicts: true });
        const removed = _conflicts.map((_rev) => ({ _id: id, _rev, _deleted: true }));
        await bulk([{ ...shown, [field]: value }, ...removed]);
      },
      close: () => database.close(),
    };
  },
  sync: async (left, right) => {
    await PouchDB.sync(left.database, right.database);
  },
};

/** Runs of updates in which no feature comes twice. */
const withoutRepeats = (updates: readonly FeatureWork[]): readonly ReadonlyMap<string, FeatureFields>[] => {
  const groups: Map<string, FeatureFields>[] = [];
  let group: Map<string, FeatureFields> | undefined;
  for (const [id, fields] of updates) {
    if (group === undefined || group.has(id)) groups.push((group = new Map()));
    group.set(id, fields);
  }
  return groups;
};
