/**
 * The log of a hub: every event that it accepted and every refusal that it published, in one
 * total order that is a causal order. A log never merges; replicas do.
 *
 * The contract, which `hubLogContract` of `reknit/testing` checks case by case:
 *
 * H1. Positions are given inside the commit, begin at 1, grow by one and are never used again:
 *     whoever has read up to a position has read everything that will ever stand before it.
 * H2. An event stands after its parents on its resource. What came too early, or leaves a gap in its
 *     author's numbers, waits, is found again after a restart, and takes its position when the last of
 *     what it waited for is decided. What the hub once held (`wasHeld`) waits for no gap: whatever stood before it came
 *     here once, and may have been lost with every file that held it. A parent's dot that is held for other resources only is waited
 *     for too: another content of it may still come (R5), and no order may decide. What waits delays
 *     nothing that does not build on it: a number is no gap while its event waits.
 * H3. A verdict says what holds when its commit ends. The entries, and their order, do not depend
 *     on how the submissions were cut into batches.
 * H4. `accepted`, `duplicate`, `parked` and a refusal that is published survive the end of the
 *     process and, in a log on a disk, the loss of power. A batch is written whole or not at all.
 * H5. The same event again, by dot and hash: `duplicate` with the position of the first, or the
 *     refusal that stands. Nothing is written.
 * H6. The same dot with another hash is a fork (R5): an entry of its own, like any event. It is read with the
 *     events that stand before it under that dot (`beside`): who has one of them may have passed over the others.
 * H7. One `eventId` under several dots is no reason to refuse anything (R6).
 * H8. An event whose author had an earlier event of that resource in the log, and whose ancestors
 *     lack it, is refused: `own_past_unseen` (R4). Events that were ever refused, and forked dots, are
 *     not asked for, nor waited for; a dot is forked as soon as a second content of it is held, decided or waiting.
 * H9. A refusal is an entry: the one that the submission carries, `own_past_unseen`, and, for
 *     whatever builds on a refused event, `parent_refused`. It fills its author's number. A dot and
 *     hash are refused once; a retry (`isRetry`) is judged anew and may be accepted as a later entry.
 * H10. What waits is bounded, in all and for each author. What does not fit is refused with
 *     `parking_full`, unpublished: nothing is kept of it, and it may be sent again.
 * H11. `read` gives entries by position from the one after `after`, at least one where there is one,
 *     and costs what it gives, however long the log is.
 * H12. A mark stands for everything up to its place: `markAt` gives the same text for the same
 *     place as long as that history stands, and another once a log was wiped, or restored from a
 *     copy and written to since.
 * H13. The head of a replica is the last of its numbers that is held with all before it, in the log
 *     or waiting, with the hash of the first entry there, or else of what waits there. Of a number that is asked for
 *     (`at`) it is told what stands there in the same way, and nothing beyond the head.
 * H14. `watch` calls back after every commit that added entries, by any process on the same data,
 *     at most once for any number of them, and never before they can be read. It may call for nothing.
 * H15. Events come back equal to the byte in canonical form, unknown members included.
 * H16. What fails throws a `ReknitError` (`storage_full`, `storage_busy`, `storage_corrupt`,
 *     `storage_failed`); the log stays usable, and after `close` every call is refused with `log_closed`.
 * H17. `parked` gives what waits, in the order in which it began to, with what each waits for at the moment. `dropParked`
 *     gives some of it up: what waits for parents is refused, `parking_dropped`, as in H9; what waits for a gap in its
 *     author's numbers is forgotten, as if it had never come. Answers how many that were.
 */
import type { Dot, SealedEvent } from '../../domain/events/event.js';

/** How far a replica's events are held (H13). */
export interface HubHead {
  readonly seq: number;
  /** Undefined while nothing is held. */
  readonly hash: string | undefined;
  /** Of the number that was asked for. */
  readonly hashAt?: string;
}

/** A place in the log, and what tells its history from others (H12). Position 0 is the beginning. */
export interface HubMark {
  readonly position: number;
  readonly hash: string;
}

/** A refusal as it is published. */
export interface HubRefusal {
  readonly dot: Dot;
  readonly hash: string;
  readonly eventId: string;
  readonly resourceType: string;
  readonly resourceId: string;
  readonly code: string;
  readonly message: string;
}

/** What stands at one position of a hub's log. */
export type HubEntry =
  | {
      readonly type: 'event';
      readonly position: number;
      readonly sealed: SealedEvent;
      /** The event's canonical form, where the log has it at hand: who sends it on need not write it again. */
      readonly canonical?: string;
      /**
       * True at least where it was not the first that was decided under its dot: the later content of a fork, or an
       * event that was refused before.
       */
      readonly isAside?: boolean;
      /** With what stands aside, the other events under its dot that stand before it (H6). */
      readonly beside?: readonly (HubEntry & { readonly type: 'event' })[];
      readonly receivedAt: string;
    }
  | {
      readonly type: 'refusal';
      readonly position: number;
      readonly refusal: HubRefusal;
      readonly receivedAt: string;
    };

/** An event that is offered to a hub's log. */
export interface HubSubmission {
  readonly sealed: SealedEvent;
  /** The event's canonical form, for who has it at hand: the log need not write it again. */
  readonly canonical?: string;
  /** Decided by the server before the log sees it; for an entitled sender only, since it is published. */
  readonly refusal?: { readonly code: string; readonly message: string };
  /** A refused event is to be judged anew. */
  readonly isRetry?: boolean;
  /** This hub held it before it lost something, as its own receipt shows: it is judged anew, and no gap holds it up. */
  readonly wasHeld?: boolean;
}

/** What a hub's log answers to an event. */
export type HubVerdict =
  | { readonly type: 'accepted'; readonly position: number }
  | { readonly type: 'duplicate'; readonly position: number }
  | {
      /** Waits for parents, or for a gap in its author's numbers. */
      readonly type: 'parked';
      /** Parents that are neither in the log nor waiting: who holds them helps by sending them. */
      readonly missing: readonly Dot[];
      /** The first number of its author's that is not held, where it waits for that. */
      readonly wanted?: { readonly replicaId: string; readonly fromSeq: number };
    }
  | {
      readonly type: 'refused';
      readonly code: string;
      readonly message: string;
      /** The refusal's entry; absent where nothing is kept (`parking_full`). */
      readonly position?: number;
    };

/** An event that waits in a hub's log, as its operator sees it. */
export interface HubParked {
  /** Stands for its place among those that wait: later ones have higher ones. */
  readonly place: number;
  readonly sealed: SealedEvent;
  /** When it began to wait. */
  readonly since: string;
  /** Of its canonical form, in UTF-16 units. */
  readonly bytes: number;
  /** For a gap in its author's numbers, or for its parents and earlier events of its author. */
  readonly reason: 'gap' | 'parents';
  readonly waits: readonly Dot[];
}

/** Which waiting events are given up: all under these dots, or those that wait since before a time. */
export type HubParkedChoice = { readonly dots: readonly Dot[] } | { readonly before: string };

/** What a hub's log says of itself. */
export interface HubFacts {
  /** Tells this log from all others. */
  readonly hubId: string;
  /** Changes when an operator says that history was replaced. */
  readonly epoch: string;
  /** The end of the log. */
  readonly head: HubMark;
}

/** Which entries, from where on. */
export interface HubReadQuery {
  /** Entries after this position; 0 for all. */
  readonly after: number;
  readonly limit: number;
  /** Ends the page once its events' canonical forms are larger, in UTF-16 units. */
  readonly bytesMax: number;
}

/** Some entries, and whether there are more. */
export interface HubPage {
  readonly entries: readonly HubEntry[];
  readonly more: boolean;
}

/** How much a hub's log holds. */
export interface HubCounts {
  readonly events: number;
  readonly refusals: number;
  readonly parked: number;
  readonly replicas: number;
}

/** The log of a hub; the numbered sentences above are its contract. */
export interface HubLog {
  readonly facts: () => Promise<HubFacts>;
  /** A verdict for each submission, in the same order. `receivedAt` in the form of event timestamps. */
  readonly append: (batch: readonly HubSubmission[], receivedAt: string) => Promise<readonly HubVerdict[]>;
  readonly read: (query: HubReadQuery) => Promise<HubPage>;
  /** Undefined for a position that the log does not have. */
  readonly markAt: (position: number) => Promise<HubMark | undefined>;
  /**
   * Of every replica asked for; one that is not known has `seq` 0.
   *
   * @param at parallel to the ids: a number of each whose hash is wanted; 0 for none
   */
  readonly heads: (replicaIds: readonly string[], at?: readonly number[]) => Promise<ReadonlyMap<string, HubHead>>;
  /** Answers how to stop. */
  readonly watch: (onAppend: () => void) => () => void;
  readonly counts: () => Promise<HubCounts>;
  readonly parked: (query: {
    readonly after: number;
    readonly limit: number;
  }) => Promise<{ readonly items: readonly HubParked[]; readonly more: boolean }>;
  readonly dropParked: (choice: HubParkedChoice, receivedAt: string) => Promise<number>;
  readonly close: () => Promise<void>;
}
