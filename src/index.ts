/** The embedder's door: open a replica, connect it, and say how things merge. */
export {
  silentLogger,
  write,
  type ConflictReport,
  type ConflictView,
  type EventStore,
  type ImportReport,
  type ListQuery,
  type Logger,
  type PastView,
  type PreviewReport,
  type Remote,
  type Replica,
  type ReplicaChange,
  type ReplicaStatus,
  type Resolution,
  type ResourceExplanation,
  type ResourceSnapshot,
  type SyncConnection,
  type SyncReport,
  type SyncStatus,
  type TypedResource,
  type Verification,
  type WriteOptions,
} from './application/index.js';
export { bundleRemote, openReplica, replicaRemote, type OpenOptions } from './composition/index.js';
export * from './domain/index.js';
