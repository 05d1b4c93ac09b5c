/** The desk's list of conflicts in memory: nothing that is told while it reads is forgotten. */
import { Subject } from 'rxjs';
import { expect, onTestFinished, test } from 'vitest';
import { createConflictIndex } from '../../src/adapters/desk/inbox/conflict-index.js';
import { defaultDeskLimits } from '../../src/adapters/desk/options.js';
import { silentLogger, type Replica, type ReplicaChange } from '../../src/application/index.js';
import { createDeskClock } from '../support/desk-site.js';

test('a conflict that is told of while others are looked for is looked for next', async () => {
  const changes$ = new Subject<ReplicaChange>();
  const about = (conflict: string): void => changes$.next({ origin: 'remote', resources: [], conflicts: [conflict] });
  const asked: (readonly string[])[] = [];
  const review: Pick<Replica['review'], 'outlines' | 'find'> = {
    outlines: async () => ({ items: [] }),
    find: async (ids) => {
      asked.push(ids);
      if (ids.includes('first')) about('second');
      return [];
    },
  };
  const index = createConflictIndex({
    replica: { replicaId: 'laptop', changes$, review } as unknown as Replica,
    limits: defaultDeskLimits,
    clock: createDeskClock(),
    logger: silentLogger,
  });
  onTestFinished(() => index.close());
  await expect.poll(() => index.isPartial()).toBe(false);

  about('first');
  await index.ready();
  await index.ready();

  expect(asked).toEqual([['first'], ['second']]);
});
