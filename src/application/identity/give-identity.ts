/** A replica's id is made on first use, together with the policy that its states are derived under. */
import { appendEntry } from '../../domain/audit/audit-chain.js';
import type { AuditAct } from '../../domain/audit/audit-act.js';
import { clockOrigin } from '../../domain/clock/hybrid-clock.js';
import { msToTimestamp } from '../../domain/clock/timestamp.js';
import type { ReplicaId } from '../../domain/events/event.js';
import { emptyUnitOfWork, type AdoptedPolicy } from '../../domain/merge/unit-of-work.js';
import type { MergeDeps } from '../merge-driver.js';
import type { StoreFacts } from '../ports/event-store.js';

export interface BirthOptions {
  readonly replicaId: string;
  readonly policy: AdoptedPolicy;
}

/** Gives an unused store its replica. Another process may have been faster: then that one's holds. */
export const giveIdentity = async (
  { store, system }: MergeDeps,
  { replicaId, policy }: BirthOptions,
): Promise<StoreFacts> => {
  const facts = await store.facts();
  if (facts.replica !== undefined) return facts;
  const acts: readonly AuditAct[] = [
    { type: 'ReplicaCreated', replicaId },
    { type: 'PolicyAdopted', fingerprint: policy.fingerprint, policy: policy.data },
  ];
  await store.commit({
    ...emptyUnitOfWork,
    basedOn: facts.audit.count,
    replica: { replicaId: replicaId as ReplicaId, clock: clockOrigin, lastSeq: 0, offeredSeq: 0 },
    policy,
    audit: appendEntry(facts.audit, msToTimestamp(system.clock()), policy.fingerprint, acts, system.sha256),
  });
  return store.facts();
};
