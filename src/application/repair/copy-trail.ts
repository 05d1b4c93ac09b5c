/** The audit trail, taken over entry by entry as it stands, damaged entries too: it is added to and never rewritten. */
import type { AuditEntry } from '../../domain/audit/audit-chain.js';
import { emptyUnitOfWork, type AdoptedPolicy } from '../../domain/merge/unit-of-work.js';
import type { ReplicaFacts } from '../../domain/merge/loaded.js';
import { invariant } from '../../domain/shared/invariant.js';
import { sturdyPages } from '../damage/sturdy-pages.js';
import type { EventStore } from '../ports/event-store.js';

const pageSize = 500;

/** @param into a store that holds nothing yet */
export const copyTrail = async (
  from: EventStore,
  into: EventStore,
  replica: ReplicaFacts,
  policy: AdoptedPolicy,
): Promise<void> => {
  for await (const { items } of sturdyPages((query) => from.readAudit(query), pageSize)) {
    const last: AuditEntry | undefined = items.at(-1);
    if (last === undefined) continue;
    const outcome = await into.commit({
      ...emptyUnitOfWork,
      basedOn: (await into.facts()).audit.count,
      replica,
      policy,
      earlierAudit: items.slice(0, -1),
      audit: last,
    });
    invariant(outcome === 'committed', 'somebody else writes into a store that is being made');
  }
};
