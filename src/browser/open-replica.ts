/** `openReplica` in a browser: the same replica, on IndexedDB, or in memory where no name is given. */
import { openIndexedDb } from '../adapters/indexed-db/index.js';
import { eventStoreOver } from '../adapters/key-value/index.js';
import { createMemoryStore } from '../adapters/memory/index.js';
import {
  checkOpenOptions,
  defaultMergeLimits,
  openReplicaOn,
  type Durability,
  type EventStore,
  type Logger,
  type MergeLimits,
  type OpenOnOptions,
  type Replica,
  type WallClock,
} from '../application/index.js';
import type { Policy } from '../domain/index.js';
import { browserSystem } from './browser-system.js';

/** How a replica is opened in a browser. */
export interface BrowserOpenOptions extends OpenOnOptions {
  /** The IndexedDB database; without it, and without a store, the replica lives as long as the page. */
  readonly name?: string;
  /** Any other store. */
  readonly store?: EventStore;
  /** Without it the policy stored with the data, or the default policy for new data. */
  readonly policy?: Policy;
  /** `power` (the default) waits until the disk has what was written; `process` is faster. */
  readonly durability?: Durability;
  /** Milliseconds since 1970. */
  readonly clock?: WallClock;
  readonly logger?: Logger;
  readonly limits?: Partial<MergeLimits>;
}

/**
 * Opens a replica, making it on first use. Tabs and workers that open one database share the replica: each sees what
 * the others write, and one of them syncs.
 *
 * @throws ReknitError `wrong_type`, `policy_changed`, `storage_unavailable`, and the codes of the store
 */
export const openReplica = async (options: BrowserOpenOptions): Promise<Replica> => {
  checkOpenOptions(options, 'name');
  const { clock, logger, limits, policy } = options;
  const system = browserSystem({
    ...(clock === undefined ? {} : { clock }),
    ...(logger === undefined ? {} : { logger }),
  });
  const store = await storeFrom(options);
  try {
    const ground = { store, system, limits: { ...defaultMergeLimits, ...limits }, policy };
    return await openReplicaOn(ground, options);
  } catch (error) {
    // A store that was handed in stays the embedder's.
    if (options.store === undefined) await store.close();
    throw error;
  }
};

const storeFrom = async ({ store, name, durability }: BrowserOpenOptions): Promise<EventStore> => {
  if (store !== undefined) return store;
  if (name === undefined) return createMemoryStore();
  return eventStoreOver(await openIndexedDb({ name, ...(durability === undefined ? {} : { durability }) }));
};
