/**
 * A hub's file under several processes: a reader that goes on from position to position never misses an
 * event (H1), what was acknowledged survives SIGKILL (H4), and whose history a file holds is found out
 * when it is not the one that others have seen (H12).
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import Database from 'better-sqlite3';
import { expect, onTestFinished, test, vi } from 'vitest';
import { openSqliteHubLog, type SqliteHubLog } from '../../src/adapters/hub/log/index.js';
import { applicationId, migrations } from '../../src/adapters/hub/log/sqlite/schema.js';
import { migrateTo } from '../../src/adapters/sqlite-file/migrate.js';
import type { HubLog } from '../../src/application/ports/hub-log.js';
import { canonicalEvent } from '../../src/domain/events/canonical-event.js';
import type { SealedEvent } from '../../src/domain/events/event.js';
import { openReplica } from '../../src/index.js';
import { eventOf, story } from '../../src/testing/contract-story.js';
import { buildProgram, library, linesOf } from '../support/program.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const writer = fileURLToPath(new URL('../support/hub-writer-process.mjs', import.meta.url));
const receivedAt = '2026-11-22T12:00:00.000Z';

const open = (file: string): SqliteHubLog => {
  const log = openSqliteHubLog({ file });
  onTestFinished(() => log.close());
  return log;
};

const append = async (log: HubLog, events: readonly SealedEvent[]): Promise<readonly string[]> =>
  (
    await log.append(
      events.map((sealed) => ({ sealed })),
      receivedAt,
    )
  ).map(({ type }) => type);

const dotsIn = async (log: HubLog): Promise<readonly string[]> =>
  (await log.read({ after: 0, limit: 100_000, bytesMax: Number.MAX_SAFE_INTEGER })).entries.map((entry) =>
    entry.type === 'event' ? entry.sealed.dot : entry.refusal.dot,
  );

const ended = (child: ChildProcess): Promise<number | null> =>
  new Promise((resolve) => child.once('exit', (code) => resolve(code)));

const acknowledgedIn = (file: string): readonly string[] =>
  existsSync(file) ? linesOf(readFileSync(file, 'utf8')) : [];

interface Reader {
  /** Dots, in the order in which they were read. */
  readonly read: readonly string[];
  readonly stop: () => Promise<void>;
}

/** Pulls all the time, from where it stands, whenever it is told that there is more. */
const readOn = (log: HubLog): Reader => {
  const read: string[] = [];
  let after = 0;
  let wake: () => void = () => undefined;
  let isStopped = false;
  const unwatch = log.watch(() => wake());
  const run = async (): Promise<void> => {
    for (;;) {
      const woken = new Promise<void>((resolve) => {
        wake = resolve;
      });
      // Looked at before reading: what comes before the end is still read.
      const isLast = isStopped;
      for (let more = true; more;) {
        const page = await log.read({ after, limit: 50, bytesMax: 100_000 });
        for (const entry of page.entries) read.push(entry.type === 'event' ? entry.sealed.dot : entry.refusal.dot);
        after = page.entries.at(-1)?.position ?? after;
        ({ more } = page);
      }
      if (isLast) return;
      await woken;
    }
  };
  const running = run();
  return {
    read,
    stop: async () => {
      isStopped = true;
      wake();
      await running;
      unwatch();
    },
  };
};

interface Writing {
  readonly file: string;
  readonly log: SqliteHubLog;
  readonly start: (replicaId: string, to: number) => ChildProcess;
  readonly acknowledged: (replicaId: string) => readonly string[];
}

const prepare = async (): Promise<Writing> => {
  const folder = temporaryFolder();
  const file = join(folder, 'hub.db');
  await buildProgram();
  const acknowledgedBy = (replicaId: string): string => join(folder, `${replicaId}.acknowledged`);
  return {
    file,
    log: open(file),
    start: (replicaId, to) =>
      spawn(
        process.execPath,
        [writer, pathToFileURL(library).href, file, replicaId, String(to), acknowledgedBy(replicaId)],
        { stdio: 'inherit' },
      ),
    acknowledged: (replicaId) => acknowledgedIn(acknowledgedBy(replicaId)),
  };
};

const ownDots = (replicaId: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `${replicaId}:${index + 1}`);

test(
  'two processes append at the same time, and a reader that goes on from position to position misses nothing',
  { timeout: 60_000 },
  async () => {
    const { log, start } = await prepare();
    const eventsEach = 3_000;
    const reader = readOn(log);

    const ends = await Promise.all([ended(start('ann', eventsEach)), ended(start('bob', eventsEach))]);
    await reader.stop();

    expect(ends).toEqual([0, 0]);
    expect(reader.read.filter((dot) => dot.startsWith('ann'))).toEqual(ownDots('ann', eventsEach));
    expect(reader.read.filter((dot) => dot.startsWith('bob'))).toEqual(ownDots('bob', eventsEach));
    expect(reader.read).toEqual(await dotsIn(log));
    // Otherwise nothing was shown: one of them had to write while the other did.
    expect(reader.read.findIndex((dot) => dot.startsWith('bob'))).toBeLessThan(
      reader.read.findLastIndex((dot) => dot.startsWith('ann')),
    );
  },
);

test('what one process keeps in memory does not hide from it what another has appended', async () => {
  const { file, log } = await prepare();
  const other = open(file);

  const first = await append(log, [eventOf('ann', 1, 'one', [])]);
  const second = await append(other, [eventOf('ann', 2, 'one', ['ann:1'])]);
  const third = await log.append([{ sealed: eventOf('ann', 3, 'one', ['ann:1']) }], receivedAt);

  expect([...first, ...second]).toEqual(['accepted', 'accepted']);
  expect(third).toMatchObject([{ type: 'refused', code: 'own_past_unseen' }]);
  expect(await dotsIn(other)).toEqual(['ann:1', 'ann:2', 'ann:3']);
  expect(await dotsIn(log)).toEqual(['ann:1', 'ann:2', 'ann:3']);
});

test('the same reader misses an event where positions are given outside the commit', async () => {
  const { file, log } = await prepare();
  await append(log, [eventOf('ann', 1, 'one', [])]);
  const database = new Database(file);
  onTestFinished(() => void database.close());
  let last = 1;
  const takePosition = (): number => (last += 1);
  const write = (position: number, { event, hash }: SealedEvent): void =>
    void database
      .prepare('INSERT INTO entry VALUES (?, 1, ?, 1, 0, ?, ?)')
      .run(position, event.seq, hash, JSON.stringify(event));
  const reader = readOn(log);

  const [slow, quick] = [takePosition(), takePosition()];
  write(quick, eventOf('ann', 3, 'one', []));
  await vi.waitUntil(() => reader.read.includes('ann:3'), { timeout: 10_000, interval: 5 });
  write(slow, eventOf('ann', 2, 'one', []));
  await reader.stop();

  expect(await dotsIn(log)).toEqual(['ann:1', 'ann:2', 'ann:3']);
  expect(reader.read).toEqual(['ann:1', 'ann:3']);
});

test(
  'a process that is killed half way loses nothing that it acknowledged, and leaves no half batch',
  { timeout: 60_000 },
  async () => {
    const { log, start, acknowledged } = await prepare();
    const eventsEach = 2_000;
    const reader = readOn(log);

    const steady = ended(start('steady', eventsEach));
    for (let kills = 1; kills <= 3; kills += 1) {
      const unlucky = start('unlucky', eventsEach);
      const killed = ended(unlucky);
      while (acknowledged('unlucky').length < (kills * eventsEach) / 4)
        await new Promise((resolve) => setTimeout(resolve, 5));
      unlucky.kill('SIGKILL');
      await killed;
      const [{ seq } = { seq: -1 }] = [(await log.heads(['unlucky'])).get('unlucky')];
      expect(seq).toBeGreaterThanOrEqual(acknowledged('unlucky').length);
      expect(seq % 10).toBe(0);
    }
    const last = await ended(start('unlucky', eventsEach));
    const ends = [await steady, last];
    await reader.stop();

    expect(ends).toEqual([0, 0]);
    expect(new Set(reader.read)).toEqual(
      new Set([...ownDots('steady', eventsEach), ...ownDots('unlucky', eventsEach)]),
    );
    expect(reader.read.length).toBe(2 * eventsEach);
    expect(await log.counts()).toEqual({ events: 2 * eventsEach, refusals: 0, parked: 0, replicas: 2 });
  },
);

test('a file that was put back from a copy, and written to since, is told from the one before it', async () => {
  const folder = temporaryFolder();
  const [file, copy] = [join(folder, 'hub.db'), join(folder, 'yesterday.db')];
  const events = story();
  const before = openSqliteHubLog({ file });
  await append(before, events.slice(0, 4));
  await before.close();
  copyFileSync(file, copy);
  const today = openSqliteHubLog({ file });
  await append(today, events.slice(4));
  const marks = [await today.markAt(4), await today.markAt(9)];
  await today.close();

  copyFileSync(copy, file);
  const restored = open(file);

  expect(await restored.markAt(4)).toEqual(marks[0]);
  expect(await restored.markAt(9)).toBeUndefined();
  // The same events at the same positions: whoever read the other history would not know that it is another.
  await append(restored, events.slice(4));
  expect((await restored.facts()).head.position).toBe(9);
  expect(await restored.markAt(4)).toEqual(marks[0]);
  expect(await restored.markAt(9)).not.toEqual(marks[1]);
});

test('an operator can say that history was replaced', async () => {
  const folder = temporaryFolder();
  const log = open(join(folder, 'hub.db'));
  await append(log, story());
  const before = await log.facts();

  const epoch = await log.bumpEpoch();

  expect(await log.facts()).toEqual({ ...before, epoch });
  expect(epoch).not.toBe(before.epoch);
  expect(await open(join(folder, 'hub.db')).facts()).toEqual({ ...before, epoch });
});

test('a file of another program, a replica’s or a newer version’s is refused and not touched', async () => {
  const folder = temporaryFolder();
  const at = (name: string): string => join(folder, name);
  writeFileSync(at('text'), 'these are notes that are longer than a header of a database has to be, '.repeat(3));
  const other = new Database(at('other.db'));
  other.exec('CREATE TABLE mine (x)');
  other.close();
  await (await openReplica({ file: at('replica.db'), agentId: 'ann' })).close();
  await openSqliteHubLog({ file: at('newer.db') }).close();
  const newer = new Database(at('newer.db'));
  newer.pragma('user_version = 99');
  newer.pragma('wal_checkpoint(TRUNCATE)');
  newer.close();

  const codes: readonly (readonly [string, string])[] = [
    ['text', 'not_a_database'],
    ['other.db', 'not_a_reknit_database'],
    ['replica.db', 'not_a_reknit_database'],
    ['newer.db', 'database_newer'],
    ['nowhere/hub.db', 'storage_failed'],
  ];
  for (const [name, code] of codes) {
    const before = existsSync(at(name)) ? readFileSync(at(name)) : undefined;
    expect(() => openSqliteHubLog({ file: at(name) })).toThrowError(expect.objectContaining({ code }));
    expect(existsSync(at(name)) ? readFileSync(at(name)) : undefined).toEqual(before);
  }
  await openSqliteHubLog({ file: at('hub.db') }).close();
  await expect(openReplica({ file: at('hub.db'), agentId: 'ann' })).rejects.toMatchObject({
    code: 'not_a_reknit_database',
  });
});

test('while another process holds the file, appends wait, and then give up with a word that says so', async () => {
  const file = join(temporaryFolder(), 'hub.db');
  const log = openSqliteHubLog({ file, busyTimeoutMs: 100 });
  onTestFinished(() => log.close());
  const other = new Database(file);
  other.exec('BEGIN IMMEDIATE');

  await expect(append(log, story())).rejects.toMatchObject({ code: 'storage_busy' });
  const waiting = append(log, story().slice(0, 1));
  other.exec('ROLLBACK');

  expect(await waiting).toEqual(['accepted']);
  expect(await append(log, story())).toEqual([
    'duplicate',
    ...story()
      .slice(1)
      .map(() => 'accepted'),
  ]);
  other.close();
});

test('a batch that cannot be written fails alone, and leaves nothing', async () => {
  const log = open(join(temporaryFolder(), 'hub.db'));
  const broken = { ...eventOf('eve', 1, 'one', []), hash: undefined as unknown as SealedEvent['hash'] };

  const results = await Promise.allSettled([
    append(log, [eventOf('ann', 1, 'one', [])]),
    append(log, [eventOf('bob', 1, 'two', []), broken]),
    append(log, [eventOf('cid', 1, 'three', [])]),
  ]);

  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(await dotsIn(log)).toEqual(['ann:1', 'cid:1']);
  expect(await append(log, [eventOf('bob', 1, 'two', [])])).toEqual(['accepted']);
});

test('a file of the first layout is brought forward, and nothing that waits in it is old at once', async () => {
  const file = join(temporaryFolder(), 'hub.db');
  const driver = new Database(file);
  migrateTo(driver, migrations.slice(0, 1), applicationId);
  const sealed = eventOf('bob', 1, 'one', ['ann:1']);
  driver.exec(`INSERT INTO replica VALUES (1, 'bob', 1); INSERT INTO resource VALUES (1, 'task' || char(0) || 'one');
    INSERT INTO waits VALUES ('ann:1', 1); UPDATE meta SET parked_events = 1, parked_bytes = 10`);
  driver
    .prepare("INSERT INTO parked VALUES (1, 1, 1, 1, 'bob:1', ?, 10, 0, NULL, ?)")
    .run(Buffer.from(sealed.hash, 'hex'), canonicalEvent(sealed.event));
  driver.close();
  const openedMs = Date.now();

  const log = open(file);
  const { items } = await log.parked({ after: 0, limit: 9 });
  expect(items).toMatchObject([{ sealed: { dot: 'bob:1', hash: sealed.hash }, reason: 'parents', waits: ['ann:1'] }]);
  expect(Date.parse(items[0]?.since ?? '')).toBeGreaterThanOrEqual(openedMs - 1);
  expect(await append(log, [eventOf('ann', 1, 'one', [])])).toEqual(['accepted']);
  expect(await dotsIn(log)).toEqual(['ann:1', 'bob:1']);
});
