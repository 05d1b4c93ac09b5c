/** What the file says of its replica, of the policy in force and of the head of the audit trail. */
import { auditOrigin, type AuditHead } from '../../../domain/audit/audit-chain.js';
import { clockOrigin } from '../../../domain/clock/hybrid-clock.js';
import type { ReplicaId } from '../../../domain/events/event.js';
import type { ReplicaFacts } from '../../../domain/merge/loaded.js';
import type { AdoptedPolicy } from '../../../domain/merge/unit-of-work.js';
import { deepFreeze } from '../../../domain/shared/deep-freeze.js';
import { ReknitError } from '../../../domain/shared/errors.js';
import { invariant } from '../../../domain/shared/invariant.js';
import type { JsonObject } from '../../../domain/shared/json.js';
import type { StoreFacts } from '../../../application/ports/event-store.js';
import type { Connection } from '../../sqlite-file/connection.js';
import { hashText } from '../../sqlite-file/hash-bytes.js';

/** The single row of `meta`. */
export interface Meta {
  readonly replica: ReplicaFacts | undefined;
  readonly syncedSeq: number;
  readonly logHead: number;
  readonly isCopy: boolean;
  readonly scope: string;
}

type MetaRow = readonly [
  replicaId: ReplicaId | null,
  clockMs: number,
  clockCounter: number,
  lastSeq: number,
  offeredSeq: number,
  syncedSeq: number,
  logHead: number,
  isCopy: number,
  clockOffsetMs: number | null,
  scope: string,
];

/** What a merge starts from in a file that no replica has used yet. */
export const nobody: ReplicaFacts = { replicaId: '' as ReplicaId, clock: clockOrigin, lastSeq: 0, offeredSeq: 0 };

export const readMeta = (connection: Connection): Meta => {
  const row = connection
    .rows<MetaRow>(
      `SELECT replica_id, clock_ms, clock_counter, last_seq, offered_seq, synced_seq, log_head, is_copy, clock_offset_ms, scope
       FROM meta`,
    )
    .get();
  invariant(row !== undefined, 'the file says nothing of its replica');
  const [replicaId, wallMs, counter, lastSeq, offeredSeq, syncedSeq, logHead, isCopy, clockOffsetMs, scope] = row;
  const offset = clockOffsetMs === null ? {} : { clockOffsetMs };
  return {
    replica: replicaId === null ? undefined : { replicaId, clock: { wallMs, counter }, lastSeq, offeredSeq, ...offset },
    syncedSeq,
    logHead,
    isCopy: isCopy === 1,
    scope,
  };
};

export const writeMeta = (connection: Connection, { replica, syncedSeq, logHead, isCopy, scope }: Meta): void => {
  connection
    .statement(
      `UPDATE meta SET replica_id = ?, clock_ms = ?, clock_counter = ?, last_seq = ?, offered_seq = ?, synced_seq = ?,
       log_head = ?, is_copy = ?, clock_offset_ms = ?, scope = ?`,
    )
    .run(
      replica?.replicaId ?? null,
      replica?.clock.wallMs ?? 0,
      replica?.clock.counter ?? 0,
      replica?.lastSeq ?? 0,
      replica?.offeredSeq ?? 0,
      syncedSeq,
      logHead,
      isCopy ? 1 : 0,
      replica?.clockOffsetMs ?? null,
      scope,
    );
};

export const readAuditHead = (connection: Connection): AuditHead => {
  const row = connection
    .rows<readonly [count: number, hash: unknown]>(`SELECT n, ${hashText('hash')} FROM audit ORDER BY n DESC LIMIT 1`)
    .get();
  if (row === undefined) return auditOrigin;
  const [count, hash] = row;
  // Whatever builds on the trail would carry the damage on.
  if (typeof hash !== 'string')
    throw new ReknitError(
      'storage_corrupt',
      'the last entry of the audit trail has no hash: keep the file, and run "reknit repair", or restore a backup',
    );
  return { count, hash };
};

const readPolicy = (connection: Connection): AdoptedPolicy | undefined => {
  const row = connection
    .rows<readonly [fingerprint: string, data: string, rederiveType: string | null, rederiveId: string | null]>(
      'SELECT fingerprint, data, rederive_type, rederive_id FROM adopted_policy',
    )
    .get();
  if (row === undefined) return undefined;
  const [fingerprint, data, resourceType, resourceId] = row;
  const rederiveFrom = resourceType === null || resourceId === null ? undefined : { resourceType, resourceId };
  return { fingerprint, data: parsedOnce(connection, data), rederiveFrom };
};

/** Facts are asked for many times between one policy and the next. */
const parsedOnce = (connection: Connection, text: string): JsonObject => {
  const last = parsedPolicies.get(connection);
  if (last?.text === text) return last.data;
  const data = deepFreeze(JSON.parse(text) as JsonObject);
  parsedPolicies.set(connection, { text, data });
  return data;
};

const parsedPolicies = new WeakMap<Connection, { readonly text: string; readonly data: JsonObject }>();

/** The fingerprint alone: the data of a large policy need not be read for every merge. */
export const readFingerprint = (connection: Connection): string =>
  connection.values<string>('SELECT fingerprint FROM adopted_policy').get() ?? '';

export const writePolicy = (connection: Connection, { fingerprint, data, rederiveFrom }: AdoptedPolicy): void => {
  connection
    .statement(
      'INSERT OR REPLACE INTO adopted_policy (id, fingerprint, data, rederive_type, rederive_id) VALUES (1, ?, ?, ?, ?)',
    )
    .run(fingerprint, JSON.stringify(data), rederiveFrom?.resourceType ?? null, rederiveFrom?.resourceId ?? null);
};

export const readFacts = (connection: Connection): StoreFacts => {
  const { replica, isCopy, logHead, syncedSeq, scope } = readMeta(connection);
  return {
    replica,
    policy: readPolicy(connection),
    audit: readAuditHead(connection),
    isCopy,
    logHead,
    syncedSeq,
    scope,
  };
};
