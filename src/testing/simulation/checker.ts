/**
 * A check of a simulated world, apart from the code under test: it knows a rule or an invariant by its number, looks
 * at what there is, and says in words what is wrong.
 */
import type { EventStore, StoredEvent } from '../../application/ports/event-store.js';
import type { Verification } from '../../application/verifying/verify.js';
import type { AuditHead } from '../../domain/audit/audit-chain.js';
import type { HubEntry } from '../../application/ports/hub-log.js';
import type { Policy } from '../../domain/strategies/policy.js';
import type { Holdings } from './holdings.js';
import type { CursorMove } from './watch-commits.js';
import type { FaultClass } from './plan.js';

/** A replica as checkers see it: by its disk, whether or not a process runs on it. */
export interface PlaceUnderCheck {
  readonly name: string;
  readonly policy: Policy;
  /** For reading alone. */
  readonly store: EventStore;
  /** What its commits say that it holds. */
  readonly holdings: Holdings;
  /** What its store says that it holds. */
  readonly events: () => Promise<readonly StoredEvent[]>;
  readonly digest: () => Promise<string>;
  readonly verify: (auditHead?: AuditHead) => Promise<Verification>;
  /** Takes events in, as a replica does. */
  readonly take: (events: readonly unknown[]) => Promise<void>;
  /** Ids of the events that were acknowledged here, and are not on a disk that was lost. */
  readonly acknowledged: ReadonlySet<string>;
}

/** A hub as checkers see it; without an answer where it does not give one. */
export interface HubUnderCheck {
  readonly name: string;
  readonly entries: () => Promise<readonly HubEntry[] | undefined>;
  readonly headOf: (replicaId: string) => Promise<number | undefined>;
  readonly positionOf: (cursor: string) => number | undefined;
}

/** What has happened so far that allows for less than everything. */
export interface Budget {
  /** Disks of replicas that were put back to an older state, or copied. */
  readonly disksLost: number;
  /**
   * Every id that one of those disks ever had, with how often that happened: two may have written under it before they
   * knew of each other.
   */
  readonly sharedIds: ReadonlyMap<string, number>;
  /**
   * Ids under which events left without a hub that could say whose they are, or in a round that went on while others
   * wrote: what it found out at its beginning may not hold at its end. And those on whose events somebody built who is
   * no replica.
   */
  readonly unguardedIds: ReadonlySet<string>;
  readonly hubsLost: number;
  readonly hasHubs: boolean;
  /** Whether somebody wrote who is no replica. */
  readonly hasForgeries: boolean;
  readonly faults: readonly FaultClass[];
}

/** What a check is shown: every replica and hub as it stands, and what happened since it last looked. */
export interface WorldUnderCheck {
  readonly places: readonly PlaceUnderCheck[];
  readonly hubs: readonly HubUnderCheck[];
  /** Cursors that were moved since the last check. */
  readonly moves: readonly CursorMove[];
  readonly budget: Budget;
  /** All faults are over, and everyone has met everyone. */
  readonly isOver: boolean;
}

/** One thing that has to hold in every simulated history, checked apart from the code under test. */
export interface Checker {
  readonly name: string;
  /** The rules and invariants that it enforces: `I7`, `R5`. */
  readonly enforces: readonly string[];
  /** `steps`: after every so many steps, and in the end; `end`: when everyone has met everyone. */
  readonly when: 'steps' | 'end';
  /** In words what is wrong; nothing where all is well. */
  readonly check: (world: WorldUnderCheck) => Promise<string | undefined>;
}

/** What a simulation stops at. */
export class Violation extends Error {
  readonly checker: string;

  constructor(checker: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.checker = checker;
  }
}
