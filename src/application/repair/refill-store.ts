/**
 * Puts events into a store that is being made from a damaged one. States and conflicts are
 * derived anew; what an event is beside its content (own, synced, with a receipt) is said again.
 */
import { appendEntry } from '../../domain/audit/audit-chain.js';
import type { SealedEvent } from '../../domain/events/event.js';
import type { Receipt, UnitOfWork } from '../../domain/merge/unit-of-work.js';
import { runMerge, type MergeDeps } from '../merge-driver.js';

export interface RefillFacts {
  readonly replicaId: string;
  /** Own events beyond this number are held by no remote. */
  readonly syncedSeq: number;
}

/** @param isApplied they were part of the state, so no clock holds them back (R10) */
export const refillStore = async (
  deps: MergeDeps,
  { replicaId, syncedSeq }: RefillFacts,
  batch: readonly SealedEvent[],
  receipts: readonly Receipt[],
  isApplied: boolean,
): Promise<void> => {
  if (batch.length === 0) return;
  const limits = isApplied ? { ...deps.limits, aheadMsMax: Infinity } : deps.limits;
  await runMerge(
    { ...deps, limits },
    {
      batch,
      origin: { type: 'received' },
      complete: (work): UnitOfWork => {
        const { audit } = work;
        const head = { count: audit.number - 1, hash: audit.previousHash };
        return {
          ...work,
          append: work.append.map((one) => ({
            ...one,
            isLocal: one.sealed.event.replicaId === replicaId && one.sealed.event.seq > syncedSeq,
          })),
          ...(receipts.length === 0 ? {} : { receipts }),
          // What was found and decided stands in the trail already.
          audit: appendEntry(head, audit.time, audit.policy, [], deps.system.sha256),
        };
      },
    },
  );
};
