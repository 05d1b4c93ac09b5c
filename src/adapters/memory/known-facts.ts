/** What is known of stored events without their payloads. */
import type { FactsRequest, KnownEvent, KnownFacts } from '../../domain/resource/branches.js';
import { deletesResource } from '../../domain/resource/deed.js';
import type { ConflictRecord } from '../../domain/conflict/conflict-record.js';
import type { Contents, LogRow } from './contents.js';

/** @param rows the resource's applied events, voids left out; @param records its conflicts */
export const knownFactsOf = (
  contents: Contents,
  request: FactsRequest,
  rows: readonly LogRow[],
  records: readonly ConflictRecord[],
): KnownFacts => {
  const from = request.since === undefined ? Infinity : (contents.log.get(request.since)?.position ?? Infinity);
  const line = rows.filter(({ position }) => position >= from);
  const later = new Set(line.slice(1).map(({ sealed }) => sealed.dot));
  return {
    line: line.map(({ sealed: { dot, event }, sawAll }) => ({
      dot,
      operation: deletesResource(event) ? 'delete' : event.operation,
      sawAll,
    })),
    closedAny: request.orClosed && records.some(({ closedBy }) => closedBy.some((dot) => later.has(dot))),
    events: request.of.flatMap((dot) => contents.log.get(dot) ?? []).map(knownOf),
  };
};

const knownOf = ({ sealed: { event, dot } }: LogRow): KnownEvent => ({
  dot,
  eventId: event.eventId,
  agentId: event.agentId,
  operation: event.operation,
  timestamp: event.timestamp,
  counter: event.counter,
  priority: event.priority ?? null,
  deletes: deletesResource(event),
});
