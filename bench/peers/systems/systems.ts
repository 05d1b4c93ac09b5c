/** The systems that are compared, each loaded only where it is used: a process that measures one holds no other. */
import type { PeerSystem } from '../support/peer-system.js';

const loaders = {
  reknit: async () => (await import('./reknit.js')).reknit,
  yjs: async () => (await import('./yjs.js')).yjs,
  automerge: async () => (await import('./automerge.js')).automerge,
  loro: async () => (await import('./loro.js')).loro,
  tinybase: async () => (await import('./tinybase.js')).tinybase,
  pouchdb: async () => (await import('./pouchdb.js')).pouchdb,
  rxdb: async () => (await import('./rxdb.js')).rxdb,
} as const satisfies Readonly<Record<string, () => Promise<PeerSystem>>>;

export type SystemName = keyof typeof loaders;

export const systemNames = Object.keys(loaders) as readonly SystemName[];

export const loadSystem = (name: SystemName): Promise<PeerSystem> => loaders[name]();
