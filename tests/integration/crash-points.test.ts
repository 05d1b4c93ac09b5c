/**
 * The power fails after any write (2.3 of the invariants): every write, cut and sync of a replica's file was written
 * down, with what the replica acknowledged and sent meanwhile, in one order. For each point of that order the file is
 * put together as a crash would leave it, under four models, and opened: it holds the state after some whole commit,
 * with everything that was acknowledged and everything that was sent (I10 to I13).
 *
 * `npm test` takes every 41st point, the long tests every third, `REKNIT_EVERY=1` all.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { openReplica } from '../../src/index.js';
import { openSqliteStore } from '../../src/adapters/sqlite/index.js';
import type { EventId } from '../../src/domain/events/event.js';
import { randomFrom } from '../support/hostile-input.js';
import { isLong } from '../support/long.js';
import { buildProgram, library } from '../support/program.js';
import {
  compileRecorder,
  createDisk,
  readRecorded,
  type Image,
  type Recorded,
  type Survival,
} from '../support/recorded-writes.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const workload = new URL('../support/crash-workload.mjs', import.meta.url).pathname;
const { REKNIT_EVERY: every = isLong ? '3' : '41' } = process.env;
const stride = Math.max(1, Math.round(Number(every)));
const seed = Number(process.env['REKNIT_SEED'] ?? Date.now() % 2 ** 31);
const sectorBytes = 512;

beforeAll(buildProgram, 120_000);

const torn = (operation: Recorded, sectors: number): Recorded =>
  operation.type === 'write' ? { ...operation, bytes: operation.bytes.subarray(0, sectors * sectorBytes) } : operation;

/** By the point, so that each can be made again alone. */
const models = (point: number): Readonly<Record<string, Survival>> => {
  const random = randomFrom(seed, point);
  return {
    'the process was killed': (operation) => operation,
    'what was not synced is lost': () => undefined,
    'some of it is lost': (operation) => (random.below(2) === 0 ? operation : undefined),
    'some is lost, some is torn': (operation) => {
      const fate = random.below(3);
      if (fate === 0) return undefined;
      return fate === 1 ? operation : torn(operation, random.below(9));
    },
  };
};

const hashOf = (image: Image): string => {
  const hash = createHash('sha1');
  for (const [name, bytes] of [...image].sort(([a], [b]) => (a < b ? -1 : 1))) hash.update(name).update(bytes);
  return hash.digest('hex');
};

const missingIn = async (file: string, ids: ReadonlySet<string>): Promise<readonly string[]> => {
  if (!existsSync(file)) return [...ids];
  const store = openSqliteStore({ file });
  const found = new Set(
    (await store.findEvents({ eventIds: [...ids] as EventId[] })).map(({ sealed }) => sealed.event.eventId as string),
  );
  await store.close();
  return [...ids].filter((id) => !found.has(id));
};

test.each(['power', 'process'] as const)(
  'a crash at any point, with durability for %s',
  { timeout: 900_000 },
  async (durability) => {
    const folder = temporaryFolder();
    const [recorder, log, site, crashed] = ['recorder.so', 'log', 'site', 'crashed'].map((name) =>
      join(folder, name),
    ) as [string, string, string, string];
    const impossible = compileRecorder(recorder);
    if (impossible !== undefined) {
      console.warn(`skipped: ${impossible}`);
      return;
    }
    mkdirSync(site);
    const { status, stderr } = spawnSync(process.execPath, [workload, library, site, durability], {
      env: { ...process.env, LD_PRELOAD: recorder, REKNIT_RECORD: site, REKNIT_RECORD_LOG: log },
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([0, '']);
    const recorded = readRecorded(log);
    expect(recorded.length).toBeGreaterThan(100);

    const disk = createDisk();
    const acknowledged = new Set<string>();
    const sent = new Set<string>();
    const seen = new Set<string>();
    const file = join(crashed, 'ann.db');
    let images = 0;
    for (const [point, operation] of recorded.entries()) {
      if (operation.name !== 'marks') disk.apply(operation);
      else if (operation.type === 'write') {
        const [, word, id = ''] = /^(\w+) (.*)\n$/.exec(operation.bytes.toString('utf8')) ?? [];
        (word === 'sent' ? sent : acknowledged).add(id);
      }
      if ((point + seed) % stride !== 0 && point !== recorded.length - 1) continue;
      for (const [model, survives] of Object.entries(models(point))) {
        const image = disk.after(survives);
        const key = `${hashOf(image)} ${acknowledged.size} ${sent.size}`;
        if (seen.has(key)) continue;
        seen.add(key);
        images += 1;
        rmSync(crashed, { recursive: true, force: true });
        mkdirSync(crashed);
        for (const [name, bytes] of image) writeFileSync(join(crashed, name), bytes);

        const promised =
          durability === 'power' || model === 'the process was killed' ? new Set([...acknowledged, ...sent]) : sent;
        const where = `REKNIT_SEED=${seed}, point ${point} of ${recorded.length}: ${model}`;
        expect([where, await missingIn(file, promised)]).toEqual([where, []]);
        const replica = await openReplica({ file, agentId: 'ann', replicaId: 'ann', durability: 'process' });
        expect([where, (await replica.verify()).problems]).toEqual([where, []]);
        await replica.create('task', 'after', {});
        await replica.close();
      }
    }
    console.info(
      `${durability}: ${images} images of ${recorded.length} points, ${acknowledged.size} events acknowledged, ${sent.size} sent, none lost`,
    );
  },
);
