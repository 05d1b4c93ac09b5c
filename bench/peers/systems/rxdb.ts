/**
 * RxDB: a document a feature. What it has for files in Node without a further server is sold, or a trial of at most 500
 * documents that is not meant for use; so this keeps nothing. One side is the master, as between two peers in its WebRTC
 * replication, and the other replicates with it by the handlers that RxDB makes of a collection. The conflict handler is
 * the default one, which takes the master's state; `conflict$` tells of each conflict once.
 */
import type { FeatureFields } from '../../support/feature.js';
import { peerPackage } from '../support/peer-package.js';
import type { PeerReplica, PeerSystem } from '../support/peer-system.js';

interface RxDocument {
  readonly incrementalPatch: (fields: object) => Promise<unknown>;
  readonly remove: () => Promise<unknown>;
  readonly toJSON: () => Readonly<Record<string, string | number>>;
}

interface RxCollection {
  readonly bulkInsert: (documents: readonly object[]) => Promise<{ readonly error: readonly unknown[] }>;
  readonly findOne: (id: string) => { readonly exec: () => Promise<RxDocument | null> };
  readonly find: () => { readonly exec: () => Promise<readonly RxDocument[]> };
  readonly storageInstance: {
    readonly findDocumentsById: (
      ids: readonly string[],
      withDeleted: boolean,
    ) => Promise<readonly Readonly<Record<string, unknown>>[]>;
  };
  readonly conflictHandler: unknown;
}

interface RxDatabase {
  readonly token: string;
  readonly addCollections: (
    creators: Readonly<Record<string, { readonly schema: object }>>,
  ) => Promise<Readonly<Record<'features' | 'parts', RxCollection>>>;
  readonly close: () => Promise<unknown>;
}

interface MasterHandler {
  readonly masterChangesSince: (checkpoint: unknown, batchSize: number) => Promise<unknown>;
  readonly masterWrite: (rows: unknown) => Promise<unknown>;
}

interface RxDB {
  readonly createRxDatabase: (options: {
    readonly name: string;
    readonly storage: unknown;
    readonly multiInstance: boolean;
  }) => Promise<RxDatabase>;
  readonly rxStorageInstanceToReplicationHandler: (
    instance: unknown,
    conflictHandler: unknown,
    token: string,
  ) => MasterHandler;
}

interface ReplicationState {
  readonly conflict$: { readonly subscribe: (tell: () => void) => void };
  readonly error$: { readonly subscribe: (tell: (error: unknown) => void) => void };
  readonly awaitInitialReplication: () => Promise<void>;
  readonly cancel: () => Promise<unknown>;
}

interface Replication {
  readonly replicateRxCollection: (options: {
    readonly replicationIdentifier: string;
    readonly collection: RxCollection;
    readonly live: boolean;
    readonly pull: { readonly handler: MasterHandler['masterChangesSince'] };
    readonly push: { readonly handler: MasterHandler['masterWrite'] };
  }) => ReplicationState;
}

const { exported, version, licence } = peerPackage('rxdb');
const { createRxDatabase, rxStorageInstanceToReplicationHandler } = exported as RxDB;
const { replicateRxCollection } = peerPackage('rxdb/plugins/replication').exported as Replication;
const { getRxStorageMemory } = peerPackage('rxdb/plugins/storage-memory').exported as {
  readonly getRxStorageMemory: () => unknown;
};

interface RxReplica extends PeerReplica {
  readonly name: string;
  readonly database: RxDatabase;
  readonly collections: Readonly<Record<'features' | 'parts', RxCollection>>;
  readonly tellConflict: () => void;
}

const text = { type: 'string' };
const schema = {
  version: 0,
  primaryKey: 'id',
  type: 'object',
  properties: {
    id: { type: 'string', maxLength: 40 },
    title: text,
    status: text,
    priority: text,
    assignee: text,
    parent: text,
    count: { type: 'number' },
  },
  required: ['id'],
};

let databasesMade = 0;

export const rxdb: PeerSystem<RxReplica> = {
  name: 'RxDB',
  version,
  licence,
  setUp:
    'a document a feature, in memory (there is no free storage on files in Node but a trial of 500 documents); one side is the master of the replication, with the default conflict handler',
  documentation: [
    'https://rxdb.info/nodejs-database.html',
    'https://rxdb.info/replication.html',
    'https://rxdb.info/replication-webrtc.html',
    'https://rxdb.info/transactions-conflicts-revisions.html',
  ],
  survives: 'nothing',
  hasClock: false,
  open: async ({ name }) => {
    databasesMade += 1;
    const database = await createRxDatabase({
      name: `${name}-${databasesMade}`,
      storage: getRxStorageMemory(),
      multiInstance: false,
    });
    const collections = await database.addCollections({ features: { schema }, parts: { schema } });
    const { features, parts } = collections;
    const documentOf = async (id: string): Promise<RxDocument> => {
      const document = await features.findOne(id).exec();
      if (document === null) throw new Error(`there is no ${id}`);
      return document;
    };
    const shown = async (): Promise<Readonly<Record<string, FeatureFields>>> =>
      Object.fromEntries(
        (await features.find().exec()).map((document) => {
          const { id, ...fields } = document.toJSON();
          return [String(id), fields];
        }),
      );
    let conflicts = 0;
    return {
      name,
      database,
      collections,
      tellConflict: () => {
        conflicts += 1;
      },
      create: async (created) => {
        const { error } = await features.bulkInsert(created.map(([id, fields]) => ({ id, ...fields })));
        if (error.length > 0) throw new Error(`RxDB refused ${error.length} documents`);
      },
      update: async (updates) => {
        for (const [id, fields] of updates) await (await documentOf(id)).incrementalPatch(fields);
      },
      remove: async (id) => {
        await (await documentOf(id)).remove();
      },
      addChild: async (parent, id, fields) => {
        await parts.bulkInsert([{ id, parent, ...fields }]);
      },
      read: shown,
      children: async () => {
        const parents = await shown();
        return (await parts.find().exec()).map((document) => {
          const { id, parent } = document.toJSON();
          return { id: String(id), isParentThere: String(parent) in parents };
        });
      },
      conflicts: async () => conflicts,
      // Whoever listens to `conflict$` is given both states at that moment; afterwards nobody has the other.
      find: async (id, field, value) => {
        const stored = await features.storageInstance.findDocumentsById([id], true);
        return stored.some((document) => document[field] === value) ? 'history' : 'nowhere';
      },
      who: async () => undefined,
      close: async () => {
        await database.close();
      },
    };
  },
  sync: async (left, right) => {
    for (const kind of ['features', 'parts'] as const) {
      const master = right.collections[kind];
      const handler = rxStorageInstanceToReplicationHandler(
        master.storageInstance,
        master.conflictHandler,
        right.database.token,
      );
      const state = replicateRxCollection({
        replicationIdentifier: `with-${right.name}`,
        collection: left.collections[kind],
        live: false,
        pull: { handler: handler.masterChangesSince },
        push: { handler: handler.masterWrite },
      });
      let failure: unknown;
      state.error$.subscribe((error) => {
        failure = error;
      });
      state.conflict$.subscribe(() => {
        left.tellConflict();
        right.tellConflict();
      });
      await state.awaitInitialReplication();
      await state.cancel();
      if (failure !== undefined) throw new Error('the replication failed', { cause: failure });
    }
  },
};
