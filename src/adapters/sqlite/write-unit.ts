/**
 * Writes a unit of work, whole or not at all (S1), and only onto what it was decided from (S2).
 *
 * Resources come first, since events name them; conflicts come after the events, whose ids and
 * times they show.
 */
import type { UnitOfWork } from '../../domain/merge/unit-of-work.js';
import { actsText, auditOrigin } from '../../domain/audit/audit-chain.js';
import type { Base } from './base.js';
import { readAuditHead, readMeta, writeMeta, writePolicy } from './file-facts.js';
import { hashToBytes } from './hash-bytes.js';
import { isStored } from './known-dots.js';
import { park, unpark } from './parked-rows.js';
import { writeResource } from './resource-rows.js';
import { removeConflict, writeConflict } from './write-conflicts.js';
import { addVariant, appendEvents, markSynced, renameEvents, setStandings, writeVoid } from './write-events.js';

/** To be called while writing; answers undefined where it was decided from something else. */
export const writeUnit = (work: UnitOfWork, base: Base): 'committed' | undefined => {
  const { connection, remembered, replicas } = base;
  const head = readAuditHead(connection);
  if (head.count !== work.basedOn) return undefined;
  const before = readMeta(connection);
  let position = before.logHead;
  const nextPosition = (): number => (position += 1);

  if (work.renamed !== undefined) renameEvents(work.renamed, base);
  for (const stored of work.resources) writeResource(stored, base);
  for (const dot of work.unpark) unpark(dot, base);
  for (const parked of work.park) park(parked, nextPosition, base);
  appendEvents(work, nextPosition, base);
  for (const sealed of work.variants) addVariant(sealed, nextPosition, base);
  for (const node of work.voids) writeVoid(node, base);
  for (const conflictId of work.removedConflicts) removeConflict(conflictId, base);
  const fresh = new Map(work.conflicts.length === 0 ? [] : work.append.map(({ sealed }) => [sealed.dot, sealed]));
  for (const record of work.conflicts) writeConflict(record, work.replica.replicaId, work.audit.time, fresh, base);
  setStandings(work, fresh, base);

  const isSameReplica = before.replica === undefined || before.replica.replicaId === work.replica.replicaId;
  let syncedSeq = isSameReplica ? before.syncedSeq : 0;
  if (work.syncedSeq !== undefined && work.syncedSeq > syncedSeq) {
    markSynced(work.replica.replicaId, syncedSeq, work.syncedSeq, base);
    ({ syncedSeq } = work);
  }
  for (const [remote, cursor] of work.cursors ?? [])
    connection.statement('INSERT OR REPLACE INTO remote_cursor (remote, cursor) VALUES (?, ?)').run(remote, cursor);
  if (work.policy !== undefined) writePolicy(connection, work.policy);

  const changesCounts = work.park.length + work.unpark.length + work.variants.length + work.voids.length > 0;
  if (changesCounts) remembered.countAgain();
  replicas.save(({ id }, seq) => isStored(id, seq, base));
  writeMeta(connection, {
    replica: work.replica,
    syncedSeq,
    logHead: position,
    isCopy: before.isCopy && isSameReplica,
  });
  writeAudit(work.audit, head.hash, position, base);
  return 'committed';
};

const writeAudit = (
  { number, time, policy, acts, previousHash, hash }: UnitOfWork['audit'],
  headHash: string,
  position: number,
  { connection, policies }: Base,
): void => {
  const isLinked = previousHash === headHash && headHash !== auditOrigin.hash;
  connection
    .statement('INSERT INTO audit (n, time, policy, acts, previous_hash, hash, log_head) VALUES (?, ?, ?, ?, ?, ?, ?)')
    .run(
      number,
      time,
      policies.idFor(policy),
      actsText({ acts }),
      isLinked ? null : hashToBytes(previousHash),
      hashToBytes(hash),
      position,
    );
};
