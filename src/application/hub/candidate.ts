/** An event on its way into the log: submitted just now, or waiting since earlier. */
import type { Dot, SealedEvent } from '../../domain/events/event.js';
import { resourceKeyOf, type ResourceKey } from '../../domain/resource/resource-key.js';
import type { HubSubmission } from '../ports/hub-log.js';

export interface Candidate {
  readonly sealed: SealedEvent;
  readonly resource: ResourceKey;
  /** The canonical form, where it is at hand. */
  readonly canonical: string | undefined;
  /** Decided by the server, before the log saw it. */
  readonly refusal: { readonly code: string; readonly message: string } | undefined;
  isRetry: boolean;
  /** Known from before a loss: no gap holds it up. Of what waits that may come out later. */
  wasHeld: boolean;
  /** What it waited for when it was stored; undefined for one that is new. */
  readonly stored: readonly Dot[] | undefined;
  /** What it waits for now; undefined while it does not wait. */
  waits: readonly Dot[] | undefined;
  /** Who began to wait earlier is looked at first, so that the order does not depend on batches. */
  turn: number;
  /** Of its canonical form; known once it waits. */
  bytes: number;
  outcome: Outcome | undefined;
}

export type Outcome =
  | { readonly type: 'accepted'; readonly position: number }
  | {
      readonly type: 'refused';
      readonly code: string;
      readonly message: string;
      readonly position?: number;
    };

/** Whether no other event has to have seen it, even if it is accepted in the end. */
export const isAside = ({ refusal, isRetry }: Candidate): boolean => refusal !== undefined || isRetry;

export const candidateOf = ({
  sealed,
  canonical,
  refusal,
  wasHeld = false,
  isRetry = wasHeld,
}: HubSubmission): Candidate => ({
  sealed,
  resource: resourceKeyOf(sealed.event),
  canonical,
  refusal,
  isRetry,
  wasHeld,
  stored: undefined,
  waits: undefined,
  turn: 0,
  bytes: 0,
  outcome: undefined,
});
