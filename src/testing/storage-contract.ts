/**
 * The contract of the storage port as cases for any test runner: each is named after the
 * sentence of the contract that it checks, gets an empty store of its own, and throws where
 * the sentence does not hold.
 *
 *     for (const { name, run } of storageContract(createMine)) test(name, run);
 *
 * What a store cannot be asked is left out: that a unit of work survives the loss of power (S3)
 * or a process that dies while it is written (S1) is for a test that pulls the plug. Cases that
 * need what a store does not have (to be opened again, a backup) pass.
 */
import type { EventStore } from '../application/ports/event-store.js';
import type { ContractCase } from './remote-contract.js';
import { commitCases } from './storage/commit-cases.js';
import { endCases } from './storage/end-cases.js';
import { eventCases } from './storage/event-cases.js';
import { explainedCases } from './storage/explained-cases.js';
import { leaseCases } from './storage/lease-cases.js';
import { loadCases } from './storage/load-cases.js';
import { longValueCases } from './storage/long-value-cases.js';
import { orderCases } from './storage/order-cases.js';
import { pageCases } from './storage/page-cases.js';
import { queryCases } from './storage/query-cases.js';
import type { StoreUnderTest } from './storage/store-under-test.js';

/** One store, empty at first. */
export interface StorageSubject {
  readonly store: EventStore;
  /** Opens the same data again, after the store was closed; absent where nothing is left then. */
  readonly reopen?: () => Promise<EventStore>;
  /** Called when the case is over, whatever came of it. The stores are closed by then. */
  readonly cleanUp?: () => Promise<void>;
}

/** The cases that every store has to pass. */
export const storageContract = (createStore: () => Promise<StorageSubject>): readonly ContractCase[] =>
  cases.map(([name, holds]) => ({
    name,
    run: async () => {
      const subject = await createStore();
      const opened = [subject.store];
      const { reopen } = subject;
      const underTest: StoreUnderTest = {
        store: subject.store,
        ...(reopen === undefined
          ? {}
          : {
              reopened: async () => {
                await opened.at(-1)?.close();
                const again = await reopen();
                opened.push(again);
                return again;
              },
            }),
      };
      try {
        await holds(underTest);
      } finally {
        for (const store of opened) await store.close();
        await subject.cleanUp?.();
      }
    },
  }));

const cases = [
  ...commitCases,
  ...loadCases,
  ...eventCases,
  ...pageCases,
  ...queryCases,
  ...orderCases,
  ...leaseCases,
  ...longValueCases,
  ...explainedCases,
  ...endCases,
];
