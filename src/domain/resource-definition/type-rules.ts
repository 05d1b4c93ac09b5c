/**
 * What a policy says of one resource type, looked up once and then asked for every event.
 *
 * A conflict's strategy is the first of: the field's or group's own (for a dependency, the
 * reference's `onDelete`); the type's for that kind of conflict; the type's; the policy's for
 * that kind; the policy's default. Dependencies are no choice between values: a strategy that
 * could say nothing about one is passed over, and the policy's default is never asked.
 */
import type { AnyField } from '../fields/field-definition.js';
import { erased, strategyData, type AnyStrategy } from '../strategies/any-strategy.js';
import { conflictTypes } from '../strategies/by-conflict.js';
import type { ConflictType, MergeStrategy, Unit } from '../strategies/merge-strategy.js';
import type { ReferenceRule, TypeRules } from '../strategies/policy.js';
import { canDecideDependencies } from '../strategies/strategy-check.js';
import { defaultPriorityField, type AnyResource } from './any-resource.js';
import { readerOf } from './upcast.js';
import { unitRules, type UnitRules } from './unit-rules.js';

/** A strategy for every kind of conflict: what holds where nothing more specific is said. */
export type StrategyTable = Readonly<Record<ConflictType, MergeStrategy>>;

/** The rules of a type that no definition names. */
export const undeclaredRules = (table: StrategyTable, undeclared: UnitRules): Omit<TypeRules, 'resourceType'> => ({
  ...undeclared,
  strategyFor: (_unit, conflictType) => table[conflictType],
  references: [],
  ...claimsOf(table, []),
  priorityField: defaultPriorityField,
  indexes: [],
  validate: () => undefined,
  read: (event) => event,
});

export const declaredRules = (resource: AnyResource, policyTable: StrategyTable, undeclared: UnitRules): TypeRules => {
  const fields = new Map(Object.entries(resource.fields));
  const table = typeTable(resource, policyTable);
  const own = ownStrategies(resource, fields);
  return {
    resourceType: resource.resourceType,
    ...unitRules(resource, undeclared),
    strategyFor: (unit, conflictType) => own.of(unit) ?? table[conflictType],
    references: referencesOf(fields),
    ...claimsOf(table, own.all),
    priorityField: resource.priorityField,
    indexes: resource.indexes,
    validate: (field, value) => fields.get(field)?.validate?.(value),
    read: readerOf(resource),
    definition: resource,
  };
};

const typeTable = ({ strategy, byConflict }: AnyResource, policyTable: StrategyTable): StrategyTable => {
  const strategyOf = (kind: ConflictType): MergeStrategy => {
    if (byConflict[kind] !== undefined) return byConflict[kind];
    const applies = strategy !== undefined && (kind !== 'dependency' || canDecideDependencies(strategyData(strategy)));
    return applies ? erased(strategy) : policyTable[kind];
  };
  return Object.fromEntries(conflictTypes.map((kind) => [kind, strategyOf(kind)])) as StrategyTable;
};

interface OwnStrategies {
  readonly of: (unit: Unit) => MergeStrategy | undefined;
  readonly all: readonly AnyStrategy[];
}

/** The strategies that fields, groups and references have for themselves. */
const ownStrategies = ({ groups }: AnyResource, fields: ReadonlyMap<string, AnyField>): OwnStrategies => {
  const byGroup = new Map(groups.map(({ name, strategy }) => [name, strategy]));
  const strategyOf = (unit: Unit): AnyStrategy | undefined => {
    switch (unit.kind) {
      case 'field':
        return fields.get(unit.field)?.strategy;
      case 'dependency':
        return fields.get(unit.field)?.reference?.onDelete;
      case 'group':
        return byGroup.get(unit.group);
      case 'resource':
      case 'existence':
        return undefined;
    }
  };
  const all = [...fields.values()].flatMap(({ strategy, reference }) => [strategy, reference?.onDelete]);
  return {
    of: (unit) => {
      const strategy = strategyOf(unit);
      return strategy === undefined ? undefined : erased(strategy);
    },
    all: [...all, ...byGroup.values()].filter((strategy) => strategy !== undefined),
  };
};

const referencesOf = (fields: ReadonlyMap<string, AnyField>): readonly ReferenceRule[] =>
  [...fields].flatMap(([field, { reference }]) =>
    reference === undefined ? [] : [{ field, targetType: reference.targetType }],
  );

const claimsOf = (table: StrategyTable, own: readonly AnyStrategy[]): Pick<TypeRules, 'usesBase' | 'usesPriority'> => {
  const all = [...Object.values(table), ...own];
  return { usesBase: all.some(({ usesBase }) => usesBase), usesPriority: all.some(({ usesPriority }) => usesPriority) };
};
