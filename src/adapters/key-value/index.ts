/** A replica's store on any ordered key-value store; runs anywhere. */
export { eventStoreOver, type KeyValueEventStoreOptions } from './event-store-over.js';
export {
  createMemoryKeyValueData,
  createMemoryKeyValueStore,
  type MemoryKeyValueData,
} from './memory-key-value-store.js';
