/** The audit trail of this replica: reading it, and checking that nobody changed it. */
import {
  auditOrigin,
  isChainProblem,
  verifyEntry,
  type AuditEntry,
  type AuditHead,
  type ChainProblem,
} from '../domain/audit/audit-chain.js';
import type { Sha256 } from '../domain/shared/sha256.js';
import { pages } from './pages.js';
import { checkAuditHead, checkObject, checkSeq } from './argument-checks.js';
import type { EventStore } from './ports/event-store.js';

/** A replica's audit trail. */
export interface AuditTrail {
  /** Entries from the oldest on, or from after a number. */
  readonly entries: (options?: { readonly after?: number }) => AsyncIterable<AuditEntry>;
  readonly head: () => Promise<AuditHead>;
  /**
   * Checks every link, and that the trail still holds `expected`, a head that was kept
   * elsewhere; without one a trail that was cut off or made anew cannot be told from a true one.
   */
  readonly verify: (expected?: AuditHead) => Promise<{ readonly entries: number; readonly problem?: ChainProblem }>;
}

const pageSize = 500;

type AuditQuery = Parameters<EventStore['readAudit']>[0];

/** Reads the trail of a store. */
export const createAuditTrail = ({
  store,
  sha256,
}: {
  readonly store: EventStore;
  readonly sha256: Sha256;
}): AuditTrail => {
  async function* entries(options: { readonly after?: number } = {}): AsyncIterable<AuditEntry> {
    checkObject(options, 'options');
    const { after = 0 } = options;
    checkSeq(after, 'after');
    for await (const page of pages((query: AuditQuery) => store.readAudit(query), { after, limit: pageSize }))
      yield* page;
  }

  return {
    entries,
    head: async () => (await store.facts()).audit,
    verify: async (expected) => {
      checkAuditHead(expected);
      // Before the entries: what is written meanwhile is more than it names, and never less.
      const stored = (await store.facts()).audit;
      let head: AuditHead = auditOrigin;
      for await (const entry of entries()) {
        const step = verifyEntry(head, entry, sha256);
        if (isChainProblem(step)) return { entries: head.count, problem: step };
        head = step;
        if (expected?.count === head.count && expected.hash !== head.hash)
          return { entries: head.count, problem: { type: 'HeadDiffers', number: head.count } };
      }
      if (stored.count > head.count || (expected !== undefined && expected.count > head.count))
        return {
          entries: head.count,
          problem: { type: 'HeadMissing', number: Math.max(stored.count, expected?.count ?? 0) },
        };
      return { entries: head.count };
    },
  };
};
