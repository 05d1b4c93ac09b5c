/** Resources as small integers: a row names each, with its state where it has one. */
import type { ResourceRef } from '../../domain/events/event.js';
import { resourceKeyOf, type ResourceKey } from '../../domain/resource/resource-key.js';
import { invariant } from '../../domain/shared/invariant.js';
import type { Connection } from './connection.js';
import { sortKeyOf } from './text-order.js';
import type { TextDictionary } from './text-dictionary.js';

export interface ResourceIds {
  readonly find: (ref: ResourceRef, key?: ResourceKey) => number | undefined;
  readonly idFor: (ref: ResourceRef) => number;
  readonly refOf: (id: number) => ResourceRef;
  /** Keeps what a query has found out anyway. */
  readonly remember: (key: ResourceKey, id: number) => void;
  readonly forget: () => void;
}

/** A few batches' worth; looking one up again costs a microsecond or two. */
const entriesMax = 50_000;

export const resourceIdsOf = (connection: Connection, types: TextDictionary): ResourceIds => {
  const ids = new Map<ResourceKey, number>();
  const refs = new Map<number, ResourceRef>();
  const forget = (): void => {
    ids.clear();
    refs.clear();
  };
  const remember = (key: ResourceKey, id: number): void => {
    if (ids.size >= entriesMax) ids.clear();
    ids.set(key, id);
  };
  const find = (ref: ResourceRef, key = resourceKeyOf(ref)): number | undefined => {
    const known = ids.get(key);
    if (known !== undefined) return known;
    const type = types.find(ref.resourceType);
    if (type === undefined) return undefined;
    const id = connection.values<number>('SELECT id FROM resource WHERE resource_id = ? AND type = ?').get(ref.resourceId, type);
    if (id !== undefined) remember(key, id);
    return id;
  };
  return {
    find,
    idFor: (ref) => {
      const key = resourceKeyOf(ref);
      const known = find(ref, key);
      if (known !== undefined) return known;
      const { lastInsertRowid } = connection
        .statement('INSERT INTO resource (type, resource_id, sort_id) VALUES (?, ?, ?)')
        .run(types.idFor(ref.resourceType), ref.resourceId, sortKeyOf(ref.resourceId) ?? null);
      remember(key, Number(lastInsertRowid));
      return Number(lastInsertRowid);
    },
    refOf: (id) => {
      const known = refs.get(id);
      if (known !== undefined) return known;
      const row = connection.rows<readonly [number, string]>('SELECT type, resource_id FROM resource WHERE id = ?').get(id);
      invariant(row !== undefined, `the file names resource ${id}, which it does not have`);
      const ref = { resourceType: types.textOf(row[0]), resourceId: row[1] };
      if (refs.size >= entriesMax) refs.clear();
      refs.set(id, ref);
      return ref;
    },
    remember,
    forget,
  };
};
