/** The pure fold of a real history in memory, and apart from it what it costs to parse and hash the same events. */
import assert from 'node:assert/strict';
import { canonicalEvent, defaultPolicy, parseEventLine } from 'reknit';
import { startBench } from './support/figures.js';
import { spreadOf } from './support/measure.js';
import { sizeOf } from './support/options.js';
import { foldSealed, sealedEventsIn, sha256 } from './support/package-parts.js';
import { sharedData } from './support/workspace.js';

const seconds = sizeOf('seconds', { full: 2, quick: 0.2 });
const eventsMax = sizeOf('events', { full: Infinity, quick: 2_000 });

const bundle = sharedData('work-items.bundle.ndjson.gz');
if (bundle !== undefined) {
  const events = await sealedEventsIn(bundle, eventsMax);
  const lines = events.map(({ event }) => JSON.stringify(event));
  const bench = startBench({
    title: 'Folding in memory',
    method: `${events.length.toLocaleString('en-GB')} events of real work items, repeated for ${seconds} s after a warm-up. The fold starts from nothing, with events that were parsed and hashed before, and ends with the states, views and conflicts of all resources. Parsing, hashing, and checking with both are stated apart.`,
  });

  /**
   * Events a second in each repetition. Nothing is collected in between: what a repetition leaves behind is collected
   * on the time of another, so that garbage has its price.
   */
  const rates = (run: () => void): readonly number[] => {
    const repeat = (forMs: number): readonly number[] => {
      const found: number[] = [];
      const endMs = performance.now() + forMs;
      for (let startedMs = performance.now(); startedMs < endMs; startedMs = performance.now()) {
        run();
        found.push((events.length / (performance.now() - startedMs)) * 1_000);
      }
      return found;
    };
    repeat((seconds * 1_000) / 2);
    return repeat(seconds * 1_000);
  };

  const folded = foldSealed(events, defaultPolicy, sha256);
  assert.deepEqual(folded.parked, []);
  bench.addSpread(
    rates(() => void foldSealed(events, defaultPolicy, sha256)),
    {
      name: 'The fold',
      unit: 'events/s',
      goal: 500_000,
      better: 'higher',
      detail: `${folded.resources.length.toLocaleString('en-GB')} resources, ${folded.conflicts.length.toLocaleString('en-GB')} conflicts`,
    },
  );
  bench.addSpread(
    rates(() => lines.forEach((line) => void JSON.parse(line))),
    {
      name: 'Parsing JSON',
      unit: 'events/s',
      better: 'higher',
    },
  );
  bench.addSpread(
    rates(() => events.forEach(({ event }) => void sha256(canonicalEvent(event)))),
    {
      name: 'Canonical form and hash',
      unit: 'events/s',
      better: 'higher',
    },
  );
  bench.addSpread(
    rates(() => lines.forEach((line) => assert.ok(parseEventLine(line, sha256).ok))),
    {
      name: 'A line to a checked, hashed event: parsing, checking and hashing',
      unit: 'events/s',
      better: 'higher',
      detail: `${Math.round(spreadOf(lines.map(({ length }) => length)).median)} characters in the median line`,
    },
  );
  bench.finish();
}
