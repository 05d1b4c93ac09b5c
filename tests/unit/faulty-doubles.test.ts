/** The faulty doubles: each fault does what it says, and who keeps the contracts comes through all of them. */
import fc from 'fast-check';
import { openReplica, replicaRemote } from 'reknit';
import { expect, test } from 'vitest';
import { createMemoryStore } from '../../src/adapters/memory/index.js';
import { isReknitError } from '../../src/domain/shared/errors.js';
import {
  faults,
  faultyRemote,
  faultyStore,
  scriptedFaults,
  seededFaults,
  storageContract,
} from '../../src/testing/index.js';
import { propertyOptions } from '../support/property-options.js';

const delay = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('a schedule from a seed is the same each time, and keeps its rate and its kinds', () => {
  const drawn = (seed: number): readonly string[] => {
    const next = seededFaults({ seed, rate: 0.25, of: ['lost', 'twice'], callsMax: 400 });
    return Array.from({ length: 500 }, next);
  };

  expect(drawn(7)).toEqual(drawn(7));
  expect(drawn(7)).not.toEqual(drawn(8));
  expect(new Set(drawn(7))).toEqual(new Set(['none', 'lost', 'twice']));
  const befallen = drawn(7).filter((fault) => fault !== 'none').length;
  expect(befallen).toBeGreaterThan(60);
  expect(befallen).toBeLessThan(140);
  expect(drawn(7).slice(400)).toEqual(Array.from({ length: 100 }, () => 'none'));
});

test('a store without faults keeps the contract', async () => {
  const calm = storageContract(async () => ({ store: faultyStore(createMemoryStore(), scriptedFaults([])) }));
  for (const { run } of calm) await run();
});

test('a call that is lost did nothing, one whose answer is lost did all of it, and the store goes on', async () => {
  const inner = createMemoryStore();
  const replica = await openReplica({ agentId: 'ada', store: inner });
  const store = faultyStore(inner, scriptedFaults(['lost', 'answer lost', 'cut off', 'twice', 'late', 'none']), {
    delay,
  });
  const code = async (call: Promise<unknown>): Promise<unknown> =>
    call.then(
      () => 'answered',
      (error: unknown) => (isReknitError(error) ? error.code : error),
    );

  expect(await code(store.facts())).toBe('storage_busy');
  expect(await code(store.facts())).toBe('storage_failed');
  expect(await code(store.facts())).toBe('storage_busy');
  for (let left = 0; left < 3; left += 1) expect(await code(store.facts())).toBe('answered');
  await replica.close();
  expect(await code(store.facts())).toBe('store_closed');
});

test('what a caller was told is there, whatever befalls the store; what failed is there whole or not at all', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), async (seed) => {
      const inner = createMemoryStore();
      const calm = await openReplica({ agentId: 'ada', store: inner, replicaId: 'here' });
      const store = faultyStore(inner, seededFaults({ seed, rate: 0.2 }), { delay });
      const replica = await openReplica({ agentId: 'ada', store, replicaId: 'here' }).catch(() => undefined);
      if (replica === undefined) return;
      const told: string[] = [];
      for (let index = 0; index < 12; index += 1)
        await replica.create('task', `${index}`, { a: index, b: index }).then(
          () => told.push(`${index}`),
          () => undefined,
        );

      for (const id of told) expect((await calm.get('task', id))?.fields['a']).toBe(Number(id));
      for await (const { fields } of calm.list({ resourceType: 'task', orderBy: 'id' }))
        expect(fields['a']).toBe(fields['b']);
      expect((await calm.verify()).ok).toBe(true);
      await calm.close();
    }),
    propertyOptions({ numRuns: 25 }),
  );
});

test('a push that is cut off brings its first half, and all kinds of faults cost nothing but tries', async () => {
  const seen: number[] = [];
  const [one, other] = [
    await openReplica({ agentId: 'ada', replicaId: 'one' }),
    await openReplica({ agentId: 'bob', replicaId: 'other' }),
  ];
  for (let index = 0; index < 4; index += 1) await one.create('task', `${index}`, { index });
  const target = replicaRemote(other);
  const counting = {
    ...target,
    push: (...given: Parameters<typeof target.push>) => (seen.push(given[0].length), target.push(...given)),
  };
  const script = scriptedFaults(['none', 'none', 'cut off', ...faults, ...faults]);
  const sync = one.connect(faultyRemote(counting, script, { delay }));
  for (let tries = 0; tries < 20; tries += 1) await sync.now().catch(() => undefined);

  expect(Math.min(...seen)).toBeLessThan(4);
  expect(await one.digest()).toBe(await other.digest());
  for (const each of [sync, one, other]) await each.close();
});
