/**
 * Anything to exchange events with: another replica, a bundle file, later a hub.
 *
 * The contract:
 *
 * M1. `pull` gives events after the cursor, in an order in which parents stand before their
 *     children as far as the remote has them, and a cursor that stands for having read them.
 * M2. Reading on from a cursor gives every event that came after it, none twice, whatever
 *     was added meanwhile. Without a cursor reading starts from the beginning, less what the
 *     caller's cut includes.
 * M3. A cursor belongs to one remote and one epoch of it; `pull` refuses another with
 *     `cursor_unknown`, and the caller reads from the beginning.
 * M4. `push` answers a verdict for each event, in the same order. `accepted` and `duplicate`
 *     mean that the remote holds the event durably. Pushing again changes nothing.
 * M5. One event that is refused or has to wait delays no other.
 * M6. A call that fails, throws, and what it may have done is found out by calling again.
 * M7. What is pulled was written by others and is checked by the caller like any input.
 */
import type { VersionVector } from '../../domain/causality/version-vector.js';
import type { SealedEvent } from '../../domain/events/event.js';

export interface RemoteHello {
  /** Tells this remote from all others; cursors are kept under it. */
  readonly remoteId: string;
  /** The policy it merges under; undefined for one that never merges. */
  readonly policyFingerprint: string | undefined;
  /** How many events of the caller's own replica it holds without a gap. */
  readonly knownSeq: number;
  /** The remote's wall clock less the caller's, in milliseconds; undefined where it has none. */
  readonly clockOffsetMs: number | undefined;
}

export interface PullRequest {
  readonly cursor: string | undefined;
  /** What the caller holds, less its own events; only used without a cursor. */
  readonly cut: VersionVector;
  readonly limit: number;
  readonly signal?: AbortSignal;
}

export interface PullPage {
  /** Event objects, not checked yet. */
  readonly events: readonly unknown[];
  readonly cursor: string;
  readonly more: boolean;
}

export type Verdict =
  | { readonly type: 'accepted' }
  | { readonly type: 'duplicate' }
  /** Kept, and waiting for its parents. */
  | { readonly type: 'parked' }
  | { readonly type: 'refused'; readonly code: string; readonly message: string };

export interface RemoteCapabilities {
  readonly canPull: boolean;
  readonly canPush: boolean;
  /** Events in one push at most. */
  readonly pushMax: number;
}

export interface Remote {
  readonly capabilities: RemoteCapabilities;
  readonly hello: (caller: { readonly replicaId: string; readonly signal?: AbortSignal }) => Promise<RemoteHello>;
  readonly pull: (request: PullRequest) => Promise<PullPage>;
  readonly push: (events: readonly SealedEvent[], signal?: AbortSignal) => Promise<readonly Verdict[]>;
  readonly close: () => Promise<void>;
}
