/**
 * An event as a row, and back, equal to the byte in canonical form (S6).
 *
 * What every event has stands in columns; what few have (priority, notes, what a newer version
 * may add) stands together in `extra`, so that it costs one byte where there is nothing.
 */
import type { AgentId, ContentHash, Dot, EventId, ReknitEvent, SealedEvent } from '../../../domain/events/event.js';
import { canonicalJson } from '../../../domain/shared/canonical-json.js';
import type { JsonObject } from '../../../domain/shared/json.js';
import type { Bindable } from '../../sqlite-file/connection.js';
import type { DotTexts } from '../names/dot-texts.js';
import { hashText, hashToBytes } from '../../sqlite-file/hash-bytes.js';
import { operationCode, operationOf } from './operations.js';
import type { ReplicaEntry, Replicas } from '../names/replicas.js';
import type { ResourceIds } from '../names/resource-ids.js';
import type { TextDictionary } from '../../sqlite-file/text-dictionary.js';
import { msToTime, timeToMs } from './times.js';

export interface EventNames {
  readonly replicas: Replicas;
  readonly agents: TextDictionary;
  readonly resources: ResourceIds;
  readonly dots: DotTexts;
}

const columnsWith = (hash: string): string =>
  `n, replica, seq, resource, agent, operation, time_ms, counter, flags, event_id, ${hash}, parents, payload, extra`;

export const eventColumns = columnsWith(hashText('hash'));
/** The same for writing. */
export const eventColumnNames = columnsWith('hash');

export type EventRow = readonly [
  n: number,
  replica: number,
  seq: number,
  resource: number,
  agent: number,
  operation: number,
  timeMs: number,
  counter: number,
  flags: number,
  eventId: EventId,
  hash: ContentHash,
  parents: string | number | null,
  payload: string,
  extra: string | null,
];

/** Members that have columns of their own; `schemaVersion` has one only by being 1. */
const columnMembers: ReadonlySet<string> = new Set([
  'eventId', 'replicaId', 'seq', 'agentId', 'resourceType', 'resourceId', 'operation', 'timestamp', 'counter', 'parents', 'payload',
]); // prettier-ignore

/** Writes the columns of `eventColumnNames` into a list, from a place on. */
export const writeEvent = (
  into: Bindable[],
  at: number,
  n: number,
  { event, hash }: SealedEvent,
  replica: ReplicaEntry,
  flags: number,
  { agents, resources, dots }: EventNames,
): void => {
  into[at] = n;
  into[at + 1] = replica.id;
  into[at + 2] = event.seq;
  into[at + 3] = resources.idFor(event);
  into[at + 4] = agents.idFor(event.agentId);
  into[at + 5] = operationCode(event.operation);
  into[at + 6] = timeToMs(event.timestamp);
  into[at + 7] = event.counter;
  into[at + 8] = flags;
  into[at + 9] = event.eventId;
  into[at + 10] = hashToBytes(hash);
  into[at + 11] = dots.writeParents(event.parents, replica);
  into[at + 12] = canonicalJson(event.payload);
  into[at + 13] = extraOf(event);
};

const extraOf = (event: ReknitEvent): string | null => {
  const keys = Object.keys(event);
  if (keys.length === columnMembers.size + 1 && event.schemaVersion === 1) return null;
  const extra: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const key of keys)
    if (!columnMembers.has(key) && (key !== 'schemaVersion' || event.schemaVersion !== 1)) extra[key] = event[key];
  const text = canonicalJson(extra);
  return text === '{}' ? null : text;
};

export const readEvent = (row: EventRow, { replicas, agents, resources, dots }: EventNames): SealedEvent => {
  const [, replica, seq, resource, agent, operation, timeMs, counter, , eventId, hash, parents, payload, extra] = row;
  const entry = replicas.entryOf(replica);
  const { resourceType, resourceId } = resources.refOf(resource);
  const event: ReknitEvent = {
    eventId,
    replicaId: entry.replicaId,
    seq,
    agentId: agents.textOf(agent) as AgentId,
    resourceType,
    resourceId,
    operation: operationOf(operation),
    timestamp: msToTime(timeMs),
    counter,
    parents: dots.readParents(parents, entry),
    payload: JSON.parse(payload) as JsonObject | null,
    schemaVersion: 1,
  };
  return {
    event: extra === null ? event : { ...event, ...(JSON.parse(extra) as Partial<ReknitEvent>) },
    dot: `${entry.replicaId}:${seq}` as Dot,
    hash,
  };
};

/** Events that wait, or are only evidence, are few: they are kept as one text. */
export const readSealed = (dot: Dot, hash: ContentHash, event: string): SealedEvent => ({
  event: JSON.parse(event) as ReknitEvent,
  dot,
  hash,
});
