/**
 * An object with an accessor of its own has a hidden class of its own, which lives in old memory and holds whatever the
 * accessor reads: a replica and its store, until the next full collection.
 */
import { expect, test } from 'vitest';
import { openReplica, replicaRemote } from '../../src/index.js';

const accessorsOf = (object: object): readonly string[] =>
  Object.entries(Object.getOwnPropertyDescriptors(object)).flatMap(([name, descriptor]) =>
    'get' in descriptor ? name : [],
  );

test('what is opened often has no accessor of its own', async () => {
  const [one, other] = [await openReplica({ agentId: 'ann' }), await openReplica({ agentId: 'bob' })];
  const connection = one.connect(replicaRemote(other));
  const standing = one.connect(replicaRemote(other), { live: true });

  const found = [one, one.as('cid'), connection, standing].map(accessorsOf);

  expect(found).toEqual([[], [], [], []]);
  expect([one.replicaId === other.replicaId, connection.status.phase]).toEqual([false, 'offline']);

  await one.close();
  await other.close();
});
