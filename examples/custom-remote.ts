/**
 * Replicas that meet in a shared folder, which Reknit knows nothing about: a remote of a hundred
 * lines (custom-remote/), proved by the contract, used like any other.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openReplica } from 'reknit';
import { remoteContract } from 'reknit/testing';
import { folderRemote } from './custom-remote/folder-remote.js';

const root = mkdtempSync(join(tmpdir(), 'reknit-folder-'));
let folders = 0;
const newFolder = (): string => join(root, `contract-${(folders += 1)}`);

try {
  const cases = remoteContract(async () => {
    const [one, another] = [newFolder(), newFolder()];
    return {
      connect: () => folderRemote({ folder: one }),
      connectElsewhere: () => folderRemote({ folder: another }),
    };
  });
  for (const { run } of cases) await run();
  console.log(`a shared folder keeps ${cases.length} promises of a remote`);

  const folder = join(root, 'shared');
  const laptop = await openReplica({ agentId: 'ada' });
  const phone = await openReplica({ agentId: 'bob' });
  const syncs = [laptop.connect(await folderRemote({ folder })), phone.connect(await folderRemote({ folder }))];
  await laptop.create('feature', 'f1', { title: 'Merge offline', status: 'todo' });
  for (const sync of syncs) await sync.now();

  // Both change it without having seen each other's change, and append to the folder at once.
  await laptop.update('feature', 'f1', { status: 'doing' });
  await phone.update('feature', 'f1', { title: 'Merge offline, soon' });
  await Promise.all(syncs.map((sync) => sync.now()));
  for (const sync of syncs) await sync.now();
  assert.deepEqual(
    { ...(await phone.get('feature', 'f1'))?.fields },
    { title: 'Merge offline, soon', status: 'doing' },
  );
  assert.equal(await laptop.digest(), await phone.digest());
  console.log('two replicas that met in the folder agree');

  for (const each of [...syncs, laptop, phone]) await each.close();
} finally {
  rmSync(root, { recursive: true, force: true });
}
