/**
 * Simulates seed after seed on all processors, for as long as it is told to. The first failure of each kind is printed
 * with the command that repeats it, and its smallest plan is written to a file that can be replayed.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { SingleBar } from 'cli-progress';
import {
  describePlan,
  planOf,
  replay,
  type Plan,
  type SimulationFailure,
  type SimulationReport,
} from '../src/testing/simulation/index.js';
import { argumentsIn, usage, type Asked } from './arguments.js';
import { modelChecker } from './model-checker.js';
import { setUp } from './setup.js';
import type { Chunk, WorkerSettings } from './worker.js';

/** Seeds that a worker is given at a time: few enough that all end together. */
const chunkSize = 20;
/** Of each worker; after so many one knows enough. */
const failuresMax = 3;
const youngGenerationMb = 64;

const main = async (): Promise<number> => {
  let asked: Asked;
  try {
    asked = argumentsIn(process.argv.slice(2), availableParallelism());
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    return 2;
  }
  if (asked.replay !== undefined || asked.trace) return tellOne(asked);
  const started = performance.now();
  const total = await runAll(asked);
  const seconds = (performance.now() - started) / 1_000;
  console.log(
    `${total.steps} steps in ${seconds.toFixed(1)} s (${Math.round(total.steps / seconds)} a second), up to ${(total.events / Math.max(1, total.passed + total.failed)).toFixed(0)} events a replica`,
  );
  console.log(`${total.passed} passed, ${total.failed} failed`);
  return total.failed === 0 ? 0 : 1;
};

const runAll = async ({ seeds, from, store, workers }: Asked): Promise<Total> => {
  const settings: WorkerSettings = { store, modelEvery: seeds > 2_000 ? 8 : 1, failuresMax };
  const total: Total = { passed: 0, failed: 0, steps: 0, events: 0 };
  const bar = process.stderr.isTTY
    ? new SingleBar({ format: '{bar} {value}/{total} seeds, {eta_formatted} to go' })
    : undefined;
  bar?.start(seeds, 0);
  let next = from;
  const told = new Set<string>();
  const take = (): Chunk | undefined => {
    if (next >= from + seeds || total.failed >= failuresMax * 10) return undefined;
    const chunk = { from: next, count: Math.min(chunkSize, from + seeds - next) };
    next += chunk.count;
    return chunk;
  };
  await Promise.all(
    Array.from({ length: Math.min(workers, Math.ceil(seeds / chunkSize)) }, () =>
      runWorker(settings, take, (report) => {
        total.passed += report.passed;
        total.failed += report.failed;
        total.steps += report.steps;
        total.events += report.events;
        bar?.update(total.passed + total.failed);
        for (const failure of report.failures) {
          if (told.has(failure.checker)) continue;
          told.add(failure.checker);
          tellFailure(failure, store);
        }
      }),
    ),
  );
  bar?.stop();
  return total;
};

interface Total {
  passed: number;
  failed: number;
  steps: number;
  events: number;
}

const runWorker = (
  workerData: WorkerSettings,
  take: () => Chunk | undefined,
  onReport: (report: SimulationReport) => void,
): Promise<void> =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL('worker.js', import.meta.url), {
      workerData,
      resourceLimits: { maxYoungGenerationSizeMb: youngGenerationMb },
    });
    const goOn = (): void => {
      const chunk = take();
      if (chunk === undefined) void worker.terminate().then(() => resolve(), reject);
      else worker.postMessage(chunk);
    };
    worker.on('error', reject);
    worker.on('message', (report: SimulationReport) => {
      onReport(report);
      goOn();
    });
    goOn();
  });

const tellFailure = ({ seed, checker, message, minimal, story }: SimulationFailure, store: string): void => {
  const file = `simulation-${seed}.json`;
  writeFileSync(file, `${JSON.stringify(minimal)}\n`);
  console.log(`\nFAILED: seed ${seed}, ${checker}: ${message}\n`);
  console.log(`${story}\n`);
  console.log(`To repeat it:            npm run simulate -- --seeds 1 --from ${seed} --store ${store}`);
  console.log(`The smallest plan alone: npm run simulate -- --replay ${file} --store ${store}\n`);
};

const tellOne = async ({ replay: file, from, store }: Asked): Promise<number> => {
  const { options, clear } = setUp(store, { checkers: [modelChecker(1)] });
  const plan = file === undefined ? planOf(from, options) : (JSON.parse(readFileSync(file, 'utf8')) as Plan);
  console.log(describePlan(plan));
  const { failure, traceHash } = await replay(plan, options, (line) => console.log(line));
  clear();
  console.log(`trace ${traceHash}`);
  console.log(
    failure === undefined ? '1 passed, 0 failed' : `${failure.checker}: ${failure.message}\n0 passed, 1 failed`,
  );
  return failure === undefined ? 0 : 1;
};

process.exitCode = await main();
