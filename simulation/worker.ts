/** Carries out the seeds that it is given, a few at a time, and tells what came of them. */
import { parentPort, workerData } from 'node:worker_threads';
import { simulate, type SimulationReport } from '../src/testing/simulation/index.js';
import { modelChecker } from './model-checker.js';
import { setUp, type StoreKind } from './setup.js';

export interface Chunk {
  readonly from: number;
  readonly count: number;
}

export interface WorkerSettings {
  readonly store: StoreKind;
  readonly modelEvery: number;
  readonly failuresMax: number;
}

// Refusals are ordinary here, and a stack of each would cost more than what is refused.
Error.stackTraceLimit = 0;

const { store, modelEvery, failuresMax } = workerData as WorkerSettings;
const { options, clear } = setUp(store, { checkers: [modelChecker(modelEvery)] });

const work = async ({ from, count }: Chunk): Promise<void> => {
  const report: SimulationReport = await simulate({ ...options, from, seeds: count, failuresMax });
  clear();
  parentPort?.postMessage(report);
};

// What is thrown here ends the worker, and is told by it.
parentPort?.on('message', (chunk: Chunk) => void work(chunk));
