/** What is known of stored events without their payloads. */
import type { FactsRequest, KnownFacts } from '../../domain/resource/branches.js';
import type { ConflictRecord } from '../../domain/conflict/conflict-record.js';
import type { Contents, LogRow } from './contents.js';

/** @param rows the resource's applied events, voids left out; @param records its conflicts */
export const knownFactsOf = (
  contents: Contents,
  request: FactsRequest,
  rows: readonly LogRow[],
  records: readonly ConflictRecord[],
): KnownFacts => {
  if ('of' in request)
    return { closedAny: false, events: request.of.flatMap((dot) => contents.log.get(dot) ?? []).map(knownOf) };
  const from = contents.log.get(request.since)?.position ?? Infinity;
  const events = rows.filter(({ position }) => position >= from).map(knownOf);
  const later = new Set(events.slice(1).map(({ dot }) => dot));
  return { events, closedAny: records.some(({ closedBy }) => closedBy.some((dot) => later.has(dot))) };
};

const knownOf = ({ sealed: { event, dot }, sawAll }: LogRow): KnownFacts['events'][number] => ({
  dot,
  eventId: event.eventId,
  agentId: event.agentId,
  operation: event.operation,
  timestamp: event.timestamp,
  counter: event.counter,
  priority: event.priority ?? null,
  deletes: event.operation === 'delete' || (event.operation === 'resolve' && event.payload === null),
  sawAll,
});
