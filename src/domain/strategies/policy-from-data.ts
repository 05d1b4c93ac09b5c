/**
 * A policy from its data: what is stored with a file, sent to a peer or written by hand.
 *
 * Nothing is skipped: a member that is not understood would have meant something, and a policy
 * without it would be another one under the same name. Parts that are code are refused with
 * `policy_missing`, since whoever has the code can open the policy.
 */
import { fieldsFromData } from '../fields/fields-from-data.js';
import type { AnyField } from '../fields/field-definition.js';
import type { AnyResource, Granularity } from '../resource-definition/any-resource.js';
import { defineResource } from '../resource-definition/resource-definition.js';
import { sameJson } from '../shared/canonical-json.js';
import { isJsonObject, type Json, type JsonObject } from '../shared/json.js';
import { jsonFault } from '../shared/json-check.js';
import type { GeneralStrategy, StrategyData } from './any-strategy.js';
import type { StrategyByConflict } from './by-conflict-rules.js';
import { definePolicy, type PolicyOptions } from './define-policy.js';
import { invalidPolicy, policyMissing } from './invalid-policy.js';
import { engineVersion } from './policy-data.js';
import type { Policy } from './policy.js';
import { strategyFromData } from './strategy-from-data.js';
import { shown } from '../shared/shown.js';

/** Rebuilds a policy; throws `policy_missing` where a part of it is code. */
export const policyFromData = (data: unknown): Policy => {
  // Before anything looks into it: what is nested without end would end whoever follows it down.
  const fault = data === undefined ? undefined : jsonFault(data, 'the policy');
  if (fault !== undefined) throw invalidPolicy(fault.message);
  const members = ['engine', 'name', 'version', 'default', 'byConflict', 'agents', 'resources'];
  const { engine = engineVersion, name, version, resources, ...rest } = objectWith(data, members, 'the policy');
  if (engine !== engineVersion)
    throw invalidPolicy(
      `the policy is for version ${shown(engine)} of the merge rules, and this is version ${engineVersion}: use the version of reknit that wrote it`,
    );
  const agents = rest['agents'];
  return definePolicy({
    name: name as string,
    version: version as number,
    ...member(rest, 'default', strategyOf),
    ...member(rest, 'byConflict', strategiesByConflict),
    ...(agents === undefined ? {} : { agents: entriesOf(agents, 'agents') as NonNullable<PolicyOptions['agents']> }),
    resources: Object.entries(entriesOf(resources ?? {}, 'resources')).map(([type, resource]) =>
      resourceOf(type, resource),
    ),
  });
};

const resourceOf = (type: string, data: Json): AnyResource => {
  const members = [
    'version',
    'granularity',
    'priorityField',
    'fields',
    'groups',
    'indexes',
    'strategy',
    'byConflict',
    'onDelete',
    'upcast',
  ];
  const given = objectWith(data, members, `"${type}"`);
  if (given['upcast'] !== undefined) throw isCode(`"${type}" has an upcast, which is code`);
  const fields = Object.entries(entriesOf(given['fields'] ?? {}, `"${type}", fields`));
  const definition = defineResource(type, {
    version: given['version'] as number,
    fields: Object.fromEntries(fields.map(([name, field]) => [name, fieldOf(field, `"${type}", "${name}"`)])),
    ...member(given, 'granularity', (granularity) => granularity as Granularity),
    ...member(given, 'priorityField', (field) => field as string),
    ...member(given, 'indexes', (indexes) => namesOf(indexes, `"${type}", indexes`)),
    ...member(given, 'strategy', strategyOf),
    ...member(given, 'byConflict', strategiesByConflict),
    ...member(given, 'onDelete', strategyOf),
  });
  const groups = Object.entries(entriesOf(given['groups'] ?? {}, `"${type}", groups`));
  return groups.reduce((resource, [name, group]) => {
    const { fields, strategy } = objectWith(group, ['fields', 'strategy'], `"${type}", group "${name}"`);
    const names = namesOf(fields, `"${type}", group "${name}", fields`);
    return resource.group(name, names, strategy === undefined ? {} : { strategy: strategyOf(strategy) });
  }, definition);
};

const fieldOf = (data: Json, place: string): AnyField => {
  const members = ['kind', 'options', 'strategy', 'default', 'onDelete', 'schema'];
  const given = objectWith(data, members, place);
  const { kind, options = {}, schema } = given;
  if (schema !== undefined) throw isCode(`${place} has a schema of ${shown(schema)}, which is code`);
  const build = typeof kind === 'string' && Object.hasOwn(fieldsFromData, kind) ? fieldsFromData[kind] : undefined;
  if (build === undefined)
    throw invalidPolicy(
      `${place}: there is no kind of field ${shown(kind)}: use ${Object.keys(fieldsFromData).join(', ')}`,
    );
  const field = build({
    options: objectWith(options, undefined, `${place}, options`),
    ...member(given, 'strategy', strategyOf),
    ...member(given, 'onDelete', strategyOf),
    ...member(given, 'default', (value) => value),
  });
  refuseUnused(field, given, place);
  return field;
};

/** A kind that takes no default, no strategy or no such option must not be given one in vain. */
const refuseUnused = (field: AnyField, given: JsonObject, place: string): void => {
  const { options, strategy, reference } = field;
  // A kind that merges by itself has a default of its own, and no other.
  const isDefault = sameJson(field.default, given['default']);
  const taken: Readonly<Record<string, unknown>> = {
    strategy,
    default: isDefault ? field.default : undefined,
    onDelete: reference?.onDelete,
  };
  const unused =
    Object.keys(taken).find((name) => given[name] !== undefined && taken[name] === undefined) ??
    Object.keys(given['options'] ?? {}).find((name) => !Object.hasOwn(options, name));
  if (unused !== undefined) throw invalidPolicy(`${place}: a ${field.kind.name} takes no "${unused}"`);
};

const strategyOf = (data: Json): GeneralStrategy => strategyFromData(data as StrategyData);

const strategiesByConflict = (data: Json): StrategyByConflict =>
  Object.fromEntries(
    Object.entries(entriesOf(data, 'byConflict')).map(([kind, strategy]) => [kind, strategyOf(strategy)]),
  );

/** One optional member, read if it is there. */
const member = <Name extends string, Value>(
  object: JsonObject,
  name: Name,
  read: (value: Json) => Value,
): { readonly [Key in Name]?: Value } => {
  const value = object[name];
  return value === undefined ? {} : ({ [name]: read(value) } as { readonly [Key in Name]: Value });
};

const objectWith = (data: unknown, members: readonly string[] | undefined, place: string): JsonObject => {
  if (!isJsonObject(data)) throw invalidPolicy(`${place} as data is an object, not ${shown(data)}`);
  const unknown = members === undefined ? undefined : Object.keys(data).find((name) => !members.includes(name));
  if (unknown !== undefined)
    throw invalidPolicy(`${place}: "${unknown}" is not known here; known are ${(members ?? []).join(', ')}`);
  return data;
};

const entriesOf = (data: Json, place: string): JsonObject => objectWith(data, undefined, place);

const namesOf = (data: Json | undefined, place: string): readonly string[] => {
  if (!Array.isArray(data) || !data.every((name) => typeof name === 'string'))
    throw invalidPolicy(`${place}: that is a list of names`);
  return data;
};

const isCode = (problem: string) => policyMissing(`${problem}: load the module that defines the policy`);
