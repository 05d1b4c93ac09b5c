/** What is read and could not be stored is read again, wherever the store fails (I14). */
import { expect, test } from 'vitest';
import { createMemoryStore } from '../../src/adapters/memory/index.js';
import { openReplica, replicaRemote, type EventStore } from '../../src/index.js';

/** A store that refuses the so-manieth unit of work from when it is told to. */
const failingStore = (store: EventStore) => {
  let left = Infinity;
  const commit: EventStore['commit'] = async (work) => {
    left -= 1;
    if (left === 0) throw new Error('the disk is full');
    return store.commit(work);
  };
  return {
    store: { ...store, commit },
    failAt: (count: number) => {
      left = count;
    },
    hasFailed: () => left <= 0,
  };
};

test('a sync that breaks off at any commit leaves nothing out of the next', async () => {
  const phone = await openReplica({ agentId: 'bob', replicaId: 'phone' });
  for (const id of ['f1', 'f2', 'f3']) await phone.create('feature', id, { status: 'todo' });
  let commits = 0;

  for (let isDone = false; !isDone;) {
    commits += 1;
    const { store, failAt, hasFailed } = failingStore(createMemoryStore());
    const laptop = await openReplica({ agentId: 'ada', replicaId: 'laptop', store });
    failAt(commits);
    const connection = laptop.connect(replicaRemote(phone));
    await connection.now().catch(() => undefined);
    await connection.close();
    isDone = !hasFailed();
    failAt(Infinity);

    const again = laptop.connect(replicaRemote(phone));
    await again.now();
    await again.close();
    expect(await laptop.digest(), `after commit ${commits} failed`).toBe(await phone.digest());
  }

  expect(commits).toBeGreaterThan(1);
});
