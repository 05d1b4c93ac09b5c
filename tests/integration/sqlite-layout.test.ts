/**
 * The relations that people query with the `sqlite3` shell: their columns, what stands in
 * them, and that the natural queries use the indexes by their names.
 */
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openSqliteStore } from '../../src/adapters/sqlite/index.js';
import type { EventStore } from '../../src/application/ports/event-store.js';
import type { ReknitEvent } from '../../src/domain/events/event.js';
import { defaultPolicy } from '../../src/domain/strategies/default-policy.js';
import { fork, quarrel, receive, record, unitOn } from '../../src/testing/storage/workshop.js';
import { eventOf } from '../../src/testing/contract-story.js';
import { engineOn } from '../support/engine.js';
import { temporaryFolder } from '../support/temporary-folder.js';

interface Opened {
  readonly file: string;
  readonly store: EventStore;
  /** What the shell would show, each row as an object. */
  readonly query: (sql: string) => readonly Record<string, unknown>[];
}

const openStore = (): Opened => {
  const file = join(temporaryFolder(), 'replica.db');
  const store = openSqliteStore({ file, durability: 'process' });
  const shell = new Database(file, { readonly: true });
  onTestFinished(async () => {
    shell.close();
    await store.close();
  });
  return { file, store, query: (sql) => shell.prepare<[], Record<string, unknown>>(sql).all() };
};

const planOf = ({ query }: Opened, sql: string): string =>
  query(`EXPLAIN QUERY PLAN ${sql}`)
    .map(({ detail }) => detail)
    .join('\n');

const columnsOf = ({ query }: Opened, relation: string): readonly unknown[] =>
  query(`SELECT name FROM pragma_table_info('${relation}')`).map(({ name }) => name);

describe('offline_events', () => {
  test('has the columns that it is known by, further ones after them', () => {
    const columns = columnsOf(openStore(), 'offline_events');

    expect(columns.slice(0, 9)).toEqual([
      'event_id',
      'agent_id',
      'resource_id',
      'resource_type',
      'operation',
      'timestamp',
      'payload',
      'status',
      'created_at',
    ]);
  });

  test('shows each event once, in words', async () => {
    const opened = openStore();
    await record(opened.store, [
      eventOf('here', 1, 'one', [], { timestamp: '2026-02-02T10:00:00.123Z', payload: { b: 2, a: { é: null } } }),
      eventOf('here', 2, 'one', ['here:1'], { operation: 'resolve', payload: null }),
    ]);

    expect(opened.query('SELECT * FROM offline_events ORDER BY position')).toMatchObject([
      {
        event_id: 'event of here:1',
        agent_id: 'here',
        resource_id: 'one',
        resource_type: 'task',
        operation: 'create',
        timestamp: '2026-02-02T10:00:00.123Z',
        payload: '{"a":{"é":null},"b":2}',
        status: 'local_only',
        created_at: '2026-11-22T12:00:00.000Z',
        position: 1,
        replica_id: 'here',
        seq: 1,
      },
      { event_id: 'event of here:2', operation: 'resolve', payload: 'null', status: 'local_only', position: 2, seq: 2 },
    ]);
  });

  test('tells local, synced, disputed, decided and void events apart', async () => {
    const opened = openStore();
    await record(opened.store, [eventOf('here', 1, 'own', []), eventOf('here', 2, 'own', ['here:1'])]);
    const [first, second] = fork();
    await receive(opened.store, [...quarrel(), first]);
    await receive(opened.store, [second]);
    await receive(opened.store, [
      eventOf('dan', 1, 'two', []),
      eventOf('dan', 2, 'two', ['dan:1']),
      eventOf('eva', 1, 'two', ['dan:1']),
      eventOf('eva', 2, 'two', ['dan:2', 'eva:1']),
    ]);
    await opened.store.commit(await unitOn(opened.store, { syncedSeq: 1 }));

    const statuses = opened.query(`SELECT replica_id || ':' || seq AS dot, status FROM offline_events ORDER BY dot`);
    expect(Object.fromEntries(statuses.map(({ dot, status }) => [dot, status]))).toEqual({
      'ann:1': 'synced',
      'ann:2': 'conflict',
      'bob:1': 'conflict',
      'dan:1': 'synced',
      'dan:2': 'resolved',
      'eva:1': 'resolved',
      'eva:2': 'synced',
      'eve:1': 'void',
      'here:1': 'synced',
      'here:2': 'local_only',
    });
  });

  test('says when each event was recorded here, not when it was written', async () => {
    const opened = openStore();
    await receive(opened.store, quarrel());
    const later = await unitOn(opened.store);
    await opened.store.commit({ ...later, audit: { ...later.audit, time: '2027-01-01T00:00:00.000Z' } });
    await receive(opened.store, [eventOf('ann', 3, 'one', ['ann:2'])]);

    const times = opened.query('SELECT created_at FROM offline_events ORDER BY position');
    expect(new Set(times.map(({ created_at: time }) => time))).toEqual(new Set(['2026-11-22T12:00:00.000Z']));
  });

  const planned: readonly (readonly [query: string, index: string])[] = [
    [`WHERE status = 'local_only'`, 'idx_offline_events_status'],
    [`WHERE status = 'local_only' ORDER BY position`, 'idx_offline_events_status'],
    [`WHERE resource_id = 'one'`, 'idx_offline_events_resource'],
    [`WHERE resource_type = 'task' AND resource_id = 'one' ORDER BY position`, 'idx_offline_events_resource'],
    [`WHERE resource_id = 'one' ORDER BY timestamp`, 'idx_offline_events_resource'],
    [`WHERE agent_id = 'ann'`, 'idx_offline_events_agent'],
    [`WHERE agent_id = 'ann' ORDER BY timestamp DESC LIMIT 10`, 'idx_offline_events_agent'],
    [`WHERE agent_id = 'ann' ORDER BY time_ms DESC LIMIT 10`, 'idx_offline_events_agent'],
  ];
  test.each(planned)('%s uses %s and reads no whole table', (query, index) => {
    const plan = planOf(openStore(), `SELECT * FROM offline_events ${query}`);

    expect(plan).toMatch(new RegExp(`(SEARCH|SCAN) e USING (COVERING )?INDEX ${index}`));
    expect(plan.replace(`SCAN e USING INDEX ${index}`, '')).not.toContain('SCAN');
  });

  test('the newest events of an agent, and the events of a resource, need no sorting', () => {
    const opened = openStore();

    for (const query of [
      `WHERE agent_id = 'ann' ORDER BY time_ms DESC`,
      `WHERE resource_type = 'task' AND resource_id = 'one' ORDER BY position`,
      'ORDER BY position DESC LIMIT 5',
    ])
      expect(planOf(opened, `SELECT * FROM offline_events ${query}`)).not.toContain('TEMP B-TREE');
  });
});

describe('conflict_log', () => {
  test('has the columns that it is known by, further ones after them', () => {
    expect(columnsOf(openStore(), 'conflict_log').slice(0, 11)).toEqual([
      'conflict_id',
      'local_event_id',
      'remote_event_id',
      'resource_id',
      'conflict_type',
      'local_timestamp',
      'remote_timestamp',
      'resolution_strategy',
      'resolution',
      'status',
      'created_at',
    ]);
  });

  test('shows both sides of a conflict that waits: the own write, and the last of the others', async () => {
    const opened = openStore();
    await record(opened.store, [eventOf('here', 1, 'one', []), eventOf('here', 2, 'one', ['here:1'])]);
    await receive(opened.store, [
      eventOf('ann', 1, 'one', ['here:1'], { timestamp: '2026-02-02T10:00:00.007Z' }),
      eventOf('bob', 1, 'one', ['here:1'], { timestamp: '2026-02-02T10:00:00.009Z' }),
      eventOf('cy', 1, 'one', ['here:1'], { timestamp: '2026-02-02T10:00:00.008Z' }),
    ]);

    expect(opened.query('SELECT * FROM conflict_log')).toMatchObject([
      {
        local_event_id: 'event of here:2',
        remote_event_id: 'event of bob:1',
        resource_id: 'one',
        resource_type: 'task',
        conflict_type: 'concurrent_modification',
        local_timestamp: '2026-02-02T10:00:00.002Z',
        remote_timestamp: '2026-02-02T10:00:00.009Z',
        resolution_strategy: 'user_choice',
        resolution: null,
        status: 'pending_review',
        created_at: '2026-11-22T12:00:00.000Z',
      },
    ]);
  });

  test('leaves out what grew, and says what became of the others', async () => {
    const opened = openStore();
    await receive(opened.store, quarrel());
    await receive(opened.store, [eventOf('cy', 1, 'one', ['ann:1'])]);
    await receive(opened.store, [eventOf('ann', 3, 'one', ['ann:2', 'bob:1', 'cy:1'])]);

    expect(opened.query('SELECT count(*) AS rows FROM conflict')).toEqual([{ rows: 2 }]);
    expect(opened.query('SELECT * FROM conflict_log')).toMatchObject([
      {
        local_event_id: null,
        remote_event_id: 'event of ann:2',
        resolution_strategy: 'manual',
        resolution: '{"closedBy":["event of ann:3"]}',
        status: 'resolved',
      },
    ]);
  });

  test('says which event a strategy chose', async () => {
    const opened = openStore();
    await engineOn(defaultPolicy, opened.store).deliver(quarrel().map(({ event }): ReknitEvent => event));

    expect(opened.query('SELECT resolution_strategy, resolution, status FROM conflict_log')).toEqual([
      { resolution_strategy: 'last_write_wins', resolution: '{"winner":"event of ann:2"}', status: 'resolved' },
    ]);
  });

  const planned: readonly (readonly [query: string, index: string])[] = [
    [`WHERE status = 'pending_review'`, 'idx_conflict_log_status'],
    [`WHERE resource_id = 'one'`, 'idx_conflict_log_resource'],
    [`WHERE resource_id = 'one' ORDER BY created_at DESC`, 'idx_conflict_log_resource'],
    [`WHERE resource_type = 'task' AND resource_id = 'one' ORDER BY created_at DESC`, 'idx_conflict_log_resource'],
    [`WHERE local_event_id = 'event'`, 'idx_conflict_log_local_event'],
  ];
  test.each(planned)('%s uses %s and reads no whole table', (query, index) => {
    const plan = planOf(openStore(), `SELECT * FROM conflict_log ${query}`);

    expect(plan).toMatch(new RegExp(`(SEARCH|SCAN) c USING INDEX ${index}`));
    expect(plan.replace(`SCAN c USING INDEX ${index}`, '')).not.toContain('SCAN');
  });
});

describe('resources', () => {
  test('has the columns that it is known by, and the current state in them', async () => {
    const opened = openStore();
    await receive(opened.store, [...quarrel(), ...fork().slice(0, 2), eventOf('cy', 1, 'gone', [])]);
    await receive(opened.store, [eventOf('cy', 2, 'gone', ['cy:1'], { operation: 'delete', payload: {} })]);

    expect(columnsOf(opened, 'resources').slice(0, 7)).toEqual([
      'resource_type',
      'resource_id',
      'fields',
      'deleted',
      'pending_conflicts',
      'updated_at',
      'updated_by',
    ]);
    expect(opened.query('SELECT * FROM resources ORDER BY resource_id')).toMatchObject([
      {
        resource_type: 'task',
        resource_id: 'gone',
        fields: '{"title":"cy 1"}',
        deleted: 1,
        pending_conflicts: 0,
        updated_at: '2026-02-02T10:00:00.002Z',
        updated_by: 'cy',
      },
      { resource_id: 'one', deleted: 0, pending_conflicts: 1, updated_by: 'ann' },
    ]);
  });

  test.each([
    `WHERE resource_id = 'one'`,
    `WHERE resource_type = 'task'`,
    `WHERE resource_type = 'task' AND resource_id = 'one'`,
  ])('%s reads no whole table', (query) => {
    // The pieces of one long value, which a search has found, are gone through.
    expect(planOf(openStore(), `SELECT * FROM resources ${query}`)).not.toMatch(/SCAN (?!l VIRTUAL|\(subquery)/);
  });

  test('a list by a declared index uses it, and an index that is declared no longer is gone', async () => {
    const opened = openStore();
    await receive(opened.store, quarrel());
    const indexes = (): readonly unknown[] =>
      opened.query(`SELECT sql FROM sqlite_schema WHERE name GLOB 'declared_*'`).map(({ sql }) => sql);
    await opened.store.declareIndexes(
      new Map([
        ['task', ['title', "it's"]],
        ['track', ['title']],
      ]),
    );

    expect(indexes()).toHaveLength(3);
    const [type] = opened.query(`SELECT id FROM resource_type WHERE resource_type = 'task'`);
    const sql = `SELECT * FROM resource WHERE type = ${String(type?.['id'])} AND json_extract(fields, '$."title"') IN ('a')`;
    expect(planOf(opened, sql)).toMatch(/USING INDEX declared_/);

    await opened.store.declareIndexes(new Map([['track', ['title']]]));
    expect(indexes()).toHaveLength(1);
    await opened.store.declareIndexes(new Map());
    expect(indexes()).toHaveLength(0);
  });
});

describe('the file', () => {
  test('refuses whoever changes the audit trail', async () => {
    const { file, store } = openStore();
    await receive(store, quarrel());
    await store.close();
    const shell = new Database(file);
    onTestFinished(() => void shell.close());

    for (const sql of [
      `UPDATE audit SET acts = '[]'`,
      'DELETE FROM audit',
      `INSERT OR REPLACE INTO audit SELECT * FROM audit`,
    ])
      expect(() => shell.exec(sql)).toThrow('append-only');
  });

  test('takes some 200 bytes for an event of one field, indexes included', async () => {
    const { query, store } = openStore();
    const { deliver } = engineOn(defaultPolicy, store);
    const events = Array.from({ length: 4_000 }, (_, index): ReknitEvent => {
      const seq = index + 1;
      const parents = index < 400 ? [] : [`k3JhZQ9sTnWb1Yx0pLr4Vg:${seq - 400}`];
      const { event } = eventOf('k3JhZQ9sTnWb1Yx0pLr4Vg', seq, `feat-${index % 400}`, parents, {
        eventId: `k3JhZQ9sTnWb1Yx0p${seq.toString(36).padStart(5, '0')}`,
        timestamp: new Date(Date.UTC(2026, 1, 2) + index * 1_009).toISOString(),
        payload: { title: `${'x'.repeat(34)}${seq.toString(36).padStart(4, '0')}` },
      });
      return event;
    });
    for (let start = 0; start < events.length; start += 1_000) await deliver(events.slice(start, start + 1_000));

    const parts = `name GLOB 'event*' OR name GLOB 'idx_offline_events_*'`;
    const [size] = query(`SELECT sum(pgsize) AS bytes FROM dbstat WHERE ${parts}`);
    expect(Number(size?.['bytes']) / events.length).toBeLessThan(215);
  });
});
