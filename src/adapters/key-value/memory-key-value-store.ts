/**
 * A key-value store in memory: the plainest reading of the port's contract, for tests. Handles
 * on the same data are to each other what processes on one database are.
 */
import type { KeyValueStore } from '../../application/ports/key-value-store.js';
import { ReknitError } from '../../domain/shared/errors.js';

/** What handles share. */
export interface MemoryKeyValueData {
  readonly values: Map<string, string>;
  /** Sorted. */
  readonly keys: string[];
}

/** Empty data for `createMemoryKeyValueStore`, which several handles may share. */
export const createMemoryKeyValueData = (): MemoryKeyValueData => ({ values: new Map(), keys: [] });

/**
 * A key-value store in memory: what the contract means, in the fewest words.
 *
 * @param data shared with other handles; data of its own without it
 */
export const createMemoryKeyValueStore = (data?: MemoryKeyValueData): KeyValueStore => {
  const { values, keys } = data ?? createMemoryKeyValueData();
  let isClosed = false;
  const answer = async <Value>(read: () => Value): Promise<Value> => {
    if (isClosed) throw new ReknitError('store_closed', 'the store is closed: open it again');
    return read();
  };
  return {
    capabilities: { multiProcess: data !== undefined, durability: 'none' },
    getMany: (wanted) => answer(() => wanted.map((key) => values.get(key))),
    scan: ({ from, before, limit }) =>
      answer(() => {
        const start = placeOf(keys, from);
        const end = Math.min(placeOf(keys, before), start + limit);
        return keys.slice(start, end).map((key) => [key, values.get(key) ?? ''] as const);
      }),
    write: ({ ifUnchanged, changes }) =>
      answer(() => {
        if (ifUnchanged.some(([key, value]) => values.get(key) !== value)) return false;
        for (const [key, value] of changes) {
          const place = placeOf(keys, key);
          const isThere = keys[place] === key;
          if (value === undefined) {
            values.delete(key);
            if (isThere) keys.splice(place, 1);
          } else {
            values.set(key, value);
            if (!isThere) keys.splice(place, 0, key);
          }
        }
        return true;
      }),
    close: async () => {
      isClosed = true;
    },
  };
};

/** Where the first key stands that is this one or a later one. */
const placeOf = (keys: readonly string[], wanted: string): number => {
  let [low, high] = [0, keys.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((keys[middle] ?? '') < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
};
