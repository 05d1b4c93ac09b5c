/** An event store over a key-value store keeps the contract of the port, alone and beside other handles on its data. */
import { describe, test } from 'vitest';
import {
  createMemoryKeyValueData,
  createMemoryKeyValueStore,
  eventStoreOver,
} from '../../src/adapters/key-value/index.js';
import { storageContract } from '../../src/testing/storage-contract.js';

describe('an event store over a key-value store in memory', () => {
  const subject = async () => {
    const data = createMemoryKeyValueData();
    const open = () => eventStoreOver(createMemoryKeyValueStore(data));
    return { store: open(), reopen: async () => open() };
  };
  for (const { name, run } of storageContract(subject)) test(name, run);
});
