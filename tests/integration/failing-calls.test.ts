/**
 * Every n-th storage call fails, for every n, while a replica on a file does each of the things that it does. After
 * each failure the call has thrown an error of ours, what the replica remembers is what its file holds, that is the
 * state after some whole commit, and the same call, made again, comes to the end that it comes to without a fault
 * (I12, I19). After a failed sync of the disk nothing is acknowledged until the file is opened again (I20).
 *
 * In the long tests it is every n, and each has one of the errors in turn; `REKNIT_RUNS=4` gives every n all of them.
 * `npm test` takes every seventeenth, from another one on each time; `REKNIT_EVERY` says otherwise.
 */
import { copyFileSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, describe, expect, test } from 'vitest';
import {
  definePolicy,
  defineResource,
  counter,
  isReknitError,
  openReplica,
  register,
  replicaRemote,
  userChoice,
  write,
  type OpenOptions,
  type Replica,
} from '../../src/index.js';
import { openSqliteStore } from '../../src/adapters/sqlite/index.js';
import { migrate, migrations } from '../../src/adapters/sqlite/file/migrations.js';
import type { EventStore } from '../../src/application/ports/event-store.js';
import type { ResourceRef } from '../../src/domain/events/event.js';
import { failingDriver, type InjectedCode } from '../support/failing-driver.js';
import { eventOf } from '../support/histories/event-builder.js';
import { isLong } from '../support/long.js';
import { storyStartMs } from '../support/site.js';
import { contentOf } from '../../src/testing/storage/content.js';
import { createFolder } from '../support/temporary-folder.js';

const driver = failingDriver();
afterAll(driver.restore);

const task = defineResource('task', { version: 1, fields: { title: register<string>(), votes: counter() } });
const people = definePolicy({ name: 'people', version: 1, default: userChoice(), resources: [task] });
const lastWins = definePolicy({ name: 'last wins', version: 1, resources: [task] });

const codes: readonly InjectedCode[] = ['SQLITE_FULL', 'SQLITE_BUSY', 'SQLITE_IOERR_WRITE', 'SQLITE_IOERR_FSYNC'];
/** Every call in the long tests and on demand; for an edit every so many, from another one on each time. */
const { REKNIT_EVERY: every = isLong ? '1' : '17' } = process.env;
const stride = Math.max(1, Math.round(Number(every)));
const firstCall = 1 + (Number(process.env['REKNIT_SEED'] ?? Date.now()) % stride);
const restOfCalls = 1_000_000;
const codesPerCall = Math.min(codes.length, Math.max(1, Math.round(Number(process.env['REKNIT_RUNS'] ?? '1'))));
const ours: Readonly<Record<InjectedCode, string>> = {
  SQLITE_FULL: 'storage_full',
  SQLITE_BUSY: 'storage_busy',
  SQLITE_IOERR_WRITE: 'storage_failed',
  SQLITE_IOERR_FSYNC: 'storage_failed',
};

interface Operation {
  readonly name: string;
  /** Makes the file that each attempt has a copy of. */
  readonly prepare: (file: string) => Promise<void>;
  /** What is broken off, and then made again: it must do nothing twice. */
  readonly run: (open: () => Promise<Replica>) => Promise<unknown>;
  /** Opening is what may fail; elsewhere it is done before. */
  readonly opensAlone?: boolean;
}

const storeOn = (file: string): EventStore => openSqliteStore({ file, durability: 'process', busyTimeoutMs: 0 });

const openOn = async (store: EventStore, options: Partial<OpenOptions> = {}): Promise<Replica> => {
  let ids = 0;
  return openReplica({
    agentId: 'ann',
    replicaId: 'ann',
    clock: () => storyStartMs,
    ids: () => `made-${(ids += 1)}`,
    policy: people,
    store,
    ...options,
  });
};

const [one, two, three, four] = (['one', 'two', 'three', 'four'] as const).map((resourceId) => ({
  resourceType: 'task',
  resourceId,
})) as [ResourceRef, ResourceRef, ResourceRef, ResourceRef];
const theirs = [
  eventOf('bob:1', 'create', { title: 'Theirs', votes: 1 }, [], { resource: two }),
  eventOf('bob:2', 'update', { title: 'Their title' }, ['ann:1'], { resource: one }),
  eventOf('bob:3', 'update', { votes: { $increment: 2 } }, ['ann:1', 'bob:2'], { resource: one }),
  // One that waits, two contents under one dot, and one that is none.
  eventOf('cy:2', 'update', { title: 'Early' }, ['cy:1'], { resource: three }),
  eventOf('dan:1', 'create', { title: 'One' }, [], { resource: four }),
  eventOf('dan:1', 'create', { title: 'Other' }, [], { resource: four, eventId: 'other' }),
  { eventId: 'garbage' },
];

const withOurs = async (replica: Replica): Promise<void> => {
  await replica.create('task', 'one', { title: 'Ours', votes: 1 }, { eventId: 'first' });
  await replica.update('task', 'one', { title: 'Our title' }, { eventId: 'second' });
};

const prepared =
  (...steps: readonly ((replica: Replica) => Promise<unknown>)[]) =>
  async (file: string): Promise<void> => {
    const replica = await openOn(storeOn(file));
    await withOurs(replica);
    for (const step of steps) await step(replica);
    await replica.close();
  };
const imported = (replica: Replica): Promise<unknown> => replica.import(theirs);

const operations = (folder: string): readonly Operation[] => [
  {
    name: 'recording',
    prepare: prepared(),
    run: async (open) => {
      const replica = await open();
      await replica.create('task', 'new', { title: 'New' }, { eventId: 'new' });
      await replica.commit([
        write.update('task', 'new', { votes: { $increment: 1 } }, { eventId: 'newer' }),
        write.update('task', 'one', { title: 'Changed' }, { eventId: 'changed' }),
      ]);
      await replica.edit('task', 'new', ({ fields }) => (fields['title'] === 'New' ? { title: 'Edited' } : undefined), {
        eventId: 'edited',
      });
      await replica.delete('task', 'one', { eventId: 'gone' });
    },
  },
  { name: 'importing', prepare: prepared(), run: async (open) => (await open()).import(theirs) },
  {
    name: 'releasing what waited',
    prepare: prepared(imported),
    run: async (open) =>
      (await open()).import([eventOf('cy:1', 'create', { title: 'First' }, [], { resource: three })]),
  },
  {
    name: 'syncing',
    prepare: prepared(),
    run: async (open) => {
      const replica = await open();
      const other = await openReplica({ agentId: 'bob', replicaId: 'bob', policy: people, clock: () => storyStartMs });
      await other.import(theirs.slice(0, 4));
      const connection = replica.connect(replicaRemote(other));
      try {
        await connection.now();
      } finally {
        await connection.close();
        await other.close();
      }
    },
  },
  {
    name: 'exporting, which marks what leaves',
    prepare: prepared(imported),
    run: async (open) => {
      for await (const event of (await open()).export()) void event;
    },
  },
  {
    name: 'resolving and undoing',
    prepare: prepared(imported),
    run: async (open) => {
      const replica = await open();
      const all = await replica.conflicts.list();
      const [first] = all.filter(({ status }) => status === 'pending_review');
      if (all.every(({ closedBy }) => closedBy.length === 0) && first !== undefined)
        await replica.conflicts.resolve(first.conflictId, { choose: 'local' }, { eventId: 'resolved' });
      const decided = (await replica.conflicts.list()).find(
        ({ resolutionStrategy }) => resolutionStrategy === 'manual',
      );
      if (decided !== undefined && (await replica.history('task', 'one')).length < 6)
        await replica.conflicts.undo(decided.conflictId, { eventId: 'undone' });
    },
  },
  {
    name: 'opening under another policy',
    opensAlone: true,
    prepare: prepared(imported),
    run: (open) => open(),
  },
  {
    name: 'opening a file of the first version',
    opensAlone: true,
    prepare: async (file) => {
      const old = new Database(file);
      migrate(old, migrations.slice(0, 1));
      old.close();
    },
    run: async (open) => withOurs(await open()),
  },
  {
    name: 'making a new file',
    opensAlone: true,
    prepare: async () => undefined,
    run: async (open) => withOurs(await open()),
  },
  {
    name: 'opening a backup, which goes on under another id',
    opensAlone: true,
    prepare: async (file) => {
      await prepared(imported)(join(folder, 'original.db'));
      const original = await openOn(storeOn(join(folder, 'original.db')));
      await original.backup(file);
      await original.close();
    },
    run: async (open) => (await open()).create('task', 'copied', {}, { eventId: 'copied' }),
  },
];

/** Without what a repetition may add to the trail, and without ids that were made twice. */
const endOf = async (replica: Replica): Promise<unknown> => ({
  digest: await replica.digest(),
  counts: { ...(await replica.status()), auditHead: undefined, replicaId: undefined },
});

const fileParts = ['', '-wal', '-shm', '-journal'];
const copyDatabase = (from: string, to: string): void => {
  for (const part of fileParts) {
    rmSync(`${to}${part}`, { force: true });
    if (existsSync(`${from}${part}`)) copyFileSync(`${from}${part}`, `${to}${part}`);
  }
};

const optionsFor = ({ name }: Operation): Partial<OpenOptions> =>
  name === 'opening under another policy' ? { policy: lastWins } : {};

interface Session {
  readonly open: () => Promise<Replica>;
  /** Undefined where it was never opened, or has been closed by what failed. */
  readonly current: () => { readonly store: EventStore; readonly replica: Replica } | undefined;
  readonly close: () => Promise<void>;
}

/** Opens once, and gives the same replica afterwards. */
const sessionOn = (file: string, options: Partial<OpenOptions>): Session => {
  let current: { readonly store: EventStore; readonly replica: Replica } | undefined;
  return {
    open: async () => {
      if (current !== undefined) return current.replica;
      const store = storeOn(file);
      try {
        current = { store, replica: await openOn(store, options) };
      } catch (error) {
        await store.close();
        throw error;
      }
      return current.replica;
    },
    current: () => current,
    close: async () => {
      await current?.replica.close();
      current = undefined;
    },
  };
};

const ended = async (call: () => Promise<unknown>): Promise<unknown> => {
  try {
    await call();
    return undefined;
  } catch (error) {
    return error;
  }
};

const contentOnDisk = async (file: string): Promise<unknown> => {
  const store = storeOn(file);
  const content = await contentOf(store);
  await store.close();
  return content;
};

interface Attempt {
  readonly template: string;
  readonly file: string;
  readonly at: number;
  readonly code: InjectedCode;
  /** How many calls fail in a row. */
  readonly calls: number;
}

/** Answers whether there was a call to fail. */
const checkAttempt = async (operation: Operation, attempt: Attempt, wanted: unknown): Promise<boolean> => {
  const { template, file, at, code, calls } = attempt;
  copyDatabase(template, file);
  const session = sessionOn(file, optionsFor(operation));
  if (operation.opensAlone !== true) await session.open();
  driver.arm({ at, code, calls });
  const error = await ended(() => operation.run(session.open));
  const { hasFailed } = driver.heal();
  const where = `${operation.name}, call ${at}, ${code}, ${calls} in a row`;
  if (!hasFailed) {
    await session.close();
    return false;
  }

  // Where the driver was asked again and answered, nothing was broken off.
  if (error !== undefined && (!isReknitError(error) || error.code !== ours[code]))
    throw new Error(`${where}: not told as ${ours[code]}`, { cause: error });
  const open = session.current();
  if (open !== undefined) expect([where, await contentOf(open.store)]).toEqual([where, await contentOnDisk(file)]);
  if (open !== undefined && code === 'SQLITE_IOERR_FSYNC') {
    // Nothing is acknowledged after it, and whoever opens the file again finds it whole.
    const refused = await ended(() => open.replica.create('task', 'after', {}));
    expect([where, refused]).toMatchObject([where, { code: 'storage_failed' }]);
    await session.close();
  }
  const again = await ended(() => operation.run(session.open));
  if (again !== undefined) throw new Error(`${where}: the next call does not work`, { cause: again });
  const replica = await session.open();
  expect([where, (await replica.verify()).problems]).toEqual([where, []]);
  expect([where, await endOf(replica)]).toEqual([where, wanted]);
  await session.close();
  return true;
};

describe('a storage call that fails, whichever it is (I12, I19, I20)', () => {
  const { path: folder, remove } = createFolder();
  afterAll(remove);
  for (const [index, operation] of operations(folder).entries())
    test(`while ${operation.name}`, async () => {
      const [template, file] = [join(folder, `template-${index}.db`), join(folder, `${index}.db`)];
      await operation.prepare(template);
      copyDatabase(template, file);
      const whole = sessionOn(file, optionsFor(operation));
      await operation.run(whole.open);
      const wanted = await endOf(await whole.open());
      await whole.close();

      let tried = 0;
      for (let at = firstCall, fails = true; fails; at += stride) {
        fails = false;
        for (let turn = 0; turn < codesPerCall; turn += 1) {
          const code = codes[(at + turn) % codes.length] as InjectedCode;
          const calls = (at + turn) % (2 * codes.length) < codes.length ? 1 : restOfCalls;
          fails = (await checkAttempt(operation, { template, file, at, code, calls }, wanted)) || fails;
        }
        tried += 1;
      }
      // Whoever makes the store ask the driver less often lowers this; a few would show nothing.
      expect(tried * stride).toBeGreaterThan(20);
    }, 300_000);
});
