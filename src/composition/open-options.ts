/** What `openReplica` takes; everything has a default but the agent. */
import type {
  AdoptionProgress,
  Durability,
  EventStore,
  Logger,
  MergeLimits,
  WallClock,
  RandomId,
} from '../application/index.js';
import type { Policy } from '../domain/index.js';

/** How a replica is opened. */
export interface OpenOptions {
  /** Who writes, unless told otherwise write by write. */
  readonly agentId: string;
  /** The SQLite file; without it, and without a store, the replica lives in memory. */
  readonly file?: string;
  /** Any other store. */
  readonly store?: EventStore;
  /** Without it the policy stored with the data, or the default policy for new data. */
  readonly policy?: Policy;
  /** For a new replica; 128 random bits otherwise. */
  readonly replicaId?: string;
  /** Milliseconds since 1970. */
  readonly clock?: WallClock;
  /** New unique ids, for events and replicas. */
  readonly ids?: RandomId;
  readonly logger?: Logger;
  /** `power` (the default) survives a power cut; `process` is faster and may lose what was never sent to one. */
  readonly durability?: Durability;
  /** Milliseconds that a write waits while other processes write to the file, before `storage_busy`; 5,000. */
  readonly busyTimeoutMs?: number;
  /** Whether foreign events are applied while a remote merges under another policy; `warn` applies them. */
  readonly onPolicyMismatch?: 'warn' | 'hold';
  readonly limits?: Partial<MergeLimits>;
  /** Opens for reading alone; nothing is written, not even a first replica id. */
  readonly readOnly?: boolean;
  /** Told while states are derived anew under another policy. */
  readonly onRederive?: (progress: AdoptionProgress) => void;
  readonly signal?: AbortSignal;
}
