/**
 * The layout of a hub's file.
 *
 * An event's canonical form stands once, as it is sent on. Replicas and resources are small
 * integers, so that what finds an event costs a few bytes each. When and with what else something
 * came stands once for all that was appended at once.
 */
import { randomText } from '../random-text.js';
import type { Migration } from '../../../sqlite-file/migrate.js';

/** Tells files of the hub from those of other programs and from replicas': "rkhb". */
export const applicationId = 0x72_6b_68_62;

/** In `parked.is_retry`. */
export const retries = { none: 0, retry: 1, held: 2 } as const;

/** In `entry.kind`. */
export const kinds = {
  /** An event that later ones of its author have to have seen. */
  event: 0,
  refusal: 1,
  /** One that they need not have seen: a fork, or accepted on a retry. */
  eventAside: 2,
} as const;

const schema = `
CREATE TABLE replica (
  id INTEGER PRIMARY KEY,
  replica_id TEXT NOT NULL UNIQUE,
  -- Every number up to this one is in the log, or waits.
  head INTEGER NOT NULL DEFAULT 0
);
-- Type and id, with NUL between.
CREATE TABLE resource (id INTEGER PRIMARY KEY, resource_key TEXT NOT NULL UNIQUE);

CREATE TABLE entry (
  position INTEGER PRIMARY KEY,
  replica INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  resource INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  hash BLOB NOT NULL,
  -- The event's canonical form, or what there is to say of the refusal.
  content TEXT NOT NULL
);
CREATE INDEX entry_dot ON entry (replica, seq);
CREATE INDEX entry_own ON entry (resource, replica, seq) WHERE kind = 0;
CREATE TRIGGER entry_is_never_deleted BEFORE DELETE ON entry
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;

CREATE TABLE arrival (
  first_position INTEGER PRIMARY KEY,
  received_at TEXT NOT NULL,
  tag BLOB NOT NULL
);

CREATE TABLE parked (
  n INTEGER PRIMARY KEY,
  replica INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  resource INTEGER NOT NULL,
  dot TEXT NOT NULL,
  hash BLOB NOT NULL,
  bytes INTEGER NOT NULL,
  is_retry INTEGER NOT NULL,
  refusal TEXT,
  content TEXT NOT NULL
);
CREATE INDEX parked_replica ON parked (replica, seq);
CREATE UNIQUE INDEX parked_dot ON parked (dot, hash);
CREATE TABLE waits (dot TEXT NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (dot, n)) WITHOUT ROWID;
CREATE INDEX waits_by_n ON waits (n);

CREATE TABLE meta (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  hub_id TEXT NOT NULL,
  epoch TEXT NOT NULL,
  events INTEGER NOT NULL DEFAULT 0,
  refusals INTEGER NOT NULL DEFAULT 0,
  parked_events INTEGER NOT NULL DEFAULT 0,
  parked_bytes INTEGER NOT NULL DEFAULT 0
);
`;

/** A step that has been released is never edited; the next one changes what it made. */
export const migrations: readonly Migration[] = [
  (driver) => {
    driver.exec(schema);
    driver.prepare('INSERT INTO meta (id, hub_id, epoch) VALUES (1, ?, ?)').run(randomText(), randomText());
  },
  // When it began to wait; what waits already is as old as this step, so that no bound on age takes it at once.
  (driver) => {
    driver.exec("ALTER TABLE parked ADD COLUMN since TEXT NOT NULL DEFAULT ''");
    driver.prepare('UPDATE parked SET since = ?').run(new Date().toISOString());
  },
];
