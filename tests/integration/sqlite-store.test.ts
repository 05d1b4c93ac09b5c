/** The SQLite store keeps the contract of the port; so does the memory store, case by case the same. */
import { join } from 'node:path';
import { describe, test } from 'vitest';
import { createMemoryStore } from '../../src/adapters/memory/index.js';
import { openSqliteStore } from '../../src/adapters/sqlite/index.js';
import { storageContract, type StorageSubject } from '../../src/testing/storage-contract.js';
import { createFolder } from '../support/temporary-folder.js';

const sqliteSubject = (options: { readonly durability: 'power' | 'process' }) => async (): Promise<StorageSubject> => {
  const folder = createFolder();
  const open = () => openSqliteStore({ file: join(folder.path, 'replica.db'), ...options });
  return { store: open(), reopen: async () => open(), cleanUp: async () => folder.remove() };
};

describe('a store in a file', () => {
  for (const { name, run } of storageContract(sqliteSubject({ durability: 'process' }))) test(name, run);
});

describe('a store in memory', () => {
  for (const { name, run } of storageContract(async () => ({ store: createMemoryStore() }))) test(name, run);
});
