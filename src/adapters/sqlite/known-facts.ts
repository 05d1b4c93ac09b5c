/**
 * What is known of stored events without their payloads: who wrote when, and whether that was
 * in sight of everything before. A row costs a fraction of an event.
 */
import type { AgentId, Dot, EventId } from '../../domain/events/event.js';
import type { FactsRequest, KnownFacts } from '../../domain/resource/branches.js';
import type { Base } from './base.js';
import { sawAllFlag, voidFlag } from './event-flags.js';
import { positionOf } from './known-dots.js';
import { operationOf } from './operations.js';
import { msToTime } from './times.js';

const columns = `replica, seq, agent, operation, time_ms, counter, flags, event_id,
  json_extract(extra, '$.priority'), operation = 3 AND payload = 'null'`;

type FactsRow = readonly [
  replica: number,
  seq: number,
  agent: number,
  operation: number,
  timeMs: number,
  counter: number,
  flags: number,
  eventId: EventId,
  priority: string | number | null,
  isResolvedToNull: number,
];

const sinceSql = `SELECT ${columns} FROM event WHERE resource = ? AND n >= ? AND flags & ${voidFlag} = 0 ORDER BY n`;
const ofSql = `SELECT ${columns} FROM event WHERE replica = ? AND seq = ?`;
const closedSql = `SELECT 1 FROM conflict_event x JOIN conflict c ON c.n = x.conflict
  WHERE x.replica = ? AND x.seq = ? AND x.is_sibling = 0 AND c.resource = ?`;

export const loadFacts = (resource: number, request: FactsRequest, base: Base): KnownFacts => {
  const { connection, dots } = base;
  if ('of' in request)
    return {
      closedAny: false,
      events: request.of.flatMap((dot) => {
        const row = connection.rows<FactsRow>(ofSql).get(...(dots.find(dot) ?? [0, 0]));
        return row === undefined ? [] : [readFacts(row, base)];
      }),
    };
  const position = positionOf(request.since, base);
  if (position === undefined) return { closedAny: false, events: [] };
  const rows = connection.rows<FactsRow>(sinceSql).all(resource, position);
  const closes = connection.values<number>(closedSql);
  const closedAny = request.orClosed && rows.some(([replica, seq], index) => index > 0 && closes.get(replica, seq, resource) !== undefined);
  return { closedAny, events: rows.map((row) => readFacts(row, base)) };
};

const readFacts = (
  [replica, seq, agent, operation, timeMs, counter, flags, eventId, priority, isResolvedToNull]: FactsRow,
  { replicas, agents }: Base,
): KnownFacts['events'][number] => ({
  dot: `${replicas.entryOf(replica).replicaId}:${seq}` as Dot,
  eventId,
  agentId: agents.textOf(agent) as AgentId,
  operation: operationOf(operation),
  timestamp: msToTime(timeMs),
  counter,
  priority,
  deletes: operationOf(operation) === 'delete' || isResolvedToNull === 1,
  sawAll: (flags & sawAllFlag) !== 0,
});
