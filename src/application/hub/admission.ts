/** What an admission has come to: to be written as a whole, in the transaction in which it was decided. */
import type { Dot, SealedEvent } from '../../domain/events/event.js';
import type { ResourceKey } from '../../domain/resource/resource-key.js';
import type { HubRefusal, HubVerdict } from '../ports/hub-log.js';
import type { WaitingEvent } from './questions.js';

/** What a hub's log is to write for a batch, and what it answers. */
export interface Admission {
  readonly verdicts: readonly HubVerdict[];
  /** To be appended, in order, from the position after the head on. */
  readonly entries: readonly NewEntry[];
  /** Dots that have become forks: their stored events are not asked for any more (H8). */
  readonly forked: readonly Dot[];
  /** To be kept waiting, in this order. */
  readonly park: readonly NewWaiting[];
  /** Stored events that waited and are decided now. */
  readonly unpark: readonly { readonly dot: Dot; readonly hash: string; readonly bytes: number }[];
  /** Stored events that wait for something else now. */
  readonly rewait: readonly {
    readonly dot: Dot;
    readonly hash: string;
    readonly waits: readonly Dot[];
    readonly wasHeld: boolean;
  }[];
  /** How far replicas' numbers are held now, where that has changed. */
  readonly heads: ReadonlyMap<string, number>;
}

/** An entry that is to be appended. */
export type NewEntry =
  | {
      readonly type: 'event';
      readonly position: number;
      readonly sealed: SealedEvent;
      readonly resource: ResourceKey;
      /** The canonical form. */
      readonly canonical: string;
      /** Whether later events of its author have to have seen it (H8). */
      readonly isAskedFor: boolean;
    }
  | {
      readonly type: 'refusal';
      readonly position: number;
      readonly sealed: SealedEvent;
      readonly resource: ResourceKey;
      readonly refusal: HubRefusal;
    };

/** An event that is to wait for its parents, or for a gap to close. */
export interface NewWaiting extends WaitingEvent {
  readonly resource: ResourceKey;
  readonly canonical: string;
  /** What it takes of the room (H10). */
  readonly bytes: number;
  /** See `WaitingNumber`. */
  readonly isAside: boolean;
}
