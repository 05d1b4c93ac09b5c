/**
 * Automerge: one document of a repo, kept by its file storage; two repos sync over a message channel. Values that are
 * replaced as a whole are immutable strings, as the documentation has it for them, and no collaborative texts. To write
 * the value that is there already is no change for it, and so no side of a conflict either.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import type { FeatureFields } from '../../support/feature.js';
import { inGroups } from '../../support/offline-work.js';
import { childrenIn, featuresIn, type NestedFeatures } from '../support/nested.js';
import { onceFor } from '../support/once-for.js';
import { peerPackage } from '../support/peer-package.js';
import type { PeerReplica, PeerSystem } from '../support/peer-system.js';

type Field = string | number | { readonly val: string };
type Fields = Record<string, Field>;
interface Feature {
  [field: string]: Field | Record<string, Fields> | undefined;
  children?: Record<string, Fields>;
}
interface Doc {
  features: Record<string, Feature>;
}

interface DecodedChange {
  readonly ops: readonly {
    readonly obj: string;
    readonly key?: string;
    readonly value?: unknown;
  }[];
}

interface Automerge {
  readonly ImmutableString: new (text: string) => { readonly val: string };
  readonly init: (options: { readonly actor: string }) => unknown;
  readonly change: (doc: unknown, options: { readonly time?: number }, make: (doc: Doc) => void) => unknown;
  readonly save: (doc: unknown) => Uint8Array;
  readonly getConflicts: (map: object, key: string) => Readonly<Record<string, Field>> | undefined;
  readonly getObjectId: (map: object) => string | null;
  readonly getAllChanges: (doc: unknown) => readonly Uint8Array[];
  readonly decodeChange: (change: Uint8Array) => DecodedChange;
}

interface Handle {
  readonly change: (make: (doc: Doc) => void) => void;
  /** Takes over a document that was changed outside. */
  readonly update: (change: (doc: unknown) => unknown) => void;
  readonly doc: () => Doc;
  readonly heads: () => readonly string[];
  readonly whenReady: () => Promise<void>;
}

interface Repo {
  readonly import: (binary: Uint8Array, options: { readonly docId: string }) => Handle;
  readonly find: (id: string) => Promise<Handle>;
  readonly flush: () => Promise<void>;
  readonly shutdown: () => Promise<void>;
  readonly networkSubsystem: {
    readonly addNetworkAdapter: (adapter: unknown) => void;
    readonly removeNetworkAdapter: (adapter: unknown) => void;
  };
}

interface AutomergeRepo {
  readonly Repo: new (options: { readonly storage: unknown; readonly network: readonly unknown[] }) => Repo;
}

const { exported, version, licence } = peerPackage('@automerge/automerge');
const Automerge = exported as Automerge;
const repoPackage = peerPackage('@automerge/automerge-repo');
const { Repo } = repoPackage.exported as AutomergeRepo;
const { NodeFSStorageAdapter } = peerPackage('@automerge/automerge-repo-storage-nodefs').exported as {
  readonly NodeFSStorageAdapter: new (folder: string) => unknown;
};
const { MessageChannelNetworkAdapter } = peerPackage('@automerge/automerge-repo-network-messagechannel').exported as {
  readonly MessageChannelNetworkAdapter: new (port: unknown) => unknown;
};

interface AutomergeReplica extends PeerReplica {
  readonly repo: Repo;
  readonly handle: Handle;
}

/** The repo hears of so many changes at once where recording is not measured; each is a change all the same. */
const updatesAnEntry = 1_000;

/** All replicas begin with the very same first change, so that the map in it is the same one. */
const documentId = '4NMNnkMhL8jXrdJ9jamS58PAVdXu';
const firstState = (): Uint8Array =>
  Automerge.save(
    Automerge.change(Automerge.init({ actor: '00' }), { time: 0 }, (doc) => {
      doc.features = {};
    }),
  );

const isText = (value: unknown): value is { readonly val: string } =>
  typeof value === 'object' && value !== null && 'val' in value;
const plain = (value: unknown): unknown => (isText(value) ? value.val : value);
const asField = (value: string | number): Field =>
  typeof value === 'string' ? new Automerge.ImmutableString(value) : value;
const asFields = (fields: FeatureFields): Fields =>
  Object.fromEntries(Object.entries(fields).map(([field, value]) => [field, asField(value)]));

export const automerge: PeerSystem<AutomergeReplica> = {
  name: 'Automerge',
  version: `${version}, automerge-repo ${repoPackage.version}`,
  licence,
  setUp: 'one document of a repo, a map of maps with immutable strings, in its file storage; repos sync over a channel',
  documentation: [
    'https://automerge.org/docs/reference/repositories/storage',
    'https://automerge.org/docs/reference/documents/conflicts',
    'https://automerge.org/docs/cookbook/modeling-data',
  ],
  survives: 'the end of its process',
  hasClock: false,
  open: async ({ folder }) => {
    const files = join(folder, 'automerge');
    const isNew = readdirSync(folder).length === 0;
    const repo = new Repo({ storage: new NodeFSStorageAdapter(files), network: [] });
    const handle = isNew
      ? repo.import(firstState(), { docId: documentId })
      : await repo.find(`automerge:${documentId}`);
    await handle.whenReady();
    const features = (): Readonly<Record<string, Feature>> => handle.doc().features;
    const shown = (): NestedFeatures =>
      Object.fromEntries(
        Object.entries(features()).map(([id, feature]) => [
          id,
          Object.fromEntries(Object.entries(feature).map(([field, value]) => [field, plain(value)])),
        ]),
      );
    const conflictsOf = (id: string, field: string): readonly (readonly [operation: string, value: Field])[] => {
      const feature = features()[id];
      const values = feature === undefined ? [] : Object.entries(Automerge.getConflicts(feature, field) ?? {});
      return values.length > 1 ? values : [];
    };
    const operations = onceFor(
      () => handle.heads().join(),
      () => Automerge.getAllChanges(handle.doc()).flatMap((change) => Automerge.decodeChange(change).ops),
    );
    const isInHistory = (id: string, field: string, value: unknown): boolean => {
      const feature = features()[id];
      const object = feature === undefined ? undefined : Automerge.getObjectId(feature);
      return operations().some(
        (op) => (object === undefined || op.obj === object) && op.key === field && op.value === value,
      );
    };
    return {
      repo,
      handle,
      create: async (created) => {
        handle.change((doc) => {
          for (const [id, fields] of created) doc.features[id] = asFields(fields);
        });
        await repo.flush();
      },
      update: async (updates) => {
        for (const group of inGroups(updates, updatesAnEntry))
          handle.update((before) =>
            group.reduce<unknown>(
              (doc, [id, fields]) =>
                Automerge.change(doc, {}, (draft) => {
                  Object.assign(draft.features[id] ?? {}, asFields(fields));
                }),
              before,
            ),
          );
        await repo.flush();
      },
      remove: async (id) => {
        handle.change((doc) => {
          delete doc.features[id];
        });
        await repo.flush();
      },
      addChild: async (parentId, childId, fields) => {
        handle.change((doc) => {
          const parent = doc.features[parentId];
          if (parent === undefined) return;
          parent.children ??= {};
          parent.children[childId] = asFields(fields);
        });
        await repo.flush();
      },
      read: async () => featuresIn(shown()),
      children: async () => childrenIn(shown()),
      conflicts: async () =>
        Object.entries(features()).reduce(
          (sum, [id, feature]) =>
            sum + Object.keys(feature).filter((field) => conflictsOf(id, field).length > 0).length,
          0,
        ),
      find: async (id, field, value) => {
        if (conflictsOf(id, field).some(([, one]) => plain(one) === value)) return 'conflict';
        return isInHistory(id, field, value) ? 'history' : 'nowhere';
      },
      who: async (id, field) => {
        const shown = plain(features()[id]?.[field]);
        const [operation] = conflictsOf(id, field).find(([, value]) => plain(value) === shown) ?? [];
        return operation === undefined ? undefined : 'it names the actor that wrote what is shown';
      },
      // A conflict goes away when somebody writes the field again, and stays when they write what is shown already.
      choose: async (id, field, value) => {
        handle.change((doc) => {
          const feature = doc.features[id];
          if (feature !== undefined) feature[field] = asField(value);
        });
        await repo.flush();
      },
      close: () => repo.shutdown(),
    };
  },
  sync: async (left, right) => {
    const { port1, port2 } = new MessageChannel();
    const adapters = [new MessageChannelNetworkAdapter(port1), new MessageChannelNetworkAdapter(port2)];
    left.repo.networkSubsystem.addNetworkAdapter(adapters[0]);
    right.repo.networkSubsystem.addNetworkAdapter(adapters[1]);
    const headsOf = ({ handle }: AutomergeReplica): string => [...handle.heads()].sort().join();
    while (headsOf(left) !== headsOf(right)) await new Promise((resolve) => setTimeout(resolve, 1));
    await Promise.all([left.repo.flush(), right.repo.flush()]);
    left.repo.networkSubsystem.removeNetworkAdapter(adapters[0]);
    right.repo.networkSubsystem.removeNetworkAdapter(adapters[1]);
    port1.close();
    port2.close();
  },
};
