/** The events that the contract kits put into what they test: valid ones, made from what a case is about. */
import type { SealedEvent } from '../domain/events/event.js';
import { parseEvent } from '../domain/events/parse.js';
import { portableSha256 } from '../domain/shared/sha256.js';

/** Two replicas and two resources, each with a fork in its history that is joined again. */
export const story = (): readonly SealedEvent[] => [
  eventOf('ann', 1, 'one', []),
  eventOf('bob', 1, 'two', []),
  eventOf('ann', 2, 'one', ['ann:1']),
  eventOf('bob', 2, 'one', ['ann:1']),
  eventOf('ann', 3, 'two', ['bob:1']),
  eventOf('bob', 3, 'one', ['ann:2', 'bob:2']),
  eventOf('bob', 4, 'two', ['bob:1']),
  eventOf('ann', 4, 'two', ['ann:3', 'bob:4']),
  eventOf('ann', 5, 'one', ['bob:3']),
];

export const eventOf = (
  replicaId: string,
  seq: number,
  resourceId: string,
  parents: readonly string[],
  more: Readonly<Record<string, unknown>> = {},
): SealedEvent =>
  sealed({
    eventId: `event of ${replicaId}:${seq}`,
    replicaId,
    seq,
    agentId: replicaId,
    resourceType: 'task',
    resourceId,
    operation: parents.length === 0 ? 'create' : 'update',
    timestamp: `2026-02-02T10:00:00.${String(seq).padStart(3, '0')}Z`,
    counter: 0,
    parents,
    payload: { title: `${replicaId} ${seq}` },
    schemaVersion: 1,
    ...more,
  });

export const sealed = (input: unknown): SealedEvent => {
  const result = parseEvent(input, portableSha256);
  if (result.ok) return result.value;
  throw new Error(`not an event: ${result.error.message}`);
};
