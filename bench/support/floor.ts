/**
 * The floor: the least that storing the same events costs. Plain better-sqlite3 without any logic, rows made before
 * the clock starts, one file, write-ahead log, `synchronous=FULL`, a text key and three ordinary text indexes. It
 * parses, hashes, orders, merges and audits nothing; a ratio to it says what all that costs.
 */
import Database from 'better-sqlite3';

/** What the floor stores of an event. */
export type FloorEvent = Readonly<
  Record<'eventId' | 'agentId' | 'resourceId' | 'resourceType' | 'operation' | 'timestamp', string>
> & { readonly payload?: object | null };

export interface FloorRows {
  readonly events: readonly (readonly string[])[];
  /** One JSON state for each resource. */
  readonly states: readonly (readonly [resourceKey: string, state: string])[];
}

export const floorRowsOf = (events: Iterable<FloorEvent>): FloorRows => {
  const rows: string[][] = [];
  const states = new Map<string, Record<string, unknown>>();
  for (const event of events) {
    const { eventId, agentId, resourceId, resourceType, operation, timestamp, payload } = event;
    const text = JSON.stringify(payload);
    rows.push([eventId, agentId, resourceId, resourceType, operation, timestamp, text, 'local_only', timestamp]);
    const key = `${resourceType} ${resourceId}`;
    states.set(key, { ...states.get(key), ...payload });
  }
  return { events: rows, states: [...states].map(([key, state]) => [key, JSON.stringify(state)]) };
};

export interface Floor {
  /** Everything in one transaction. */
  readonly store: (rows: FloorRows) => void;
  /** One row, a transaction of its own. */
  readonly insert: (row: readonly string[]) => void;
  readonly close: () => void;
}

export const openFloor = (file: string): Floor => {
  const database = new Database(file);
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.exec(schema);
  const insertEvent = database.prepare('INSERT INTO offline_events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)');
  const upsertState = database.prepare(
    'INSERT INTO resources VALUES (?, ?) ON CONFLICT (resource_key) DO UPDATE SET state = excluded.state',
  );
  const store = database.transaction(({ events, states }: FloorRows) => {
    for (const row of events) insertEvent.run(row);
    for (const state of states) upsertState.run(state);
  });
  return {
    store: (rows) => store.immediate(rows),
    insert: (row) => insertEvent.run(row),
    close: () => database.close(),
  };
};

const schema = `
  CREATE TABLE offline_events (
    event_id TEXT PRIMARY KEY, agent_id TEXT, resource_id TEXT, resource_type TEXT, operation TEXT,
    timestamp TEXT, payload TEXT, status TEXT, created_at TEXT);
  CREATE INDEX floor_status ON offline_events (status);
  CREATE INDEX floor_resource ON offline_events (resource_id);
  CREATE INDEX floor_agent ON offline_events (agent_id, timestamp DESC);
  CREATE TABLE resources (resource_key TEXT PRIMARY KEY, state TEXT);`;
