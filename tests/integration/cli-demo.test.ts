/** The demo as newcomers meet it, and as a proof on events of one's own. */
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readdirSync, writeFileSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { eventNumber, plainBundle } from '../support/bundles.js';
import { eventOf } from '../support/histories/event-builder.js';
import { buildProgram, call, linesOf, reknit } from '../support/program.js';
import { temporaryFolder } from '../support/temporary-folder.js';

beforeAll(buildProgram, 120_000);

const demoFolders = (): readonly string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('reknit-demo-'));

test('the story fits on a page, holds what it says, says the same every time, and leaves nothing behind', async () => {
  const before = demoFolders();
  const [first, second, json] = [await reknit(['demo']), await call(['demo']), await call(['demo', '--json'])];

  expect(first.code).toBe(0);
  expect(linesOf(first.stdout).length).toBeLessThan(70);
  expect(second.stdout).toBe(first.stdout);
  const told = JSON.parse(json.stdout) as { ok: boolean; claims: readonly string[] };
  expect(told.ok).toBe(true);
  expect(told.claims.length).toBeGreaterThan(8);
  for (const claim of told.claims) expect(first.stdout).toContain(claim);
  expect(demoFolders()).toEqual(before);
});

test('events of a bundle, in random orders and some twice, end in equal digests', async () => {
  const file = join(temporaryFolder(), 'bundle.ndjson');
  const authors = ['laptop', 'phone', 'tablet', 'desk', 'car'];
  const created = eventNumber(1, 'laptop');
  const resource = { resourceType: created.resourceType, resourceId: created.resourceId };
  const events = authors.flatMap((author) => [
    ...Array.from({ length: 40 }, (_, index) => eventNumber(index + 1, author)),
    eventOf(`${author}:41`, 'update', { title: `by ${author}` }, ['laptop:1'], { resource }),
  ]);
  writeFileSync(file, plainBundle(events));

  const { code, stdout } = await call(['demo', file, '--replicas', '4', '--seed', '7', '--json']);

  const told = JSON.parse(stdout) as { digests: readonly string[] };
  expect(code).toBe(0);
  expect(told).toMatchObject({
    ok: true,
    events: 205,
    parked: 0,
    resources: 200,
    conflicts: { concurrent_modification: 1 },
  });
  expect(new Set(told.digests).size).toBe(1);
  expect(told.digests).toHaveLength(4);
});

/** Processes of a demo that are still there. */
const demoProcesses = (): readonly string[] =>
  spawnSync('ps', ['-eo', 'args'], { encoding: 'utf8' })
    .stdout.split('\n')
    .filter((line) => /demo\/hub\/(?:hub|device)-process/.test(line));

test('the second act: a hub and three processes, one cut off and back, end in step, and nothing is left behind', async () => {
  const [folders, processes] = [demoFolders(), demoProcesses()];
  const startedMs = performance.now();
  const shown = await reknit(['demo', '--hub']);
  const ms = performance.now() - startedMs;
  const json = await reknit(['demo', '--hub', '--json']);

  expect([shown.code, shown.stderr]).toEqual([0, '']);
  expect(ms).toBeLessThan(20_000);
  expect(linesOf(shown.stdout).length).toBeLessThan(60);
  const told = JSON.parse(json.stdout) as {
    ok: boolean;
    claims: readonly string[];
    digests: readonly string[];
    conflicts: readonly { status: string; decidedBy: string; sides: readonly string[] }[];
  };
  expect(told.ok).toBe(true);
  for (const claim of told.claims) expect(shown.stdout).toContain(claim);
  expect(told.claims.length).toBeGreaterThan(8);
  expect([told.digests.length, new Set(told.digests).size]).toEqual([3, 1]);
  expect(told.conflicts.map(({ decidedBy, sides }) => [decidedBy, sides.length])).toEqual(
    expect.arrayContaining([
      ['last_write_wins', 2],
      ['priority_based', 2],
    ]),
  );
  expect([demoFolders(), demoProcesses()]).toEqual([folders, processes]);
}, 60_000);

test('the second act that is interrupted ends every process that it started', async () => {
  const [folders, processes] = [demoFolders(), demoProcesses()];
  const { code } = await reknit(['demo', '--hub'], {
    onStart: (interrupt) => {
      const look = setInterval(() => {
        if (demoProcesses().length < processes.length + 4) return;
        clearInterval(look);
        interrupt();
      }, 20);
    },
  });

  expect(code).not.toBe(0);
  expect([demoFolders(), demoProcesses()]).toEqual([folders, processes]);
}, 60_000);

test('a demo without events, or of one replica, is refused', async () => {
  const file = join(temporaryFolder(), 'empty.ndjson');
  writeFileSync(file, '');

  const answers = await Promise.all([
    reknit(['demo', file]),
    reknit(['demo', file, '--replicas', '1']),
    reknit(['demo', 'none.ndjson']),
    reknit(['demo', file, '--hub']),
  ]);

  expect(answers.map(({ code }) => code)).toEqual([2, 2, 2, 2]);
});
