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
import { sturdyPages } from './damage/sturdy-pages.js';
import type { EventStore } from './ports/event-store.js';

/** A replica's audit trail. */
export interface AuditTrail {
  /** Entries from the oldest on, or from after a number. */
  readonly entries: (options?: { readonly after?: number }) => AsyncIterable<AuditEntry>;
  readonly head: () => Promise<AuditHead>;
  /**
   * Checks every link, and that the trail still holds `expected`, a head that was kept
   * elsewhere; without one a trail that was cut off or made anew cannot be told from a true one.
   *
   * Entries that a repair found damaged are named by it in the trail, and are no news.
   */
  readonly verify: (expected?: AuditHead) => Promise<TrailVerification>;
}

/** What checking a trail found: the first thing wrong, if there is one. */
export interface TrailVerification {
  readonly entries: number;
  readonly problem?: ChainProblem;
  /** Numbers of damaged entries that a repair has named. */
  readonly knownDamage: readonly number[];
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
      const { head, problems, named } = await walkTrail(store, sha256, expected);
      if (stored.count > head.count || (expected !== undefined && expected.count > head.count))
        problems.push({ type: 'HeadMissing', number: Math.max(stored.count, expected?.count ?? 0) });
      const problem = problems.find(({ number }) => !named.has(number));
      return {
        entries: head.count,
        knownDamage: [...named].sort((a, b) => a - b),
        ...(problem === undefined ? {} : { problem }),
      };
    },
  };
};

/** What reading a trail to its end shows; a damaged entry does not hide those behind it. */
export interface TrailWalk {
  readonly head: AuditHead;
  /** In the order of the trail; more than the first few are not kept. */
  readonly problems: ChainProblem[];
  /** Damaged entries that intact ones name. */
  readonly named: ReadonlySet<number>;
}

const problemsMax = 1_000;

export const walkTrail = async (
  store: EventStore,
  sha256: Sha256,
  expected: AuditHead | undefined,
  onEntry: (entry: AuditEntry, isIntact: boolean) => void = () => undefined,
): Promise<TrailWalk> => {
  let head: AuditHead = auditOrigin;
  const problems: ChainProblem[] = [];
  const named = new Set<number>();
  const note = (problem: ChainProblem): void => {
    if (problems.length < problemsMax) problems.push(problem);
  };
  for await (const { items, unreadableAfter } of sturdyPages((query) => store.readAudit(query), pageSize)) {
    if (unreadableAfter !== undefined) note({ type: 'UnreadableEntry', number: unreadableAfter + 1 });
    for (const entry of items) {
      const step = verifyEntry(head, entry, sha256);
      const isIntact = !isChainProblem(step);
      if (!isIntact) note(step);
      else
        for (const act of entry.acts) if (act.type === 'ReplicaRepaired') act.auditDamaged.forEach((n) => named.add(n));
      onEntry(entry, isIntact);
      // Whatever is wrong with it, the next one has to follow it.
      head = { count: entry.number, hash: entry.hash };
      if (expected?.count === head.count && expected.hash !== head.hash)
        note({ type: 'HeadDiffers', number: head.count });
    }
  }
  return { head, problems, named };
};
