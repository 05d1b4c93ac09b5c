/**
 * An ordered map from texts to texts with conditional atomic writes: all that a database has to
 * offer for `eventStoreOver` of `reknit/adapters/key-value` to make an event store of it.
 *
 * Four calls, since each is needed: what is known by its key comes in one call, whatever the
 * number of keys; what is next in an order is found by a scan; a unit of work is one write; and
 * only a write that checks what it was decided from lets several handles share the data. Keys are
 * plain ASCII, so that every database has them in one order, whatever its collation: by bytes, by
 * code points and by UTF-16 code units are the same there.
 *
 * The contract, which `keyValueContract` of `reknit/testing` checks case by case:
 *
 * K1. `getMany` answers in the order of the keys, one value for each, and `undefined` for a key
 *     that is not there. A key may be asked for twice.
 * K2. `scan` answers the entries whose keys are `from` or later and before `before`, in the order
 *     of keys, and no more than `limit`; fewer only where there are no more.
 * K3. `write` makes all of its changes or none, also when the process dies meanwhile. A change to
 *     `undefined` removes; removing what is not there is no failure.
 * K4. It makes them only if every key of `ifUnchanged` has the value that stands there,
 *     `undefined` for none; otherwise it answers false, and nothing has changed. Checking and
 *     writing are one step: of two writes that expect the same, and change it, one is made.
 * K5. One answer is of one moment: no part of a write that was made meanwhile is in it alone.
 * K6. A read sees every write that was answered before it was called, through any handle.
 * K7. What `write` answered true for survives the end of the process where `durability` is not
 *     `none` and, with `power`, the loss of power.
 * K8. Keys are of the characters from space to tilde, at most 8,400 of them, and case matters.
 *     Values are any text without lone surrogates, the empty one too, given back as they were.
 * K9. What fails, throws, and the store stays usable. A write that threw was made whole or not at all.
 * K10. After `close` every call is refused; closing again is no failure.
 * K11. `watch`, where there is one, tells soon after each write that was made through another handle; rather
 *     too often than too seldom. Without it the store is looked at every now and then.
 */
import type { Durability } from './event-store.js';

/** Keys from one to another, in the order of UTF-16 code units. */
export interface KeyRange {
  /** The first key that may be answered. */
  readonly from: string;
  /** The first key that may not. */
  readonly before: string;
  /** Entries at most; from 1 up. */
  readonly limit: number;
}

/** What stands under a key. */
export type KeyValueEntry = readonly [key: string, value: string];

/** What stands, or shall stand, under a key; `undefined` for nothing. */
export type KeyValueChange = readonly [key: string, value: string | undefined];

/** What is written, all or nothing, and on top of what. */
export interface KeyValueWrite {
  /** What the write was decided from; each key once. */
  readonly ifUnchanged: readonly KeyValueChange[];
  /** Each key once. */
  readonly changes: readonly KeyValueChange[];
}

/** What a key-value store can do. */
export interface KeyValueCapabilities {
  /** Whether other processes may use the same data at the same time. */
  readonly multiProcess: boolean;
  readonly durability: Durability | 'none';
}

/** The calls that a database has to offer; the numbered sentences above are their contract. */
export interface KeyValueStore {
  readonly capabilities: KeyValueCapabilities;
  readonly getMany: (keys: readonly string[]) => Promise<readonly (string | undefined)[]>;
  readonly scan: (range: KeyRange) => Promise<readonly KeyValueEntry[]>;
  readonly write: (write: KeyValueWrite) => Promise<boolean>;
  /** Calls back where others may have written; answers how to end that. */
  readonly watch?: (onWrite: () => void) => () => void;
  readonly close: () => Promise<void>;
}
