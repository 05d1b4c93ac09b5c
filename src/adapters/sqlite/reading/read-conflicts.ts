/** The conflict log by id, which is a hash in hex: its order is the same in every collation. */
import type { ConflictQuery, Page, StoredConflict } from '../../../application/ports/event-store.js';
import type { Base } from '../base.js';
import { conflictColumns, readConflictRow, type ConflictRow } from '../rows/conflict-rows.js';
import type { Bindable } from '../../sqlite-file/connection.js';
import { findEvents } from './find-events.js';
import { pageOf } from './pages.js';

export const readConflicts = (query: ConflictQuery, base: Base): Page<StoredConflict, string> => {
  const { connection, resources, types, dots } = base;
  const conditions = ['conflict_id > ?'];
  const values: Bindable[] = [query.after ?? ''];
  const where = (condition: string, ...bound: readonly Bindable[]): void => {
    conditions.push(condition);
    values.push(...bound);
  };
  if (query.status === 'pending_review') where(`status = 'pending_review'`);
  else if (query.status === 'resolved')
    where(query.includeSuperseded === true ? `status <> 'pending_review'` : `status = 'resolved'`);
  else if (query.includeSuperseded !== true) where(`status <> 'superseded'`);
  if (query.conflictType !== undefined) where('conflict_type = ?', query.conflictType);
  if (query.resource !== undefined) where('resource = ?', resources.find(query.resource) ?? nothing);
  if (query.resourceType !== undefined)
    where('(SELECT type FROM resource WHERE id = +conflict.resource) = ?', types.find(query.resourceType) ?? nothing);
  if (query.eventId !== undefined) {
    const conflicts = findEvents({ eventIds: [query.eventId] }, base).flatMap(({ sealed }) => {
      const parts = dots.find(sealed.dot);
      return parts === undefined
        ? []
        : connection.values<number>('SELECT conflict FROM conflict_event WHERE replica = ? AND seq = ?').all(...parts);
    });
    where('n IN (SELECT value FROM json_each(?))', JSON.stringify(conflicts));
  }
  const rows = connection
    .rows<ConflictRow>(
      `SELECT ${conflictColumns} FROM conflict WHERE ${conditions.join(' AND ')} ORDER BY conflict_id LIMIT ?`,
    )
    .all(...values, query.limit + 1);
  return pageOf(
    rows.map((row) => readConflictRow(row, base)),
    query.limit,
    ({ record }) => record.conflictId,
  );
};

/** No row has it. */
const nothing = -1;

export const findConflicts = (ids: readonly string[], base: Base): readonly StoredConflict[] => {
  const byId = base.connection.rows<ConflictRow>(`SELECT ${conflictColumns} FROM conflict WHERE conflict_id = ?`);
  return ids.flatMap((id) => {
    const row = byId.get(id);
    return row === undefined ? [] : [readConflictRow(row, base)];
  });
};
