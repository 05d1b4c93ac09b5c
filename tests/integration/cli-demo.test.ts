/** The demo as newcomers meet it, and as a proof on events of one's own. */
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

test('a demo without events, or of one replica, is refused', async () => {
  const file = join(temporaryFolder(), 'empty.ndjson');
  writeFileSync(file, '');

  const answers = await Promise.all([
    reknit(['demo', file]),
    reknit(['demo', file, '--replicas', '1']),
    reknit(['demo', 'none.ndjson']),
  ]);

  expect(answers.map(({ code }) => code)).toEqual([2, 2, 2]);
});
