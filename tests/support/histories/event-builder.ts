/**
 * Events by hand, for examples: what the story is about is given, the rest is filled in
 * with values that cannot matter (one millisecond for all, so that ties go by R1).
 */
import type {
  AgentId,
  Dot,
  EventId,
  Operation,
  Priority,
  ReknitEvent,
  ReplicaId,
  ResourceRef,
  Timestamp,
} from '../../../src/domain/events/event.js';
import type { JsonObject } from '../../../src/domain/shared/json.js';
import { dotOf, sortedDots } from '../model/order.js';

export interface EventDetails {
  readonly resource?: ResourceRef;
  readonly agentId?: string;
  readonly eventId?: string;
  /** Milliseconds after the first moment of the story; may well be before those of the parents. */
  readonly atMs?: number;
  readonly counter?: number;
  readonly priority?: Priority;
  readonly conflictId?: string;
  readonly dependsOn?: readonly ResourceRef[];
  /** Events of other resources that the author had seen. */
  readonly sees?: readonly ReknitEvent[];
}

const storyStartMs = Date.UTC(2026, 1, 2, 10);

export const timestampAt = (ms: number): Timestamp => new Date(storyStartMs + ms).toISOString() as Timestamp;

export const defaultResource: ResourceRef = { resourceType: 'task', resourceId: 'one' };

/** @param parents events, or dots of events that are not there */
export const eventOf = (
  dot: string,
  operation: Operation,
  payload: JsonObject | null,
  parents: readonly (ReknitEvent | string)[] = [],
  details: EventDetails = {},
): ReknitEvent => {
  const { resource = defaultResource, sees, dependsOn, priority, conflictId } = details;
  return {
    eventId: (details.eventId ?? `event of ${dot}`) as EventId,
    replicaId: dot.slice(0, dot.lastIndexOf(':')) as ReplicaId,
    seq: Number(dot.slice(dot.lastIndexOf(':') + 1)),
    agentId: (details.agentId ?? 'ann') as AgentId,
    resourceType: resource.resourceType,
    resourceId: resource.resourceId,
    operation,
    timestamp: timestampAt(details.atMs ?? 0),
    counter: details.counter ?? 0,
    parents: sortedDots(parents.map((parent) => (typeof parent === 'string' ? parent : dotOf(parent)))) as Dot[],
    payload,
    schemaVersion: 1,
    ...(priority === undefined ? {} : { priority }),
    ...(conflictId === undefined ? {} : { conflictId }),
    ...(dependsOn === undefined ? {} : { dependsOn }),
    ...(sees === undefined ? {} : { sees: sortedDots(sees.map(dotOf)) as Dot[] }),
  };
};
