/**
 * A unit of work as one write of the key-value store. It is made of what the unit says and of what
 * stands there; both are of the version that the head names, and the write checks the head.
 */
import { dotOf, parseDot } from '../../domain/causality/dot.js';
import type { Dot, ReplicaId } from '../../domain/events/event.js';
import type { UnitOfWork } from '../../domain/merge/unit-of-work.js';
import type { Draft } from './draft.js';
import { fetchForExplained, forgetSkipped, writeReceipts, writeRefusals, writeSkipped } from './explained.js';
import { keys } from './keys.js';
import { extendPrefixes, noteRenamed, noteStored } from './reaches.js';
import { fetchForConflicts, writeConflicts } from './write-conflicts.js';
import { fetchForEvents, keysOfEvents, markSynced, writeEvents } from './write-events.js';
import { keysOfResources, writeResources } from './write-resources.js';

/** @param draft whose head is at the version that the work was decided from */
export const writeUnit = async (work: UnitOfWork, draft: Draft): Promise<void> => {
  const { head } = draft;
  const renamed = work.renamed ?? [];
  const stored = [
    ...[...work.append, ...work.park, ...renamed].map(({ sealed }) => sealed.dot),
    ...work.voids.map(({ dot }) => dot),
  ];
  const touched = new Set([
    ...replicasOf([
      ...stored,
      ...renamed.map(({ from }) => from),
      ...work.variants.map(({ dot }) => dot),
      ...(work.refusals ?? []).map(({ dot }) => dot),
    ]),
    ...(work.skipped ?? []).map(({ replicaId }) => replicaId),
  ]);
  // As much as possible at once: to some databases each question is a journey.
  await draft.fetch([...keysOfEvents(work), ...keysOfResources(work), ...[...touched].map(keys.reach)]);
  await fetchForEvents(work, draft);
  await fetchForConflicts(work, draft);
  await fetchForExplained(work, draft);

  writeEvents(work, draft);
  writeResources(work, draft);
  writeConflicts(work, draft);
  await noteRenamed(
    renamed.map(({ from }) => from),
    draft,
  );
  noteStored(stored, draft);

  const before = head.replica;
  if (before !== undefined && before.replicaId !== work.replica.replicaId) {
    // Under the id that it gives up it is received from another replica like everything else.
    await syncUpTo(before.replicaId, before.lastSeq, draft);
    head.syncedSeq = 0;
  }
  if (work.syncedSeq !== undefined) await syncUpTo(work.replica.replicaId, work.syncedSeq, draft);
  if (work.scope !== undefined && work.scope !== head.scope) {
    head.scope = work.scope;
    for (const replicaId of await forgetSkipped(draft)) touched.add(replicaId);
  }
  writeReceipts(work.receipts ?? [], draft);
  writeRefusals(work.refusals ?? [], draft);
  await writeSkipped(work.skipped ?? [], draft);
  await extendPrefixes(touched, draft);

  for (const [remote, cursor] of work.cursors ?? []) draft.put(keys.cursor(remote), cursor);
  if (work.policy !== undefined) {
    draft.put(keys.policy, work.policy);
    head.policy = work.policy.fingerprint;
  }
  head.replica = work.replica;
  draft.put(keys.audit(work.audit.number), work.audit);
  head.audit = { count: work.audit.number, hash: work.audit.hash };
};

const replicasOf = (dots: readonly Dot[]): readonly string[] => dots.flatMap((dot) => parseDot(dot)?.replicaId ?? []);

/** Own events that are looked at in one go. */
const syncedInOneGo = 512;

const syncUpTo = async (replicaId: ReplicaId, upTo: number, draft: Draft): Promise<void> => {
  const { head } = draft;
  for (let seq = head.syncedSeq; seq < upTo && head.counts.localOnly > 0;) {
    const dots = Array.from({ length: Math.min(syncedInOneGo, upTo - seq) }, (_, index) =>
      dotOf(replicaId, seq + 1 + index),
    );
    await draft.fetch(dots.map(keys.dot));
    const entries = dots.flatMap((dot) => draft.read(keys.dot(dot))?.entries ?? []);
    await draft.fetch(
      entries.map(([position, , , resourceType, resourceId]) => keys.standing({ resourceType, resourceId }, position)),
    );
    markSynced(dots, draft);
    seq += dots.length;
  }
  head.syncedSeq = Math.max(head.syncedSeq, upTo);
};
