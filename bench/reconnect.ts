/** Two replicas reconnect after a long time offline, against storing the same events without any logic. */
import assert from 'node:assert/strict';
import { openReplica, replicaRemote } from 'reknit';
import { startBench } from './support/figures.js';
import { floorRowsOf, openFloor } from './support/floor.js';
import { ratiosOf, spreadOf, takeTurns, timed } from './support/measure.js';
import { recordOffline, type OfflinePair } from './support/offline-pair.js';
import { sizeOf, sizesOf } from './support/options.js';
import { copyDatabase, newFile, removeDatabase } from './support/workspace.js';

const resources = sizeOf('resources', { full: 1_000, quick: 100 });
const sizes = sizesOf('aside', { full: [1_000, 10_000, 100_000], quick: [500] });
const rounds = sizeOf('rounds', { full: 5, quick: 1 });

interface Outcome {
  readonly conflicts: number;
  readonly syncRounds: number;
}

const bench = startBench({
  title: 'Reconnection after offline work',
  method: `Two replicas on files, in sync on ${resources.toLocaleString('en-GB')} features of five fields, have each recorded updates offline (feature, field and value uniform, seeded). Timed is the sync in one process until both digests are equal: reading, checking, hashing, merging, conflicts and audit on both sides, power-safe. The floor stores the events of both sides and one state a resource, once, in one transaction.`,
});

const reconnect = async ({ files }: OfflinePair, onOutcome: (outcome: Outcome) => void): Promise<number> => {
  const copies = files.map(copyDatabase);
  const [left = '', right = ''] = copies;
  const a = await openReplica({ file: left, agentId: 'ada' });
  const b = await openReplica({ file: right, agentId: 'bob' });
  const connection = a.connect(replicaRemote(b));
  let ms = 0;
  let syncRounds = 0;
  do {
    ms += await timed(() => connection.now());
    syncRounds += 1;
    assert.ok(syncRounds <= 3, 'two replicas without anything new are not in step after three rounds');
  } while ((await a.digest()) !== (await b.digest()));
  onOutcome({ conflicts: (await a.conflicts.report({ limit: 1 })).total, syncRounds });
  await connection.close();
  await a.close();
  await b.close();
  copies.forEach(removeDatabase);
  return ms;
};

for (const updatesASide of sizes) {
  const pair = await recordOffline({ resources, updatesASide });
  const rows = floorRowsOf(pair.offline);
  let outcome: Outcome | undefined;
  // The largest size takes its time, and is as steady in three rounds as the small ones in five.
  const times = await takeTurns(updatesASide > 50_000 ? Math.min(3, rounds) : rounds, {
    floor: async () => {
      const file = newFile('floor.db');
      const floor = openFloor(file);
      const ms = await timed(() => floor.store(rows));
      floor.close();
      removeDatabase(file);
      return ms;
    },
    reknit: () =>
      reconnect(pair, (found) => {
        outcome = found;
      }),
  });
  pair.files.forEach(removeDatabase);
  const [ours, floor] = [spreadOf(times.reknit).median, spreadOf(times.floor).median];
  bench.addSpread(ratiosOf(times.reknit, times.floor), {
    name: `${updatesASide.toLocaleString('en-GB')} updates on each side`,
    unit: '× floor',
    goal: 2,
    bound: 5,
    better: 'lower',
    detail: `${ours.toFixed(0)} ms against ${floor.toFixed(0)} ms for ${pair.offline.length.toLocaleString('en-GB')} events; ${outcome?.conflicts.toLocaleString('en-GB')} conflicts; digests equal after ${outcome?.syncRounds} sync round(s)`,
  });
}
bench.finish();
