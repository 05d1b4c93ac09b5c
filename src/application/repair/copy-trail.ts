/**
 * The audit trail, taken over entry by entry as it stands, damaged entries too: it is added to and never rewritten. Only
 * an entry whose number itself is damaged has no place in it, and is missing from then on.
 */
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
  let lastNumber = 0;
  for await (const page of sturdyPages((query) => from.readAudit(query), pageSize)) {
    const items = inOrder(page.items, lastNumber);
    const last: AuditEntry | undefined = items.at(-1);
    if (last === undefined) continue;
    lastNumber = last.number;
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

/** Those that stand between their neighbours by their numbers. */
const inOrder = (entries: readonly AuditEntry[], after: number): readonly AuditEntry[] => {
  const kept: AuditEntry[] = [];
  for (const [index, entry] of entries.entries()) {
    const next = entries[index + 1]?.number ?? Infinity;
    if (entry.number > (kept.at(-1)?.number ?? after) && entry.number < next) kept.push(entry);
  }
  return kept;
};
