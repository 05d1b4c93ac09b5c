/** The parts of this package in a simulation. */
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
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
const emptyFile = 'empty';

export const setUp = (kind: StoreKind, more: Partial<SimulationOptions> = {}): Setup => {
  const base = { policy: policies, hub: simulatedHub, sha256: nodeSha256() };
  if (kind !== 'sqlite') {
    const store = kind === 'memory' ? () => createMemoryStore() : () => eventStoreOver(createMemoryKeyValueStore());
    return { options: { ...base, store, ...more }, clear: () => undefined };
  }
  let folder: string | undefined;
  let files = 0;
  const fileIn = (of: string, name: string): string => join(of, `${name}.db`);
  const store: SimulationOptions['store'] = async () => {
    if (folder === undefined) {
      folder = mkdtempSync(join(existsSync(memoryDisk) ? memoryDisk : tmpdir(), 'reknit-simulation-'));
      // Laid out once and copied: every history has several of them.
      await openSqliteStore({ file: fileIn(folder, emptyFile), durability: 'process' }).close();
    }
    const file = fileIn(folder, String((files += 1)));
    copyFileSync(fileIn(folder, emptyFile), file);
    return openSqliteStore({ file, durability: 'process', turnAfterMs: Infinity });
  };
  return {
    options: { ...base, store, ...more },
    clear: () => {
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
      folder = undefined;
    },
  };
};
