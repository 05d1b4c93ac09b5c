/**
 * Writes a unit of work, whole or not at all (S1), and only onto what it was decided from (S2).
 *
 * Resources come first, since events name them; conflicts come after the events, whose ids and
 * times they show.
 */
import type { Dot } from '../../../domain/events/event.js';
import type { UnitOfWork } from '../../../domain/merge/unit-of-work.js';
import type { WriteFacts } from '../../../domain/resource/state.js';
import { auditOrigin } from '../../../domain/audit/audit-chain.js';
import { actsToStored } from '../rows/audit-acts.js';
import type { Base } from '../base.js';
import { forgetSkipped, reachOf, writeRefusals, writeSkipped } from '../rows/explained.js';
import { readAuditHead, readMeta, writeMeta, writePolicy } from '../file/file-facts.js';
import { hashToBytes } from '../../sqlite-file/hash-bytes.js';
import { checkFence } from '../rows/lease-rows.js';
import { park, unpark } from '../rows/parked-rows.js';
import { writeReceipts } from '../rows/receipts.js';
import { writeResource } from '../rows/resource-rows.js';
import { withdraw } from './withdraw-rows.js';
import { removeConflict, writeConflicts } from './write-conflicts.js';
import { addVariant, appendEvents, markSynced, renameEvents, setStandings, writeVoid } from './write-events.js';

/** To be called while writing; answers undefined where it was decided from something else. */
export const writeUnit = (work: UnitOfWork, base: Base): 'committed' | undefined => {
  const { connection, remembered, replicas } = base;
  checkFence(connection, work.fence);
  const head = readAuditHead(connection);
  if (head.count !== work.basedOn) return undefined;
  const before = readMeta(connection);
  let position = before.logHead;
  const nextPosition = (): number => (position += 1);

  if (work.renamed !== undefined) renameEvents(work.renamed, base);
  for (const stored of work.resources) writeResource(stored, base);
  for (const dot of work.unpark) unpark(dot, base);
  const withdrawn = new Map((work.withdraw ?? []).map((dot) => [dot, withdraw(dot, base)]));
  for (const parked of work.park) park(parked, () => withdrawn.get(parked.sealed.dot) ?? nextPosition(), base);
  const placed = appendEvents(work, nextPosition, base);
  for (const sealed of work.variants) addVariant(sealed, nextPosition, base);
  for (const node of work.voids) writeVoid(node, base);
  for (const conflictId of work.removedConflicts) removeConflict(conflictId, base);
  writeConflicts(
    work.conflicts,
    { ownReplica: work.replica.replicaId, nowText: work.audit.time, factsOf: factsOf(work) },
    base,
  );
  setStandings(work, placed, base);

  const isSameReplica = before.replica === undefined || before.replica.replicaId === work.replica.replicaId;
  // Under the id that it gives up it is received from another replica like everything else.
  if (!isSameReplica && before.replica !== undefined)
    markSynced(before.replica.replicaId, before.syncedSeq, Number.MAX_SAFE_INTEGER, base);
  let syncedSeq = isSameReplica ? before.syncedSeq : 0;
  if (work.syncedSeq !== undefined && work.syncedSeq > syncedSeq) {
    markSynced(work.replica.replicaId, syncedSeq, work.syncedSeq, base);
    ({ syncedSeq } = work);
  }
  for (const [remote, cursor] of work.cursors ?? [])
    connection.statement('INSERT OR REPLACE INTO remote_cursor (remote, cursor) VALUES (?, ?)').run(remote, cursor);
  if (work.policy !== undefined) writePolicy(connection, work.policy);
  writeRefusals(work.refusals ?? [], base);
  writeReceipts(work.receipts ?? [], base);
  if (work.scope !== undefined && work.scope !== before.scope) forgetSkipped(base);
  if (work.skipped !== undefined) writeSkipped(work.skipped, base);

  const changesCounts = work.park.length + work.unpark.length + work.variants.length + work.voids.length > 0;
  if (changesCounts) remembered.countAgain();
  replicas.save(({ id }, seq) => reachOf(id, seq, base));
  writeMeta(connection, {
    replica: work.replica,
    syncedSeq,
    logHead: position,
    isCopy: before.isCopy && isSameReplica,
    scope: work.scope ?? before.scope,
  });
  let lastHash = head.hash;
  for (const entry of work.earlierAudit ?? []) {
    writeAudit(entry, lastHash, position, base);
    lastHash = entry.hash;
  }
  writeAudit(work.audit, lastHash, position, base);
  return 'committed';
};

/** Most siblings of conflicts stand in the states that are written with them, and need not be looked up. */
const factsOf = ({ conflicts, resources }: UnitOfWork): ReadonlyMap<Dot, WriteFacts> => {
  const found = new Map<Dot, WriteFacts>();
  if (conflicts.length === 0) return found;
  for (const { state } of resources) {
    for (const facts of state.existence) found.set(facts.dot, facts);
    for (const { siblings } of state.units.values())
      if (siblings.length > 1) for (const { dot, facts } of siblings) if (facts !== undefined) found.set(dot, facts);
  }
  return found;
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
      actsToStored(acts),
      isLinked ? null : hashToBytes(previousHash),
      hashToBytes(hash),
      position,
    );
};
