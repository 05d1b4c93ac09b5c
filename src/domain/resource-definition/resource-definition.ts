/**
 * What one says of a resource type: its fields and their kinds, what is merged as one value,
 * and which strategies decide. Fields that are not declared are welcome and are registers of
 * their own, so an old program never drops what a newer one writes.
 *
 * A definition is checked when it is made: what could never apply is refused there, with what
 * to write instead, rather than found out in a merge.
 */
import type { ValueOf } from '../fields/field-definition.js';
import type { Json } from '../shared/json.js';
import type { AnyStrategy } from '../strategies/any-strategy.js';
import type { StrategyByConflict } from '../strategies/by-conflict-rules.js';
import type { MergeStrategy } from '../strategies/merge-strategy.js';
import {
  defaultPriorityField,
  type AnyResource,
  type FieldMap,
  type Granularity,
  type Upcast,
} from './any-resource.js';
import { groupOf } from './group.js';
import { checkMembers } from '../shared/check-argument.js';
import { checkResource } from './resource-check.js';

/** What one says of a resource type. */
export interface ResourceOptions<Fields extends FieldMap> {
  /** The version of the payloads' form, written into each event. */
  readonly version: number;
  readonly fields: Fields;
  /** Fields by which `list` is asked. */
  readonly indexes?: readonly (keyof Fields & string)[];
  readonly granularity?: Granularity;
  /** For every conflict that no field, no group and no `byConflict` of this type has a strategy for. */
  readonly strategy?: MergeStrategy;
  /** For conflicts of that kind, where the field or group has no strategy of its own. */
  readonly byConflict?: StrategyByConflict;
  /** For this type's references that have none of their own; the same as `byConflict.dependency`. */
  readonly onDelete?: MergeStrategy;
  /** The field that gives a write its priority where event and agent have none (R22). */
  readonly priorityField?: string;
  readonly upcast?: Upcast;
}

/** A declared resource type that still knows its types. */
export interface ResourceDefinition<
  Type extends string = string,
  Fields extends FieldMap = FieldMap,
> extends AnyResource {
  readonly resourceType: Type;
  readonly fields: Fields;
  /** The same definition, with these fields merged as one value. */
  readonly group: <const Name extends Groupable<Fields>>(
    name: string,
    fields: readonly Name[],
    options?: GroupOptions<{ readonly [Field in Name]?: ValueOf<Fields[Field]> }>,
  ) => ResourceDefinition<Type, Fields>;
}

/** Names of the fields that hold one value; the kinds that merge item by item have none to choose. */
type Groupable<Fields extends FieldMap> = {
  [Name in keyof Fields]: Fields[Name]['kind']['name'] extends 'counter' | 'set' | 'list' | 'text' ? never : Name;
}[keyof Fields] &
  string;

/** What one says of a group of fields. */
export interface GroupOptions<Value> {
  /** Decides the group's conflicts, on the values of its fields together. */
  readonly strategy?: MergeStrategy<Value>;
}

/**
 * Declares a resource type, for `definePolicy` and for typed access.
 *
 * @throws ReknitError `invalid_policy` where something could never apply
 */
export const defineResource = <const Type extends string, const Fields extends FieldMap>(
  resourceType: Type,
  options: ResourceOptions<Fields>,
): ResourceDefinition<Type, Fields> => {
  checkResource(resourceType, options);
  const { version, fields, indexes = [], granularity = 'field', strategy, onDelete, upcast } = options;
  const byConflict = onDelete === undefined ? options.byConflict : { ...options.byConflict, dependency: onDelete };
  return withGroups({
    resourceType,
    version,
    fields: Object.freeze({ ...fields }),
    groups: [],
    defaults: defaultsOf(fields),
    indexes: Object.freeze([...new Set(indexes)].sort()),
    granularity,
    ...(strategy === undefined ? {} : { strategy }),
    byConflict: Object.freeze({ ...byConflict }),
    priorityField: options.priorityField ?? defaultPriorityField,
    ...(upcast === undefined ? {} : { upcast: Object.freeze({ ...upcast }) }),
  });
};

const withGroups = <Type extends string, Fields extends FieldMap>(
  resource: AnyResource & { readonly resourceType: Type; readonly fields: Fields },
): ResourceDefinition<Type, Fields> =>
  Object.freeze({
    ...resource,
    group: (name: string, fields: readonly string[], options: { readonly strategy?: AnyStrategy } = {}) => {
      checkMembers('group', options, { strategy: true });
      return withGroups({
        ...resource,
        groups: [...resource.groups, groupOf(resource, name, fields, options.strategy)],
      });
    },
  });

const defaultsOf = (fields: FieldMap): ReadonlyMap<string, Json> => {
  const defaults = new Map<string, Json>();
  for (const [name, field] of Object.entries(fields))
    if (field.default !== undefined) defaults.set(name, field.default);
  return defaults;
};
