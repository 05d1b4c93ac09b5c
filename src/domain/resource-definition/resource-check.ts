/**
 * What is refused in a resource definition: whatever could never apply, or would be read in
 * two ways. Said when it is written, with what to write instead.
 */
import { fieldNameProblem, resourceTypeProblem } from '../fields/names.js';
import type { AnyStrategy } from '../strategies/any-strategy.js';
import { checkByConflict, type StrategyByConflict } from '../strategies/by-conflict-rules.js';
import { invalidPolicy } from '../strategies/invalid-policy.js';
import { checkDependencyStrategy, checkValueStrategy } from '../strategies/strategy-check.js';
import type { FieldMap, Granularity } from './any-resource.js';
import { checkMembers, isObject, type Members } from '../shared/check-argument.js';
import { shown } from '../shared/shown.js';

/** The options of a resource, as far as they are checked here. */
interface GivenResource {
  readonly version: number;
  readonly fields: FieldMap;
  readonly indexes?: readonly string[];
  readonly granularity?: Granularity;
  readonly strategy?: AnyStrategy;
  readonly byConflict?: StrategyByConflict;
  readonly onDelete?: AnyStrategy;
  readonly priorityField?: string;
  readonly upcast?: unknown;
}

const members: Members<GivenResource> = {
  version: true,
  fields: true,
  indexes: true,
  granularity: true,
  strategy: true,
  byConflict: true,
  onDelete: true,
  priorityField: true,
  upcast: true,
};

export const checkResource = (resourceType: string, given: GivenResource): void => {
  const problem =
    resourceTypeProblem(resourceType) ??
    (isObject(given) ? undefined : 'its definition is an object: { version, fields }') ??
    shapeProblem(given) ??
    fieldsProblem(given);
  if (problem !== undefined) throw invalidPolicy(`${resourceType}: ${problem}`, { resourceType });
  checkMembers(`the definition of "${resourceType}"`, given, members);
  const { strategy, byConflict, onDelete } = given;
  if (strategy !== undefined) checkValueStrategy(strategy, `${resourceType}, strategy`);
  if (byConflict !== undefined) checkByConflict(byConflict, `${resourceType}, byConflict`);
  if (onDelete === undefined) return;
  checkDependencyStrategy(onDelete, `${resourceType}, onDelete`);
  if (byConflict?.dependency !== undefined)
    throw invalidPolicy(`${resourceType}: onDelete and byConflict.dependency say the same thing: keep one`, {
      resourceType,
    });
};

/** Every event carries it, in 31 bits. */
const versionMax = 0x7fff_ffff;

const shapeProblem = ({
  version,
  fields,
  granularity = 'field',
  priorityField,
  upcast,
}: GivenResource): string | undefined => {
  if (!Number.isSafeInteger(version) || version < 1 || version > versionMax)
    return `the version is a whole number from 1 to ${versionMax}, not ${String(version)}`;
  if (typeof fields !== 'object' || fields === null)
    return 'fields is an object of fields, such as { title: register() }';
  if (granularity !== 'field' && granularity !== 'resource')
    return `granularity is "field" or "resource", not ${shown(granularity)}`;
  if (priorityField !== undefined && fieldNameProblem(priorityField) !== undefined)
    return 'priorityField is the name of a field';
  return upcast === undefined ? undefined : upcastProblem(upcast, version);
};

const upcastProblem = (upcast: unknown, version: number): string | undefined => {
  if (typeof upcast !== 'object' || upcast === null || Array.isArray(upcast))
    return 'upcast is { [fromVersion]: (payload) => payload }';
  for (const [from, step] of Object.entries(upcast)) {
    if (!/^[1-9][0-9]*$/.test(from) || Number(from) >= version)
      return `upcast has a step from ${from}: steps are from versions 1 to ${version - 1}, each to the next`;
    if (typeof step !== 'function') return `upcast from ${from} is a function (payload) => payload`;
  }
  return undefined;
};

const fieldsProblem = ({ fields, indexes = [], granularity }: GivenResource): string | undefined => {
  for (const [name, field] of Object.entries(fields)) {
    const problem = fieldNameProblem(name);
    if (problem !== undefined) return problem;
    if (typeof field?.kind?.name !== 'string')
      return `"${name}" is no field: declare it with a builder, such as register()`;
    if (granularity === 'resource' && field.kind.accumulator === undefined && field.strategy !== undefined)
      return `"${name}" has a strategy that would never be asked, since the whole resource is one value: give it to the resource`;
  }
  const unknown = indexes.find((index) => !Object.hasOwn(fields, index));
  return unknown === undefined ? undefined : `the index "${unknown}" is on a field that is not declared`;
};
