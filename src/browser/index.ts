/** The door for browsers: a replica on IndexedDB, hubs, and everything that says how things merge. */
export { openReplica, type BrowserOpenOptions } from './open-replica.js';
export { browserSystem } from './browser-system.js';
export { openIndexedDb, type IndexedDbFactory, type IndexedDbOptions } from '../adapters/indexed-db/index.js';
export { eventStoreOver } from '../adapters/key-value/index.js';
export { browserConnectivity, hubRemote, replicaRemote, type HubRemoteOptions } from '../adapters/remote/index.js';
export {
  write,
  type ConflictView,
  type ConnectOptions,
  type Replica,
  type ReplicaChange,
  type ResourceSnapshot,
  type SyncConnection,
  type SyncStatus,
  type TypedResource,
} from '../application/index.js';
export * from '../domain/index.js';
