/** How it goes: syncing, the queue, what was refused, what waits, clocks, replicas, conflicts over time. */
import { z } from '@hono/zod-openapi';
import { dot, natural, resourceRef, time } from './values.js';

export const syncPhase = z.enum([
  'offline',
  'connecting',
  'pushing',
  'pulling',
  'live',
  'backoff',
  'unauthorized',
  'refused',
  'standby',
]);

export const connectionStatus = z
  .object({
    /** What it is connected to. */
    name: z.string(),
    phase: syncPhase,
    pending: natural,
    rejected: natural,
    openConflicts: natural,
    lastSyncedAt: time.optional(),
    error: z.object({ code: z.string(), message: z.string() }).optional(),
    retryAt: time.optional(),
    clockSkewMs: z.number().optional(),
    policyMismatch: z.boolean(),
    progress: z.object({ pulled: natural, pushed: natural }),
    syncer: z.object({ name: z.string(), isSelf: z.boolean() }).optional(),
  })
  .openapi('ConnectionStatus');

const eventLine = z.object({
  eventId: z.string(),
  dot,
  ...resourceRef.shape,
  operation: z.string(),
  agentId: z.string(),
  timestamp: time,
});

export const rejectedEvent = eventLine
  .extend({ code: z.string(), message: z.string(), by: z.string(), at: time, isRetrying: z.boolean() })
  .openapi('RejectedEvent');

export const parkedEvent = eventLine
  .extend({
    reason: z.enum(['parents', 'future', 'invalid_parent']),
    missing: z.array(dot),
    /** How far in the future, where that is why. */
    aheadMs: natural.optional(),
  })
  .openapi('ParkedEvent');

export const replicaLine = z
  .object({
    replicaId: z.string(),
    isSelf: z.boolean(),
    /** Its events up to this number are all here. */
    upTo: natural,
    /** The highest number of it that is known here; what lies between is missing or waits. */
    highest: natural,
    lastEventAt: time.optional(),
    lastAgentId: z.string().optional(),
    /** Of this replica's own events: the last one that this replica's author had seen in an event that is here. */
    hasSeenOfUs: natural.optional(),
  })
  .openapi('ReplicaLine');

export const overview = z
  .object({
    replicaId: z.string(),
    agentId: z.string(),
    /** Of what the caller may read. */
    counts: z.object({ pending: natural, later: natural, resolved: natural }),
    /** Missing without the right to operate; so are all that follow but `conflictsOverTime`. */
    operations: z
      .object({
        events: natural,
        resources: natural,
        connections: z.array(connectionStatus),
        queue: z.object({
          localOnly: natural,
          rejected: natural,
          parked: natural,
          refusedForeign: natural,
          voids: natural,
        }),
        /** The first ones that no remote has yet. */
        unsynced: z.array(eventLine),
        rejected: z.array(rejectedEvent),
        parked: z.array(parkedEvent),
        /** By how much the wall clock was found to be off. */
        clockSkewMs: z.number(),
        replicas: z.array(replicaLine),
        audit: z.object({ count: natural, hash: z.string() }),
      })
      .optional(),
    /** Opened and settled, by when this replica recorded it. Equal buckets, the oldest first, at most 200. */
    conflictsOverTime: z.object({
      bucketMs: natural,
      buckets: z.array(z.object({ at: time, opened: natural, resolved: natural, pending: natural })),
    }),
  })
  .openapi('Overview');

/** `POST queue/retry`, `queue/reissue`, `queue/shelve`. */
export const queueRequest = z.object({ eventId: z.string().min(1).max(1_000) }).openapi('QueueRequest');
export const queueAnswer = z.object({ rejected: z.array(rejectedEvent) }).openapi('QueueAnswer');

export type SyncPhase = z.infer<typeof syncPhase>;
export type ConnectionStatus = z.infer<typeof connectionStatus>;
export type RejectedEvent = z.infer<typeof rejectedEvent>;
export type ParkedEvent = z.infer<typeof parkedEvent>;
export type ReplicaLine = z.infer<typeof replicaLine>;
export type Overview = z.infer<typeof overview>;
export type QueueRequest = z.infer<typeof queueRequest>;
export type QueueAnswer = z.infer<typeof queueAnswer>;
