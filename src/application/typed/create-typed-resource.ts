/** Typed access over a replica: the same calls, with the type filled in. */
import type { AnyResource } from '../../domain/resource-definition/any-resource.js';
import type { JsonObject } from '../../domain/shared/json.js';
import { checkFunction, checkObject } from '../argument-checks.js';
import type { ListQuery } from '../reading/list-query.js';
import type { Replica } from '../replica.js';
import type { TypedListQuery, TypedResource, TypedSnapshot } from './typed-resource.js';
import { write } from '../write.js';

/**
 * Sound as far as authors are checked: a value that another replica wrote under another definition
 * is shown as it is, and listed in `invalid`.
 */
export const createTypedResource = <Definition extends AnyResource>(
  replica: Replica,
  { resourceType }: Definition,
): TypedResource<Definition> => {
  type Typed = TypedResource<Definition>;
  type View = TypedSnapshot<Definition>;
  const queryOf = (query: TypedListQuery<Definition> = {}): ListQuery => {
    checkObject(query, 'query');
    return { ...query, resourceType } as ListQuery;
  };
  return {
    create: (resourceId, fields, options) => replica.create(resourceType, resourceId, fields as JsonObject, options),
    update: (resourceId, fields, options) => replica.update(resourceType, resourceId, fields as JsonObject, options),
    delete: (resourceId, options) => replica.delete(resourceType, resourceId, options),
    edit: async (resourceId, decide, options) => {
      checkFunction(decide, 'decide');
      return replica.edit(resourceType, resourceId, (view) => decide(view as View) as JsonObject | undefined, options);
    },
    get: (resourceId) => replica.get(resourceType, resourceId) as ReturnType<Typed['get']>,
    list: (query) => replica.list(queryOf(query)) as ReturnType<Typed['list']>,
    watch: (resourceId) => replica.watch(resourceType, resourceId) as ReturnType<Typed['watch']>,
    watchList: (query) => replica.watchList(queryOf(query)) as ReturnType<Typed['watchList']>,
    write: {
      create: (resourceId, fields, options) => write.create(resourceType, resourceId, fields as JsonObject, options),
      update: (resourceId, fields, options) => write.update(resourceType, resourceId, fields as JsonObject, options),
      delete: (resourceId, options) => write.delete(resourceType, resourceId, options),
    },
  };
};
