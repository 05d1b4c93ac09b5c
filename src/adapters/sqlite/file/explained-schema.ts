/**
 * Schema version 3: what explains numbers that are not stored (refusals, and ranges skipped
 * because of the scope), receipts, and what a replica learned about its clock and its part.
 *
 * A receipt is 16 bytes beside three small integers and four bytes of the event's hash, which
 * tell the variants of a fork apart.
 */
export const explainedSchemaSql = `
ALTER TABLE meta ADD COLUMN clock_offset_ms INTEGER;
ALTER TABLE meta ADD COLUMN scope TEXT NOT NULL DEFAULT '';
CREATE TABLE refusal (
  n INTEGER PRIMARY KEY,
  replica INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  hash BLOB NOT NULL,
  event_id TEXT NOT NULL,
  code TEXT NOT NULL,
  message TEXT NOT NULL,
  refused_by TEXT NOT NULL,
  refused_at TEXT NOT NULL,
  status TEXT NOT NULL,
  UNIQUE (replica, seq, hash)
);
CREATE TABLE skipped (
  replica INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  to_seq INTEGER NOT NULL,
  PRIMARY KEY (replica, from_seq)
) WITHOUT ROWID;
CREATE TABLE remote (id INTEGER PRIMARY KEY, remote_id TEXT NOT NULL UNIQUE);
CREATE TABLE receipt (
  replica INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  hash_start INTEGER NOT NULL,
  remote INTEGER NOT NULL,
  receipt BLOB NOT NULL,
  PRIMARY KEY (replica, seq, hash_start, remote)
) WITHOUT ROWID;
`;
