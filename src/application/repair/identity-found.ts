/**
 * Who damaged data belongs to. The audit trail says it under hashes; what stands beside the
 * trail has none and is believed where the trail says nothing.
 */
import type { AuditEntry } from '../../domain/audit/audit-chain.js';
import type { EventStore, StoreFacts } from '../ports/event-store.js';
import type { Sha256 } from '../../domain/shared/sha256.js';
import { walkTrail } from '../audit-trail.js';
import { orElse } from '../damage/walk-events.js';

export interface FoundIdentity {
  readonly facts: StoreFacts | undefined;
  /** Undefined where nothing intact names one. */
  readonly replicaId: string | undefined;
  /** Entries of the trail that are not what was written, or are not there. */
  readonly auditDamaged: readonly number[];
}

export const findIdentity = async (damaged: EventStore, sha256: Sha256): Promise<FoundIdentity> => {
  const facts = await orElse(() => damaged.facts(), undefined);
  let named: string | undefined;
  const note = ({ acts }: AuditEntry, isIntact: boolean): void => {
    if (!isIntact) return;
    for (const act of acts) {
      if (act.type === 'ReplicaCreated') named = act.replicaId;
      if (act.type === 'ReplicaRenamed') named = act.to;
    }
  };
  const { problems, named: known } = await walkTrail(damaged, sha256, undefined, note);
  return {
    facts,
    replicaId: named ?? facts?.replica?.replicaId,
    auditDamaged: [...new Set([...problems.map(({ number }) => number), ...known])].sort((a, b) => a - b),
  };
};
