/**
 * A place with a few replicas, as an embedder opens them: names for ids, one clock that the
 * test turns, and any of the stores underneath. What was opened is closed when the test ends.
 */
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { openReplica, replicaRemote, type OpenOptions, type Replica, type SyncReport } from '../../src/index.js';
import { createFolder } from './temporary-folder.js';

export const storeKinds = ['memory', 'file'] as const;
export type StoreKind = (typeof storeKinds)[number];

export interface Site {
  /** Opens `name`, which is also the id of the replica and the agent who writes there. */
  readonly open: (name: string, options?: Partial<OpenOptions>) => Promise<Replica>;
  /** The file of a replica of this site; only file stores have one. */
  readonly fileOf: (name: string) => string;
  /** Milliseconds after the beginning of the story; every replica without a clock of its own goes by it. */
  readonly at: (ms: number) => void;
  readonly close: () => Promise<void>;
}

export const storyStartMs = Date.UTC(2026, 1, 2, 10);

/** For what runs many times within one test: the caller closes it. */
export const createSite = (kind: StoreKind): Site => {
  const folder = kind === 'file' ? createFolder() : undefined;
  const opened: Replica[] = [];
  let nowMs = 0;
  let ids = 0;
  const fileOf = (name: string): string => join(folder?.path ?? '', `${name}.db`);
  return {
    fileOf,
    at: (ms) => {
      nowMs = ms;
    },
    open: async (name, options = {}) => {
      const replica = await openReplica({
        agentId: name,
        replicaId: name,
        clock: () => storyStartMs + nowMs,
        ids: () => `id-${(ids += 1)}`,
        ...(folder === undefined ? {} : { file: fileOf(name), durability: 'process' }),
        ...options,
      });
      opened.push(replica);
      return replica;
    },
    close: async () => {
      for (const replica of opened) await replica.close();
      folder?.remove();
    },
  };
};

export const siteOn = (kind: StoreKind): Site => {
  const site = createSite(kind);
  onTestFinished(site.close);
  return site;
};

/** One round of a replica with another: pulls what is new there, pushes what is new here. */
export const meet = async (one: Replica, other: Replica): Promise<SyncReport> => {
  const connection = one.connect(replicaRemote(other));
  try {
    return await connection.now();
  } finally {
    await connection.close();
  }
};

/** Rounds of everyone with everyone, until all must know all. */
export const meetAll = async (...replicas: readonly Replica[]): Promise<void> => {
  const [first, ...others] = replicas;
  if (first === undefined) return;
  for (const other of others) await meet(first, other);
  for (const other of others) await meet(first, other);
};

export const collect = async <Item>(items: AsyncIterable<Item>): Promise<readonly Item[]> => {
  const collected: Item[] = [];
  for await (const item of items) collected.push(item);
  return collected;
};

/** What a replica can be told apart by: its state, its counts and its trail. */
export const standOf = async (replica: Replica): Promise<unknown> => ({
  digest: await replica.digest(),
  status: await replica.status(),
  audit: await replica.audit.head(),
  parked: await replica.parked(),
});

/** The code that a call is refused with; a call that is not refused, or not by us, has none. */
export const codeOf = async (call: () => unknown): Promise<unknown> => {
  try {
    await call();
    return 'accepted';
  } catch (error) {
    return (error as { readonly code?: unknown }).code ?? error;
  }
};
