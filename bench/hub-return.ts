/** Coming back after a short time away: time and bytes follow what is new, not what the hub holds. */
import assert from 'node:assert/strict';
import { hubRemote, openReplica, parseEvent, type Replica, type SealedEvent } from 'reknit';
import { openSqliteHubLog } from 'reknit/hub';

import { startHub, type HubChild } from './support/child.js';
import { startCountingProxy, type CountingProxy } from './support/counting-proxy.js';
import { startBench } from './support/figures.js';
import { followingEvents, generatedHistory, type HistoryShape } from './support/generated-history.js';
import { spreadOf, takeTurns, timed, type Candidate } from './support/measure.js';
import { sizeOf, sizesOf } from './support/options.js';
import { sha256 } from './support/package-parts.js';
import { newFile, removeDatabase } from './support/workspace.js';

const logs = sizesOf('logs', { full: [10_000, 1_000_000], quick: [1_000, 4_000] });
const missed = sizeOf('events', { full: 100, quick: 50 });
const rounds = sizeOf('rounds', { full: 9, quick: 2 });
const resources = sizeOf('resources', { full: 1_000, quick: 100 });
const batchEvents = 5_000;

const bench = startBench({
  title: 'Coming back to a hub',
  method: `Hubs whose logs differ in length, all of them about ${resources.toLocaleString('en-GB')} features, each a process on a file, and for each a replica on a file that has read all of it. Another author's next ${missed} updates, of resources spread over the log, come to the hub; then the replica, opened before, connects anew and syncs: a greeting, a page, a merge and a commit, power-safe, over HTTP on loopback, compressed. In turns. Given are the ratios of the longest log to the shortest, of the median times and of the bytes both ways.`,
});

const named = (events: number): string => `${events.toLocaleString('en-GB')} events`;

const sealed = (events: Iterable<object>): Iterable<SealedEvent> => ({
  *[Symbol.iterator]() {
    for (const event of events) {
      const parsed = parseEvent(event, sha256);
      assert.ok(parsed.ok);
      yield parsed.value;
    }
  },
});

/** Straight into the log's file, without a server in between. */
const append = async (file: string, events: Iterable<object>): Promise<void> => {
  const log = openSqliteHubLog({ file });
  let batch: { readonly sealed: SealedEvent }[] = [];
  const flush = async (): Promise<void> => {
    const verdicts = await log.append(batch, new Date().toISOString());
    assert.ok(verdicts.every(({ type }) => type === 'accepted'));
    batch = [];
  };
  for (const one of sealed(events)) {
    batch.push({ sealed: one });
    if (batch.length === batchEvents) await flush();
  }
  await flush();
  await log.close();
};

interface Site {
  readonly shape: HistoryShape;
  readonly file: string;
  readonly hub: HubChild;
  readonly proxy: CountingProxy;
  readonly replica: Replica;
  readonly bytes: number[];
}

const sync = async (replica: Replica, url: string, compress: boolean): Promise<number> => {
  const connection = replica.connect(hubRemote({ url, compress }));
  const { applied } = await connection.now();
  await connection.close();
  return applied;
};

const openSite = async (events: number): Promise<Site> => {
  const shape = { events, resources };
  const file = newFile(`hub-${events}.db`);
  await append(file, generatedHistory(shape));
  const hub = await startHub(file);
  const proxy = await startCountingProxy(hub.url);
  // What comes before the measurement need not be power-safe.
  const replicaFile = newFile(`replica-${events}.db`);
  const reading = await openReplica({
    file: replicaFile,
    agentId: 'reader',
    replicaId: 'reader',
    durability: 'process',
  });
  assert.equal(await sync(reading, hub.url, false), events);
  await reading.close();
  const replica = await openReplica({ file: replicaFile, agentId: 'reader' });
  return { shape, file, hub, proxy, replica, bytes: [] };
};

const sites: Site[] = [];
for (const events of logs) sites.push(await openSite(events));

const candidates: Record<string, Candidate> = Object.fromEntries(
  sites.map(({ shape, file, proxy, replica, bytes }): [string, Candidate] => [
    named(shape.events),
    async (round) => {
      await append(file, followingEvents(shape, missed, round + 1));
      proxy.bytes.up = 0;
      proxy.bytes.down = 0;
      let applied = 0;
      const ms = await timed(async () => {
        applied = await sync(replica, proxy.url, true);
      });
      assert.equal(applied, missed);
      if (round >= 0) bytes.push(proxy.bytes.up + proxy.bytes.down);
      return ms;
    },
  ]),
);
const times = await takeTurns(rounds, candidates);

const median = (values: readonly number[]): number => spreadOf(values).median;
const shortest = sites[0] as Site;
const longest = sites.at(-1) as Site;
const msOf = ({ shape }: Site): number => median(times[named(shape.events)] ?? []);
bench.add({
  name: `Time of ${missed} events missed`,
  unit: '× the shortest log',
  measured: msOf(longest) / msOf(shortest),
  rounds,
  goal: 1.3,
  better: 'lower',
  detail: sites.map((site) => `${named(site.shape.events)}: ${msOf(site).toFixed(1)} ms`).join('; '),
});
bench.add({
  name: `Bytes of ${missed} events missed`,
  unit: '× the shortest log',
  measured: median(longest.bytes) / median(shortest.bytes),
  rounds,
  goal: 1.3,
  better: 'lower',
  detail: sites.map((site) => `${named(site.shape.events)}: ${median(site.bytes).toFixed(0)} bytes`).join('; '),
});

for (const { file, hub, proxy, replica } of sites) {
  await replica.close();
  await proxy.close();
  await hub.end();
  removeDatabase(file);
}
bench.finish();
