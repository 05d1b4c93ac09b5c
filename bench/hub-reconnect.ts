/** Two replicas reconnect through a hub after a long time offline, against storing the same events without any logic. */
import assert from 'node:assert/strict';
import { hubRemote } from 'reknit';
import { startHub, startReplica } from './support/child.js';
import { startCountingProxy } from './support/counting-proxy.js';
import { startBench } from './support/figures.js';
import { floorRowsOf, openFloor } from './support/floor.js';
import { ratiosOf, spreadOf, takeTurns, timed } from './support/measure.js';
import { recordOffline } from './support/offline-pair.js';
import type { ReplicaAnswer, ReplicaOrder } from './support/replica-in-child.js';
import { sizeOf } from './support/options.js';
import { copyDatabase, newFile, removeDatabase } from './support/workspace.js';

const resources = sizeOf('resources', { full: 1_000, quick: 100 });
const updatesASide = sizeOf('aside', { full: 10_000, quick: 500 });
const rounds = sizeOf('rounds', { full: 5, quick: 1 });
const roundsMax = 4;

const bench = startBench({
  title: 'Reconnection through a hub',
  method: `Two replicas, in sync through a hub on ${resources.toLocaleString('en-GB')} features of five fields, have each recorded updates offline (feature, field and value uniform, seeded). The hub and each replica are processes of their own, which go on from round to round, and call each other over HTTP on loopback; all three are on files, power-safe. Timed are rounds of both replicas at once, until both digests are equal. The floor stores the events of both sides and one state a resource, once, in one transaction; the job stores them three times. Bytes are those that both replicas sent and were sent, counted between them and the hub, headers included, in a run of their own, by the events that went up and down.`,
});

const hubFile = newFile('hub.db');
const { files, offline } = await recordOffline({
  resources,
  updatesASide,
  meet: async (left, right) => {
    const { url, end } = await startHub(hubFile);
    for (const replica of [left, right, left]) {
      const connection = replica.connect(hubRemote({ url, compress: false }));
      await connection.now();
      await connection.close();
    }
    await end();
  },
});
const rows = floorRowsOf(offline);
let outcome = { conflicts: 0, syncRounds: 0 };

const spare = newFile('spare.db');
const hub = await startHub(spare);
const replicas = [startReplica(), startReplica()];
const all = (order: ReplicaOrder): Promise<readonly ReplicaAnswer[]> =>
  Promise.all(replicas.map(({ follow }) => follow(order)));

/** Everything as it was when they went offline; `reach` answers where the replicas find the hub. */
const reconnect = async (
  compress: boolean,
  reach: (hubUrl: string) => string | Promise<string> = (hubUrl) => hubUrl,
): Promise<number> => {
  const copies = [hubFile, ...files].map(copyDatabase);
  const [hubCopy = '', ...replicaCopies] = copies;
  const url = await reach(await hub.serve(hubCopy));
  await Promise.all(
    replicas.map(({ follow }, index) => follow({ do: 'open', file: replicaCopies[index] ?? '', url, compress })),
  );
  let ms = 0;
  for (let syncRounds = 1; ; syncRounds += 1) {
    assert.ok(syncRounds <= roundsMax, `two replicas without anything new are not in step after ${roundsMax} rounds`);
    ms += await timed(() => all({ do: 'sync' }));
    const [left, right] = await all({ do: 'ask' });
    if (left?.digest !== right?.digest) continue;
    assert.deepEqual([left?.events, right?.events], [resources + offline.length, resources + offline.length]);
    outcome = { conflicts: left?.conflicts ?? 0, syncRounds };
    break;
  }
  await all({ do: 'close' });
  await hub.serve(spare);
  copies.forEach(removeDatabase);
  return ms;
};

const times = await takeTurns(rounds, {
  floor: async () => {
    const file = newFile('floor.db');
    const floor = openFloor(file);
    const ms = await timed(() => floor.store(rows));
    floor.close();
    removeDatabase(file);
    return ms;
  },
  reknit: () => reconnect(false),
});
const [ours, floor] = [spreadOf(times.reknit).median, spreadOf(times.floor).median];
bench.addSpread(ratiosOf(times.reknit, times.floor), {
  name: `${updatesASide.toLocaleString('en-GB')} updates on each side`,
  unit: '× floor',
  goal: 4,
  bound: 9,
  better: 'lower',
  detail: `${ours.toFixed(0)} ms against ${floor.toFixed(0)} ms for ${offline.length.toLocaleString('en-GB')} events; ${outcome.conflicts.toLocaleString('en-GB')} conflicts; digests equal after ${outcome.syncRounds} sync round(s)`,
});

for (const compress of [true, false]) {
  let counted = { up: 0, down: 0 };
  let stop = async (): Promise<void> => undefined;
  await reconnect(compress, async (hubUrl) => {
    const proxy = await startCountingProxy(hubUrl);
    counted = proxy.bytes;
    stop = proxy.close;
    return proxy.url;
  });
  await stop();
  const eventsAWay = offline.length;
  const [up, down] = [counted.up / eventsAWay, counted.down / eventsAWay];
  bench.add({
    name: `On the wire, ${compress ? 'compressed' : 'not compressed'}`,
    unit: 'bytes an event and way',
    measured: (up + down) / 2,
    better: 'lower',
    detail: `${up.toFixed(0)} bytes an event up, ${down.toFixed(0)} down, ${eventsAWay.toLocaleString('en-GB')} events each way`,
  });
}
await Promise.all([hub.end(), ...replicas.map(({ end }) => end())]);
bench.finish();
