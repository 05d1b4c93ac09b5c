/**
 * The log by position, with what waits and what is only evidence in its place.
 *
 * Asked since a cut, the cost follows what is missing. Where little is, the missing positions
 * are looked up replica by replica and sorted; where much is, the log is read on from `after`
 * and what the cut includes is passed over. The change-over is where both cost the same over
 * all pages.
 */
import { countIn, type VersionVector } from '../../../domain/causality/version-vector.js';
import type { EventQuery, Page, StoredEvent } from '../../../application/ports/event-store.js';
import type { Base } from '../base.js';
import type { Bindable } from '../../sqlite-file/connection.js';
import { eventColumns, type EventRow } from '../rows/event-rows.js';
import { storedApplied, storedParked, storedVariant, variantColumns, type VariantRow } from './find-events.js';
import { readMeta } from '../file/file-facts.js';
import { pageOf } from './pages.js';
import { parkedColumns, type ParkedRow } from '../rows/parked-rows.js';
import { voidFlag } from '../rows/event-flags.js';

export const readEvents = (query: EventQuery, base: Base): Page<StoredEvent> => {
  const { remembered } = base;
  const found = [...appliedEvents(query, base)];
  if (query.localOnly !== true) {
    if (remembered.parkedCount() > 0) found.push(...parkedEvents(query, base));
    if (remembered.hasVariants()) found.push(...variants(query, base));
  }
  found.sort((a, b) => a.position - b.position);
  return pageOf(found, query.limit, ({ position }) => position);
};

/** One more than fits on the page, at most. */
const appliedEvents = (query: EventQuery, base: Base): readonly StoredEvent[] => {
  const conditions = conditionsOf(query, base);
  if (conditions === 'none') return [];
  const { since } = query;
  if (since === undefined) {
    return base.connection
      .rows<EventRow>(`${selection(conditions)} LIMIT ?`)
      .all(query.after, ...conditions.values, query.limit + 1)
      .map((row) => storedApplied(row, base));
  }
  const isNarrow = query.resource !== undefined || query.localOnly === true;
  const missing = isNarrow ? undefined : fewMissing(since, query, base);
  return missing === undefined ? passingOver(since, query, conditions, base) : oneByOne(missing, query, base);
};

interface Conditions {
  readonly sql: readonly string[];
  readonly values: readonly Bindable[];
}

/** The query's other conditions on applied events; `none` where nothing can match. */
const conditionsOf = (query: EventQuery, { agents, types, resources }: Base): Conditions | 'none' => {
  const sql: string[] = [];
  const values: Bindable[] = [];
  if (query.localOnly === true) sql.push(`status = 'local_only'`);
  if (query.resource !== undefined) {
    const resource = resources.find(query.resource);
    if (resource === undefined) return 'none';
    sql.push('resource = ?');
    values.push(resource);
  }
  if (query.agentId !== undefined) {
    const agent = agents.find(query.agentId);
    if (agent === undefined) return 'none';
    sql.push('agent = ?');
    values.push(agent);
  }
  if (query.resourceType !== undefined) {
    const type = types.find(query.resourceType);
    if (type === undefined) return 'none';
    // The plus keeps SQLite from starting with all resources of the type.
    sql.push('(SELECT type FROM resource WHERE id = +resource) = ?');
    values.push(type);
  }
  return { sql, values };
};

const selection = ({ sql }: Conditions): string =>
  `SELECT ${eventColumns} FROM event WHERE ${['n > ?', ...sql].join(' AND ')} ORDER BY n`;

const passingOver = (
  since: VersionVector,
  query: EventQuery,
  conditions: Conditions,
  base: Base,
): readonly StoredEvent[] => {
  const found: StoredEvent[] = [];
  for (const row of base.connection.rows<EventRow>(selection(conditions)).iterate(query.after, ...conditions.values)) {
    const isIncluded = (row[8] & voidFlag) === 0 && row[2] <= countIn(since, base.replicas.entryOf(row[1]).replicaId);
    if (isIncluded) continue;
    found.push(storedApplied(row, base));
    if (found.length > query.limit) break;
  }
  return found;
};

/** Positions of the applied events that the cut lacks, and of voids, if looking them up is worth it; sorted. */
const fewMissing = (since: VersionVector, { after, limit }: EventQuery, base: Base): readonly number[] | undefined => {
  const { connection, replicas } = base;
  const behind = replicas.all().filter(({ replicaId, highest }) => highest > countIn(since, replicaId));
  const most = behind.reduce((sum, { replicaId, highest }) => sum + highest - countIn(since, replicaId), 0);
  const ahead = readMeta(connection).logHead - after;
  if (most * most > scanAdvantage * ahead * limit) return undefined;
  const beyond = connection.values<number>('SELECT n FROM event WHERE replica = ? AND seq > ? AND n > ?');
  const positions = behind.flatMap(({ id, replicaId }) => beyond.all(id, countIn(since, replicaId), after));
  if (base.remembered.hasVoids())
    positions.push(
      ...connection
        .values<number>(
          `SELECT e.n FROM void_node v JOIN event e ON e.replica = v.replica AND e.seq = v.seq WHERE e.n > ?`,
        )
        .all(after),
    );
  return [...new Set(positions)].sort((a, b) => a - b);
};

/** A position that is looked up costs about a third of a row that is passed over. */
const scanAdvantage = 3;

const oneByOne = (positions: readonly number[], query: EventQuery, base: Base): readonly StoredEvent[] => {
  const at = base.connection.rows<EventRow>(`SELECT ${eventColumns} FROM event WHERE n = ?`);
  const found: StoredEvent[] = [];
  for (const n of positions) {
    const row = at.get(n);
    const stored = row === undefined ? undefined : storedApplied(row, base);
    if (stored !== undefined && isWanted(stored, query)) found.push(stored);
    if (found.length > query.limit) break;
  }
  return found;
};

const parkedEvents = (query: EventQuery, base: Base): readonly StoredEvent[] =>
  firstWanted(
    base.connection.rows<ParkedRow>(`SELECT ${parkedColumns} FROM parked WHERE n > ? ORDER BY n`).iterate(query.after),
    (row) => storedParked(row, base),
    query,
  );

const variants = (query: EventQuery, base: Base): readonly StoredEvent[] =>
  firstWanted(
    base.connection
      .rows<VariantRow>(`SELECT ${variantColumns} FROM variant WHERE n > ? ORDER BY n`)
      .iterate(query.after),
    (row) => storedVariant(row, base),
    query,
  );

const firstWanted = <Row>(
  rows: Iterable<Row>,
  read: (row: Row) => StoredEvent,
  query: EventQuery,
): readonly StoredEvent[] => {
  const found: StoredEvent[] = [];
  for (const row of rows) {
    const stored = read(row);
    if (isWanted(stored, query)) found.push(stored);
    if (found.length > query.limit) break;
  }
  return found;
};

const isWanted = ({ sealed: { event } }: StoredEvent, { resource, resourceType, agentId }: EventQuery): boolean =>
  (resource === undefined ||
    (resource.resourceType === event.resourceType && resource.resourceId === event.resourceId)) &&
  (resourceType === undefined || resourceType === event.resourceType) &&
  (agentId === undefined || agentId === event.agentId);
