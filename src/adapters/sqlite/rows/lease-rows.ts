/** Leases (S14) in the file, so that processes that know nothing of each other share them. */
import { leaseAfter, type Lease, type LeaseRequest } from '../../../application/ports/lease.js';
import type { LeaseFence } from '../../../domain/merge/unit-of-work.js';
import { ReknitError } from '../../../domain/shared/errors.js';
import type { Connection } from '../../sqlite-file/connection.js';

export const leaseSql = `
CREATE TABLE lease (
  name TEXT PRIMARY KEY,
  holder TEXT NOT NULL,
  token INTEGER NOT NULL,
  expires_ms INTEGER NOT NULL,
  ttl_ms INTEGER NOT NULL
) WITHOUT ROWID;
`;

type LeaseRow = readonly [holder: string, token: number, expiresMs: number, ttlMs: number];

const readLease = (connection: Connection, name: string): Lease | undefined => {
  const row = connection.rows<LeaseRow>('SELECT holder, token, expires_ms, ttl_ms FROM lease WHERE name = ?').get(name);
  if (row === undefined) return undefined;
  const [holder, token, expiresMs, ttlMs] = row;
  return { name, holder, token, expiresMs, ttlMs };
};

/** The answer where nothing is to be written; undefined where the request changes something. */
export const leaseUnchanged = (connection: Connection, request: LeaseRequest): Lease | undefined => {
  const before = readLease(connection, request.name);
  return before !== undefined && leaseAfter(before, request) === before ? before : undefined;
};

/** To be called while writing. */
export const takeLease = (connection: Connection, request: LeaseRequest): Lease => {
  const lease = leaseAfter(readLease(connection, request.name), request);
  connection
    .statement('INSERT OR REPLACE INTO lease (name, holder, token, expires_ms, ttl_ms) VALUES (?, ?, ?, ?, ?)')
    .run(lease.name, lease.holder, lease.token, lease.expiresMs, lease.ttlMs);
  return lease;
};

/** Throws for who lost the lease (S15); nothing is written then. */
export const checkFence = (connection: Connection, fence: LeaseFence | undefined): void => {
  if (fence === undefined || readLease(connection, fence.name)?.token === fence.token) return;
  throw new ReknitError('lease_lost', 'another process has taken over the sync of this file', { name: fence.name });
};
