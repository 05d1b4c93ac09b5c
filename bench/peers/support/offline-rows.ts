/** The updates of both sides as the floor stores them: rows as large as Reknit's events, made of nothing but the job. */
import { createHash } from 'node:crypto';
import type { FloorEvent } from '../../support/floor.js';
import { resourceType } from '../../support/feature.js';
import type { OfflineWork } from '../../support/offline-work.js';

export const offlineRows = ({ left, right }: OfflineWork): readonly FloorEvent[] => {
  const startMs = Date.UTC(2026, 0, 1);
  return [...left, ...right].map(([resourceId, payload], index) => ({
    // As long, and as little ordered, as an event's id.
    eventId: createHash('sha256').update(String(index)).digest('base64url').slice(0, 22),
    agentId: index < left.length ? 'ada' : 'bob',
    resourceId,
    resourceType,
    operation: 'update',
    timestamp: new Date(startMs + index).toISOString(),
    payload,
  }));
};
