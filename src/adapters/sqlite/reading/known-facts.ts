/**
 * What is known of stored events without their payloads: who wrote when, and whether that was
 * in sight of everything before. A row costs a fraction of an event.
 */
import type { AgentId, Dot, EventId } from '../../../domain/events/event.js';
import type { FactsRequest, KnownEvent, KnownFacts } from '../../../domain/resource/branches.js';
import type { Base } from '../base.js';
import { sawAllFlag, voidFlag } from '../rows/event-flags.js';
import { positionOf } from './known-dots.js';
import { operationOf } from '../rows/operations.js';
import { msToTime } from '../rows/times.js';

/** Text that is made once: it is looked up for every resource of a batch. */
const lineSql = `SELECT replica, seq, operation + 4 * (operation = 3 AND payload = 'null'), flags FROM event
  WHERE resource = ? AND n >= ? AND flags & ${voidFlag} = 0 ORDER BY n`;
const factsSql = `SELECT agent, operation, time_ms, counter, event_id,
  CASE WHEN extra IS NOT NULL THEN json_extract(extra, '$.priority') END, operation = 3 AND payload = 'null'
  FROM event WHERE replica = ? AND seq = ?`;
const closedSql = `SELECT 1 FROM conflict_event x JOIN conflict c ON c.n = x.conflict
  WHERE x.replica = ? AND x.seq = ? AND x.is_sibling = 0 AND c.resource = ?`;

type LineRow = readonly [replica: number, seq: number, operation: number, flags: number];
type FactsRow = readonly [
  agent: number,
  operation: number,
  timeMs: number,
  counter: number,
  eventId: EventId,
  priority: string | number | null,
  isResolvedToNull: number,
];

export const loadFacts = (resource: number, { since, orClosed, of }: FactsRequest, base: Base): KnownFacts => {
  const { connection, dots } = base;
  const position = since === undefined ? undefined : positionOf(since, base);
  const line = position === undefined ? [] : connection.rows<LineRow>(lineSql).all(resource, position);
  const events: KnownEvent[] = [];
  for (const dot of of) {
    const parts = dots.find(dot);
    const row = parts === undefined ? undefined : connection.rows<FactsRow>(factsSql).get(parts[0], parts[1]);
    if (row !== undefined) events.push(readFacts(dot, row, base));
  }
  return {
    line: line.map((row) => readPlace(row, base)),
    closedAny: orClosed && closesAny(line, resource, base),
    events,
  };
};

/** The first of a line is where others part from it: what that one closed is in everybody's past. */
const closesAny = (line: readonly LineRow[], resource: number, { connection }: Base): boolean => {
  const closes = connection.values<number>(closedSql);
  return line.some(([replica, seq], index) => index > 0 && closes.get(replica, seq, resource) !== undefined);
};

const readPlace = ([replica, seq, operation, flags]: LineRow, { replicas }: Base): KnownFacts['line'][number] => ({
  dot: `${replicas.entryOf(replica).replicaId}:${seq}` as Dot,
  // A resolve to null deletes.
  operation: operation > 3 ? 'delete' : operationOf(operation),
  sawAll: (flags & sawAllFlag) !== 0,
});

const readFacts = (
  dot: Dot,
  [agent, operation, timeMs, counter, eventId, priority, isResolvedToNull]: FactsRow,
  { agents }: Base,
): KnownEvent => ({
  dot,
  eventId,
  agentId: agents.textOf(agent) as AgentId,
  operation: operationOf(operation),
  timestamp: msToTime(timeMs),
  counter,
  priority,
  deletes: operationOf(operation) === 'delete' || isResolvedToNull === 1,
});
