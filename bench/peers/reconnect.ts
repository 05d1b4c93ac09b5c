/** Two replicas reconnect after a long time offline: the same job with Reknit, with other systems, and with no logic. */
import { mkdirSync, rmSync } from 'node:fs';
import { startBench } from '../support/figures.js';
import { spreadOf } from '../support/measure.js';
import { sizeOf, sizesOf } from '../support/options.js';
import { newFile } from '../support/workspace.js';
import { comparedTable } from './support/compared.js';
import { copyFolder } from './support/folders.js';
import type { ReconnectOrder, Reconnected } from './support/reconnect-in-child.js';
import { drawReconnect, type MeasuredSystem } from './support/draw-reconnect.js';
import { columns, rowOf, type Measured } from './support/reconnect-rows.js';
import { runOrder, type Followed } from './support/run-order.js';
import { loadSystem, systemNames, type SystemName } from './systems/systems.js';

const resources = sizeOf('resources', { full: 1_000, quick: 100 });
const sizes = sizesOf('aside', { full: [1_000, 10_000, 100_000], quick: [500] });
const rounds = sizeOf('rounds', { full: 5, quick: 1 });
/** What one stage of a round may take, and what may recording, and asking for conflicts: neither is measured. */
const limitSeconds = sizeOf('seconds', { full: 120, quick: 60 });
const unmeasuredLimitMs = 1_200_000;

const bench = startBench({
  title: 'Reconnection after offline work, beside other systems',
  method: `The job of "Reconnection after offline work": two replicas, in sync on ${resources.toLocaleString('en-GB')} features of five fields, have each recorded updates of one field offline (feature, field and value uniform, seeded), and sync until both show the same. Each system is set up as its documentation recommends, with the durable storage that it has. Each round is a process of its own that does the whole job once in small before anything counts, opens copies of the two replicas, and syncs them; systems take turns, in an order that changes. Timed is the sync in one process, until it is stored on both sides; opening is stated apart, since some systems read everything then and others nothing. Events are the updates of both sides. The floor stores them and one state a resource in SQLite, power-safe and without any logic. Disk is both replicas closed, history included where a system keeps it. Memory is the peak of the process until both are equal, above what it held with the system loaded, in a round of its own that does nothing in small before. A field is contested when both sides left it with different values; of those that lost, and of values that only one side wrote and that are not shown, a sample of 50 is looked for with what the system's interface has for that. What takes longer than ${limitSeconds} s in one stage is stopped.`,
});

const systems = await Promise.all(
  systemNames.map(async (key) => {
    const { name, survives } = await loadSystem(key);
    return { key, name, survives };
  }),
);

const follow = <Answer>(order: ReconnectOrder, limitMs: number): Promise<Followed<Answer>> =>
  runOrder('reconnect-in-child', order, {
    limitMs: (stage) => (stage === 'recording' || stage === 'asking' ? unmeasuredLimitMs : limitMs),
  });

const drawn: MeasuredSystem[] = [];
for (const updatesASide of sizes) {
  const size = { resources, updatesASide };
  const measured = new Map<SystemName, Measured>();
  const folders = new Map<SystemName, string>();
  for (const { key, name, survives } of systems) {
    const folder = newFile(key);
    folders.set(key, folder);
    mkdirSync(folder);
    if (survives === 'nothing') continue;
    const prepared = await follow({ do: 'prepare', system: key, folder, ...size }, unmeasuredLimitMs);
    if (prepared.type === 'failed') throw new Error(`${name}: ${prepared.reason}`);
    if (prepared.type !== 'answered')
      measured.set(key, { rounds: [], stopped: `recording was stopped after ${unmeasuredLimitMs / 1_000} s` });
  }
  const floorMs: number[] = [];
  const floorRound = async (): Promise<void> => {
    const folder = newFile('floor');
    mkdirSync(folder);
    const order = { do: 'floor', system: 'reknit', folder, ...size } as const;
    const followed = await follow<{ readonly syncMs: number }>(order, limitSeconds * 1_000);
    rmSync(folder, { recursive: true });
    if (followed.type !== 'answered') throw new Error(`the floor: ${JSON.stringify(followed)}`);
    floorMs.push(followed.answer.syncMs);
  };
  const round = async (key: SystemName, turn: number): Promise<void> => {
    const before = measured.get(key) ?? { rounds: [] };
    if (before.stopped !== undefined) return;
    const folder = newFile('round');
    copyFolder(folders.get(key) ?? '', folder);
    const order = { do: 'reconnect', system: key, folder, warm: turn >= 0, ...size } as const;
    const followed = await follow<Reconnected>(order, limitSeconds * 1_000);
    rmSync(folder, { recursive: true });
    if (followed.type === 'failed') throw new Error(`${key}: ${followed.reason}`);
    if (followed.type !== 'answered') measured.set(key, { ...before, stopped: `stopped after ${limitSeconds} s` });
    else if (turn < 0) measured.set(key, { ...before, cold: followed.answer });
    else measured.set(key, { ...before, rounds: [...before.rounds, followed.answer] });
    const told = followed.type === 'answered' ? `${followed.answer.syncMs.toFixed(0)} ms` : followed.type;
    console.log(`  ${updatesASide} a side, ${turn < 0 ? 'for the memory' : `round ${turn + 1}`}, ${key}: ${told}`);
  };
  // The largest size takes its time, and is as steady in three rounds as the small ones in five.
  const turns = updatesASide > 50_000 ? Math.min(3, rounds) : rounds;
  for (let turn = -1; turn < turns; turn += 1) {
    if (turn >= 0) await floorRound();
    for (const { key } of turn % 2 === 0 ? systems : [...systems].reverse()) await round(key, turn);
  }
  for (const folder of folders.values()) rmSync(folder, { recursive: true });
  const events = 2 * updatesASide;
  const floor = spreadOf(floorMs).median;
  for (const { key, name } of systems)
    drawn.push({ system: name, updatesASide, ...(measured.get(key) ?? { rounds: [] }) });
  bench.addTable({
    title: `${updatesASide.toLocaleString('en-GB')} updates on each side`,
    columns,
    rows: [
      [
        'The floor',
        `${floor.toFixed(0)} ms`,
        Math.round((events / floor) * 1_000).toLocaleString('en-GB'),
        '1',
        ...Array.from({ length: columns.length - 4 }, () => ''),
      ],
      ...systems.map(({ key, name }) => rowOf(name, measured.get(key) ?? { rounds: [] }, { events, floor })),
    ],
  });
}
for (const picture of drawReconnect(drawn)) bench.addPicture(picture);
bench.addTable(await comparedTable());
bench.finish();
