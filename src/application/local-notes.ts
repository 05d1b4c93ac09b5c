/**
 * What a replica keeps for itself alone: rules made from decisions, and what somebody put aside. Texts under names,
 * beside the events and no part of them: they are never sent, and are in no digest. They lie where a store keeps how
 * far it has read from remotes, since both are marks of this replica, so every store has them already.
 */
import type { AuditAct } from '../domain/audit/audit-act.js';
import { appendEntry } from '../domain/audit/audit-chain.js';
import { msToTimestamp } from '../domain/clock/timestamp.js';
import { emptyUnitOfWork } from '../domain/merge/unit-of-work.js';
import { ReknitError } from '../domain/shared/errors.js';
import type { NotesDeps } from './commit-notes.js';
import { untilCommitted } from './until-committed.js';

/** What one change of a note writes, and what the audit trail says of it. */
export interface NoteChange<Answer> {
  /** Undefined leaves it as it is. */
  readonly text: string | undefined;
  readonly acts?: readonly AuditAct[];
  readonly answer: Answer;
}

export interface LocalNotes {
  /** Undefined where nothing was noted. */
  readonly read: (name: string) => Promise<string | undefined>;
  /** Decided again if another process was faster; throws to refuse. */
  readonly change: <Answer>(name: string, decide: (text: string | undefined) => NoteChange<Answer>) => Promise<Answer>;
}

export const createLocalNotes = ({ store, system, policy }: NotesDeps): LocalNotes => {
  const keyOf = (name: string): string => `note ${name}`;
  return {
    read: (name) => store.readCursor(keyOf(name)),
    change: (name, decide) =>
      untilCommitted(async () => {
        const facts = await store.facts();
        if (facts.replica === undefined)
          throw new ReknitError('replica_missing', 'this store has no replica yet: open it with openReplica');
        // After the facts: what another process writes in between makes the commit stale.
        const { text, acts = [], answer } = decide(await store.readCursor(keyOf(name)));
        if (text === undefined && acts.length === 0) return answer;
        const outcome = await store.commit({
          ...emptyUnitOfWork,
          basedOn: facts.audit.count,
          replica: facts.replica,
          audit: appendEntry(
            facts.audit,
            msToTimestamp(system.clock()),
            facts.policy?.fingerprint ?? policy.fingerprint,
            acts,
            system.sha256,
          ),
          ...(text === undefined ? {} : { cursors: new Map([[keyOf(name), text]]) }),
        });
        return outcome === 'committed' ? answer : 'stale';
      }),
  };
};
