/** Recording one update, durably, against one raw insert in a transaction of its own; alone and in bursts. */
import { openReplica, write } from 'reknit';
import { featureId, oneField, resourceType, wholeFeature } from './support/feature.js';
import { startBench } from './support/figures.js';
import { openFloor } from './support/floor.js';
import { ratiosOf, spreadOf, takeTurns, timed } from './support/measure.js';
import { sizeOf } from './support/options.js';
import { randomFrom } from './support/random.js';
import { newFile } from './support/workspace.js';

const resources = sizeOf('resources', { full: 1_000, quick: 100 });
const rounds = sizeOf('rounds', { full: 21, quick: 2 });
/** Each round records as many events in each of the three ways. */
const bursts = sizeOf('bursts', { full: 2, quick: 1 });
const burstSize = 100;
const updates = bursts * burstSize;

const bench = startBench({
  title: 'Recording',
  method: `\`update()\` of one field of one of ${resources.toLocaleString('en-GB')} features, acknowledged when it would survive a loss of power, against one insert into the table of the floor in a transaction of its own with the same durability. Time an event; in turns of ${updates} events.`,
});

const replica = await openReplica({ file: newFile('record.db'), agentId: 'bench' });
const random = randomFrom(3);
const indexes = Array.from({ length: resources }, (_, index) => index);
await replica.commit(indexes.map((index) => write.create(resourceType, featureId(index), wholeFeature(random))));
const floor = openFloor(newFile('floor.db'));
let inserted = 0;

const update = (): Promise<unknown> =>
  replica.update(resourceType, featureId(random.below(resources)), oneField(random));

const rawRow = (): readonly string[] => {
  inserted += 1;
  const time = new Date().toISOString();
  const id = featureId(random.below(resources));
  const payload = JSON.stringify(oneField(random));
  return [`event-${inserted}`, 'bench', id, resourceType, 'update', time, payload, 'local_only', time];
};

const times = await takeTurns(rounds, {
  raw: () => {
    const rows = Array.from({ length: updates }, rawRow);
    return timed(() => rows.forEach((row) => floor.insert(row)));
  },
  alone: () =>
    timed(async () => {
      for (let index = 0; index < updates; index += 1) await update();
    }),
  bursts: () =>
    timed(async () => {
      for (let burst = 0; burst < bursts; burst += 1) await Promise.all(Array.from({ length: burstSize }, update));
    }),
});
await replica.close();
floor.close();

const microseconds = (ms: readonly number[]): string => `${((spreadOf(ms).median / updates) * 1_000).toFixed(0)} µs`;
const detail = (ms: readonly number[]): string => `${microseconds(ms)} an event against ${microseconds(times.raw)}`;
bench.addSpread(ratiosOf(times.alone, times.raw), {
  name: 'One update after the other, each awaited',
  unit: '× a raw insert',
  goal: 1.2,
  better: 'lower',
  detail: detail(times.alone),
});
bench.addSpread(ratiosOf(times.bursts, times.raw), {
  name: `Bursts of ${burstSize} concurrent updates`,
  unit: '× a raw insert',
  goal: 0.2,
  better: 'lower',
  detail: detail(times.bursts),
});
bench.finish();
