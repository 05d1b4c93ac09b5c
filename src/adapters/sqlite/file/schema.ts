/**
 * The layout of a replica's file.
 *
 * Texts that repeat (replicas, agents, types, resources) stand once, in dictionaries, and are
 * named by small integers everywhere else: an event costs about what its payload, its id and
 * its hash cost. What people query with the `sqlite3` shell are views over that, and the
 * indexes carry the names that the views' users know.
 *
 * Measured on 41,146 events: text keys with three indexes take 482 bytes an event and this
 * layout, with five, less than half of it and less time.
 */

/** Tells files of Reknit from those of other programs: "rknt". */
export const applicationId = 0x72_6b_6e_74;

const dictionaries = `
CREATE TABLE replica (
  id INTEGER PRIMARY KEY,
  replica_id TEXT NOT NULL UNIQUE,
  -- How many of its events are stored without a gap, and no less than the highest number stored.
  prefix INTEGER NOT NULL DEFAULT 0,
  highest INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE agent (id INTEGER PRIMARY KEY, agent_id TEXT NOT NULL UNIQUE);
CREATE TABLE resource_type (id INTEGER PRIMARY KEY, resource_type TEXT NOT NULL UNIQUE);
CREATE TABLE policy (id INTEGER PRIMARY KEY, fingerprint TEXT NOT NULL UNIQUE);
`;

/**
 * A resource and its state. Rows whose state is NULL only name a resource; those without a
 * time hold nothing but voids. `sort_id` stands where UTF-8 and UTF-16 order ids differently.
 */
const resources = `
CREATE TABLE resource (
  id INTEGER PRIMARY KEY,
  type INTEGER NOT NULL,
  resource_id TEXT NOT NULL,
  sort_id TEXT,
  fields TEXT,
  state TEXT,
  deleted INTEGER NOT NULL DEFAULT 0,
  pending_conflicts INTEGER NOT NULL DEFAULT 0,
  is_contestable INTEGER NOT NULL DEFAULT 0,
  updated_ms INTEGER,
  updated_by INTEGER,
  UNIQUE (resource_id, type)
);
CREATE INDEX resource_in_order ON resource (type, resource_id);
CREATE INDEX resource_in_sort_order ON resource (type, sort_id) WHERE sort_id IS NOT NULL;
CREATE INDEX resource_by_time ON resource (updated_ms, type);
CREATE INDEX resource_pending ON resource (type, resource_id) WHERE pending_conflicts > 0;
CREATE INDEX resource_contestable ON resource (type, resource_id) WHERE is_contestable = 1;

CREATE TABLE reference (
  target_type INTEGER NOT NULL,
  target_id TEXT NOT NULL,
  source INTEGER NOT NULL,
  PRIMARY KEY (target_id, target_type, source)
) WITHOUT ROWID;
CREATE INDEX reference_by_source ON reference (source);
`;

/**
 * Events by position. Flags are those of event-flags.ts. The index by agent is read backwards
 * for "newest first": declared descending, every insertion would split a page at its wrong
 * end, and the index would be a third larger.
 */
const events = `
CREATE TABLE event (
  n INTEGER PRIMARY KEY,
  replica INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  resource INTEGER NOT NULL,
  agent INTEGER NOT NULL,
  operation INTEGER NOT NULL,
  time_ms INTEGER NOT NULL,
  counter INTEGER NOT NULL,
  flags INTEGER NOT NULL,
  event_id TEXT NOT NULL,
  hash BLOB NOT NULL,
  parents INTEGER,
  payload TEXT NOT NULL,
  extra TEXT,
  status TEXT GENERATED ALWAYS AS (
    CASE WHEN flags & 2 THEN 'void' WHEN flags & 4 THEN 'local_only' WHEN flags & 8 THEN 'conflict'
      WHEN flags & 16 THEN 'resolved' ELSE 'synced' END
  ) VIRTUAL
);
CREATE UNIQUE INDEX event_dot ON event (replica, seq);
CREATE INDEX idx_offline_events_resource ON event (resource);
CREATE INDEX idx_offline_events_agent ON event (agent, time_ms);
CREATE INDEX idx_offline_events_status ON event (n) WHERE status = 'local_only';

-- Event ids by a keyed hash of 32 bits: 14 bytes an event where an index on the text takes 40.
CREATE TABLE event_id_hash (hash INTEGER NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (hash, n)) WITHOUT ROWID;

CREATE TABLE parked (
  n INTEGER PRIMARY KEY,
  replica INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  resource_type TEXT NOT NULL,
  resource_id TEXT NOT NULL,
  hash BLOB NOT NULL,
  event TEXT NOT NULL,
  reason TEXT NOT NULL,
  missing TEXT,
  due_ms INTEGER,
  UNIQUE (replica, seq)
);
CREATE INDEX parked_by_resource ON parked (resource_id, resource_type);
CREATE INDEX parked_due ON parked (due_ms) WHERE due_ms IS NOT NULL;
CREATE TABLE parked_missing (
  replica INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  n INTEGER NOT NULL,
  PRIMARY KEY (replica, seq, n)
) WITHOUT ROWID;
CREATE INDEX parked_missing_by_event ON parked_missing (n);

CREATE TABLE variant (
  n INTEGER PRIMARY KEY,
  replica INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  hash BLOB NOT NULL,
  event TEXT NOT NULL
);
CREATE INDEX variant_dot ON variant (replica, seq);
CREATE TABLE void_node (
  replica INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  resource INTEGER NOT NULL,
  parents TEXT,
  is_applied INTEGER NOT NULL,
  PRIMARY KEY (replica, seq, resource)
) WITHOUT ROWID;
CREATE INDEX void_node_by_resource ON void_node (resource);
`;

/** Event ids and times of both sides stand here a second time, so that the shell finds conflicts by them; they are few. */
const conflicts = `
CREATE TABLE conflict (
  n INTEGER PRIMARY KEY,
  conflict_id TEXT NOT NULL UNIQUE,
  resource INTEGER NOT NULL,
  conflict_type TEXT NOT NULL,
  unit TEXT NOT NULL,
  siblings TEXT NOT NULL,
  closed_by TEXT,
  outcome TEXT NOT NULL,
  resolution TEXT,
  strategy TEXT,
  strategy_version INTEGER,
  is_standing INTEGER NOT NULL,
  status TEXT NOT NULL,
  local_event_id TEXT,
  remote_event_id TEXT,
  local_timestamp TEXT,
  remote_timestamp TEXT,
  created_at TEXT NOT NULL
);
CREATE INDEX idx_conflict_log_status ON conflict (conflict_id) WHERE status = 'pending_review';
CREATE INDEX idx_conflict_log_resource ON conflict (resource, created_at DESC);
CREATE INDEX idx_conflict_log_local_event ON conflict (local_event_id);
CREATE TABLE conflict_event (
  replica INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  conflict INTEGER NOT NULL,
  is_sibling INTEGER NOT NULL,
  PRIMARY KEY (replica, seq, conflict, is_sibling)
) WITHOUT ROWID;
`;

const trail = `
CREATE TABLE audit (
  n INTEGER PRIMARY KEY,
  time TEXT NOT NULL,
  policy INTEGER NOT NULL,
  acts TEXT NOT NULL,
  -- NULL where it is, as it must be, the hash of the entry before.
  previous_hash BLOB,
  hash BLOB NOT NULL,
  -- The last position that was given when this entry was written: says when each event was recorded here.
  log_head INTEGER NOT NULL
);
CREATE INDEX audit_by_log_head ON audit (log_head);
CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER audit_is_never_deleted BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
-- Replacing a row fires no other trigger.
CREATE TRIGGER audit_is_never_replaced BEFORE INSERT ON audit WHEN EXISTS (SELECT 1 FROM audit WHERE n = NEW.n)
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
`;

const facts = `
CREATE TABLE meta (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  replica_id TEXT,
  clock_ms INTEGER NOT NULL DEFAULT 0,
  clock_counter INTEGER NOT NULL DEFAULT 0,
  last_seq INTEGER NOT NULL DEFAULT 0,
  offered_seq INTEGER NOT NULL DEFAULT 0,
  synced_seq INTEGER NOT NULL DEFAULT 0,
  log_head INTEGER NOT NULL DEFAULT 0,
  is_copy INTEGER NOT NULL DEFAULT 0,
  -- The key of event_id_hash, so that nobody can choose ids that collide.
  hash_key BLOB NOT NULL
);
CREATE TABLE adopted_policy (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  fingerprint TEXT NOT NULL,
  data TEXT NOT NULL,
  rederive_type TEXT,
  rederive_id TEXT
);
CREATE TABLE remote_cursor (remote TEXT PRIMARY KEY, cursor TEXT NOT NULL) WITHOUT ROWID;
`;

const iso = (ms: string): string => `strftime('%Y-%m-%dT%H:%M:%fZ', ${ms} / 1000.0, 'unixepoch')`;

/** @param fields what the column of that name shows */
export const viewColumnsOfResources = (
  fields: string,
): string => `t.resource_type, r.resource_id, ${fields} AS fields, r.deleted, r.pending_conflicts,
  ${iso('r.updated_ms')} AS updated_at, a.agent_id AS updated_by, r.updated_ms`;

export const viewTablesOfResources = `FROM resource r
LEFT JOIN resource_type t ON t.id = r.type
LEFT JOIN agent a ON a.id = r.updated_by
WHERE r.updated_ms IS NOT NULL`;

/** Left joins, so that SQLite leaves out the tables that a query does not ask for. */
const views = `
CREATE VIEW offline_events AS
SELECT e.event_id, a.agent_id, r.resource_id, t.resource_type,
  CASE e.operation WHEN 0 THEN 'create' WHEN 1 THEN 'update' WHEN 2 THEN 'delete' ELSE 'resolve' END AS operation,
  ${iso('e.time_ms')} AS timestamp, e.payload, e.status,
  (SELECT u.time FROM audit u WHERE u.log_head >= e.n ORDER BY u.log_head, u.n LIMIT 1) AS created_at,
  e.n AS position, p.replica_id, e.seq, e.time_ms, e.counter
FROM event e
LEFT JOIN agent a ON a.id = e.agent
LEFT JOIN resource r ON r.id = e.resource
LEFT JOIN resource_type t ON t.id = r.type
LEFT JOIN replica p ON p.id = e.replica;

CREATE VIEW conflict_log AS
SELECT c.conflict_id, c.local_event_id, c.remote_event_id, r.resource_id, c.conflict_type,
  c.local_timestamp, c.remote_timestamp,
  CASE WHEN c.strategy IS NULL AND c.closed_by IS NOT NULL THEN 'manual' ELSE c.strategy END AS resolution_strategy,
  c.resolution, c.status, c.created_at, t.resource_type, c.unit
FROM conflict c
LEFT JOIN resource r ON r.id = c.resource
LEFT JOIN resource_type t ON t.id = r.type
WHERE c.status IN ('pending_review', 'resolved');

CREATE VIEW resources AS
SELECT ${viewColumnsOfResources('r.fields')}
${viewTablesOfResources};
`;

export const schemaSql: string = dictionaries + resources + events + conflicts + trail + facts + views;
