/**
 * The event store over a key-value store against the memory store, which is the plainest reading
 * of the port: after the same events in the same batches both give the same answers, to the byte
 * and to the position, whatever came in and whichever handle it came through. Where handles write
 * at once, what they end with is what one alone would have ended with.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  createMemoryKeyValueData,
  createMemoryKeyValueStore,
  eventStoreOver,
} from '../../src/adapters/key-value/index.js';
import { readNumber, readText, numberKey, textKey } from '../../src/adapters/key-value/key-text.js';
import { createMemoryStore } from '../../src/adapters/memory/index.js';
import { engineOn, stateIn } from '../support/engine.js';
import { deliveriesOf } from '../support/histories/deliveries.js';
import { arbitraryHistory, everythingOptions } from '../support/histories/history.js';
import { propertyOptions } from '../support/property-options.js';
import { contentOf } from '../support/store-content.js';
import { inCanonicalForm, oraclePolicy as policy } from '../support/store-oracle.js';

test('it answers what the memory store answers, after every batch and through every handle', async () => {
  await fc.assert(
    fc.asyncProperty(arbitraryHistory(everythingOptions), fc.nat(), async (history, seed) => {
      const data = createMemoryKeyValueData();
      const stores = [1, 2].map(() => eventStoreOver(createMemoryKeyValueStore(data)));
      const memory = engineOn(policy, createMemoryStore());
      for (const [index, delivery] of deliveriesOf(history, seed).entries()) {
        const batch = delivery.map(inCanonicalForm);
        const [writing, reading] = index % 2 === 0 ? stores : [...stores].reverse();
        if (writing === undefined || reading === undefined) throw new Error('two handles are open');
        expect(await engineOn(policy, writing).deliver(batch)).toEqual(await memory.deliver(batch));
        expect(await contentOf(reading)).toEqual(await contentOf(memory.store));
      }
    }),
    propertyOptions({ numRuns: 20 }),
  );
}, 60_000);

test('handles that write at once leave what one alone would have left', async () => {
  await fc.assert(
    fc.asyncProperty(arbitraryHistory(everythingOptions), fc.nat(), async (history, seed) => {
      const data = createMemoryKeyValueData();
      const engines = [1, 2, 3].map(() => engineOn(policy, eventStoreOver(createMemoryKeyValueStore(data))));
      const memory = engineOn(policy, createMemoryStore());
      const batches = deliveriesOf(history, seed).map((batch) => batch.map(inCanonicalForm));
      await Promise.all(
        engines.map(async ({ deliver }, index) => {
          for (const batch of batches.filter((_, at) => at % engines.length === index)) await deliver(batch);
        }),
      );
      for (const batch of batches) await memory.deliver(batch);

      for (const { store } of engines) expect(await stateIn(store)).toEqual(await stateIn(memory.store));
    }),
    propertyOptions({ numRuns: 15 }),
  );
}, 60_000);

test('pieces of keys are plain ASCII in the order of what they stand for, and are read back', () => {
  const texts = fc.array(fc.string({ unit: 'binary', maxLength: 4 }), { minLength: 1, maxLength: 3 });
  const keyOf = (list: readonly string[]): string => list.map(textKey).join('');
  const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
  const compareLists = (a: readonly string[], b: readonly string[]): number =>
    a.reduce((order, text, index) => order || compare(text, b[index] ?? ''), 0);
  fc.assert(
    fc.property(texts, texts, (a, b) => {
      expect(keyOf(a)).toMatch(/^[ -~]*$/);
      let at = 0;
      for (const text of a) {
        const [read, next] = readText(keyOf(a), at);
        expect(read).toBe(text);
        at = next;
      }
      if (a.length === b.length) expect(Math.sign(compare(keyOf(a), keyOf(b)))).toBe(compareLists(a, b));
    }),
    propertyOptions({ numRuns: 300 }),
  );
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.maxSafeNat(), (a, b) => {
      expect(readNumber(numberKey(a), 0)).toBe(a);
      expect(Math.sign(compare(numberKey(a), numberKey(b)))).toBe(Math.sign(a - b));
    }),
    propertyOptions({ numRuns: 300 }),
  );
});
