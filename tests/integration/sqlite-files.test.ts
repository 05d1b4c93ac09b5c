/** What the SQLite store makes of the files it is given: its own, others', full, locked, damaged and copied ones. */
import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import Database, { type Database as Driver } from 'better-sqlite3';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openSqliteStore, type SqliteStoreOptions } from '../../src/adapters/sqlite/index.js';
import { migrate, migrations } from '../../src/adapters/sqlite/file/migrations.js';
import { openDatabase } from '../../src/adapters/sqlite/file/open-database.js';
import { versionOf } from '../../src/adapters/sqlite-file/migrate.js';
import { isAtLeast } from '../../src/adapters/sqlite-file/settings.js';
import { applicationId } from '../../src/adapters/sqlite/file/schema.js';
import type { EventStore } from '../../src/application/ports/event-store.js';
import { openReplica } from '../../src/composition/index.js';
import type { ReplicaId } from '../../src/domain/events/event.js';
import { eventOf } from '../../src/testing/contract-story.js';
import { contentOf } from '../../src/testing/storage/content.js';
import { quarrel, receive, record, someone, unitOn } from '../../src/testing/storage/workshop.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const opened = (file: string, options: Partial<SqliteStoreOptions> = {}): EventStore => {
  const store = openSqliteStore({ file, durability: 'process', ...options });
  onTestFinished(() => store.close());
  return store;
};

const shellOn = (file: string): Driver => {
  const shell = new Database(file);
  onTestFinished(() => void shell.close());
  return shell;
};

/** Every file of the folder with its bytes. */
const snapshot = (folder: string): readonly unknown[] =>
  readdirSync(folder).map((name) => [name, readFileSync(join(folder, name)).toString('base64')]);

const newFile = (): string => join(temporaryFolder(), 'replica.db');

const titles = (count: number, replica = 'ann'): ReturnType<typeof quarrel>[number][] =>
  Array.from({ length: count }, (_, index) =>
    eventOf(replica, index + 1, `${replica} ${index}`, [], {
      timestamp: '2026-02-02T10:00:00.000Z',
      payload: { title: 'x'.repeat(200) },
    }),
  );

describe('a file that is not to be touched is refused and left as it is', () => {
  const made: readonly (readonly [name: string, code: string, make: (file: string) => void])[] = [
    [
      'a text',
      'not_a_database',
      (file) => writeFileSync(file, 'not a database, but long enough to have a header '.repeat(9)),
    ],
    ['a few bytes', 'not_a_database', (file) => writeFileSync(file, 'x')],
    [
      'the database of another program',
      'not_a_reknit_database',
      (file) => new Database(file).exec('PRAGMA application_id = 7; CREATE TABLE theirs (a)').close(),
    ],
    [
      'the database of a program without a name',
      'not_a_reknit_database',
      (file) => new Database(file).exec('CREATE TABLE offline_events (event_id TEXT)').close(),
    ],
    [
      'such a database with a log that is not in it yet',
      'not_a_reknit_database',
      (file) => {
        const writer = new Database(`${file}.origin`);
        writer.pragma('journal_mode = WAL');
        writer.exec('CREATE TABLE theirs (a)');
        copyFileSync(`${file}.origin`, file);
        copyFileSync(`${file}.origin-wal`, `${file}-wal`);
        writer.close();
      },
    ],
    [
      'a file of a newer version',
      'database_newer',
      (file) =>
        new Database(file)
          .exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = 99; CREATE TABLE later (a)`)
          .close(),
    ],
  ];
  test.each(made)('%s: %s', (_name, code, make) => {
    const folder = temporaryFolder();
    const file = join(folder, 'replica.db');
    make(file);
    const before = snapshot(folder);

    for (const readOnly of [false, true])
      expect(() => openSqliteStore({ file, readOnly })).toThrow(expect.objectContaining({ code }));
    expect(snapshot(folder)).toEqual(before);
  });
});

describe('a new file', () => {
  test('is made where there is none, where one is empty, and where a database holds nothing', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'empty.db'), '');
    new Database(join(folder, 'bare.db')).exec('PRAGMA user_version = 0; VACUUM').close();

    for (const name of ['none.db', 'empty.db', 'bare.db']) {
      const store = opened(join(folder, name));
      expect((await receive(store, quarrel())).applied).toBe(3);
    }
  });

  test('is not made to be read, or where there is no folder', () => {
    const file = newFile();

    expect(() => openSqliteStore({ file, readOnly: true })).toThrow(
      expect.objectContaining({ code: 'database_missing' }),
    );
    expect(existsSync(file)).toBe(false);
    expect(() => openSqliteStore({ file: join(file, 'deeper', 'replica.db') })).toThrow(
      expect.objectContaining({ code: 'storage_failed' }),
    );
    writeFileSync(file, '');
    expect(() => openSqliteStore({ file: join(file, 'replica.db') })).toThrow(
      expect.objectContaining({ code: 'storage_failed', message: expect.stringContaining('permissions') as unknown }),
    );
  });

  test('says whose it is in its own header, before anything is in its log', () => {
    const file = newFile();
    opened(file);

    const header = readFileSync(file);
    expect([header.readUInt32BE(68), header.readUInt32BE(60)]).toEqual([applicationId, migrations.length]);
  });

  test.each([
    ['power', 2],
    ['process', 1],
  ] as const)('for %s is synced as that needs', (durability, synchronous) => {
    const driver = openDatabase({ file: newFile(), durability, readOnly: false, fileBytesMax: undefined });
    onTestFinished(() => void driver.close());

    const pragma = (name: string): unknown => driver.pragma(name, { simple: true });
    expect(pragma('synchronous')).toBe(synchronous);
    expect([pragma('journal_mode'), pragma('trusted_schema'), pragma('cell_size_check')]).toEqual(['wal', 0, 1]);
  });
});

describe('an older file', () => {
  test('takes the steps that it lacks, once', () => {
    const driver = shellOn(newFile());
    migrate(driver);
    const steps = [...migrations, (later: Driver) => void later.exec('ALTER TABLE meta ADD COLUMN later TEXT')];

    migrate(driver, steps);
    migrate(driver, steps);

    expect(versionOf(driver)).toBe(migrations.length + 1);
    expect(driver.prepare('SELECT later FROM meta').all()).toEqual([{ later: null }]);
  });

  test('stays what it was when a step fails', () => {
    const driver = shellOn(newFile());
    migrate(driver);
    const steps = [
      ...migrations,
      (later: Driver) => void later.exec('ALTER TABLE meta ADD COLUMN later TEXT'),
      (later: Driver) => void later.exec('ALTER TABLE nothing ADD COLUMN later TEXT'),
    ];

    expect(() => migrate(driver, steps)).toThrow('nothing');
    expect(versionOf(driver)).toBe(migrations.length);
    expect(() => driver.prepare('SELECT later FROM meta')).toThrow('later');
  });

  test('versions of SQLite compare by number', () => {
    const least = [3, 51, 3];

    expect([[3, 51, 3], [3, 51, 10], [3, 53], [4]].every((version) => isAtLeast(version, least))).toBe(true);
    expect(
      [
        [3, 51, 2],
        [3, 9, 9],
        [3, 51],
        [2, 99, 99],
      ].some((version) => isAtLeast(version, least)),
    ).toBe(false);
  });
});

describe('a store that cannot write', () => {
  test('opened for reading, shows everything and changes nothing', async () => {
    const file = newFile();
    const writer = opened(file);
    await receive(writer, quarrel());
    const content = await contentOf(writer);
    const work = await unitOn(writer);
    const reader = opened(file, { readOnly: true });

    expect(await contentOf(reader)).toEqual(content);
    await expect(reader.commit(work)).rejects.toMatchObject({ code: 'storage_read_only' });
    await reader.declareIndexes(new Map([['task', ['title']]]));
    expect(await writer.commit(work)).toBe('committed');
    expect((await reader.facts()).audit.count).toBe(2);
  });

  test('on a full disk refuses what does not fit, keeps what it had, and goes on when there is room', async () => {
    const file = newFile();
    const store = opened(file, { fileBytesMax: 400 * 1024 });
    await receive(store, quarrel());
    const before = await contentOf(store);

    await expect(receive(store, titles(2_000))).rejects.toMatchObject({
      code: 'storage_full',
      cause: { code: 'SQLITE_FULL' },
    });
    expect(await contentOf(store)).toEqual(before);
    await receive(store, [eventOf('bob', 2, 'one', ['bob:1'])]);
    await store.close();

    const roomier = opened(file);
    expect((await receive(roomier, titles(2_000, 'cy'))).applied).toBe(2_000);
    expect((await roomier.counts()).events).toBe(2_004);
  });

  test('while another program holds the file waits without standing still, then says so', async () => {
    const file = newFile();
    const store = opened(file, { busyTimeoutMs: 300 });
    const work = await unitOn(store);
    const other = shellOn(file);
    other.exec('BEGIN IMMEDIATE');
    let beats = 0;
    const heart = setInterval(() => (beats += 1), 5);
    onTestFinished(() => clearInterval(heart));

    await expect(store.commit(work)).rejects.toMatchObject({ code: 'storage_busy' });
    expect(beats).toBeGreaterThan(0);
    expect((await store.facts()).audit.count).toBe(0);

    const patient = opened(file, { busyTimeoutMs: 5_000 });
    const later = patient.commit(work);
    setTimeout(() => other.exec('COMMIT'), 50);
    expect(await later).toBe('committed');
  });

  test('of a replica waits no longer than it was told to', async () => {
    const file = newFile();
    const replica = await openReplica({ file, agentId: 'ann', durability: 'process', busyTimeoutMs: 0 });
    onTestFinished(() => replica.close());
    const holder = shellOn(file);
    holder.exec('BEGIN IMMEDIATE');
    const startedMs = performance.now();
    await expect(replica.create('feature', 'f1', {})).rejects.toMatchObject({ code: 'storage_busy' });
    expect(performance.now() - startedMs).toBeLessThan(2_500);
    holder.exec('ROLLBACK');
    await replica.create('feature', 'f1', {});
    for (const busyTimeoutMs of [-1, NaN, '5'])
      await expect(openReplica({ file, agentId: 'ann', busyTimeoutMs: busyTimeoutMs as number })).rejects.toMatchObject(
        {
          code: 'wrong_type',
        },
      );
  });

  test('on a damaged file says so', async () => {
    const file = newFile();
    const store = opened(file);
    await receive(store, titles(500));
    await store.close();
    const bytes = readFileSync(file);
    bytes.fill(0xa5, 4096);
    writeFileSync(file, bytes);

    const reading = (async () => opened(file).readEvents({ after: 0, limit: 1_000 }))();
    await expect(reading).rejects.toMatchObject({ code: 'storage_corrupt' });
  });

  test('on a file that lost its end says so', async () => {
    const file = newFile();
    const store = opened(file);
    await receive(store, titles(500));
    await store.close();
    truncateSync(file, 8192);

    const reading = (async () => opened(file).readEvents({ after: 0, limit: 1_000 }))();
    await expect(reading).rejects.toMatchObject({ code: 'storage_corrupt' });
  });
});

describe('two stores on one file', () => {
  test('see each other’s commits, and only one of two that were decided at once is written', async () => {
    const file = newFile();
    const [a, b] = [opened(file), opened(file)];
    await receive(a, quarrel());
    expect(await contentOf(b)).toEqual(await contentOf(a));

    const [fromA, fromB] = [await unitOn(a), await unitOn(b)];
    expect(await a.commit(fromA)).toBe('committed');
    expect(await b.commit(fromB)).toBe('stale');
    // What each remembers of replicas, parked events and resources is looked up again.
    await receive(b, [eventOf('ann', 3, 'one', ['ann:2']), eventOf('cy', 2, 'new', ['cy:1'])]);
    await receive(a, [eventOf('ann', 4, 'one', ['ann:3']), eventOf('cy', 1, 'new', [])]);
    await receive(b, [eventOf('cy', 3, 'new', ['cy:2'])]);

    expect(await contentOf(b)).toEqual(await contentOf(a));
    expect(await a.readCut()).toEqual({ ann: 4, bob: 1, cy: 3 });
    expect((await a.counts()).parked).toBe(0);
  });

  test('hear of each other, not of themselves, and of nothing when they stopped listening', async () => {
    const file = newFile();
    const [a, b] = [opened(file, { watchIntervalMs: 5 }), opened(file)];
    let heard = 0;
    const stop = a.watchOthers(() => (heard += 1));
    const pause = (): Promise<void> => new Promise((done) => setTimeout(done, 40));

    await receive(a, quarrel());
    await pause();
    expect(heard).toBe(0);
    await receive(b, [eventOf('cy', 1, 'new', [])]);
    await pause();
    expect(heard).toBe(1);
    stop();
    await receive(b, [eventOf('cy', 2, 'new', ['cy:1'])]);
    await pause();
    expect(heard).toBe(1);
  });

  test('lose nothing when they take turns, whoever was faster', async () => {
    const file = newFile();
    const stores = [opened(file), opened(file)];

    await Promise.all(
      stores.map(async (store, index) => {
        for (let seq = 1; seq <= 20; seq += 1) await receive(store, [eventOf(`replica ${index}`, seq, 'shared', [])]);
      }),
    );

    for (const store of stores) expect(await store.readCut()).toEqual({ 'replica 0': 20, 'replica 1': 20 });
    expect((await stores[0]?.readAudit({ after: 0, limit: 100 }))?.items.map(({ number }) => number)).toEqual(
      Array.from({ length: 40 }, (_, index) => index + 1),
    );
  });
});

test('calls without end let others have their turn', async () => {
  const store = opened(newFile());
  await receive(store, titles(200));
  let turns = 0;
  const count = (): void => {
    turns += 1;
    if (turns < 3) setImmediate(count);
  };
  setImmediate(count);

  // Where an answer that is there at once were given at once, this would go on for ever.
  const giveUpMs = performance.now() + 10_000;
  const goesOn = (): boolean => turns < 3 && performance.now() < giveUpMs;
  while (goesOn()) await store.readEvents({ after: 0, limit: 200 });

  expect(turns).toBe(3);
});

describe('a crash', () => {
  test('leaves what was committed, and opening makes it durable before anything is read', async () => {
    const folder = temporaryFolder();
    const store = opened(join(folder, 'replica.db'));
    await receive(store, quarrel());
    const content = await contentOf(store);
    // As a process that was killed leaves it: the log beside the file, nothing closed.
    const killed = join(folder, 'killed.db');
    copyFileSync(join(folder, 'replica.db'), killed);
    copyFileSync(join(folder, 'replica.db-wal'), `${killed}-wal`);

    const again = opened(killed);
    const fileAlone = join(folder, 'alone.db');
    copyFileSync(killed, fileAlone);

    expect(await contentOf(again)).toEqual(content);
    expect(await contentOf(opened(fileAlone))).toEqual(content);
  });
});

describe('a backup', () => {
  test('has everything, is one file, and knows that it is a copy until it goes on under another name', async () => {
    const folder = temporaryFolder();
    const store = opened(join(folder, 'replica.db'));
    await record(store, [eventOf('here', 1, 'own', [])]);
    await receive(store, quarrel());
    await store.backup(join(folder, 'copy.db'));

    expect(readdirSync(folder).filter((name) => name.startsWith('copy'))).toEqual(['copy.db']);
    const copy = opened(join(folder, 'copy.db'));
    expect(await copy.facts()).toEqual({ ...(await store.facts()), isCopy: true });
    await copy.commit(await unitOn(copy));
    expect((await copy.facts()).isCopy).toBe(true);
    await copy.commit(await unitOn(copy, { replica: { ...someone, replicaId: 'another' as ReplicaId } }));
    expect((await copy.facts()).isCopy).toBe(false);
    expect((await store.facts()).isCopy).toBe(false);
  });

  test('is one moment of a store that goes on writing, here and in other processes', async () => {
    const folder = temporaryFolder();
    const file = join(folder, 'replica.db');
    const [store, other] = [opened(file), opened(file)];
    await receive(store, titles(3_000));
    const progress = { isDone: false };
    const backup = store.backup(join(folder, 'copy.db')).finally(() => (progress.isDone = true));
    for (let seq = 1; !progress.isDone || seq < 20; seq += 1) {
      await receive(seq % 2 === 0 ? store : other, [
        eventOf('bob', seq, 'busy', seq === 1 ? [] : [`bob:${seq - 1}`], { timestamp: '2026-02-02T10:00:00.000Z' }),
      ]);
      await new Promise((done) => setImmediate(done));
    }
    await backup;

    const copy = opened(join(folder, 'copy.db'));
    const { events } = await copy.counts();
    const { bob = 0, ann } = await copy.readCut();
    expect([ann, events]).toEqual([3_000, 3_000 + bob]);
    const heads = (await copy.readResource({ resourceType: 'task', resourceId: 'busy' }))?.state.heads ?? [];
    expect(heads).toEqual(bob === 0 ? [] : [`bob:${bob}`]);
  });

  test('never replaces a file, and leaves nothing where there is no folder', async () => {
    const folder = temporaryFolder();
    const store = opened(join(folder, 'replica.db'));
    writeFileSync(join(folder, 'precious.txt'), 'precious');

    await expect(store.backup(join(folder, 'precious.txt'))).rejects.toMatchObject({ code: 'file_exists' });
    expect(readFileSync(join(folder, 'precious.txt'), 'utf8')).toBe('precious');
    await expect(store.backup(join(folder, 'none', 'copy.db'))).rejects.toMatchObject({ code: 'storage_failed' });
    expect(readdirSync(folder).filter((name) => !name.startsWith('replica'))).toEqual(['precious.txt']);
  });
});

test.skipIf(process.platform === 'win32').each([
  ['deleted', (file: string) => rmSync(file)],
  ['replaced', (file: string) => renameSync(`${file}.other`, file)],
])('a file that is %s while it is open takes nothing more, since all of it would be lost', async (_how, move) => {
  const file = newFile();
  await opened(`${file}.other`).close();
  const store = opened(file);
  await record(store, titles(1));
  move(file);

  await expect(record(store, titles(2).slice(1))).rejects.toMatchObject({
    code: 'storage_failed',
    facts: { file },
  });
  expect((await store.counts()).events).toBe(1);
});
