/**
 * A policy as plain data: from which it is rebuilt where no part of it is code, and, without
 * what merging never reads, the base of its fingerprint. Code is listed by name: a strategy by name, version and options, a
 * schema by its library, an upcast by being there. What it says is up to the versions of the
 * policy and the resource.
 */
import type { AnyField } from '../fields/field-definition.js';
import type { AnyResource, GroupDefinition } from '../resource-definition/any-resource.js';
import type { StrategyTable } from '../resource-definition/type-rules.js';
import { deepFreeze } from '../shared/deep-freeze.js';
import type { Json, JsonObject } from '../shared/json.js';
import { strategyData, type AnyStrategy } from './any-strategy.js';
import { isShippedThroughout } from './strategy-check.js';

/** Raised with every change of the rules of merging themselves. */
export const engineVersion = 1;

interface PolicyParts {
  readonly name: string;
  readonly version: number;
  readonly table: StrategyTable;
  readonly agents: ReadonlyMap<string, number>;
  readonly resources: readonly AnyResource[];
}

export interface DescribedPolicy {
  readonly data: JsonObject;
  /** The data without what changes no merge: an index more is the same policy still. */
  readonly merging: JsonObject;
  readonly isData: boolean;
}

export const policyData = (parts: PolicyParts): DescribedPolicy => {
  const { name, version, table, agents, resources } = parts;
  const rules = {
    engine: engineVersion,
    name,
    version,
    byConflict: strategiesData(table),
    ...(agents.size === 0
      ? {}
      : { agents: objectOf([...agents].map(([agentId, priority]) => [agentId, { priority }])) }),
  };
  const withResources = (describe: (resource: AnyResource) => JsonObject): JsonObject =>
    resources.length === 0
      ? rules
      : { ...rules, resources: objectOf(resources.map((resource) => [resource.resourceType, describe(resource)])) };
  const isData = Object.values(table).every(isStrategyData) && resources.every(isResourceData);
  return { data: deepFreeze(withResources(resourceData)), merging: withResources(mergingData), isData };
};

const resourceData = (resource: AnyResource): JsonObject => ({
  ...mergingData(resource),
  fields: objectOf(Object.entries(resource.fields).map(([name, field]) => [name, fieldData(field)])),
  ...(resource.indexes.length === 0 ? {} : { indexes: resource.indexes }),
});

const mergingData = (resource: AnyResource): JsonObject => {
  const { version, fields, groups, granularity, strategy, byConflict, priorityField, upcast } = resource;
  return {
    version,
    granularity,
    priorityField,
    fields: objectOf(Object.entries(fields).map(([name, field]) => [name, mergingFieldData(field)])),
    ...(groups.length === 0 ? {} : { groups: objectOf(groups.map((group) => [group.name, groupData(group)])) }),
    ...(strategy === undefined ? {} : { strategy: strategyData(strategy) }),
    ...(Object.keys(byConflict).length === 0 ? {} : { byConflict: strategiesData(byConflict) }),
    ...(upcast === undefined ? {} : { upcast: true }),
  };
};

const fieldData = (field: AnyField): JsonObject => ({
  ...mergingFieldData(field),
  ...(field.default === undefined ? {} : { default: field.default }),
  ...(field.schema === undefined ? {} : { schema: field.schema }),
});

/** A schema counts, since what a strategy returns is checked against it; which library made it does not. */
const mergingFieldData = ({ kind, options, strategy, reference, schema }: AnyField): JsonObject => ({
  kind: kind.name,
  ...(Object.keys(options).length === 0 ? {} : { options }),
  ...(strategy === undefined ? {} : { strategy: strategyData(strategy) }),
  ...(reference?.onDelete === undefined ? {} : { onDelete: strategyData(reference.onDelete) }),
  ...(schema === undefined ? {} : { schema: true }),
});

const groupData = ({ fields, strategy }: GroupDefinition): JsonObject => ({
  fields,
  ...(strategy === undefined ? {} : { strategy: strategyData(strategy) }),
});

const strategiesData = (strategies: Readonly<Record<string, AnyStrategy>>): JsonObject =>
  objectOf(
    Object.entries(strategies).flatMap(([key, strategy]) =>
      strategy === undefined ? [] : [[key, strategyData(strategy)]],
    ),
  );

const isResourceData = ({ fields, groups, strategy, byConflict, upcast }: AnyResource): boolean =>
  upcast === undefined &&
  Object.values(fields).every(
    (field) =>
      field.schema === undefined && isStrategyData(field.strategy) && isStrategyData(field.reference?.onDelete),
  ) &&
  groups.every((group) => isStrategyData(group.strategy)) &&
  [strategy, ...Object.values(byConflict)].every(isStrategyData);

const isStrategyData = (strategy: AnyStrategy | undefined): boolean =>
  strategy === undefined || isShippedThroughout(strategyData(strategy));

/** Names come from outside, so none of them may reach a prototype. */
const objectOf = (entries: readonly (readonly [string, Json])[]): JsonObject => Object.fromEntries(entries);
