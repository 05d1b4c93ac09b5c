/**
 * The command line as people and scripts use it: by exit code, text and JSON, and in
 * processes of their own where pipes, signals and the environment matter.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import Database from 'better-sqlite3';
import { beforeAll, describe, expect, test } from 'vitest';
import { eventNumbers, plainBundle } from '../support/bundles.js';
import {
  buildProgram,
  call as callProgram,
  compiledProgram,
  linesOf,
  recordsOf,
  reknit,
  type Finished,
} from '../support/program.js';
import { temporaryFolder } from '../support/temporary-folder.js';

beforeAll(buildProgram, 120_000);

interface Told {
  readonly error: { readonly code: string; readonly message: string; readonly facts: unknown };
}

const codeOf = ({ stderr }: Finished): string => (JSON.parse(stderr) as Told).error.code;
const jsonOf = ({ stdout }: Finished): unknown => JSON.parse(stdout);

/** A program in a folder of its own. */
const inFolder = () => {
  const cwd = temporaryFolder();
  /** Names of files stand for those in the folder. */
  const call = (...parameters: readonly string[]): Promise<Finished> =>
    callProgram(parameters.map((text) => (/^[a-z]+(?:\.[a-z]+)+$/.test(text) ? join(cwd, text) : text)));
  return { cwd, call, path: (name: string) => join(cwd, name) };
};

/** Two files that have met, and whose users then changed the same field without meeting. */
const quarrel = async () => {
  const folder = inFolder();
  const { call } = folder;
  await call('record', 'create', 'task', 't1', '--set', 'title=draft', '--db', 'a.db', '--agent', 'ada');
  await call('sync', '--with', 'b.db', '--db', 'a.db');
  await call('record', 'update', 'task', 't1', '--set', 'title=left', '--db', 'a.db', '--agent', 'ada');
  await call('record', 'update', 'task', 't1', '--set', 'title=right', '--db', 'b.db', '--agent', 'bo');
  return folder;
};

describe('calling it', () => {
  test('a call that is wrong is told apart from an answer that is no', async () => {
    const { call, path } = inFolder();

    const [nothing, unknown, unknownJson, noFile, missing, badOption, version, help] = await Promise.all([
      call(),
      call('shwo', '--db', 'a.db'),
      call('shwo', '--json'),
      call('list'),
      call('list', '--db', 'a.db', '--json'),
      call('list', '--limit', 'many', '--db', 'a.db'),
      call('--version'),
      call('resolve', '--help'),
    ]);

    expect([nothing, unknown, unknownJson, noFile, missing, badOption].map(({ code }) => code)).toEqual([
      2, 2, 2, 2, 2, 2,
    ]);
    expect(nothing?.stderr).toContain('Usage: reknit');
    expect(unknown?.stderr).toContain('Did you mean show?');
    expect(codeOf(unknownJson)).toBe('usage');
    expect(noFile?.stderr).toContain('--db FILE');
    expect(codeOf(missing)).toBe('file_missing');
    expect(badOption?.stderr).toContain('whole number');
    expect([version?.code, help?.code]).toEqual([0, 0]);
    expect(help?.stdout).toMatch(/Examples:[\s\S]*reknit resolve/);
    expect(existsSync(path('a.db'))).toBe(false);
  });

  test('a folder, and a file of another kind, are named where a file was to be opened', async () => {
    const { call, path } = inFolder();
    await call('record', 'create', 'task', 't1', '--db', 'a.db');

    const folder = await call('list', '--json', '--db', path(''));
    const database = await call('import', path('a.db'), '--db', 'b.db', '--json');
    const cut = await call('export', '--db', 'a.db', '--since', '@none');

    expect([codeOf(folder), codeOf(database)]).toEqual(['not_a_database', 'not_a_bundle']);
    expect((JSON.parse(folder.stderr) as Told).error.message).toContain('is a folder');
    expect((JSON.parse(database.stderr) as Told).error.message).toContain('sync --with');
    expect(existsSync(path('b.db'))).toBe(false);
    expect(cut).toMatchObject({ code: 2, stderr: expect.stringContaining('a cut is JSON') });
  });

  test.runIf(existsSync('/dev/full'))(
    'output that cannot be written is an error in a sentence, not a stack',
    async () => {
      const { call, path } = inFolder();
      await call('record', 'create', 'task', 't1', '--db', 'a.db');
      const full = openSync('/dev/full', 'w');

      const { status, stderr } = spawnSync(
        process.execPath,
        [compiledProgram, 'list', '--db', path('a.db'), '--json'],
        {
          stdio: ['ignore', full, 'pipe'],
          encoding: 'utf8',
        },
      );
      closeSync(full);

      expect(status).toBe(2);
      expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'system_error' } });
    },
  );

  test('file and agent can come from the environment', async () => {
    const { cwd } = inFolder();
    const environment = { REKNIT_DB: 'work.db', REKNIT_AGENT: 'robot' };

    const created = await reknit(['record', 'create', 'task', 't1', '--json'], { cwd, environment });

    expect(created.code).toBe(0);
    expect((jsonOf(created) as { agentId: string }).agentId).toBe('robot');
    expect(existsSync(join(cwd, 'work.db'))).toBe(true);
  });

  test('a file of another program is left alone', async () => {
    const { call, path } = inFolder();
    writeFileSync(path('notes.db'), 'these are notes');

    const answers = [
      await call('record', 'create', 'task', 't1', '--db', 'notes.db', '--json'),
      await call('list', '--db', 'notes.db', '--json'),
    ];

    expect(answers.map(({ code }) => code)).toEqual([2, 2]);
    expect(answers.map(codeOf)).toEqual(['not_a_database', 'not_a_database']);
    expect(readFileSync(path('notes.db'), 'utf8')).toBe('these are notes');
  });
});

describe('recording and reading', () => {
  test('what is recorded is shown, listed, logged and explained', async () => {
    const { call } = inFolder();
    const created = await call(
      'record',
      'create',
      'task',
      't1',
      '--set',
      'title=Hello',
      '--set',
      'votes=3',
      '--event-id',
      'e1',
      '--note',
      'why not',
      '--priority',
      'high',
      '--db',
      'a.db',
      '--json',
    );
    const again = await call(
      'record',
      'create',
      'task',
      't1',
      '--set',
      'title=Hello',
      '--set',
      'votes=3',
      '--event-id',
      'e1',
      '--db',
      'a.db',
      '--json',
    );
    const updated = await call(
      'record',
      'update',
      'task',
      't1',
      '--json',
      '{"tags":["x"]}',
      '--db',
      'a.db',
      '--agent',
      'bo',
    );

    const [shown, listed, none, logged, last, explained, unknown] = await Promise.all([
      call('show', 'task', 't1', '--db', 'a.db', '--json'),
      call('list', '--type', 'task', '--where', 'votes=3', '--db', 'a.db', '--json'),
      call('list', '--where', 'votes="3"', '--db', 'a.db', '--json'),
      call('log', 'task', 't1', '--db', 'a.db', '--json'),
      call('log', '--limit', '1', '--db', 'a.db', '--json'),
      call('explain', 'task', 't1', 'tags', '--db', 'a.db', '--json'),
      call('show', 'task', 't2', '--db', 'a.db', '--json'),
    ]);

    expect(jsonOf(again)).toEqual(jsonOf(created));
    expect(jsonOf(created)).toMatchObject({ eventId: 'e1', priority: 'high', note: 'why not' });
    expect(jsonOf(updated)).toMatchObject({ agentId: 'bo', payload: { tags: ['x'] } });
    expect(jsonOf(shown)).toMatchObject({
      fields: { title: 'Hello', votes: 3, tags: ['x'] },
      deleted: false,
    });
    expect(
      (recordsOf(listed?.stdout ?? '') as readonly { resourceId: string }[]).map(({ resourceId }) => resourceId),
    ).toEqual(['t1']);
    expect(none?.stdout).toBe('');
    expect(
      (recordsOf(logged?.stdout ?? '') as readonly { operation: string }[]).map(({ operation }) => operation),
    ).toEqual(['create', 'update']);
    expect(
      (recordsOf(last?.stdout ?? '') as readonly { operation: string }[]).map(({ operation }) => operation),
    ).toEqual(['update']);
    expect(jsonOf(explained)).toMatchObject({
      fields: [{ field: 'tags', status: 'uncontested', winner: { agentId: 'bo' } }],
    });
    expect(unknown?.code).toBe(1);
    expect(codeOf(unknown)).toBe('resource_not_found');
  });

  test('a value cannot write on the terminal', async () => {
    const { call } = inFolder();
    const value = '\u202eevil\u001b[31m\nnext';
    await call('record', 'create', 'task', 't1', '--set', `title=${value}`, '--db', 'a.db');

    const [shown, listed, logged, json] = await Promise.all([
      call('show', 'task', 't1', '--db', 'a.db'),
      call('list', '--db', 'a.db'),
      call('log', '--db', 'a.db'),
      call('show', 'task', 't1', '--db', 'a.db', '--json'),
    ]);

    for (const { stdout } of [shown, listed, logged] as Finished[]) {
      expect(['\u001b', '\u202e'].filter((character) => stdout.includes(character))).toEqual([]);
      expect(stdout).toContain('\\u202eevil\\u001b[31m\\nnext');
    }
    expect((jsonOf(json) as { fields: { title: string } }).fields.title).toBe(value);
  });

  test('what is refused says why and writes nothing', async () => {
    const { call } = inFolder();
    await call('record', 'create', 'task', 't1', '--set', 'a=1', '--db', 'a.db');
    const before = await call('status', '--db', 'a.db', '--json');

    const refused = await Promise.all([
      call('record', 'create', 'task', 't1', '--db', 'a.db', '--json'),
      call('record', 'update', 'task', 't2', '--set', 'a=1', '--db', 'a.db', '--json'),
      call('record', 'update', 'task', 't1', '--db', 'a.db', '--json'),
      call('record', 'update', 'task', 't1', '--set', 'a={"$increment":1}', '--db', 'a.db', '--json'),
      call('resolve', 'nothing', '--choose', 'local', '--db', 'a.db', '--json'),
      call('resolve', 'nothing', '--db', 'a.db', '--json'),
      call('undo', 'nothing', '--db', 'a.db', '--json'),
      call('export', '--since', 'soon', '--db', 'a.db', '--json'),
      call('show', 'task', 't1', '--policy', 'none.mjs', '--db', 'a.db', '--json'),
    ]);

    expect(refused.map(({ code }) => code)).toEqual(refused.map(() => 2));
    expect(refused.map(codeOf)).toEqual([
      'resource_exists',
      'resource_not_found',
      'usage',
      'reserved_operator',
      'conflict_not_found',
      'usage',
      'conflict_not_found',
      'usage',
      'policy_not_found',
    ]);
    expect((await call('status', '--db', 'a.db', '--json')).stdout).toBe(before.stdout);
  });

  test('looking changes nothing', async () => {
    const { call, path } = inFolder();
    await call('record', 'create', 'task', 't1', '--set', 'a=1', '--db', 'a.db');
    const before = readFileSync(path('a.db'));

    await Promise.all(
      [['show', 'task', 't1'], ['list'], ['log'], ['status'], ['digest'], ['verify'], ['audit'], ['conflicts']].map(
        (words) => call(...words, '--db', 'a.db'),
      ),
    );

    expect(readFileSync(path('a.db')).equals(before)).toBe(true);
  });
});

describe('bundles', () => {
  test('an export piped into an import makes an equal replica', async () => {
    const { call, cwd, path } = inFolder();
    writeFileSync(path('in.ndjson'), plainBundle(eventNumbers(1, 30)));
    await call('import', 'in.ndjson', '--db', 'a.db');

    const exported = await reknit(['export', '--db', 'a.db'], { cwd });
    const imported = await reknit(['import', '--db', 'b.db', '-', '--json'], { cwd, input: exported.stdout });
    const file = await call('export', '-o', 'out.ndjson.gz', '--db', 'b.db', '--json');
    const digests = await Promise.all(['a.db', 'b.db'].map((db) => call('digest', '--db', db)));

    expect(exported.code).toBe(0);
    expect(linesOf(exported.stdout)).toHaveLength(30);
    expect(jsonOf(imported)).toMatchObject({ applied: 30, duplicates: 0, rejectedCount: 0 });
    expect(jsonOf(file)).toEqual({ events: 30, file: path('out.ndjson.gz') });
    expect(gunzipSync(readFileSync(path('out.ndjson.gz'))).toString()).toBe(exported.stdout);
    expect(digests[0]?.stdout).toBe(digests[1]?.stdout);
  });

  test('an export can be cut, and a reader who has seen enough ends it quietly', async () => {
    const { call, path, cwd } = inFolder();
    writeFileSync(path('in.ndjson'), plainBundle(eventNumbers(1, 3_000)));
    await call('import', 'in.ndjson', '--db', 'a.db');

    const rest = await call('export', '--since', '{"laptop":2998}', '--db', 'a.db');
    const head = await reknit(['export', '--db', 'a.db'], { cwd, readsOnly: 10 });
    const list = await reknit(['log', '--db', 'a.db'], { cwd, readsOnly: 10 });

    expect((recordsOf(rest.stdout) as readonly { seq: number }[]).map(({ seq }) => seq)).toEqual([2999, 3000]);
    expect([head.code, list.code]).toEqual([0, 0]);
    expect([head.stderr, list.stderr]).toEqual(['', '']);
  });

  test('lines that are refused are named, and the others are in', async () => {
    const { call, path } = inFolder();
    const good = plainBundle(eventNumbers(1, 2)).toString();
    writeFileSync(path('in.ndjson'), `${good}nonsense\n{"eventId":"x"}\n${'[]\n'.repeat(30)}`);

    const told = await call('import', 'in.ndjson', '--db', 'a.db');
    const json = await call('import', 'in.ndjson', '--db', 'a.db', '--json');

    expect([told.code, json.code]).toEqual([1, 1]);
    expect(told.stdout).toContain('2 events applied');
    expect(told.stderr).toContain('refused line 3: the line is not JSON');
    expect(linesOf(told.stderr)).toHaveLength(21);
    expect(told.stderr).toContain('and 12 more');
    expect(jsonOf(json)).toMatchObject({ applied: 0, duplicates: 2, rejectedCount: 32 });
  });

  test('what was complete before the data broke off is in', async () => {
    const { call, path } = inFolder();
    const whole = gzipSync(plainBundle(eventNumbers(1, 500)), { level: 0 });
    writeFileSync(path('cut.gz'), whole.subarray(0, whole.length / 2));

    const imported = await call('import', 'cut.gz', '--db', 'a.db', '--json');
    const { events } = jsonOf(await call('status', '--db', 'a.db', '--json')) as { events: number };

    expect(imported.code).toBe(1);
    expect(jsonOf(imported)).toMatchObject({ error: { code: 'bundle_truncated' } });
    expect(events).toBeGreaterThan(200);
  });

  test('a source that is not there makes no file', async () => {
    const { call, path } = inFolder();

    const answers = [
      await call('import', 'none.ndjson', '--db', 'a.db', '--json'),
      await call('import', path('.'), '--db', 'a.db', '--json'),
      await call('import', '--db', 'a.db', '--json'),
    ];

    expect(answers.map(({ code }) => code)).toEqual([2, 2, 2]);
    expect(answers.map(codeOf)).toEqual(['bundle_not_found', 'bundle_unreadable', 'usage']);
    expect(existsSync(path('a.db'))).toBe(false);
  });

  test('a preview says what an import would do, and writes nothing', async () => {
    const { call, path } = await quarrel();
    await call('export', '-o', 'b.ndjson', '--db', 'b.db');
    const before = readFileSync(path('a.db'));

    const preview = await call('preview', 'b.ndjson', '--db', 'a.db', '--json');

    expect(jsonOf(preview)).toMatchObject({
      applied: 1,
      duplicates: 1,
      conflictRecords: [{ conflictType: 'concurrent_modification' }],
    });
    expect(readFileSync(path('a.db')).equals(before)).toBe(true);
  });

  test('interrupted, an import keeps what it had, and ends', async () => {
    const { cwd, call, path } = inFolder();
    /** From here on the program hears that it is interrupted. */
    const whenOpen = (interrupt: () => void): void => {
      const timer = setInterval(() => {
        if (!existsSync(path('a.db'))) return;
        clearInterval(timer);
        setTimeout(interrupt, 200);
      }, 20);
    };

    const input = plainBundle(eventNumbers(1, 50));
    const interrupted = await reknit(['import', '-', '--db', 'a.db', '--json'], { cwd, input, onStart: whenOpen });
    const verified = await call('verify', '--db', 'a.db', '--json');

    expect(interrupted.code).toBe(130);
    expect(jsonOf(verified)).toMatchObject({ ok: true, events: (jsonOf(interrupted) as { applied: number }).applied });
  });
});

describe("another program's table", () => {
  const legacy = (path: string, rows: readonly (readonly unknown[])[]): void => {
    const database = new Database(path);
    database.exec(
      'CREATE TABLE IF NOT EXISTS offline_events (event_id TEXT, agent_id TEXT, resource_id TEXT, resource_type TEXT, operation TEXT, timestamp TEXT, payload TEXT, status TEXT, created_at TEXT)',
    );
    const insert = database.prepare('INSERT INTO offline_events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)');
    for (const row of rows) insert.run(...row);
    database.close();
  };
  const row = (id: string, operation: string, timestamp: unknown, payload: unknown): readonly unknown[] => [
    id,
    'ada',
    'f1',
    'feature',
    operation,
    timestamp,
    payload,
    'local_only',
    '2026-01-01',
  ];

  test('its rows are taken as events in their order, the same every time', async () => {
    const { call, path } = inFolder();
    legacy(path('old.db'), [
      row('e1', 'create', '2026-01-01 10:00:00', '{"title":"a"}'),
      row('e2', 'update', '2026-01-01T12:00:00+01:00', '{"title":"b"}'),
      row('e3', 'update', 'yesterday', '{"title":"c"}'),
      row('e4', 'update', '2026-01-01T11:30:00Z', 'no json'),
    ]);
    const before = readFileSync(path('old.db'));

    const first = await call('import', '--from-table', 'old.db', '--db', 'a.db', '--json');
    legacy(path('old.db'), [row('e5', 'update', '2026-01-02T00:00:00.5Z', '{"done":true}')]);
    const second = await call('import', '--from-table', 'old.db', '--db', 'a.db', '--json');
    const events = recordsOf((await call('log', 'feature', 'f1', '--db', 'a.db', '--json')).stdout) as readonly {
      timestamp: string;
      seq: number;
      eventId: string;
      parents: readonly string[];
    }[];

    expect([first.code, second.code]).toEqual([1, 1]);
    expect(jsonOf(first)).toMatchObject({
      applied: 2,
      rejected: [
        { line: 3, code: 'bad_timestamp' },
        { line: 4, code: 'bad_json' },
      ],
    });
    expect(jsonOf(second)).toMatchObject({ applied: 1, duplicates: 2 });
    expect(events.map(({ eventId, seq, timestamp }) => [eventId, seq, timestamp])).toEqual([
      ['e1', 1, '2026-01-01T10:00:00.000Z'],
      ['e2', 2, '2026-01-01T11:00:00.000Z'],
      ['e5', 3, '2026-01-02T00:00:00.500Z'],
    ]);
    expect(events.map(({ parents }) => parents.length)).toEqual([0, 1, 1]);
    expect(before.length).toBeGreaterThan(0);
  });

  test('a table that is another one now is refused, and so is a file of reknit', async () => {
    const { call, path } = inFolder();
    legacy(path('old.db'), [
      row('e1', 'create', '2026-01-01 10:00:00', '{"title":"a"}'),
      row('e2', 'update', '2026-01-01 11:00:00', '{"title":"b"}'),
    ]);
    await call('import', '--from-table', 'old.db', '--db', 'a.db');
    const database = new Database(path('old.db'));
    database.exec(`UPDATE offline_events SET payload = '{"title":"z"}' WHERE event_id = 'e2'`);
    database.close();

    const answers = await Promise.all([
      call('import', '--from-table', 'old.db', '--db', 'a.db', '--json'),
      call('import', '--from-table', 'a.db', '--db', 'b.db', '--json'),
      call('import', '--from-table', 'none.db', '--db', 'b.db', '--json'),
    ]);

    expect(answers.map(({ code }) => code)).toEqual([2, 2, 2]);
    expect(answers.map(codeOf)).toEqual(['table_changed', 'own_file', 'file_missing']);
    expect(existsSync(path('b.db'))).toBe(false);
  });
});

describe('conflicts', () => {
  test('are found by a sync, settled by a person, and settled on the other side with the next one', async () => {
    const { call, path } = await quarrel();
    writeFileSync(path('ask.mjs'), policyModule());
    const ask = ['--policy', 'ask.mjs'] as const;
    await call('sync', '--with', 'b.db', '--db', 'a.db', ...ask);

    const pending = await call('conflicts', '--db', 'a.db', '--json');
    const table = await call('conflicts', '--db', 'a.db');
    const { conflicts } = jsonOf(pending) as {
      conflicts: readonly { conflictId: string; siblings: readonly { eventId: string; value: string }[] }[];
    };
    const id = conflicts[0]?.conflictId ?? '';
    const resolved = await call(
      'resolve',
      id.slice(0, 12),
      '--choose',
      'remote',
      '--note',
      'fair',
      '--db',
      'a.db',
      '--json',
    );
    await call('sync', '--with', 'a.db', '--db', 'b.db');
    const there = await call('conflicts', '--status', 'all', '--db', 'b.db', '--json');
    const undone = await call('undo', id, '--db', 'b.db', '--json');
    const shown = await call('show', 'task', 't1', '--db', 'b.db', '--json');

    expect(pending.code).toBe(1);
    expect(conflicts).toHaveLength(1);
    expect(table.code).toBe(1);
    expect(table.stdout).toContain(id.slice(0, 12));
    expect(jsonOf(resolved)).toMatchObject({
      operation: 'resolve',
      payload: { title: 'right' },
      conflictId: id,
      note: 'fair',
    });
    expect(there.code).toBe(0);
    expect(jsonOf(there)).toMatchObject({
      total: 1,
      pending: 0,
      resolved: 1,
      conflicts: [{ conflictId: id, resolutionStrategy: 'manual' }],
    });
    expect(undone.code).toBe(0);
    expect((jsonOf(undone) as { operation: string }).operation).toBe('resolve');
    expect(shown.code).toBe(0);
  });

  test('two files that have exchanged a bundle agree', async () => {
    const { call, path } = await quarrel();

    await call('sync', '--with', 'stick.ndjson.gz', '--db', 'a.db');
    await call('sync', '--with', 'stick.ndjson.gz', '--db', 'b.db');
    const last = await call('sync', '--with', 'stick.ndjson.gz', '--db', 'a.db', '--json');
    const digests = await Promise.all(['a.db', 'b.db'].map((db) => call('digest', '--db', db, '--json')));
    const same = await call('sync', '--with', 'a.db', '--db', 'a.db');
    const unnamed = await call('sync', '--with', path('other'), '--db', 'a.db');

    expect(jsonOf(last)).toMatchObject({ applied: 1, refused: [], rejectedCount: 0 });
    expect(jsonOf(digests[0] as Finished)).toEqual(jsonOf(digests[1] as Finished));
    expect([same.code, unnamed.code]).toEqual([2, 2]);
  });
});

describe('trust', () => {
  test('a backup opens as another replica, and a head that was kept elsewhere is checked', async () => {
    const { call } = inFolder();
    await call('record', 'create', 'task', 't1', '--set', 'a=1', '--db', 'a.db');
    const copied = await call('backup', 'copy.db', '--db', 'a.db', '--json');
    const twice = await call('backup', 'copy.db', '--db', 'a.db', '--json');
    const { auditHead } = jsonOf(await call('status', '--db', 'a.db', '--json')) as {
      auditHead: { count: number; hash: string };
    };
    const recorded = await call('record', 'update', 'task', 't1', '--set', 'a=2', '--db', 'copy.db', '--json');

    const [kept, forged] = await Promise.all([
      call('verify', '--audit-head', `${auditHead.count}:${auditHead.hash}`, '--db', 'a.db', '--json'),
      call('verify', '--audit-head', `${auditHead.count}:${'0'.repeat(64)}`, '--db', 'a.db', '--json'),
    ]);
    const ids = await Promise.all(
      ['a.db', 'copy.db'].map(
        async (db) => (jsonOf(await call('status', '--db', db, '--json')) as { replicaId: string }).replicaId,
      ),
    );
    const audit = recordsOf((await call('audit', '--db', 'a.db', '--json')).stdout) as readonly { number: number }[];

    expect([copied.code, twice.code, recorded.code]).toEqual([0, 2, 0]);
    expect([kept.code, forged.code]).toEqual([0, 1]);
    expect(ids[0]).not.toBe(ids[1]);
    expect(audit.map(({ number }) => number)).toEqual(audit.map((_entry, index) => index + 1));
  });
});

/** A policy that leaves every field to people, as a user's module would define it. */
const policyModule = (): string => {
  const door = new URL('../../dist/index.js', import.meta.url).href;
  return `import { definePolicy, userChoice } from '${door}';\nexport default definePolicy({ name: 'ask', version: 1, default: userChoice() });\n`;
};
