/**
 * Processes that are killed with SIGKILL at random moments, while they record, import and sync, one after the other on
 * one file: what was acknowledged is there, what was sent is there in the same words, and the file is whole (I10, I12,
 * I13). The acknowledgements are written down outside the replica.
 *
 * `REKNIT_KILLS` says how many there are: 100 unless told.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { openReplica } from '../../src/index.js';
import { openSqliteStore } from '../../src/adapters/sqlite/index.js';
import type { EventId } from '../../src/domain/events/event.js';
import { buildProgram, library } from '../support/program.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const writer = new URL('../support/killed-writer.mjs', import.meta.url).pathname;
const kills = Number(process.env['REKNIT_KILLS'] ?? '100');
const baseSeed = Number(process.env['REKNIT_SEED'] ?? Date.now() % 1_000_000);
/** It is killed some milliseconds after so many deeds; in one of five rounds after it was started, while it recovers. */
const deedsMax = 25;
const laterMsMax = 12;
const startMsMax = 300;

beforeAll(buildProgram, 120_000);

const killedOne = async (parameters: readonly string[], seed: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [writer, library, ...parameters, String(seed)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let errors = '';
    const pick = (below: number, salt: number): number => ((seed + salt) * 7_919) % below;
    const killAfter = (ms: number): void => void setTimeout(() => child.kill('SIGKILL'), ms);
    if (seed % 5 === 0) killAfter(pick(startMsMax, 1));
    let deeds = 0;
    child.stdout.on('data', (bytes: Buffer) => {
      const before = deeds;
      deeds += bytes.length;
      const last = 1 + pick(deedsMax, 2);
      if (seed % 5 !== 0 && before < last && deeds >= last) killAfter(pick(laterMsMax, 3));
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
    child.on('error', reject);
    child.on('close', (code, signal) =>
      signal === 'SIGKILL' ? resolve() : reject(new Error(`seed ${seed}: it ended by itself (${code}):\n${errors}`)),
    );
  });

const linesIn = (file: string): readonly string[] =>
  existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [];

test(
  'what a killed process has acknowledged or sent is found by the next one',
  { timeout: 60_000 + kills * 20_000 },
  async () => {
    const folder = temporaryFolder();
    const [file, bundle, acknowledged] = ['ann.db', 'shared.ndjson', 'acknowledged'].map((name) =>
      join(folder, name),
    ) as [string, string, string];
    let checked = 0;
    let sentLines = 0;
    for (let index = 0; index < kills; index += 1) {
      const seed = baseSeed + index;
      await killedOne([file, bundle, acknowledged], seed);
      if (!existsSync(file)) continue;

      const store = openSqliteStore({ file });
      const lines = linesIn(acknowledged);
      const fresh = lines.slice(checked) as EventId[];
      const found = new Set((await store.findEvents({ eventIds: fresh })).map(({ sealed }) => sealed.event.eventId));
      expect([`seed ${seed}`, fresh.filter((id) => !found.has(id))]).toEqual([`seed ${seed}`, []]);
      checked = lines.length;
      const sent = linesIn(bundle);
      const events = sent.slice(sentLines).map((line) => JSON.parse(line) as { readonly eventId: EventId });
      const held = new Set(
        (await store.findEvents({ eventIds: events.map(({ eventId }) => eventId) })).map(
          ({ sealed }) => sealed.event.eventId,
        ),
      );
      expect([`seed ${seed}`, events.filter(({ eventId }) => !held.has(eventId))]).toEqual([`seed ${seed}`, []]);
      sentLines = sent.length;
      await store.close();
      if (index % 20 !== 19 && index !== kills - 1) continue;
      const replica = await openReplica({ file, agentId: 'ann' });
      expect([`seed ${seed}`, (await replica.verify()).problems]).toEqual([`seed ${seed}`, []]);
      await replica.close();
    }
    expect(checked).toBeGreaterThan(kills);
    console.info(`${kills} kills: ${checked} events acknowledged, ${sentLines} sent, none lost`);
  },
);
