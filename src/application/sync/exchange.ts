/** What the parts of an exchange with one remote share. */
import type { ReplicaId } from '../../domain/events/event.js';
import type { LeaseFence, UnitOfWork } from '../../domain/merge/unit-of-work.js';
import type { EventMerger } from '../event-merger.js';
import type { MergeDeps } from '../merge-driver.js';
import type { OfflineEventLog } from '../offline-event-log.js';
import type { Remote, RemoteHello, SyncScope } from '../ports/remote.js';
import type { Upkeep } from '../upkeep/upkeep.js';
import type { Origins } from './origins.js';
import type { RefusedEvent, SyncStatus } from './status.js';
import type { Turns } from './turns.js';

export interface ExchangeDeps extends MergeDeps {
  readonly log: OfflineEventLog;
  readonly merger: EventMerger;
  /** Whether events are applied while the remote's policy is another one; otherwise the sync is held. */
  readonly onPolicyMismatch: 'warn' | 'hold';
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
  readonly inTurn: Turns;
  /** What is kept between rounds. */
  readonly memory: {
    scope: { readonly asked: SyncScope | undefined } | undefined;
    /** How far the remote was read, which may be further than is written down. */
    cursor: { readonly remoteId: string; readonly cursor: string } | undefined;
    /** The last one; its answer holds until the next. */
    greeted: Greeted | undefined;
    /** Own events that the remote does not take, without having told everyone, as they were last read. */
    untaken: readonly RefusedEvent[];
    /** How long the remote asked to be left alone when it last failed. */
    retryAfterMs: number | undefined;
  };
}

/** A remote that was greeted, and what the greeting showed. */
export interface Greeted {
  readonly hello: RemoteHello;
  readonly needsRefill: boolean;
  /** The id that it was greeted under; what comes in may show that another one has to be taken. */
  readonly saidAs: ReplicaId;
}

/** How many events of this replica the remote has, as far as it was asked about the id that it goes by now. */
export const knownSeqOf = ({ hello, saidAs }: Greeted, own: ReplicaId | undefined): number =>
  own === saidAs ? hello.knownSeq : 0;

export const pullKey = ({ remoteId }: RemoteHello): string => `pull ${remoteId}`;
export const pushKey = ({ remoteId }: RemoteHello): string => `push ${remoteId}`;

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
