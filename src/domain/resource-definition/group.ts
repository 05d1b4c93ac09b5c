/**
 * Fields that are merged as one value, because parts of two authors' values would make a
 * third that nobody meant: a street of one address with the town of another (R23). Registers
 * only: other kinds merge item by item and have no value to choose.
 */
import { fieldNameProblem } from '../fields/names.js';
import type { AnyStrategy } from '../strategies/any-strategy.js';
import { invalidPolicy } from '../strategies/invalid-policy.js';
import { checkValueStrategy } from '../strategies/strategy-check.js';
import type { AnyResource, GroupDefinition } from './any-resource.js';

/** A group that may be added to those that the resource has. */
export const groupOf = (
  resource: AnyResource,
  name: string,
  fields: readonly string[],
  strategy: AnyStrategy | undefined,
): GroupDefinition => {
  const problem = nameProblem(resource, name) ?? fieldsProblem(resource, fields);
  if (problem !== undefined)
    throw invalidPolicy(`${resource.resourceType}, group "${name}": ${problem}`, {
      resourceType: resource.resourceType,
      group: name,
    });
  if (strategy !== undefined) checkValueStrategy(strategy, `${resource.resourceType}, group "${name}"`);
  const definition = { name, fields: Object.freeze([...fields].sort()) };
  return Object.freeze(strategy === undefined ? definition : { ...definition, strategy });
};

const nameProblem = ({ granularity, fields, groups }: AnyResource, name: string): string | undefined => {
  if (granularity === 'resource')
    return 'the whole resource is one value already: leave the group out, or the granularity';
  if (Object.hasOwn(fields, name)) return 'a field has that name: choose another';
  if (groups.some((group) => group.name === name)) return 'there is a group of that name: name all its fields at once';
  return fieldNameProblem(name);
};

const fieldsProblem = ({ fields, groups }: AnyResource, names: readonly string[]): string | undefined => {
  if (names.length === 0) return 'it names no field';
  if (new Set(names).size < names.length) return 'it names a field twice';
  for (const name of names) {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    const other = groups.find((group) => group.fields.includes(name));
    if (field === undefined) return `"${name}" is not declared: add it to the fields`;
    if (other !== undefined)
      return `"${name}" is in the group "${other.name}" already, and a field is merged in one place`;
    if (field.kind.accumulator !== undefined)
      return `"${name}" is a ${field.kind.name}, which merges by itself: groups are of registers`;
    if (field.strategy !== undefined) return `"${name}" has a strategy that would never be asked: give it to the group`;
  }
  return undefined;
};
