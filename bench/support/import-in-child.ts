/**
 * The process whose memory is measured: it imports a generated log and says, in one line of JSON, what it held. It
 * runs under Node's defaults, as a user's would. The peak is the system's own high-water mark, which misses nothing
 * between two samples; it starts from that of the process before, which holds less than a replica that is open.
 */
import assert from 'node:assert/strict';
import { openReplica } from 'reknit';
import { generatedHistory } from './generated-history.js';

export interface ImportMemory {
  readonly idleBytes: number;
  readonly peakBytes: number;
  readonly seconds: number;
}

const { BENCH_FILE: file = '', BENCH_EVENTS, BENCH_RESOURCES } = process.env;
const shape = { events: Number(BENCH_EVENTS), resources: Number(BENCH_RESOURCES) };

const replica = await openReplica({ file, agentId: 'bench' });
const idleBytes = process.memoryUsage.rss();
const startedMs = performance.now();
const report = await replica.import(generatedHistory(shape));
const seconds = (performance.now() - startedMs) / 1_000;
assert.equal(report.applied, shape.events);
// Node gives kilobytes on every system.
const peakBytes = process.resourceUsage().maxRSS * 1_024;
await replica.close();
const memory: ImportMemory = { idleBytes, peakBytes, seconds };
process.stdout.write(`${JSON.stringify(memory)}\n`);
