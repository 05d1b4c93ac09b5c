/** Deriving states anew under another policy (R40) is done in steps, and an interruption costs no step twice. */
import { expect, test } from 'vitest';
import { createMemoryStore } from '../../src/adapters/memory/index.js';
import { definePolicy, openReplica, userChoice, write } from '../../src/index.js';

test('an adoption that was interrupted goes on where it was', async () => {
  const store = createMemoryStore();
  const first = await openReplica({ agentId: 'ann', store });
  await first.commit(
    Array.from({ length: 1_200 }, (_, index) => write.create('task', `t${index}`, { status: 'todo' })),
  );
  const policy = definePolicy({ name: 'people decide', version: 1, default: userChoice() });
  const stop = new AbortController();
  const interrupted = openReplica({
    agentId: 'ann',
    store,
    policy,
    signal: stop.signal,
    onRederive: () => stop.abort(),
  });
  await expect(interrupted).rejects.toThrow('abort');
  expect((await store.facts()).policy?.rederiveFrom).toBeDefined();

  const steps: number[] = [];
  const reopened = await openReplica({ agentId: 'ann', store, policy, onRederive: ({ done }) => steps.push(done) });

  expect(steps).toEqual([500, 700]);
  expect((await store.facts()).policy?.rederiveFrom).toBeUndefined();
  expect((await reopened.verify()).problems).toEqual([]);
});
