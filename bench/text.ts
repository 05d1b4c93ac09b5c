/**
 * Texts in memory: a fresh replica's merge of a published trace of two people typing, and one
 * person typing without end; the parsing and hashing of the same events stated apart.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { defineResource, definePolicy, parseEvent, text, type SealedEvent } from 'reknit';
import { startBench } from './support/figures.js';
import { sizeOf } from './support/options.js';
import { foldSealed, sha256 } from './support/package-parts.js';
import { sharedData } from './support/workspace.js';

interface Trace {
  readonly endContent: string;
  readonly txns: readonly {
    readonly agent: number;
    readonly parents: readonly number[];
    readonly patches: readonly (readonly [index: number, deleteCount: number, inserted: string])[];
  }[];
}

const seconds = sizeOf('seconds', { full: 3, quick: 0.2 });
const keystrokes = sizeOf('keystrokes', { full: 100_000, quick: 5_000 });

const policy = definePolicy({
  name: 'texts',
  version: 1,
  resources: [defineResource('document', { version: 1, fields: { content: text() } })],
});

const eventOf = (
  replicaId: string,
  seq: number,
  operation: string,
  parents: readonly string[],
  content: unknown,
): object => ({
  eventId: `${replicaId}-${seq}`,
  replicaId,
  seq,
  agentId: replicaId,
  resourceType: 'document',
  resourceId: 'one',
  operation,
  timestamp: '2026-02-02T10:00:00.000Z',
  counter: 0,
  parents,
  payload: { content },
  schemaVersion: 1,
});

const sealedOf = (events: readonly object[]): readonly SealedEvent[] =>
  events.map((event) => {
    const result = parseEvent(event, sha256);
    if (!result.ok) throw new Error(result.error.message);
    return result.value;
  });

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

const contentAfter = (events: readonly SealedEvent[]): unknown =>
  foldSealed(events, policy, sha256).resources[0]?.view.fields['content'];

const bench = startBench({
  title: 'Texts in memory',
  method: `Events that were parsed and hashed before are folded from nothing into one text, repeated for ${seconds} s after a warm-up. The trace is "friendsforever" (two people, one event a keystroke, CC BY 4.0, from josephg/editing-traces).`,
});

const path = sharedData('friendsforever.json.gz');
if (path !== undefined) {
  const { endContent, txns } = JSON.parse(gunzipSync(readFileSync(path)).toString('utf8')) as Trace;
  const counts = [0, 0];
  const dots: string[] = [];
  const events = [eventOf('root', 1, 'create', [], '')];
  for (const { agent, parents, patches } of txns) {
    const seq = (counts[agent] ?? 0) + 1;
    counts[agent] = seq;
    dots.push(`agent-${agent}:${seq}`);
    const seen = parents.length === 0 ? ['root:1'] : parents.map((parent) => dots[parent] ?? '');
    events.push(eventOf(`agent-${agent}`, seq, 'update', seen, { $splice: patches }));
  }
  const sealed = sealedOf(events);
  assert.equal(contentAfter(sealed), endContent);
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

const typed = [eventOf('root', 1, 'create', [], '')];
for (let index = 0; index < keystrokes; index += 1)
  typed.push(
    eventOf('ann', index + 1, 'update', [index === 0 ? 'root:1' : `ann:${index}`], { $splice: [[index, 0, 'x']] }),
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
