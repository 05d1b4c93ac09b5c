/** Syncs that one side knows of and the other does not. */
import { cpSync, rmSync } from 'node:fs';
import { offlineWork } from '../../support/offline-work.js';
import { outcomeOf } from '../support/outcome.js';
import type { PeerReplica } from '../support/peer-system.js';
import { shownBy } from '../support/shown.js';
import { doAgree, toldBy, type Scenario } from './scenario.js';

const size = { resources: 50, updatesASide: 200 };

/**
 * The right side has taken in what it was sent, and has stored it; the left side never heard so, and has stored nothing
 * of that sync: its files are put back as they were. It syncs again, and sends the same once more.
 */
export const lostAcknowledgement: Scenario = async ({ system, open, folderOf }) => {
  if (system.survives === 'nothing')
    return { type: 'not applicable', reason: 'without files, no side comes back as it was before' };
  const work = offlineWork(size);
  const pair = async (): Promise<readonly [PeerReplica, PeerReplica]> => [await open('left'), await open('right')];
  const close = async (replicas: readonly PeerReplica[]): Promise<void> => {
    for (const replica of replicas) await replica.close();
  };
  let [left, right] = await pair();
  await left.create(work.features);
  await system.sync(left, right);
  await left.update(work.left);
  await right.update(work.right);
  await close([left, right]);
  const before = `${folderOf('left')}-before`;
  cpSync(folderOf('left'), before, { recursive: true });

  [left, right] = await pair();
  await system.sync(left, right);
  const expected = await shownBy(right);
  const conflicts = await right.conflicts();
  await close([left, right]);
  rmSync(folderOf('left'), { recursive: true });
  cpSync(before, folderOf('left'), { recursive: true });

  [left, right] = await pair();
  await system.sync(left, right);
  const { hidden } = await outcomeOf(left, work);
  const isSame = (await shownBy(right)) === expected;
  const again = await right.conflicts();
  const told = await toldBy([left, right]);
  return {
    type: 'run',
    lost: isSame
      ? `no: nothing changed${again === conflicts ? '' : `, but ${again} conflicts instead of ${conflicts}`}`
      : `yes: ${hidden} values of one side are not shown`,
    told: conflicts > 0 ? `as without it (${conflicts} conflicts)` : told,
    agreed: await doAgree(left, right),
  };
};
