/**
 * Typing through a whole replica: what a keystroke puts on the disk and how long it takes, in a text that is short and
 * in ones that are long, and how long it takes to open one of a hundred thousand edits.
 *
 * What is on the disk is the file as it is after closing, all that was written ahead included: events with their
 * hashes and indexes, the audit trail's entry of each commit, and the text itself. An event is a
 * keystroke; an application that records a word at a time has a fraction of it.
 */
import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { defineResource, definePolicy, openReplica, splice, text, write, type Replica } from 'reknit';
import { startBench } from './support/figures.js';
import { timed } from './support/measure.js';
import { sizeOf } from './support/options.js';
import { newFile, removeDatabase } from './support/workspace.js';

const keystrokes = sizeOf('keystrokes', { full: 5_000, quick: 200 });
const edits = sizeOf('events', { full: 100_000, quick: 2_000 });
const rounds = sizeOf('rounds', { full: 9, quick: 2 });
const perCommit = 100;
const partMax = 100_000;

const policy = definePolicy({
  name: 'typing',
  version: 1,
  resources: [defineResource('document', { version: 1, fields: { content: text() } })],
});
const open = (file: string): Promise<Replica> => openReplica({ file, agentId: 'ann', policy, durability: 'process' });
const type = (index: number) => write.update('document', 'one', { content: splice(index, 0, 'x') });

const bench = startBench({
  title: 'Typing through SQLite',
  method: `Keystrokes of one person in one text, an event each, recorded by a replica on a file with \`durability: 'process'\`, so that no disk's sync is in the times. Bytes are those of the closed file, less those before the first keystroke, for each keystroke. The typing stands in the middle of what is there already.`,
});

/** Of typing into a text of that length, so many keystrokes a commit. */
const typing = async (length: number, group: number) => {
  const file = newFile('typing.db');
  const first = await open(file);
  await first.create('document', 'one', { content: '' });
  // An event has room for so much.
  for (let left = length; left > 0; left -= partMax)
    await first.update('document', 'one', {
      content: splice(0, 0, 'lorem ipsum '.repeat(partMax).slice(0, Math.min(left, partMax))),
    });
  await first.close();
  const bytesBefore = statSync(file).size;
  const replica = await open(file);
  await replica.commit([type(0)]);
  const middle = Math.floor(length / 2);
  const ms = await timed(async () => {
    for (let start = 0; start < keystrokes; start += group)
      await replica.commit(
        Array.from({ length: Math.min(group, keystrokes - start) }, (_, at) => type(middle + start + at)),
      );
  });
  const shown = (await replica.get('document', 'one'))?.fields['content'] as string;
  assert.equal(shown.length, length + keystrokes + 1);
  await replica.close();
  const bytes = (statSync(file).size - bytesBefore) / keystrokes;
  removeDatabase(file);
  return { bytes, us: (ms * 1_000) / keystrokes };
};

const spoken = (length: number): string => `${length.toLocaleString('en-GB')} characters`;
for (const [length, group] of [
  [0, 1],
  [100_000, 1],
  [1_000_000, 1],
  [0, perCommit],
  [100_000, perCommit],
] as const) {
  const found = await typing(length, group);
  const name = `into ${spoken(length)}, ${group === 1 ? 'a commit each' : `${group} a commit`}`;
  bench.add({ name: `Bytes of a keystroke ${name}`, unit: 'bytes', measured: found.bytes, better: 'lower' });
  bench.add({ name: `A keystroke ${name}`, unit: 'µs', measured: found.us, better: 'lower' });
}

const file = newFile('long.db');
const writer = await open(file);
await writer.create('document', 'one', { content: '' });
for (let start = 0; start < edits; start += 1_000)
  await writer.commit(
    Array.from({ length: Math.min(1_000, edits - start) }, (_, at) => type(Math.floor((start + at) / 2))),
  );
await writer.close();
const opening: number[] = [];
const firstRead: number[] = [];
for (let round = 0; round < rounds; round += 1) {
  let replica: Replica | undefined;
  const openMs = await timed(async () => {
    replica = await open(file);
  });
  const readMs = await timed(async () => {
    const shown = await replica?.get('document', 'one');
    assert.equal((shown?.fields['content'] as string | undefined)?.length, edits);
  });
  firstRead.push(readMs);
  opening.push(openMs + readMs);
  await replica?.close();
}
bench.addSpread(opening, {
  name: `Opening a file and reading a text of ${edits.toLocaleString('en-GB')} edits`,
  unit: 'ms',
  goal: 50,
  better: 'lower',
});
bench.addSpread(firstRead, { name: 'Reading alone, the file just opened', unit: 'ms', better: 'lower' });
bench.finish();
