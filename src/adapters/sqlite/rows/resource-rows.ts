/** A stored resource as a row, and back. */
import type { ResourceRef } from '../../../domain/events/event.js';
import type { StoredResource } from '../../../domain/merge/unit-of-work.js';
import { canonicalJson } from '../../../domain/shared/canonical-json.js';
import type { Json, JsonObject } from '../../../domain/shared/json.js';
import type { Base } from '../base.js';
import { apart, longFieldsText } from './long-values.js';
import { readState } from './read-state.js';
import { readFields } from './stored-json.js';
import { sortKeyOf } from '../names/text-order.js';
import { msToTime, timeToMs } from './times.js';
import { writeState } from './write-state.js';

export const resourceColumns = 'id, fields, state, deleted, pending_conflicts, updated_ms, updated_by, long_fields';

export type ResourceRow = readonly [
  id: number,
  fields: string | null,
  state: string | null,
  deleted: number,
  pendingConflicts: number,
  updatedMs: number | null,
  updatedBy: number | null,
  longFields: string | null,
];

export const readResourceRow = (
  ref: ResourceRef,
  row: ResourceRow | readonly [...ResourceRow, ...unknown[]],
  { dots, agents, longValues }: Base,
): StoredResource | undefined => {
  const [id, fields, state, deleted, pendingConflicts, updatedMs, updatedBy, longFields] = row;
  if (fields === null || state === null) return undefined;
  const shown = {
    deleted: deleted === 1,
    fields: longFields === null ? readFields(fields) : inOrder(readFields(fields), longValues.read(id, longFields)),
    pendingConflicts,
    updatedAt: updatedMs === null ? '' : msToTime(updatedMs),
    updatedBy: updatedBy === null ? '' : agents.textOf(updatedBy),
  };
  return readState(ref, state, shown, dots);
};

/** As if all had stood in one row. */
const inOrder = (short: JsonObject, long: JsonObject): JsonObject => {
  const all = Object.create(null) as Record<string, Json>;
  for (const field of [...Object.keys(short), ...Object.keys(long)].sort())
    all[field] = (Object.hasOwn(long, field) ? long[field] : short[field]) as Json;
  return all;
};

const resourceNamed = `SELECT ${resourceColumns} FROM resource WHERE resource_id = ? AND type = ?`;

const findResourceRow = (ref: ResourceRef, { connection, types, resources }: Base): ResourceRow | undefined => {
  const type = types.find(ref.resourceType);
  if (type === undefined) return undefined;
  const row = connection.rows<ResourceRow>(resourceNamed).get(ref.resourceId, type);
  if (row !== undefined) resources.remember(ref, row[0]);
  return row;
};

export const findResource = (ref: ResourceRef, base: Base): StoredResource | undefined => {
  const row = findResourceRow(ref, base);
  return row === undefined ? undefined : readResourceRow(ref, row, base);
};

export const writeResource = (stored: StoredResource, base: Base): void => {
  const { state, view } = stored;
  const { connection, agents, types, resources, dots, remembered, longValues } = base;
  const { short, long } = apart(view.fields);
  const known = resources.find(state);
  const longBefore = known !== undefined && remembered.hasPieces() ? longFieldsOf(known, base) : null;
  const values = [
    canonicalJson(short),
    long === undefined ? null : longFieldsText(long),
    writeState(stored, dots),
    view.deleted ? 1 : 0,
    view.pendingConflicts,
    isContestable(stored) ? 1 : 0,
    view.updatedAt === '' ? null : timeToMs(view.updatedAt),
    view.updatedBy === '' ? null : agents.idFor(view.updatedBy),
  ];
  let id = known;
  if (id === undefined) {
    const { lastInsertRowid } = connection
      .statement(
        `INSERT INTO resource (fields, long_fields, state, deleted, pending_conflicts, is_contestable, updated_ms,
         updated_by, type, resource_id, sort_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(...values, types.idFor(state.resourceType), state.resourceId, sortKeyOf(state.resourceId) ?? null);
    id = Number(lastInsertRowid);
    resources.remember(state, id);
  } else {
    connection
      .statement(
        `UPDATE resource SET fields = ?, long_fields = ?, state = ?, deleted = ?, pending_conflicts = ?,
         is_contestable = ?, updated_ms = ?, updated_by = ? WHERE id = ?`,
      )
      .run(...values, id);
  }
  if (long !== undefined || longBefore !== null) {
    longValues.write(id, longBefore, long ?? {});
    if (!remembered.hasPieces()) remembered.countAgain();
  }
  if (view.references.length > 0 || remembered.hasReferences()) writeReferences(id, stored, base);
};

const longFieldsOf = (resource: number, { connection }: Base): string | null =>
  connection.values<string | null>('SELECT long_fields FROM resource WHERE id = ?').get(resource) ?? null;

const isContestable = ({ state, view }: StoredResource): boolean =>
  !state.isLinear || view.references.length > 0 || state.kept.length > 0;

const writeReferences = (id: number, { view }: StoredResource, { connection, types, remembered }: Base): void => {
  connection.statement('DELETE FROM reference WHERE source = ?').run(id);
  const insert = connection.statement('INSERT INTO reference (target_type, target_id, source) VALUES (?, ?, ?)');
  for (const target of view.references) insert.run(types.idFor(target.resourceType), target.resourceId, id);
  remembered.countAgain();
};
