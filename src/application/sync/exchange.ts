/** What the parts of an exchange with one remote share. */
import type { AuditAct } from '../../domain/audit/audit-act.js';
import { appendEntry } from '../../domain/audit/audit-chain.js';
import { msToTimestamp } from '../../domain/clock/timestamp.js';
import type { LeaseFence, UnitOfWork } from '../../domain/merge/unit-of-work.js';
import { emptyUnitOfWork } from '../../domain/merge/unit-of-work.js';
import { ReknitError } from '../../domain/shared/errors.js';
import type { EventMerger } from '../event-merger.js';
import type { MergeDeps } from '../merge-driver.js';
import type { OfflineEventLog } from '../offline-event-log.js';
import type { Remote, RemoteHello, SyncScope } from '../ports/remote.js';
import { untilCommitted } from '../until-committed.js';
import type { Upkeep } from '../upkeep.js';
import type { Origins } from './origins.js';
import type { SyncStatus } from './status.js';

export interface ExchangeDeps extends MergeDeps {
  readonly log: OfflineEventLog;
  readonly merger: EventMerger;
  /** Whether events are applied while the remote's policy is another one; otherwise the sync is held. */
  readonly onPolicyMismatch: 'warn' | 'hold';
  readonly now: () => string;
}

export interface Exchange {
  readonly deps: ExchangeDeps;
  readonly upkeep: Upkeep;
  readonly remote: Remote;
  /** The part that is wanted; everything without it. */
  readonly subscribe: SyncScope | undefined;
  readonly origins: Origins;
  readonly tell: (change: Partial<SyncStatus>) => void;
  readonly fence: () => LeaseFence | undefined;
  /** One after the other: pages of a round and of the subscription are stored in turn. */
  readonly inTurn: <Value>(run: () => Promise<Value>) => Promise<Value>;
  /** What is kept between rounds. */
  readonly memory: {
    scope: { readonly asked: SyncScope | undefined } | undefined;
    /** How far the remote was read, which may be further than is written down. */
    cursor: { readonly remoteId: string; readonly cursor: string } | undefined;
  };
}

/** A remote that was greeted, and what the greeting showed. */
export interface Greeted {
  readonly hello: RemoteHello;
  readonly needsRefill: boolean;
}

export const pullKey = ({ remoteId }: RemoteHello): string => `pull ${remoteId}`;
export const pushKey = ({ remoteId }: RemoteHello): string => `push ${remoteId}`;
/** Commits what changes no state: decided again if another process was faster. */
export const commitParts = async (
  { deps: { store, system, policy } }: Exchange,
  complete: (work: UnitOfWork) => UnitOfWork,
  acts: readonly AuditAct[] = [],
): Promise<void> => {
  await untilCommitted(async () => {
    const facts = await store.facts();
    if (facts.replica === undefined)
      throw new ReknitError('replica_missing', 'this store has no replica yet: open it with openReplica');
    const fingerprint = facts.policy?.fingerprint ?? policy.fingerprint;
    return store.commit(
      complete({
        ...emptyUnitOfWork,
        basedOn: facts.audit.count,
        replica: facts.replica,
        audit: appendEntry(facts.audit, msToTimestamp(system.clock()), fingerprint, acts, system.sha256),
      }),
    );
  });
};

/** Marks of one remote, fenced by the lease under which they were made. */
export const withMarks =
  (exchange: Exchange, cursors: readonly (readonly [key: string, cursor: string])[]) =>
  (work: UnitOfWork): UnitOfWork => {
    const fence = exchange.fence();
    return {
      ...work,
      ...(cursors.length === 0 ? {} : { cursors: new Map([...(work.cursors ?? []), ...cursors]) }),
      ...(fence === undefined ? {} : { fence }),
    };
  };
