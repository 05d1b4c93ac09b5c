/**
 * Which unit a field belongs to, asked for every field of every event.
 *
 * Declared units are made once. Fields that nobody declared are registers of their own, made
 * on first sight and kept up to a bound, so that an import of endless names costs time and
 * not memory.
 *
 * A unit's key is its field's name, its group's name, or '' for the whole resource. Only an
 * undeclared field can be named like a group; its key gets a NUL in front, and so does a name
 * that already is of that form, so keys stay unique whatever is imported.
 */
import { registerKind } from '../fields/register.js';
import type { Unit } from '../strategies/merge-strategy.js';
import type { UnitRule } from '../strategies/policy.js';
import type { AnyResource } from './any-resource.js';

export interface UnitRules {
  readonly unitOf: (field: string) => UnitRule;
  readonly unitByKey: (key: string) => UnitRule;
  readonly registersOnly: boolean;
  readonly hasComposites: boolean;
}

/** Names of undeclared fields kept per policy; real programs have hundreds. */
const namesMax = 10_000;

/** The units of fields that no definition names. They are the same in every type, so all types share them. */
export const undeclaredUnits = (): UnitRules => {
  const units = new Map<string, UnitRule>();
  const unitOf = (field: string): UnitRule => {
    const known = units.get(field);
    if (known !== undefined) return known;
    if (units.size >= namesMax) units.clear();
    const unit = fieldUnit(field);
    units.set(field, unit);
    return unit;
  };
  return { unitOf, unitByKey: unitOf, registersOnly: true, hasComposites: false };
};

export const unitRules = (resource: AnyResource, undeclared: UnitRules): UnitRules =>
  resource.granularity === 'resource'
    ? wholeResource(resource)
    : resource.groups.length > 0
      ? grouped(resource, undeclared)
      : single(resource, undeclared);

const single = ({ fields }: AnyResource, undeclared: UnitRules): UnitRules => {
  const declared = new Map(Object.entries(fields).map(([name, { kind }]) => [name, fieldUnit(name, kind)]));
  const unitOf = (field: string): UnitRule => declared.get(field) ?? undeclared.unitOf(field);
  const registersOnly = Object.values(fields).every(({ kind }) => kind.accumulator === undefined);
  return { unitOf, unitByKey: unitOf, registersOnly, hasComposites: false };
};

/** All registers are one value, undeclared ones too; the kinds that merge by themselves go on doing so. */
const wholeResource = ({ fields }: AnyResource): UnitRules => {
  const whole = rule(wholeResourceKey, { kind: 'resource' });
  const others = new Map<string, UnitRule>();
  for (const [name, { kind }] of Object.entries(fields))
    if (kind.accumulator !== undefined) others.set(name, fieldUnit(name, kind));
  const unitOf = (field: string): UnitRule => others.get(field) ?? whole;
  return { unitOf, unitByKey: unitOf, registersOnly: false, hasComposites: true };
};

const grouped = (resource: AnyResource, undeclared: UnitRules): UnitRules => {
  const beside = single(resource, undeclared);
  const groups = new Map<string, UnitRule>();
  const byField = new Map<string, UnitRule>();
  for (const { name, fields } of resource.groups) {
    const group = rule(name, { kind: 'group', group: name, fields });
    groups.set(name, group);
    for (const field of fields) byField.set(field, group);
  }
  const isLikeGroup = (name: string): boolean =>
    groups.has(name) || (name.startsWith('\0') && groups.has(name.replace(/^\0+/, '')));
  return {
    unitOf: (field) =>
      byField.get(field) ?? (isLikeGroup(field) ? fieldUnit(field, registerKind, `\0${field}`) : beside.unitOf(field)),
    unitByKey: (key) =>
      groups.get(key) ?? (isLikeGroup(key) ? fieldUnit(key.slice(1), registerKind, key) : beside.unitOf(key)),
    registersOnly: false,
    hasComposites: true,
  };
};

/** The rule of a unit that holds fields; undefined for existence and dependencies, which hold none. */
export const ruleOfUnit = (
  unit: Unit,
  { unitOf, unitByKey }: Pick<UnitRules, 'unitOf' | 'unitByKey'>,
): UnitRule | undefined => {
  switch (unit.kind) {
    case 'field':
      return unitOf(unit.field);
    case 'group':
      return unitByKey(unit.group);
    case 'resource':
      return unitByKey(wholeResourceKey);
    case 'existence':
    case 'dependency':
      return undefined;
  }
};

const wholeResourceKey = '';

const fieldUnit = (field: string, kind = registerKind as UnitRule['kind'], key = field): UnitRule =>
  rule(key, { kind: 'field', field }, kind);

const rule = (key: string, unit: UnitRule['unit'], kind: UnitRule['kind'] = registerKind): UnitRule =>
  Object.freeze({ key, unit: Object.freeze(unit), kind });
