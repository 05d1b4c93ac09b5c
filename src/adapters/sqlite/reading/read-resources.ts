/**
 * Resources by pages, in one of two orders: by type and id, or the latest change first.
 *
 * The database proposes candidates in its own order and by its own idea of equality; the order
 * of UTF-16 (S9) and the equality of JSON decide here.
 */
import type { ResourceRef } from '../../../domain/events/event.js';
import type { StoredResource } from '../../../domain/merge/unit-of-work.js';
import { compareRefs, compareTexts } from '../../../domain/resource/resource-key.js';
import type { Page, ResourceCursor, ResourceQuery } from '../../../application/ports/event-store.js';
import { meetsWhere } from '../../../application/ports/resource-conditions.js';
import type { Base } from '../base.js';
import type { Bindable } from '../../sqlite-file/connection.js';
import { pageOf } from './pages.js';
import { readResourceRow, resourceColumns, type ResourceRow } from '../rows/resource-rows.js';
import { sortKeyOf } from '../names/text-order.js';
import { timeToMs } from '../rows/times.js';
import { conditionsOn } from './where.js';

export const readResources = (query: ResourceQuery, base: Base): Page<StoredResource, ResourceCursor> => {
  const found: StoredResource[] = [];
  for (const { ref, row } of query.orderBy === 'id' ? byId(query, base) : byTime(query, base)) {
    const stored = readResourceRow(ref, row, base);
    if (stored === undefined || !meetsWhere(stored, query)) continue;
    found.push(stored);
    if (found.length > query.limit) break;
  }
  return pageOf(found, query.limit, ({ state, view }) => ({
    resourceType: state.resourceType,
    resourceId: state.resourceId,
    ...(query.orderBy === 'updatedAt' ? { updatedAt: view.updatedAt } : {}),
  }));
};

interface Candidate {
  readonly ref: ResourceRef;
  readonly row: CandidateRow;
}

/** `type` and `resource_id` come after the columns of a resource. */
type CandidateRow = readonly [...ResourceRow, number, string];

/** Candidates that meet the query's conditions and these. */
function* candidates(
  query: ResourceQuery,
  conditions: readonly string[],
  values: readonly Bindable[],
  order: string,
  base: Base,
): Generator<Candidate, undefined> {
  const where = conditionsOn(query);
  const all = [
    ...conditions,
    'updated_ms IS NOT NULL',
    ...(query.includeDeleted === true ? [] : ['deleted = 0']),
    ...(query.pendingOnly === true ? ['pending_conflicts > 0'] : []),
    ...(query.contestableOnly === true ? ['is_contestable = 1'] : []),
    ...where.map(({ sql }) => sql),
  ];
  const statement = base.connection.rows<CandidateRow>(
    `SELECT ${resourceColumns}, type, resource_id FROM resource WHERE ${all.join(' AND ')} ORDER BY ${order}`,
  );
  for (const row of statement.iterate(...values, ...where.flatMap((condition) => condition.values)))
    yield { ref: { resourceType: base.types.textOf(row[8]), resourceId: row[9] }, row };
  return undefined;
}

function* byId(query: ResourceQuery, base: Base): Generator<Candidate> {
  const { after } = query;
  for (const [resourceType, type] of typesOf(query, base)) {
    const start =
      after === undefined || after.resourceType < resourceType ? '' : (sortKeyOf(after.resourceId) ?? after.resourceId);
    yield* merged(
      candidates(query, [`type = ${type}`, 'sort_id IS NULL', 'resource_id > ?'], [start], 'resource_id', base),
      candidates(query, [`type = ${type}`, 'sort_id IS NOT NULL', 'sort_id > ?'], [start], 'sort_id', base),
    );
  }
}

/** Types in their order, from the cursor's on. */
const typesOf = (
  { resourceType, after }: ResourceQuery,
  { connection, types }: Base,
): readonly (readonly [string, number])[] => {
  if (resourceType !== undefined) {
    const type = types.find(resourceType);
    return type === undefined ? [] : [[resourceType, type]];
  }
  return connection
    .rows<readonly [string, number]>('SELECT resource_type, id FROM resource_type')
    .all()
    .filter(([name]) => after === undefined || name >= after.resourceType)
    .sort(([a], [b]) => compareTexts(a, b));
};

/** Ids that sort by themselves and ids that sort by a key, as one stream. */
function* merged(plain: Generator<Candidate, undefined>, keyed: Generator<Candidate, undefined>): Generator<Candidate> {
  try {
    let a = plain.next().value;
    let b = keyed.next().value;
    while (a !== undefined || b !== undefined) {
      if (a !== undefined && (b === undefined || compareRefs(a.ref, b.ref) < 0)) {
        yield a;
        a = plain.next().value;
      } else if (b !== undefined) {
        yield b;
        b = keyed.next().value;
      }
    }
  } finally {
    // A statement that is left half read would keep the connection from writing.
    plain.return(undefined);
    keyed.return(undefined);
  }
}

/** The latest first; those of one millisecond are put in order here. */
function* byTime(query: ResourceQuery, base: Base): Generator<Candidate> {
  const { after, resourceType } = query;
  const type = resourceType === undefined ? undefined : base.types.find(resourceType);
  if (resourceType !== undefined && type === undefined) return;
  const latest = after?.updatedAt === undefined ? Number.MAX_SAFE_INTEGER : timeToMs(after.updatedAt);
  const conditions = [...(type === undefined ? [] : [`type = ${type}`]), 'updated_ms <= ?'];
  let ties: Candidate[] = [];
  const inOrder = (): readonly Candidate[] =>
    ties
      .filter(({ ref, row }) => after === undefined || row[5] !== latest || compareRefs(ref, after) > 0)
      .sort((a, b) => compareRefs(a.ref, b.ref));
  for (const candidate of candidates(query, conditions, [latest], 'updated_ms DESC', base)) {
    if (ties.length > 0 && ties[0]?.row[5] !== candidate.row[5]) {
      yield* inOrder();
      ties = [];
    }
    ties.push(candidate);
  }
  yield* inOrder();
}
