/**
 * Anything to exchange events with: another replica, a bundle file, a hub.
 *
 * The contract:
 *
 * M1. `pull` gives events after the cursor, in an order in which parents stand before their
 *     children as far as the remote has them, and a cursor that stands for having read them.
 * M2. Reading on from a cursor gives every event that came after it, none twice, whatever
 *     was added meanwhile. Without a cursor reading starts from the beginning, less what the
 *     caller's cut includes. A fork (R5) brings along the other contents under its number once
 *     more for a caller who was spared something as known: that may have been one of them.
 * M3. A cursor belongs to one remote and one epoch of it; `pull` refuses another with
 *     `cursor_unknown`, and the caller reads from the beginning.
 * M4. `push` answers a verdict for each event, in the same order. `accepted` and `duplicate`
 *     mean that the remote holds the event durably. Pushing again changes nothing.
 * M5. One event that is refused or has to wait delays no other.
 * M6. A call that fails, throws, and what it may have done is found out by calling again.
 * M7. What is pulled was written by others and is checked by the caller like any input.
 *
 * Everything else is optional, so a remote of a few lines stays one. What a hub does beyond it:
 *
 * M8. `mark` names the furthest place in the remote's log that an answer stood on. The caller
 *     shows it again at `hello`, and learns from `unknown` that the remote was wiped, or
 *     brought back from an old copy, and that what it once took may be missing there. A replica that
 *     serves as a remote does so too.
 * M9. A refusal is published: every reader gets it in the pages, where the event would have
 *     stood, and the caller's own `refused` verdict says whether it was.
 * M10. A page of a part (`scope`) names in `skipped` every dot that it left out, so that a gap
 *     in a replica's numbers is explained.
 * M11. `live` gives pages from the cursor on without a gap and none twice, each after the
 *     observer took the one before; it ends with exactly one call of `onEnd`.
 * M12. The receipt of a refusal holds all that the remote needs to know of it: `pushRefusals` gives
 *     it back to a remote that was wiped, so that it does not wait for that number for ever.
 */
import type { VersionVector } from '../../domain/causality/version-vector.js';
import type { Dot, EventId, ResourceRef, SealedEvent } from '../../domain/events/event.js';

/** A part of the log: events of any of these types, and of any of these resources. */
export interface SyncScope {
  readonly resourceTypes?: readonly string[];
  readonly resources?: readonly ResourceRef[];
}

/** Who comes to a remote, and what it says of itself. */
export interface RemoteCaller {
  readonly replicaId: string;
  readonly policyFingerprint?: string;
  /** The caller's own last event, so that a remote can tell a copy or an old backup from it. */
  readonly lastSeq?: number;
  readonly lastHash?: string;
  /** The furthest place of this remote's log that the caller was ever told of. */
  readonly mark?: string;
  /** The caller's wall clock, in milliseconds. */
  readonly nowMs?: number;
  readonly signal?: AbortSignal;
}

/** What a remote takes in one request. */
export interface RemoteLimits {
  readonly bodyBytesMax: number;
  readonly eventsMax: number;
  readonly eventBytesMax: number;
  /** How far in the future an event may stand and still be applied by others (R10). */
  readonly skewMsMax: number;
}

/** What a remote says of itself at the handshake. */
export interface RemoteHello {
  /** Tells this remote from all others; cursors are kept under it. */
  readonly remoteId: string;
  /** The policy it merges under; undefined for one that never merges. */
  readonly policyFingerprint: string | undefined;
  /** How many events of the caller's own replica it holds without a gap. */
  readonly knownSeq: number;
  /** The hash of the last of those. */
  readonly knownHash?: string;
  /** The remote's wall clock less the caller's, in milliseconds; undefined where it has none. */
  readonly clockOffsetMs: number | undefined;
  /** Which of its lives the remote is in: another one after it was wiped or brought back. */
  readonly epoch?: string;
  /** Whether the caller's mark is a place in the remote's log; `none` where it gave none. */
  readonly mark?: 'known' | 'unknown' | 'none';
  /** The end of its log at the time of this answer, as a place. */
  readonly head?: string;
  readonly limits?: RemoteLimits;
}

/** From where on events are wanted, and which. */
export interface PullRequest {
  readonly cursor: string | undefined;
  /** What the caller holds, less its own events; only used without a cursor. */
  readonly cut: VersionVector;
  /**
   * The end of the remote's log (`head` of its greeting) when the contents under the cut's numbers were compared, or
   * before: what came later may be another content, so it is given in spite of the cut.
   */
  readonly cutAt?: string;
  readonly limit: number;
  /** Only this part; everything without it. */
  readonly scope?: SyncScope;
  readonly replicaId?: string;
  /** How far the remote is known to have the caller's own events, with the last one's hash: they need not come back. */
  readonly own?: { readonly seq: number; readonly hash: string };
  readonly signal?: AbortSignal;
}

/** An event that the remote refused, as it tells everyone (R9). */
export interface PublishedRefusal {
  readonly dot: Dot;
  readonly hash: string;
  readonly eventId: EventId;
  readonly code: string;
  readonly message: string;
  /** The remote's own receipt, by which anyone can give the refusal back to it. */
  readonly receipt?: string;
}

/** For each replica the numbers that a page left out, as ranges with both ends included. */
export type SkippedDots = Readonly<Record<string, readonly (readonly [from: number, to: number])[]>>;

/** Some events of a remote, and where it goes on. */
export interface PullPage {
  /** Event objects, not checked yet. */
  readonly events: readonly unknown[];
  /** The remote's own receipt for each event, in the same order: proof, to itself, that it once held it. */
  readonly receipts?: readonly (string | undefined)[];
  readonly refusals?: readonly PublishedRefusal[];
  readonly skipped?: SkippedDots;
  readonly cursor: string;
  readonly mark?: string;
  readonly more: boolean;
}

/** What may come with a verdict of any type. */
export interface VerdictExtras {
  /** The remote's receipt, with an event that it holds. */
  readonly receipt?: string;
  /** Parents that it waits for. */
  readonly missing?: readonly Dot[];
  /** Numbers of a replica that it waits for, from this one on. */
  readonly wanted?: { readonly replicaId: string; readonly fromSeq: number };
}

/** What a remote answers to one event. */
export type Verdict = VerdictExtras &
  (
    | { readonly type: 'accepted' }
    | { readonly type: 'duplicate' }
    /** Kept, and waiting for its parents, or for events of its author that come before it. */
    | { readonly type: 'parked' }
    | {
        readonly type: 'refused';
        readonly code: string;
        readonly message: string;
        /** Whether everyone is told, so that its number counts as filled; otherwise nobody but the caller knows. */
        readonly published?: boolean;
      }
  );

/** What goes along with events that are sent. */
export interface PushOptions {
  /** The remote's own receipts, parallel to the events, where the caller has them. */
  readonly receipts?: readonly (string | undefined)[];
  /** These were refused before, and are asked for once more. */
  readonly isRetry?: boolean;
  /** Told the mark of each answer. */
  readonly onMark?: (mark: string) => void;
}

/** The last event that a remote holds of a replica. */
export interface RemoteHead {
  readonly seq: number;
  readonly hash: string | undefined;
  /** Of the number that was asked for; a remote may not know how to tell it. */
  readonly hashAt?: string;
}

/** From where on a remote is to tell what is new. */
export type LiveRequest = Omit<PullRequest, 'limit'>;

/** Who is told what is new at a remote. */
export interface LiveObserver {
  /** The remote has said that it listens: what is appended from now on will come by itself. */
  readonly onStarted: () => void;
  /** The next page is given when this one was taken. */
  readonly onPage: (page: PullPage) => Promise<void>;
  /** Once, and nothing after it; with the reason, unless the caller closed it. */
  readonly onEnd: (error?: unknown) => void;
}

/** Being told what is new, until it is closed. */
export interface LiveSubscription {
  readonly close: () => void;
}

/** What a remote can do; callers go by it. */
export interface RemoteCapabilities {
  readonly canPull: boolean;
  readonly canPush: boolean;
  /** Events in one push at most. */
  readonly pushMax: number;
}

/** A place to exchange events with; the numbered sentences above are its contract. */
export interface Remote {
  readonly capabilities: RemoteCapabilities;
  /**
   * Names the place that it leads to, before anything is asked there: of the processes that share
   * a file one at a time exchanges events with it. Absent where several may.
   */
  readonly address?: string;
  readonly hello: (caller: RemoteCaller) => Promise<RemoteHello>;
  readonly pull: (request: PullRequest) => Promise<PullPage>;
  readonly push: (
    events: readonly SealedEvent[],
    signal?: AbortSignal,
    options?: PushOptions,
  ) => Promise<readonly Verdict[]>;
  /** Gives back refusals, by their receipts; answers a verdict for each, as `push` does. */
  readonly pushRefusals?: (receipts: readonly string[], signal?: AbortSignal) => Promise<readonly Verdict[]>;
  /**
   * How far the remote has events of these replicas without a gap.
   *
   * @param at parallel to the ids: a number of each whose hash is wanted; 0 for none
   */
  readonly heads?: (
    replicaIds: readonly string[],
    signal?: AbortSignal,
    at?: readonly number[],
  ) => Promise<ReadonlyMap<string, RemoteHead>>;
  readonly live?: (request: LiveRequest, observer: LiveObserver) => LiveSubscription;
  readonly close: () => Promise<void>;
}
