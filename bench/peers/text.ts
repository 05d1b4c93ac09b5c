/**
 * A fresh replica merges the whole of a published trace into a text: Reknit from its events, the others from their own
 * updates. All of it is prepared before and lies in memory; they take turns in one process.
 */
import assert from 'node:assert/strict';
import { startBench } from '../support/figures.js';
import { ratiosOf, takeTurns, timed } from '../support/measure.js';
import { sizeOf } from '../support/options.js';
import { eventsOfTrace, readTrace, sealedOf } from '../support/text-trace.js';
import { automerge } from './text/automerge.js';
import { loro } from './text/loro.js';
import { reknit } from './text/reknit.js';
import { yjs } from './text/yjs.js';

const rounds = sizeOf('rounds', { full: 15, quick: 2 });
/** So many times before anything counts: what a compiler makes of code that ran once is no measure of anybody. */
const warmUps = sizeOf('merges', { full: 15, quick: 1 });

const bench = startBench({
  title: 'Texts, beside Yjs, Automerge and Loro',
  method: `A fresh replica merges the whole of "friendsforever" (two people typing one text, one transaction a keystroke, CC BY 4.0, from josephg/editing-traces) and tells the text. Each system merges what its own replicas would send, one encoded part a transaction, prepared before and handed over at once in the way that is fastest for it. Reknit merges events that were checked and hashed before, as it holds them; what that costs is stated apart, and is part of what the others do when they decode. All take turns in one process, ${rounds} rounds after ${warmUps} that warm up.`,
});

const trace = readTrace();
if (trace !== undefined) {
  const systems = [reknit, yjs, automerge, loro].map((system) => {
    const prepared = system.prepare(trace);
    for (let run = 0; run < warmUps; run += 1) assert.equal(prepared.merge(), prepared.expected, system.name);
    return { ...system, ...prepared };
  });
  const events = eventsOfTrace(trace);
  const times = await takeTurns<string>(rounds, {
    ...Object.fromEntries(systems.map(({ name, merge }) => [name, () => timed(merge)])),
    checking: () => timed(() => sealedOf(events)),
  });
  const timesOf = (name: string): readonly number[] => times[name] ?? [];
  bench.addSpread(ratiosOf(timesOf(reknit.name), timesOf(yjs.name)), {
    name: 'Reknit merging, in times of Yjs',
    unit: '×',
    goal: 1,
    bound: 3,
    better: 'lower',
  });
  for (const { name, version, bytes, expected } of systems)
    bench.addSpread(timesOf(name), {
      name: `${name} ${version}`,
      unit: 'ms',
      better: 'lower',
      detail: `${Math.round(bytes / trace.txns.length)} bytes a transaction; ${expected === trace.endContent ? 'ends as published' : 'orders some concurrent insertions in another way than published'}`,
    });
  bench.addSpread(timesOf('checking'), {
    name: 'Reknit checking and hashing the events',
    unit: 'ms',
    better: 'lower',
    detail: 'parsed JSON, limits, canonical form and SHA-256 of each',
  });
}
bench.finish();
