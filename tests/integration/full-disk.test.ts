/**
 * A disk that is really full (I19): a small file system in memory, filled by the replica itself until the system
 * refuses. What was acknowledged stays, the file is whole, and writing goes on once there is room.
 *
 * Mounting needs the right to; without it this is skipped, and says so.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { isReknitError, openReplica, type Replica } from '../../src/index.js';
import { temporaryFolder } from '../support/temporary-folder.js';

/** Undefined where this machine does not allow it. */
const smallDisk = (mebibytes: number): string | undefined => {
  const folder = join(temporaryFolder(), 'disk');
  mkdirSync(folder);
  const { status, stderr, error } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', folder], {
    encoding: 'utf8',
  });
  if (status === 0) {
    onTestFinished(() => void spawnSync('umount', ['-l', folder]));
    return folder;
  }
  console.warn(`skipped: a small disk cannot be mounted here (${error?.message ?? stderr.trim()})`);
  return undefined;
};

const body = 'x'.repeat(4_000);

test.each(['power', 'process'] as const)(
  'a full disk refuses what does not fit, keeps the rest, and is left without trace (%s)',
  async (durability) => {
    const folder = smallDisk(3);
    if (folder === undefined) return;
    const file = join(folder, 'ann.db');
    const open = (): Promise<Replica> => openReplica({ file, agentId: 'ann', replicaId: 'ann', durability });
    // Room that somebody else takes, and gives back in the end.
    const ballast = join(folder, 'ballast');
    writeFileSync(ballast, Buffer.alloc(512 * 1024));
    const replica = await open();
    const acknowledged: string[] = [];
    let refusals = 0;
    for (let index = 0; refusals < 20; index += 1) {
      try {
        const write =
          index % 3 === 2 ? replica.import([foreign(index)]) : replica.create('note', `n${index}`, { body });
        const written = await write;
        acknowledged.push('eventId' in written ? written.eventId : `foreign ${index}`);
      } catch (error) {
        if (!isReknitError(error, 'storage_full')) throw error;
        refusals += 1;
      }
    }
    expect(acknowledged.length).toBeGreaterThan(20);
    // Reading goes on meanwhile, here and for who comes anew.
    expect((await replica.status()).events).toBe(acknowledged.length);

    rmSync(ballast);
    await replica.create('note', 'when there is room', { body: 'small' }, { eventId: 'later' });
    await replica.close();
    const again = await open();
    const found = new Set<string>();
    for await (const { sealed } of again.services.log.query()) found.add(sealed.event.eventId);
    expect([...acknowledged, 'later'].filter((id) => !found.has(id))).toEqual([]);
    expect(found.size).toBe(acknowledged.length + 1);
    expect((await again.verify()).problems).toEqual([]);
    await again.close();
  },
  60_000,
);

const foreign = (index: number): unknown => ({
  eventId: `foreign ${index}`,
  replicaId: 'bob',
  seq: index + 1,
  agentId: 'bob',
  resourceType: 'note',
  resourceId: `their ${index}`,
  operation: 'create',
  timestamp: '2026-02-02T10:00:00.000Z',
  counter: 0,
  parents: [],
  payload: { body },
  schemaVersion: 1,
});
