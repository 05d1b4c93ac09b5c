/** A resource's events as the desk shows them, and the moment of the past that some of them name. */
import type { HistoryEntry } from '../../../application/index.js';
import { parseDot } from '../../../domain/index.js';
import type { HistoryPage } from '../api/index.js';
import { problem } from '../problems.js';
import { previewOf } from '../shown/value.js';

export const shownEvent = (
  { event, dot, status }: HistoryEntry,
  heads: ReadonlySet<string>,
  ownId: string,
): HistoryPage['items'][number] => ({
  dot,
  eventId: event.eventId,
  replicaId: event.replicaId,
  seq: event.seq,
  agentId: event.agentId,
  operation: event.operation,
  timestamp: event.timestamp,
  counter: event.counter,
  parents: [...event.parents],
  status,
  payload: Object.entries(event.payload ?? {}).map(([field, value]) => ({ field, value: previewOf(value) })),
  isHead: heads.has(dot),
  isLocal: event.replicaId === ownId,
  ...(event.note === undefined ? {} : { note: event.note }),
  ...(event.conflictId === undefined ? {} : { conflictId: event.conflictId }),
});

/** These events and all that they had seen. Of a replica's events of one resource each has seen those before it (R4). */
export const cutOf = (history: readonly HistoryEntry[], dots: readonly string[]): Record<string, number> => {
  const byDot = new Map<string, HistoryEntry>(history.map((entry) => [entry.dot, entry]));
  const cut = new Map<string, number>();
  const reached = new Set<string>();
  const waiting = [...dots];
  for (let dot = waiting.pop(); dot !== undefined; dot = waiting.pop()) {
    if (reached.has(dot)) continue;
    reached.add(dot);
    const entry = byDot.get(dot);
    const parts = parseDot(dot);
    if (entry === undefined || parts === undefined)
      throw problem('not_found', 'an event of these is not in the history of this resource');
    cut.set(parts.replicaId, Math.max(cut.get(parts.replicaId) ?? 0, parts.seq));
    waiting.push(...entry.event.parents.filter((parent) => byDot.has(parent)));
  }
  return Object.fromEntries(cut);
};
