/**
 * Another program's table as events of a replica of its own. The identity that its rows lack
 * is made from what they say: the replica's id from the first row, numbers from their order,
 * parents from the row before on the same resource. So the same table gives the same events
 * every time, and one that has grown gives the old ones and the new.
 */
import type { BundleLine } from '../../adapters/remote/bundle/index.js';
import type { ForeignRow } from '../../adapters/sqlite/file/foreign-rows.js';
import { nodeSystem } from '../../adapters/system/index.js';
import { canonicalJson, parseEvent, ReknitError, type EventError, type Json, type Replica } from '../../index.js';
import { acceptedTimestamp } from './accepted-timestamp.js';

const { sha256 } = nodeSystem();

/** Rows as lines of a bundle, by row number; `chunk` at a time. */
export function* eventsFromRows(
  rows: Iterable<ForeignRow>,
  chunk = 500,
): Generator<readonly BundleLine[], void, undefined> {
  let replicaId: string | undefined;
  let seq = 0;
  let number = 0;
  const last = new Map<string, string>();
  let lines: BundleLine[] = [];
  for (const row of rows) {
    number += 1;
    replicaId ??= `table-${sha256(canonicalJson(contentOf(row))).slice(0, 32)}`;
    const key = `${String(row.resource_type)}\u0000${String(row.resource_id)}`;
    const previous = last.get(key);
    const line = lineFrom(row, number, { replicaId, seq: seq + 1, parents: previous === undefined ? [] : [previous] });
    if (line.result.ok) {
      seq += 1;
      last.set(key, line.result.value.dot);
    }
    lines.push(line);
    if (lines.length >= chunk) {
      yield lines;
      lines = [];
    }
  }
  if (lines.length > 0) yield lines;
}

/**
 * Numbers follow from the order of the rows: where a row that was imported is gone or another
 * now, every later row would take a number that stands for something else here already.
 */
export const refuseChangedTable = async (replica: Replica, lines: readonly BundleLine[]): Promise<void> => {
  for (const { result } of lines) {
    if (!result.ok) continue;
    const { event, dot, hash } = result.value;
    const known = (await replica.history(event.resourceType, event.resourceId)).find((entry) => entry.dot === dot);
    const isOther = known === undefined || parseHash(known.event) !== hash;
    if (isOther)
      throw new ReknitError(
        'table_changed',
        'the table was imported before, and rows that were imported are gone or different now: import it into a new file, and sync the two',
        {
          eventId: event.eventId,
        },
      );
  }
};

const parseHash = (event: unknown): string | undefined => {
  const sealed = parseEvent(event, sha256);
  return sealed.ok ? sealed.value.hash : undefined;
};

interface Identity {
  readonly replicaId: string;
  readonly seq: number;
  readonly parents: readonly string[];
}

const lineFrom = (row: ForeignRow, number: number, identity: Identity): BundleLine => {
  const refused = (code: EventError['code'], message: string, member: string): BundleLine => ({
    line: number,
    result: { ok: false, error: { code, message, member } },
    text: canonicalJson(contentOf(row)),
  });
  const timestamp = acceptedTimestamp(row.timestamp);
  if (timestamp === undefined)
    return refused('bad_timestamp', `"timestamp" is no time: ${String(row.timestamp)}`, 'timestamp');
  const payload = payloadFrom(row.payload);
  if (payload === undefined) return refused('bad_json', '"payload" is no JSON', 'payload');
  const event = {
    eventId: row.event_id ?? `row-${sha256(canonicalJson([contentOf(row), number])).slice(0, 32)}`,
    ...identity,
    agentId: row.agent_id,
    resourceType: row.resource_type,
    resourceId: row.resource_id,
    operation: row.operation,
    timestamp,
    counter: 0,
    payload: payload.value,
    schemaVersion: 1,
  };
  return { line: number, result: parseEvent(event, sha256), text: canonicalJson(contentOf(row)) };
};

const payloadFrom = (payload: unknown): { readonly value: Json } | undefined => {
  if (payload === null) return { value: {} };
  if (typeof payload !== 'string') return undefined;
  try {
    return { value: JSON.parse(payload) as Json };
  } catch {
    return undefined;
  }
};

/** What a row says; its status and its time of arrival are the other program's business. */
const contentOf = ({ status: _status, created_at: _createdAt, ...row }: ForeignRow): Json =>
  Object.fromEntries(Object.entries(row).map(([column, value]) => [column, plainValue(value)]));

const plainValue = (value: unknown): Json => {
  if (value === null || typeof value === 'string') return value === null ? null : value.toWellFormed();
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  return Buffer.isBuffer(value) ? value.toString('base64') : null;
};
