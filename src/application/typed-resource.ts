/** A replica as it looks to who has a definition: the payloads of one type, with the compiler's help. */
import type { AnyResource } from '../domain/resource-definition/any-resource.js';
import type { FieldsOf } from '../domain/resource-definition/payload-types.js';
import type { JsonObject } from '../domain/shared/json.js';
import type { Replica, TypedResource } from './replica.js';
import type { ResourceSnapshot } from './resource-snapshot.js';

export const typedResource = <Definition extends AnyResource>(
  replica: Replica,
  { resourceType }: Definition,
): TypedResource<Definition> => ({
  create: (resourceId, fields, options) => replica.create(resourceType, resourceId, fields as JsonObject, options),
  update: (resourceId, fields, options) => replica.update(resourceType, resourceId, fields as JsonObject, options),
  delete: (resourceId, options) => replica.delete(resourceType, resourceId, options),
  get: async (resourceId) =>
    (await replica.get(resourceType, resourceId)) as ResourceSnapshot<FieldsOf<Definition>> | undefined,
  list: (query) => replica.list({ ...query, resourceType }) as AsyncIterable<ResourceSnapshot<FieldsOf<Definition>>>,
});
