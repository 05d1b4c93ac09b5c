/**
 * Texts in memory: a fresh replica's merge of a published trace of two people typing, and one
 * person typing without end; the parsing and hashing of the same events stated apart.
 */
import assert from 'node:assert/strict';
import { startBench } from './support/figures.js';
import { sizeOf } from './support/options.js';
import { contentAfter, eventsOfTrace, readTrace, sealedOf, textEvent } from './support/text-trace.js';

const seconds = sizeOf('seconds', { full: 3, quick: 0.2 });
const keystrokes = sizeOf('keystrokes', { full: 100_000, quick: 5_000 });

/** Milliseconds of each repetition, after a warm-up; garbage of one is collected on the time of another. */
const durations = (run: () => void): readonly number[] => {
  const repeat = (forMs: number): readonly number[] => {
    const found: number[] = [];
    const endMs = performance.now() + forMs;
    for (let startedMs = performance.now(); startedMs < endMs; startedMs = performance.now()) {
      run();
      found.push(performance.now() - startedMs);
    }
    return found;
  };
  repeat((seconds * 1_000) / 2);
  return repeat(seconds * 1_000);
};

const bench = startBench({
  title: 'Texts in memory',
  method: `Events that were parsed and hashed before are folded from nothing into one text, repeated for ${seconds} s after a warm-up. The trace is "friendsforever" (two people, one event a keystroke, CC BY 4.0, from josephg/editing-traces).`,
});

const trace = readTrace();
if (trace !== undefined) {
  const events = eventsOfTrace(trace);
  const sealed = sealedOf(events);
  assert.equal(contentAfter(sealed), trace.endContent);
  bench.addSpread(
    durations(() => void contentAfter(sealed)),
    {
      name: 'Merging the trace',
      unit: 'ms',
      better: 'lower',
      detail: `${events.length.toLocaleString('en-GB')} events`,
    },
  );
  bench.addSpread(
    durations(() => void sealedOf(events)),
    { name: 'Checking and hashing its events', unit: 'ms', better: 'lower' },
  );
}

const typed = [textEvent('root', 1, 'create', [], '')];
for (let index = 0; index < keystrokes; index += 1)
  typed.push(
    textEvent('ann', index + 1, 'update', [index === 0 ? 'root:1' : `ann:${index}`], { $splice: [[index, 0, 'x']] }),
  );
const sealed = sealedOf(typed);
assert.equal((contentAfter(sealed) as string).length, keystrokes);
bench.addSpread(
  durations(() => void contentAfter(sealed)).map((ms) => (keystrokes / ms) * 1_000),
  {
    name: 'Typing, an event a keystroke',
    unit: 'keystrokes/s',
    goal: 300_000,
    better: 'higher',
    detail: `${keystrokes.toLocaleString('en-GB')} keystrokes`,
  },
);
bench.finish();
