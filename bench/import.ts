/** Importing a real history of 41,146 events, against storing the same events without any logic. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { openReplica } from 'reknit';
import { startBench } from './support/figures.js';
import { floorRowsOf, openFloor } from './support/floor.js';
import { ratiosOf, spreadOf, takeTurns, timed } from './support/measure.js';
import { sizeOf } from './support/options.js';
import { readBundle, sealedEventsIn, sha256 } from './support/package-parts.js';
import { newFile, removeDatabase, sharedData } from './support/workspace.js';

const rounds = sizeOf('rounds', { full: 7, quick: 1 });
const eventsMax = sizeOf('events', { full: Infinity, quick: 2_000 });

const whole = sharedData('git-automerge-repo.bundle.ndjson.gz');
if (whole !== undefined) {
  const bench = startBench({
    title: 'Import of a bundle',
    method:
      'A gzipped bundle (a git history: 533 replicas, 2,079 resources) is read into a new file: opening, inflating, parsing, checking, hashing, merging, conflicts, audit and durable commits. The floor opens a new file and stores the same events, which are rows in memory already, and one state a resource in one transaction.',
  });
  const events = (await sealedEventsIn(whole, eventsMax)).map(({ event }) => event);
  const rows = floorRowsOf(events);
  const bundle = events.length < eventsMax ? whole : newFile('part.ndjson.gz');
  if (bundle !== whole) writeFileSync(bundle, gzipSync(events.map((event) => `${JSON.stringify(event)}\n`).join('')));

  const times = await takeTurns(rounds, {
    floor: async () => {
      const file = newFile('floor.db');
      let close = (): void => undefined;
      const ms = await timed(() => {
        const floor = openFloor(file);
        floor.store(rows);
        close = floor.close;
      });
      close();
      removeDatabase(file);
      return ms;
    },
    reknit: async () => {
      const file = newFile('import.db');
      let finish = async (): Promise<void> => undefined;
      const ms = await timed(async () => {
        const replica = await openReplica({ file, agentId: 'bench' });
        const report = await replica.services.merger.mergeChecked(readBundle(bundle, { sha256 }));
        finish = async () => {
          assert.deepEqual([report.applied, report.parked, report.rejectedCount], [events.length, 0, 0]);
          await replica.close();
        };
      });
      await finish();
      removeDatabase(file);
      return ms;
    },
  });
  const [ours, floor] = [spreadOf(times.reknit).median, spreadOf(times.floor).median];
  bench.addSpread(ratiosOf(times.reknit, times.floor), {
    name: `${events.length.toLocaleString('en-GB')} events from a bundle into a file`,
    unit: '× floor',
    goal: 1.5,
    bound: 3,
    better: 'lower',
    detail: `${ours.toFixed(0)} ms against ${floor.toFixed(0)} ms; ${Math.round((events.length / ours) * 1_000).toLocaleString('en-GB')} events/s`,
  });
  bench.finish();
}
