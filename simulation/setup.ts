/** The parts of this package in a simulation. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMemoryKeyValueStore, eventStoreOver } from '../src/adapters/key-value/index.js';
import { createMemoryStore } from '../src/adapters/memory/index.js';
import { openSqliteStore } from '../src/adapters/sqlite/index.js';
import { nodeSha256 } from '../src/adapters/system/node-sha256.js';
import type { SimulationOptions } from '../src/testing/simulation/index.js';
import { policies } from './policies.js';
import { simulatedHub } from './simulated-hub.js';

export const storeKinds = ['memory', 'key-value', 'sqlite'] as const;
export type StoreKind = (typeof storeKinds)[number];

export interface Setup {
  readonly options: SimulationOptions;
  /** Removes the files of histories that are over. */
  readonly clear: () => void;
}

/** Where there is one: processes die here, and the machine never does, so no file has to reach a real disk. */
const memoryDisk = '/dev/shm';

export const setUp = (kind: StoreKind, more: Partial<SimulationOptions> = {}): Setup => {
  const base = { policy: policies, hub: simulatedHub, sha256: nodeSha256() };
  if (kind !== 'sqlite') {
    const store = kind === 'memory' ? () => createMemoryStore() : () => eventStoreOver(createMemoryKeyValueStore());
    return { options: { ...base, store, ...more }, clear: () => undefined };
  }
  let folder: string | undefined;
  let files = 0;
  const store: SimulationOptions['store'] = () => {
    folder ??= mkdtempSync(join(existsSync(memoryDisk) ? memoryDisk : tmpdir(), 'reknit-simulation-'));
    return openSqliteStore({ file: join(folder, `${(files += 1)}.db`), durability: 'process' });
  };
  return {
    options: { ...base, store, ...more },
    clear: () => {
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
      folder = undefined;
    },
  };
};
