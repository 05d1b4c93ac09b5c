/**
 * Commits what changes no state: marks, cursors, receipts, refusals, the scope. Decided again if another process was
 * faster.
 */
import type { AuditAct } from '../domain/audit/audit-act.js';
import { appendEntry, type AuditEntry } from '../domain/audit/audit-chain.js';
import { msToTimestamp } from '../domain/clock/timestamp.js';
import { emptyUnitOfWork, type UnitOfWork } from '../domain/merge/unit-of-work.js';
import { ReknitError } from '../domain/shared/errors.js';
import type { EventStore, StoreFacts } from './ports/event-store.js';
import type { System } from './ports/system.js';
import { untilCommitted } from './until-committed.js';

export interface NotesDeps {
  readonly store: EventStore;
  readonly system: System;
  readonly policy: { readonly fingerprint: string };
}

/** In place of the entry until it is known that there is something to write, which mostly there is not. */
const unwritten: AuditEntry = { number: 0, time: '', policy: '', acts: [], previousHash: '', hash: '' };

/** @param complete adds the notes; answers undefined where there is nothing to write */
export const commitNotes = async (
  { store, system, policy }: NotesDeps,
  complete: (work: UnitOfWork, facts: StoreFacts) => UnitOfWork | undefined,
  acts: readonly AuditAct[] = [],
): Promise<void> => {
  await untilCommitted(async () => {
    const facts = await store.facts();
    if (facts.replica === undefined)
      throw new ReknitError('replica_missing', 'this store has no replica yet: open it with openReplica');
    const fingerprint = facts.policy?.fingerprint ?? policy.fingerprint;
    const work = complete(
      { ...emptyUnitOfWork, basedOn: facts.audit.count, replica: facts.replica, audit: unwritten },
      facts,
    );
    if (work === undefined) return 'committed';
    const audit = appendEntry(facts.audit, msToTimestamp(system.clock()), fingerprint, acts, system.sha256);
    return store.commit({ ...work, audit });
  });
};
