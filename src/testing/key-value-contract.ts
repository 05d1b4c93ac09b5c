/**
 * The contract of the key-value port as cases for any test runner: each is named after the
 * sentence of the contract that it checks, gets an empty store of its own, and throws where the
 * sentence does not hold.
 *
 *     for (const { name, run } of keyValueContract(createMine)) test(name, run);
 *
 * A store that keeps it needs `storageContract` of `eventStoreOver(store)` only as a second look.
 * What a store cannot be asked is left out: that a write survives the loss of power (K7), or is
 * whole when the process dies meanwhile (K3), is for a test that pulls the plug. Cases that need
 * a second handle, or to open the data again, pass where there is none.
 */
import type { KeyValueStore } from '../application/ports/key-value-store.js';
import type { ContractCase } from './remote-contract.js';
import { endCases } from './key-value/end-cases.js';
import { readCases } from './key-value/read-cases.js';
import { writeCases } from './key-value/write-cases.js';

/** One store, empty at first. */
export interface KeyValueSubject {
  readonly store: KeyValueStore;
  /** Another handle on the same data, while the first is open; absent where there can be only one. */
  readonly another?: () => Promise<KeyValueStore>;
  /** Opens the same data again, after the store was closed; absent where nothing is left then. */
  readonly reopen?: () => Promise<KeyValueStore>;
  /** Called when the case is over, whatever came of it. The handles are closed by then. */
  readonly cleanUp?: () => Promise<void>;
}

/** The cases that every key-value store has to pass. */
export const keyValueContract = (create: () => Promise<KeyValueSubject>): readonly ContractCase[] =>
  [...readCases, ...writeCases, ...endCases].map(([name, holds]) => ({
    name,
    run: async () => {
      const subject = await create();
      const opened = [subject.store];
      const { another, reopen } = subject;
      const remembered = async (store: Promise<KeyValueStore>): Promise<KeyValueStore> => {
        opened.push(await store);
        return store;
      };
      try {
        await holds({
          store: subject.store,
          // Where there is one handle, it is beside itself.
          another: () => (another === undefined ? Promise.resolve(subject.store) : remembered(another())),
          reopened: async () => {
            if (reopen === undefined) return subject.store;
            for (const store of opened) await store.close();
            return remembered(reopen());
          },
        });
      } finally {
        for (const store of opened) await store.close();
        await subject.cleanUp?.();
      }
    },
  }));
