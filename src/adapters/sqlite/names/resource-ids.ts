/** Resources as small integers: a row names each, with its state where it has one. */
import type { ResourceRef } from '../../../domain/events/event.js';
import { invariant } from '../../../domain/shared/invariant.js';
import type { Connection } from '../../sqlite-file/connection.js';
import { sortKeyOf } from './text-order.js';
import type { TextDictionary } from '../../sqlite-file/text-dictionary.js';

export interface ResourceIds {
  readonly find: (ref: ResourceRef) => number | undefined;
  readonly idFor: (ref: ResourceRef) => number;
  readonly refOf: (id: number) => ResourceRef;
  /** Keeps what a query has found out anyway. */
  readonly remember: (ref: ResourceRef, id: number) => void;
  readonly forget: () => void;
}

/** A few batches' worth; looking one up again costs a microsecond or two. */
const entriesMax = 50_000;

export const resourceIdsOf = (connection: Connection, types: TextDictionary): ResourceIds => {
  // By type, then id: a key made of both would have to be put together for every event.
  const ids = new Map<string, Map<string, number>>();
  const refs = new Map<number, ResourceRef>();
  let entries = 0;
  const forgetIds = (): void => {
    ids.clear();
    entries = 0;
  };
  const remember = ({ resourceType, resourceId }: ResourceRef, id: number): void => {
    if (entries >= entriesMax) forgetIds();
    const ofType = ids.get(resourceType);
    if (ofType === undefined) ids.set(resourceType, new Map([[resourceId, id]]));
    else ofType.set(resourceId, id);
    entries += 1;
  };
  const find = (ref: ResourceRef): number | undefined => {
    const known = ids.get(ref.resourceType)?.get(ref.resourceId);
    if (known !== undefined) return known;
    const type = types.find(ref.resourceType);
    if (type === undefined) return undefined;
    const id = connection
      .values<number>('SELECT id FROM resource WHERE resource_id = ? AND type = ?')
      .get(ref.resourceId, type);
    if (id !== undefined) remember(ref, id);
    return id;
  };
  return {
    find,
    idFor: (ref) => {
      const known = find(ref);
      if (known !== undefined) return known;
      const { lastInsertRowid } = connection
        .statement('INSERT INTO resource (type, resource_id, sort_id) VALUES (?, ?, ?)')
        .run(types.idFor(ref.resourceType), ref.resourceId, sortKeyOf(ref.resourceId) ?? null);
      remember(ref, Number(lastInsertRowid));
      return Number(lastInsertRowid);
    },
    refOf: (id) => {
      const known = refs.get(id);
      if (known !== undefined) return known;
      const row = connection
        .rows<readonly [number, string]>('SELECT type, resource_id FROM resource WHERE id = ?')
        .get(id);
      invariant(row !== undefined, `the file names resource ${id}, which it does not have`);
      const ref = { resourceType: types.textOf(row[0]), resourceId: row[1] };
      if (refs.size >= entriesMax) refs.clear();
      refs.set(id, ref);
      return ref;
    },
    remember,
    forget: () => {
      forgetIds();
      refs.clear();
    },
  };
};
