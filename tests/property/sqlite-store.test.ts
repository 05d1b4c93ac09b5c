/**
 * The SQLite store against the memory store, which is the plainest reading of the port: after
 * the same events in the same batches both give the same answers, to the byte and to the
 * position, whatever came in.
 */
import fc from 'fast-check';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createMemoryStore } from '../../src/adapters/memory/index.js';
import { openSqliteStore } from '../../src/adapters/sqlite/index.js';
import type { EventStore } from '../../src/application/ports/event-store.js';
import { engineOn } from '../support/engine.js';
import { deliveriesOf } from '../support/histories/deliveries.js';
import { arbitraryHistory, everythingOptions } from '../support/histories/history.js';
import { propertyOptions } from '../support/property-options.js';
import { contentOf } from '../support/store-content.js';
import { inCanonicalForm, oraclePolicy as policy } from '../support/store-oracle.js';
import { createFolder } from '../support/temporary-folder.js';

test('the SQLite store answers what the memory store answers, after every batch and when opened again', async () => {
  await fc.assert(
    fc.asyncProperty(arbitraryHistory(everythingOptions), fc.nat(), async (history, seed) => {
      const folder = createFolder();
      const open = (): EventStore => openSqliteStore({ file: join(folder.path, 'replica.db'), durability: 'process' });
      const memory = engineOn(policy, createMemoryStore());
      const store = open();
      const sqlite = engineOn(policy, store);
      try {
        for (const delivery of deliveriesOf(history, seed)) {
          const batch = delivery.map(inCanonicalForm);
          expect(await sqlite.deliver(batch)).toEqual(await memory.deliver(batch));
          expect(await contentOf(store)).toEqual(await contentOf(memory.store));
        }
        await store.close();

        const again = open();
        expect(await contentOf(again)).toEqual(await contentOf(memory.store));
        await again.close();
      } finally {
        await store.close();
        folder.remove();
      }
    }),
    propertyOptions({ numRuns: 40 }),
  );
}, 60_000);
