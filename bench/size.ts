/** What one change of one field costs on disk, with everything: log, indexes, state, conflicts and audit trail. */
import { statSync } from 'node:fs';
import Database from 'better-sqlite3';
import { openReplica, write, type Change, type Replica } from 'reknit';
import { featureId, oneField, resourceType, wholeFeature } from './support/feature.js';
import { startBench } from './support/figures.js';
import { generatedHistory } from './support/generated-history.js';
import { sizeOf } from './support/options.js';
import { randomFrom } from './support/random.js';
import { newFile, removeDatabase } from './support/workspace.js';

const resources = sizeOf('resources', { full: 1_000, quick: 100 });
const events = sizeOf('events', { full: 20_000, quick: 1_000 });

const bench = startBench({
  title: 'Size on disk',
  method: `By how much the file of a replica with ${resources.toLocaleString('en-GB')} features grows with ${events.toLocaleString('en-GB')} updates of one field each, checkpointed and closed, an event. A commit has an entry in the audit trail, so what shares a commit shares that.`,
});

const goal = 200;
const random = randomFrom(11);
// What is written is the same under either durability; this one does not wait for the disk.
const open = (file: string): Promise<Replica> => openReplica({ file, agentId: 'bench', durability: 'process' });

/** The size of the file when the last connection has closed, and so has taken in the write-ahead log. */
const sizeAfter = async (file: string, work: (replica: Replica) => Promise<unknown>): Promise<number> => {
  const replica = await open(file);
  await work(replica);
  await replica.close();
  return statSync(file).size;
};

/** The largest tables and indexes, in bytes an event. */
const largestIn = (file: string): string => {
  const database = new Database(file, { readonly: true });
  const rows = database
    .prepare('SELECT name, sum(pgsize) FROM dbstat GROUP BY name ORDER BY 2 DESC LIMIT 6')
    .raw()
    .all() as [name: string, bytes: number][];
  database.close();
  return `of the whole file: ${rows.map(([name, bytes]) => `${name} ${(bytes / events).toFixed(0)}`).join(', ')} bytes an event`;
};

const report = (name: string, file: string, bytes: number): void => {
  bench.add({ name, unit: 'bytes an event', measured: bytes / events, goal, better: 'lower', detail: largestIn(file) });
  removeDatabase(file);
};

for (const group of [1, 100]) {
  const file = newFile('recorded.db');
  const indexes = Array.from({ length: resources }, (_, index) => index);
  const before = await sizeAfter(file, (replica) =>
    replica.commit(indexes.map((index) => write.create(resourceType, featureId(index), wholeFeature(random)))),
  );
  const update = (): Change => write.update(resourceType, featureId(random.below(resources)), oneField(random));
  const after = await sizeAfter(file, async (replica) => {
    for (let done = 0; done < events; done += group)
      await replica.commit(Array.from({ length: Math.min(group, events - done) }, update));
  });
  report(`Recorded here, ${group === 1 ? 'one' : group} a commit`, file, after - before);
}

const received = newFile('received.db');
const shape = { events: events + resources, resources };
const isCreate = (event: { readonly operation?: unknown }): boolean => event.operation === 'create';
const created = [...generatedHistory(shape)].filter(isCreate);
const before = await sizeAfter(received, (replica) => replica.import(created));
const after = await sizeAfter(received, (replica) => replica.import(generatedHistory(shape)));
report('Received in an import', received, after - before);
bench.finish();
