/**
 * Yjs: one document, a map of maps, kept by y-leveldb. Replicas exchange state vectors and the updates that the other
 * lacks, and each stores the update that it was sent.
 */
import { join } from 'node:path';
import { inGroups } from '../../support/offline-work.js';
import { childrenIn, featuresIn, partsField, type NestedFeatures } from '../support/nested.js';
import { peerPackage } from '../support/peer-package.js';
import type { PeerReplica, PeerSystem } from '../support/peer-system.js';

interface YMap {
  readonly get: (key: string) => unknown;
  readonly set: (key: string, value: unknown) => void;
  readonly delete: (key: string) => void;
  readonly has: (key: string) => boolean;
  readonly keys: () => Iterable<string>;
  readonly toJSON: () => NestedFeatures;
}

interface YDoc {
  readonly getMap: (name: string) => YMap;
  readonly transact: (change: () => void) => void;
  readonly destroy: () => void;
}

interface Yjs {
  readonly Map: new (entries?: readonly (readonly [string, unknown])[]) => YMap;
  readonly encodeStateVector: (doc: YDoc) => Uint8Array;
  readonly encodeStateAsUpdate: (doc: YDoc, stateVector?: Uint8Array) => Uint8Array;
  readonly applyUpdate: (doc: YDoc, update: Uint8Array) => void;
}

interface Persistence {
  readonly getYDoc: (name: string) => Promise<YDoc>;
  readonly storeUpdate: (name: string, update: Uint8Array) => Promise<unknown>;
  readonly destroy: () => Promise<void>;
}

interface YLeveldb {
  readonly LeveldbPersistence: new (folder: string) => Persistence;
}

const { exported, version, licence } = peerPackage('yjs');
const Y = exported as Yjs;
const leveldb = peerPackage('y-leveldb');
const { LeveldbPersistence } = leveldb.exported as YLeveldb;
const documentName = 'features';

interface YjsReplica extends PeerReplica {
  readonly doc: YDoc;
  readonly store: (update: Uint8Array) => Promise<unknown>;
}

/** So many updates are stored as one where recording is not measured; each is a transaction all the same. */
const updatesAnEntry = 1_000;

export const yjs: PeerSystem<YjsReplica> = {
  name: 'Yjs',
  version: `${version}, y-leveldb ${leveldb.version}`,
  licence,
  setUp: 'one document, a map of maps, in LevelDB by y-leveldb; state vectors and updates are exchanged',
  documentation: [
    'https://docs.yjs.dev/api/document-updates',
    'https://docs.yjs.dev/ecosystem/database-provider/y-leveldb',
    'https://docs.yjs.dev/api/shared-types/y.map',
  ],
  survives: 'the end of its process',
  hasClock: false,
  open: async ({ folder }) => {
    const persistence = new LeveldbPersistence(join(folder, 'level'));
    const doc = await persistence.getYDoc(documentName);
    const features = doc.getMap('features');
    const store = (update: Uint8Array): Promise<unknown> => persistence.storeUpdate(documentName, update);
    const change = async (make: () => void): Promise<void> => {
      const before = Y.encodeStateVector(doc);
      make();
      await store(Y.encodeStateAsUpdate(doc, before));
    };
    return {
      doc,
      store,
      create: (created) =>
        change(() => {
          doc.transact(() => {
            for (const [id, fields] of created) features.set(id, new Y.Map(Object.entries(fields)));
          });
        }),
      update: async (updates) => {
        for (const group of inGroups(updates, updatesAnEntry))
          await change(() => {
            for (const [id, fields] of group)
              doc.transact(() => {
                for (const [field, value] of Object.entries(fields)) (features.get(id) as YMap).set(field, value);
              });
          });
      },
      remove: (id) => change(() => features.delete(id)),
      addChild: (parentId, childId, fields) =>
        change(() => {
          doc.transact(() => {
            const parent = features.get(parentId) as YMap;
            if (!parent.has(partsField)) parent.set(partsField, new Y.Map());
            (parent.get(partsField) as YMap).set(childId, new Y.Map(Object.entries(fields)));
          });
        }),
      read: async () => featuresIn(features.toJSON()),
      children: async () => childrenIn(features.toJSON()),
      // A map keeps the last write of a key, and tells of no other.
      conflicts: async () => 0,
      find: async (id, field, value) => (isKept(features.get(id), field, value) ? 'history' : 'nowhere'),
      who: async () => undefined,
      close: async () => {
        doc.destroy();
        await persistence.destroy();
      },
    };
  },
  sync: async (left, right) => {
    const [toLeft, toRight] = [
      Y.encodeStateAsUpdate(right.doc, Y.encodeStateVector(left.doc)),
      Y.encodeStateAsUpdate(left.doc, Y.encodeStateVector(right.doc)),
    ];
    Y.applyUpdate(left.doc, toLeft);
    Y.applyUpdate(right.doc, toRight);
    await Promise.all([left.store(toLeft), right.store(toRight)]);
  },
};

interface Item {
  readonly left: Item | null;
  readonly content: { readonly getContent: () => readonly unknown[] };
}

/**
 * Whether an overwritten value of a key is still there. The interface has nothing for that, so this looks into the map:
 * what was overwritten is collected as garbage, unless a document is made with `gc: false`, which is for versions.
 */
const isKept = (map: unknown, field: string, value: unknown): boolean => {
  if (typeof map !== 'object' || map === null) return false;
  const entries = Reflect.get(map, '_map') as ReadonlyMap<string, Item>;
  for (let item = entries.get(field) ?? null; item !== null; item = item.left)
    if (item.content.getContent().includes(value)) return true;
  return false;
};
