/** Neighbours by reference: what is stored of them, who refers to them, and which dependency conflicts they have. */
import type { DependencyWorld, WorldRequest } from '../../../domain/merge/dependencies.js';
import { refOfKey, resourceKeyOf, type ResourceKey } from '../../../domain/resource/resource-key.js';
import type { Base } from '../base.js';
import { recordsOf } from './histories.js';
import { findResource } from '../rows/resource-rows.js';

export const loadWorld = (request: WorldRequest, base: Base): DependencyWorld => ({
  resources: new Map(request.resources.map((key) => [key, findResource(refOfKey(key), base)])),
  referrers: new Map(request.referrersOf.map((key) => [key, referrersOf(key, base)])),
  records: new Map(
    request.resources.map((key) => {
      const resource = base.resources.find(refOfKey(key));
      const records = resource === undefined ? [] : recordsOf(resource, base);
      return [key, records.filter(({ unit }) => unit.kind === 'dependency')];
    }),
  ),
  hasReferences: base.remembered.hasReferences(),
});

const referrersOf = (key: ResourceKey, { connection, types, resources, remembered }: Base): readonly ResourceKey[] => {
  const { resourceType, resourceId } = refOfKey(key);
  const type = remembered.hasReferences() ? types.find(resourceType) : undefined;
  if (type === undefined) return [];
  return connection
    .values<number>('SELECT source FROM reference WHERE target_id = ? AND target_type = ?')
    .all(resourceId, type)
    .map((source) => resourceKeyOf(resources.refOf(source)));
};
