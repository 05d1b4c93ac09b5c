/** Resources that are looked for, by pages; a page holds only what this person may see. */
import type { ResourceSnapshot } from '../../../application/index.js';
import { resourceKeyOf } from '../../../domain/resource/resource-key.js';
import type { ResourcesPage } from '../api/index.js';
import type { DeskCore } from '../core.js';
import { maySee } from '../inbox/search.js';
import type { DeskPerson } from '../options.js';
import { problem } from '../problems.js';
import type { Seal } from '../session/seal.js';
import { previewOf } from '../shown/value.js';

export const listResources = async (
  core: DeskCore,
  seal: Seal,
  query: {
    readonly resourceType?: string | undefined;
    readonly q?: string | undefined;
    readonly includeDeleted: boolean;
    readonly pendingOnly: boolean;
    readonly orderBy: 'id' | 'updatedAt';
    readonly after?: string | undefined;
    readonly limit: number;
  },
  person: DeskPerson,
): Promise<ResourcesPage> => {
  const { replica, limits } = core;
  const { resourceType, q = '', includeDeleted, pendingOnly, orderBy, limit } = query;
  if (resourceType !== undefined && !maySee(person, { types: [resourceType] })) return { items: [] };
  const pending = pendingOnly ? await visiblyPending(core, person) : undefined;
  const after = cursorFrom(query.after, seal);
  const items: ResourcesPage['items'] = [];
  let looked = 0;
  let last: ResourceSnapshot | undefined;
  const found = replica.list({
    includeDeleted,
    pendingOnly,
    orderBy,
    ...(resourceType === undefined ? {} : { resourceType }),
    ...(after === undefined ? {} : { after }),
  });
  for await (const resource of found) {
    if (items.length === limit || looked === limits.scanMax)
      return { items, ...(last === undefined ? {} : { next: cursorOf(last, seal) }) };
    looked += 1;
    last = resource;
    if (!resource.resourceId.includes(q) || !maySee(person, { types: [resource.resourceType] })) continue;
    if (pending?.has(resourceKeyOf(resource)) === false) continue;
    items.push({
      resourceType: resource.resourceType,
      resourceId: resource.resourceId,
      deleted: resource.deleted,
      conflicts: resource.conflicts.length,
      isProvisional: resource.provisional.length > 0,
      updatedAt: resource.updatedAt,
      updatedBy: resource.updatedBy,
      fields: previewOf(resource.fields),
    });
  }
  return { items };
};

/**
 * The resources of which a pending conflict may be seen; undefined for who sees all. One about a reference also tells
 * of what it refers to, which may be of a type that is not to be seen.
 */
const visiblyPending = async (
  { index }: Pick<DeskCore, 'index'>,
  person: DeskPerson,
): Promise<ReadonlySet<string> | undefined> => {
  if (person.readsAll) return undefined;
  await index.ready();
  const seen = index.entries().filter((entry) => entry.resolvedMs === undefined && maySee(person, entry));
  return new Set(seen.map(({ summary }) => resourceKeyOf(summary)));
};

const cursorOf = ({ resourceType, resourceId, updatedAt }: ResourceSnapshot, seal: Seal): string =>
  seal.close(JSON.stringify([resourceType, resourceId, updatedAt]));

const cursorFrom = (cursor: string | undefined, seal: Seal) => {
  if (cursor === undefined) return undefined;
  const text = seal.open(cursor);
  if (text === undefined) throw problem('bad_request', '"after" is no place that a page ended at: begin without it');
  const [resourceType, resourceId, updatedAt] = JSON.parse(text) as [string, string, string];
  return { resourceType, resourceId, updatedAt };
};
