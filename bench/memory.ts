/** Memory while a million events are imported: bounded by the batch, not by the log. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { startBench } from './support/figures.js';
import type { ImportMemory } from './support/import-in-child.js';
import { sizeOf } from './support/options.js';
import { newFile, removeDatabase } from './support/workspace.js';

const events = sizeOf('events', { full: 1_000_000, quick: 10_000 });
const eventsAResource = 10;
const fixedResources = sizeOf('resources', { full: 1_000, quick: 100 });

const bench = startBench({
  title: 'Memory of an import',
  method:
    'A process of its own opens a replica on a new file and imports events from a generator. Peak resident memory of that process, as the system counts it, above its resident memory with the replica open and nothing imported. MB are millions of bytes.',
});

const child = fileURLToPath(new URL('./support/import-in-child.js', import.meta.url));

const importInChild = (resources: number): ImportMemory => {
  const file = newFile('memory.db');
  const { status, stdout } = spawnSync(process.execPath, [child], {
    encoding: 'utf8',
    env: { ...process.env, BENCH_FILE: file, BENCH_EVENTS: String(events), BENCH_RESOURCES: String(resources) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  removeDatabase(file);
  if (status !== 0) throw new Error(`the importing process failed: ${String(status)}`);
  return JSON.parse(stdout) as ImportMemory;
};

for (const resources of [events / eventsAResource, fixedResources]) {
  const { idleBytes, peakBytes, seconds } = importInChild(resources);
  bench.add({
    name: `${events.toLocaleString('en-GB')} events on ${resources.toLocaleString('en-GB')} resources`,
    unit: 'MB above idle',
    measured: (peakBytes - idleBytes) / 1e6,
    bound: 200,
    better: 'lower',
    detail: `idle ${(idleBytes / 1e6).toFixed(0)} MB, peak ${(peakBytes / 1e6).toFixed(0)} MB; ${seconds.toFixed(1)} s`,
  });
}
bench.finish();
