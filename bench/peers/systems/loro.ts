/**
 * Loro: one document, a map of maps. It brings no storage; its page on persistence asks for a snapshot and the updates
 * since, and for a new snapshot when a document was loaded. Both are files here, and an update is on the disk when it
 * counts as stored. Replicas exchange version vectors and updates.
 */
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { FeatureFields } from '../../support/feature.js';
import { inGroups } from '../../support/offline-work.js';
import { childrenIn, featuresIn, partsField, type NestedFeatures } from '../support/nested.js';
import { onceFor } from '../support/once-for.js';
import { peerPackage } from '../support/peer-package.js';
import type { PeerReplica, PeerSystem } from '../support/peer-system.js';

interface LoroMap {
  readonly id: string;
  readonly get: (key: string) => unknown;
  readonly set: (key: string, value: string | number) => void;
  readonly delete: (key: string) => void;
  readonly setContainer: (key: string, container: LoroMap) => LoroMap;
  readonly getOrCreateContainer: (key: string, container: LoroMap) => LoroMap;
  readonly getLastEditor: (key: string) => string | undefined;
  readonly toJSON: () => NestedFeatures;
}

type ExportMode = { readonly mode: 'snapshot' } | { readonly mode: 'update'; readonly from: unknown };

interface History {
  readonly changes: readonly {
    readonly ops: readonly {
      readonly container: string;
      readonly content: { readonly key?: string; readonly value?: unknown };
    }[];
  }[];
}

interface LoroDoc {
  readonly getMap: (name: string) => LoroMap;
  readonly commit: () => void;
  readonly opCount: () => number;
  readonly oplogVersion: () => unknown;
  readonly export: (mode: ExportMode) => Uint8Array;
  readonly import: (bytes: Uint8Array) => unknown;
  readonly importBatch: (updates: readonly Uint8Array[]) => unknown;
  readonly exportJsonUpdates: (from?: unknown, to?: unknown, withPeerCompression?: boolean) => History;
  readonly free: () => void;
}

interface Loro {
  readonly LoroDoc: new () => LoroDoc;
  readonly LoroMap: new () => LoroMap;
}

const { exported, version, licence } = peerPackage('loro-crdt');
const { LoroDoc, LoroMap } = exported as Loro;

interface LoroReplica extends PeerReplica {
  readonly doc: LoroDoc;
  readonly take: (update: Uint8Array) => void;
}

/** So many updates are stored as one where recording is not measured; each is a commit all the same. */
const updatesAnEntry = 1_000;

export const loro: PeerSystem<LoroReplica> = {
  name: 'Loro',
  version,
  licence,
  setUp: 'one document, a map of maps, in a file with a snapshot and one with the updates since; updates are exchanged',
  documentation: [
    'https://loro.dev/docs/tutorial/persistence',
    'https://loro.dev/docs/tutorial/sync',
    'https://loro.dev/docs/tutorial/map',
  ],
  survives: 'a power loss',
  hasClock: false,
  open: async ({ folder }) => {
    const doc = new LoroDoc();
    const updates = load(folder, doc);
    const features = doc.getMap('features');
    const change = (make: () => void): void => {
      const before = doc.oplogVersion();
      make();
      doc.commit();
      updates.append(doc.export({ mode: 'update', from: before }));
    };
    const operations = onceFor(
      () => doc.opCount(),
      () => doc.exportJsonUpdates(undefined, undefined, false).changes.flatMap(({ ops }) => ops),
    );
    const fill = (map: LoroMap, fields: FeatureFields): void => {
      for (const [field, value] of Object.entries(fields)) map.set(field, value);
    };
    return {
      doc,
      take: (update) => {
        doc.import(update);
        updates.append(update);
      },
      create: async (created) =>
        change(() => {
          for (const [id, fields] of created) fill(features.setContainer(id, new LoroMap()), fields);
        }),
      update: async (all) => {
        for (const group of inGroups(all, updatesAnEntry))
          change(() => {
            for (const [id, fields] of group) {
              fill(features.get(id) as LoroMap, fields);
              doc.commit();
            }
          });
      },
      remove: async (id) => change(() => features.delete(id)),
      addChild: async (parentId, childId, fields) =>
        change(() => {
          const parent = features.get(parentId) as LoroMap;
          const children = parent.getOrCreateContainer(partsField, new LoroMap());
          fill(children.setContainer(childId, new LoroMap()), fields);
        }),
      read: async () => featuresIn(features.toJSON()),
      children: async () => childrenIn(features.toJSON()),
      // A map keeps the last write of a key, and tells of no other; the history has them all.
      conflicts: async () => 0,
      find: async (id, field, value) => {
        const container = (features.get(id) as LoroMap | undefined)?.id;
        const isThere = operations().some(
          (op) =>
            (container === undefined || op.container === container) &&
            op.content.key === field &&
            op.content.value === value,
        );
        return isThere ? 'history' : 'nowhere';
      },
      who: async (id, field) => {
        const editor = (features.get(id) as LoroMap | undefined)?.getLastEditor(field);
        return editor === undefined ? undefined : 'it names the peer that wrote what is shown';
      },
      close: async () => {
        updates.close();
        doc.free();
      },
    };
  },
  sync: async (left, right) => {
    const toLeft = right.doc.export({ mode: 'update', from: left.doc.oplogVersion() });
    const toRight = left.doc.export({ mode: 'update', from: right.doc.oplogVersion() });
    left.take(toLeft);
    right.take(toRight);
  },
};

interface Updates {
  /** Resolves nothing: it is on the disk when it returns. */
  readonly append: (update: Uint8Array) => void;
  readonly close: () => void;
}

const lengthBytes = 4;

/** Fills the document from its files, and leaves one snapshot and no updates, as the page on persistence asks for. */
const load = (folder: string, doc: LoroDoc): Updates => {
  const [snapshot, log] = [join(folder, 'snapshot.loro'), join(folder, 'updates.loro')];
  const stored = existsSync(snapshot) ? [readFileSync(snapshot)] : [];
  const updates = existsSync(log) ? entriesOf(readFileSync(log)) : [];
  if (stored.length + updates.length > 0) doc.importBatch([...stored, ...updates]);
  if (updates.length > 0) {
    const fresh = `${snapshot}.new`;
    const handle = openSync(fresh, 'w');
    writeSync(handle, doc.export({ mode: 'snapshot' }));
    fsyncSync(handle);
    closeSync(handle);
    renameSync(fresh, snapshot);
  }
  // Updates that the snapshot has already do no harm, so emptying the log may come after it, or never.
  const handle = openSync(log, 'w');
  fsyncSync(handle);
  return {
    append: (update) => {
      const length = Buffer.alloc(lengthBytes);
      length.writeUInt32BE(update.length);
      writeSync(handle, Buffer.concat([length, update]));
      fsyncSync(handle);
    },
    close: () => closeSync(handle),
  };
};

/** Whole entries alone: the last one may have been cut off by the end of its process. */
const entriesOf = (bytes: Buffer): readonly Uint8Array[] => {
  const entries: Uint8Array[] = [];
  for (let at = 0; at + lengthBytes <= bytes.length;) {
    const end = at + lengthBytes + bytes.readUInt32BE(at);
    if (end > bytes.length) break;
    entries.push(bytes.subarray(at + lengthBytes, end));
    at = end;
  }
  return entries;
};
