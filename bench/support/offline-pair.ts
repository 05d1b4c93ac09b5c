/**
 * Two replicas that were in sync and then worked offline: their files, closed, to be copied and opened again for each
 * round of a measurement, and every event that was recorded offline.
 */
import { openReplica, replicaRemote, write, type ReknitEvent, type Replica } from 'reknit';
import { resourceType } from './feature.js';
import { inGroups, offlineWork, type FeatureWork, type OfflineWorkSize } from './offline-work.js';
import { newFile } from './workspace.js';

export interface OfflinePair {
  readonly files: readonly [left: string, right: string];
  readonly offline: readonly ReknitEvent[];
}

export interface OfflineHistory extends OfflineWorkSize {
  /** How they come in step before they go offline; directly, if nothing else is said. */
  readonly meet?: (left: Replica, right: Replica) => Promise<void>;
}

const meetDirectly = async (left: Replica, right: Replica): Promise<void> => {
  const connection = left.connect(replicaRemote(right));
  await connection.now();
  await connection.close();
};

/** Recording is no part of what is measured, so many updates share a commit. */
const updatesACommit = 1_000;

export const recordOffline = async ({ meet = meetDirectly, ...size }: OfflineHistory): Promise<OfflinePair> => {
  const [left, right] = [newFile('left.db'), newFile('right.db')];
  const a = await openReplica({ file: left, agentId: 'ada', replicaId: 'left' });
  const b = await openReplica({ file: right, agentId: 'bob', replicaId: 'right' });
  const work = offlineWork(size);
  await a.commit(work.features.map(([id, fields]) => write.create(resourceType, id, fields)));
  await meet(a, b);

  const record = async (replica: Replica, updates: readonly FeatureWork[]): Promise<readonly ReknitEvent[]> => {
    const recorded: ReknitEvent[] = [];
    for (const group of inGroups(updates, updatesACommit))
      recorded.push(...(await replica.commit(group.map(([id, fields]) => write.update(resourceType, id, fields)))));
    return recorded;
  };
  const offline = [...(await record(a, work.left)), ...(await record(b, work.right))];
  await a.close();
  await b.close();
  return { files: [left, right], offline };
};
