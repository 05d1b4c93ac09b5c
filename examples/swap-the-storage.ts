/**
 * A replica on LevelDB instead of SQLite: forty lines (swap-the-storage/) give Reknit's four calls,
 * the contracts say that they are right, and everything else is as it always is.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openReplica, replicaRemote } from 'reknit';
import { eventStoreOver } from 'reknit/adapters/key-value';
import { keyValueContract, storageContract } from 'reknit/testing';
import { openLevelKeyValueStore } from './swap-the-storage/level-key-value-store.js';

const folder = mkdtempSync(join(tmpdir(), 'reknit-level-'));
let databases = 0;
const newDatabase = (): string => join(folder, `contract-${(databases += 1)}`);

try {
  // First the four calls, then the whole store that is made of them. Any test runner would do.
  const keyValueCases = keyValueContract(async () => {
    const place = newDatabase();
    const open = () => openLevelKeyValueStore(place, 'process');
    return { store: await open(), reopen: open };
  });
  for (const { run } of keyValueCases) await run();
  const storageCases = storageContract(async () => {
    const place = newDatabase();
    const open = async () => eventStoreOver(await openLevelKeyValueStore(place, 'process'));
    return { store: await open(), reopen: open };
  });
  for (const { run } of storageCases) await run();
  console.log(
    `LevelDB keeps ${keyValueCases.length} promises of a key-value store and ${storageCases.length} of a store`,
  );

  const open = async () =>
    openReplica({ agentId: 'ada', store: eventStoreOver(await openLevelKeyValueStore(join(folder, 'work'))) });
  const laptop = await open();
  await laptop.create('feature', 'f1', { title: 'Merge offline', status: 'todo' });
  await laptop.update('feature', 'f1', { status: 'doing' });
  await laptop.close();

  // Everything is there when the database is opened again, and meets another replica, which is in memory.
  const again = await open();
  assert.equal((await again.get('feature', 'f1'))?.fields['status'], 'doing');
  const phone = await openReplica({ agentId: 'bob' });
  await phone.create('feature', 'f2', { title: 'Sync' });
  const sync = again.connect(replicaRemote(phone));
  const { pushed, applied } = await sync.now();
  await sync.close();
  assert.deepEqual([pushed, applied], [2, 1]);
  assert.equal(await again.digest(), await phone.digest());
  assert.equal((await again.verify()).ok, true);
  console.log('a replica on LevelDB and one in memory agree');

  await again.close();
  await phone.close();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
