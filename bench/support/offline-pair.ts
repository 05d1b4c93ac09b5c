/**
 * Two replicas that were in sync and then worked offline: their files, closed, to be copied and opened again for each
 * round of a measurement, and every event that was recorded offline.
 */
import { openReplica, replicaRemote, write, type ReknitEvent, type Replica } from 'reknit';
import { featureId, oneField, resourceType, wholeFeature } from './feature.js';
import { randomFrom } from './random.js';
import { newFile } from './workspace.js';

export interface OfflinePair {
  readonly files: readonly [left: string, right: string];
  readonly offline: readonly ReknitEvent[];
}

export interface OfflineWork {
  readonly resources: number;
  readonly updatesASide: number;
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

export const recordOffline = async ({
  resources,
  updatesASide,
  meet = meetDirectly,
}: OfflineWork): Promise<OfflinePair> => {
  const [left, right] = [newFile('left.db'), newFile('right.db')];
  const a = await openReplica({ file: left, agentId: 'ada', replicaId: 'left' });
  const b = await openReplica({ file: right, agentId: 'bob', replicaId: 'right' });
  const random = randomFrom(7);
  const indexes = Array.from({ length: resources }, (_, index) => index);
  await a.commit(indexes.map((index) => write.create(resourceType, featureId(index), wholeFeature(random))));
  await meet(a, b);

  const work = async (replica: Replica): Promise<readonly ReknitEvent[]> => {
    const recorded: ReknitEvent[] = [];
    for (let left = updatesASide; left > 0; left -= updatesACommit) {
      const updates = Array.from({ length: Math.min(left, updatesACommit) }, () =>
        write.update(resourceType, featureId(random.below(resources)), oneField(random)),
      );
      recorded.push(...(await replica.commit(updates)));
    }
    return recorded;
  };
  const offline = [...(await work(a)), ...(await work(b))];
  await a.close();
  await b.close();
  return { files: [left, right], offline };
};
