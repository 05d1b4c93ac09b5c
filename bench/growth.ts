/** Cost follows the change, not the history: the same merge, and the same opening, on logs of growing length. */
import assert from 'node:assert/strict';
import { openReplica } from 'reknit';
import { startBench } from './support/figures.js';
import { concurrentBatch, generatedHistory, type HistoryShape } from './support/generated-history.js';
import { spreadOf, takeTurns, timed, type Candidate, type Times } from './support/measure.js';
import { sizeOf, sizesOf } from './support/options.js';
import { newFile, removeDatabase } from './support/workspace.js';

const logs = sizesOf('logs', { full: [10_000, 100_000, 1_000_000], quick: [1_000, 4_000] });
const rounds = sizeOf('rounds', { full: 7, quick: 2 });
const merges = sizeOf('merges', { full: 1_000, quick: 100 });
const eventsAResource = 10;
const fixedResources = sizeOf('resources', { full: 1_000, quick: 100 });

const bench = startBench({
  title: 'Growth',
  method: `${merges.toLocaleString('en-GB')} updates by another replica, each concurrent with the last events of a resource that exists, are imported into files that hold logs of different length, in turns; then the files are opened in turns. Ratio of the slowest to the fastest median, and difference of the slowest and the fastest opening.`,
});

const named = (events: number): string => `${events.toLocaleString('en-GB')} events`;
const open = (file: string) => openReplica({ file, agentId: 'bench' });

const build = async (shape: HistoryShape): Promise<string> => {
  const file = newFile(`log-${shape.events}.db`);
  const replica = await open(file);
  const report = await replica.import(generatedHistory(shape));
  assert.equal(report.applied, shape.events);
  await replica.close();
  return file;
};

const detailOf = (times: Times<string>): string =>
  Object.entries(times)
    .map(([name, ms]) => `${name}: ${spreadOf(ms).median.toFixed(1)} ms`)
    .join('; ');

const measure = async (layout: string, shapes: readonly HistoryShape[]): Promise<void> => {
  const files = new Map<HistoryShape, string>();
  for (const shape of shapes) files.set(shape, await build(shape));
  const perLog = async (make: (shape: HistoryShape, file: string) => Promise<Candidate>): Promise<Times<string>> => {
    const candidates: Record<string, Candidate> = {};
    for (const [shape, file] of files) candidates[named(shape.events)] = await make(shape, file);
    return takeTurns(rounds, candidates);
  };

  const closings: (() => Promise<void>)[] = [];
  const mergeTimes = await perLog(async (shape, file) => {
    const replica = await open(file);
    closings.push(() => replica.close());
    return async (round) => {
      const batch = concurrentBatch(shape, merges, round + 1);
      let applied = 0;
      const ms = await timed(async () => {
        applied = (await replica.import(batch)).applied;
      });
      assert.equal(applied, merges);
      return ms;
    };
  });
  for (const close of closings) await close();
  const mergeMedians = Object.values(mergeTimes).map((ms) => spreadOf(ms).median);
  bench.add({
    name: `Merging ${merges.toLocaleString('en-GB')} events, ${layout}`,
    unit: '× the fastest',
    measured: Math.max(...mergeMedians) / Math.min(...mergeMedians),
    rounds,
    goal: 1.3,
    better: 'lower',
    detail: detailOf(mergeTimes),
  });

  const openTimes = await perLog(async (_shape, file) => async () => {
    let close = async (): Promise<void> => undefined;
    const ms = await timed(async () => {
      const replica = await open(file);
      close = () => replica.close();
    });
    await close();
    return ms;
  });
  const openMedians = Object.values(openTimes).map((ms) => spreadOf(ms).median);
  bench.add({
    name: `Opening, ${layout}`,
    unit: 'ms apart',
    measured: Math.max(...openMedians) - Math.min(...openMedians),
    rounds,
    goal: 20,
    better: 'lower',
    detail: detailOf(openTimes),
  });
  for (const file of files.values()) removeDatabase(file);
};

await measure(
  `resources grow with the log (${eventsAResource} events each)`,
  logs.map((events) => ({ events, resources: events / eventsAResource })),
);
await measure(
  `${fixedResources.toLocaleString('en-GB')} resources in all, whose histories grow`,
  logs.map((events) => ({ events, resources: fixedResources })),
);
bench.finish();
