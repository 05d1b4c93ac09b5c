/**
 * An event: one immutable change of one resource, in the interchange form.
 *
 * Causality is in `parents` alone; `timestamp` and `counter` only give last-write-wins
 * its total order. Members that this version does not know are kept and forwarded, so
 * an old replica never damages what a newer one wrote.
 */
import type { Brand } from '../shared/brand.js';
import type { Json, JsonObject } from '../shared/json.js';

/** One database that records events. */
export type ReplicaId = Brand<string, 'ReplicaId'>;
/** A person or program that made a change. */
export type AgentId = Brand<string, 'AgentId'>;
/** Unique; the caller may choose it, as an idempotency key. */
export type EventId = Brand<string, 'EventId'>;
/** `replicaId:seq`. */
export type Dot = Brand<string, 'Dot'>;
/** `YYYY-MM-DDTHH:mm:ss.sssZ`, so that text order is time order. */
export type Timestamp = Brand<string, 'Timestamp'>;
/** SHA-256 of the canonical form, in lower-case hex. */
export type ContentHash = Brand<string, 'ContentHash'>;

/** What an event does to its resource. */
export type Operation = 'create' | 'update' | 'delete' | 'resolve';
/** Priorities by name, the least first: 0, 1, 2 and 3 as numbers. */
export type PriorityName = 'low' | 'medium' | 'high' | 'critical';
/** How much a write weighs, for strategies that go by it. */
export type Priority = PriorityName | number;

/** Names a resource. */
export interface ResourceRef {
  readonly resourceType: string;
  readonly resourceId: string;
}

/** An event in the interchange form, checked. */
export interface ReknitEvent {
  readonly eventId: EventId;
  readonly replicaId: ReplicaId;
  /** Counts the replica's events from 1 without gaps. */
  readonly seq: number;
  readonly agentId: AgentId;
  readonly resourceType: string;
  readonly resourceId: string;
  readonly operation: Operation;
  readonly timestamp: Timestamp;
  /** Orders events of one millisecond. */
  readonly counter: number;
  /** The resource's heads as the author had seen them: sorted by R1, unique. */
  readonly parents: readonly Dot[];
  /** Field to new value; `null` in a `resolve` deletes the resource. */
  readonly payload: JsonObject | null;
  readonly schemaVersion: number;
  readonly priority?: Priority;
  /** The conflict that a `resolve` says it settles: a claim for the audit. */
  readonly conflictId?: string;
  readonly note?: string;
  readonly dependsOn?: readonly ResourceRef[];
  /** Dots of events of other resources that the author had seen (R25). */
  readonly sees?: readonly Dot[];
  /** The dot this event had before its replica took a new id (R8). */
  readonly was?: Dot;
  /**
   * The rule that decided a `resolve` in its author's name. It is shown and never read by merging, so whatever
   * else stands there is kept like an unknown member.
   */
  readonly ruleId?: Json;
  readonly [unknownMember: string]: Json | readonly ResourceRef[] | undefined;
}

/** An event that passed the parser, with its dot and the hash of its canonical form. */
export interface SealedEvent {
  readonly event: ReknitEvent;
  readonly dot: Dot;
  readonly hash: ContentHash;
}
