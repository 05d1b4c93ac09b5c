/**
 * A policy from plain options: enough to ask the model every question, and independent of
 * the shipped one, so that a mistake in that cannot hide one in the merge.
 */
import type { JsonObject } from '../../../src/domain/shared/json.js';
import type { ConflictType, MergeStrategy, Unit } from '../../../src/domain/strategies/merge-strategy.js';
import type { Policy, ReferenceRule, TypeRules, UnitRule } from '../../../src/domain/strategies/policy.js';
import { hashOf } from './order.js';
import { existenceWins, lastWriteWins, leaveToPerson } from './tiny-strategies.js';

export interface TinyTypeOptions {
  /** For the field or the group of that name; `resource` where the whole resource is one unit. */
  readonly byUnit?: Readonly<Record<string, MergeStrategy>>;
  readonly existence?: MergeStrategy;
  /** For dependency conflicts, by the field that refers. */
  readonly byReference?: Readonly<Record<string, MergeStrategy>>;
  /** For what none of the above names. */
  readonly byConflict?: Readonly<Partial<Record<ConflictType, MergeStrategy>>>;
  /** For everything else; unless told, the last write wins, updates win over deletes, and people decide dependencies. */
  readonly fallback?: MergeStrategy;
  readonly groups?: Readonly<Record<string, readonly string[]>>;
  /** The whole resource is one unit. */
  readonly wholeResource?: boolean;
  /** Field to the type it refers to. */
  readonly references?: Readonly<Record<string, string>>;
  readonly usesPriority?: boolean;
  readonly priorityField?: string;
  readonly validate?: TypeRules['validate'];
}

export interface TinyPolicyOptions extends TinyTypeOptions {
  /** What differs for single types; the options above hold for all others. */
  readonly types?: Readonly<Record<string, TinyTypeOptions>>;
  readonly agentPriorities?: Readonly<Record<string, number>>;
}

export const tinyPolicy = (options: TinyPolicyOptions = {}): Policy => {
  const data = JSON.parse(JSON.stringify(options)) as JsonObject;
  const optionsFor = (resourceType: string): TinyTypeOptions => options.types?.[resourceType] ?? options;
  return {
    name: 'tiny',
    version: 1,
    fingerprint: hashOf(data),
    data,
    isData: false,
    rulesFor: (resourceType) => rulesFrom(resourceType, optionsFor(resourceType)),
    agentPriority: (agentId) => options.agentPriorities?.[agentId],
    defaults: new Map(),
    indexes: new Map(),
    hasReferences: [options, ...Object.values(options.types ?? {})].some((type) => type.references !== undefined),
  };
};

const rulesFrom = (resourceType: string, options: TinyTypeOptions): TypeRules => {
  const hasComposites = options.wholeResource === true || options.groups !== undefined;
  const unitOf = (field: string): UnitRule => ruleOf(unitHolding(field, options), hasComposites);
  const strategies = [options.byUnit, options.byReference, options.byConflict]
    .flatMap((named) => Object.values(named ?? {}))
    .concat(options.existence ?? [], options.fallback ?? []);
  return {
    resourceType,
    unitOf,
    unitByKey: (key) => unitOf(hasComposites ? key.slice(key.indexOf('/') + 1) : key),
    strategyFor: (unit, conflictType) =>
      namedFor(unit, options) ?? options.byConflict?.[conflictType] ?? options.fallback ?? defaultFor(unit),
    references: Object.entries(options.references ?? {}).map(([field, targetType]): ReferenceRule => ({
      field,
      targetType,
    })),
    registersOnly: !hasComposites,
    hasComposites,
    usesBase: strategies.some((strategy) => strategy.usesBase),
    usesPriority: options.usesPriority ?? strategies.some((strategy) => strategy.usesPriority),
    priorityField: options.priorityField ?? 'priority',
    indexes: [],
    validate: options.validate ?? (() => undefined),
    read: (event) => event,
  };
};

const unitHolding = (field: string, options: TinyTypeOptions): Unit => {
  if (options.wholeResource === true) return { kind: 'resource' };
  const group = Object.entries(options.groups ?? {}).find(([, fields]) => fields.includes(field));
  return group === undefined ? { kind: 'field', field } : { kind: 'group', group: group[0], fields: group[1] };
};

/** The key is the field's name, or ends with a field of the unit, so that the unit can be found from its key. */
const ruleOf = (unit: Unit, hasComposites: boolean): UnitRule => ({
  key:
    unit.kind === 'field'
      ? `${hasComposites ? 'field/' : ''}${unit.field}`
      : unit.kind === 'group'
        ? `group/${unit.fields[0] ?? ''}`
        : unit.kind,
  unit,
  kind: { name: 'register', refuse: () => undefined },
});

const namedFor = (unit: Unit, options: TinyTypeOptions): MergeStrategy | undefined => {
  if (unit.kind === 'existence') return options.existence;
  if (unit.kind === 'dependency') return options.byReference?.[unit.field];
  return options.byUnit?.[unit.kind === 'field' ? unit.field : unit.kind === 'group' ? unit.group : 'resource'];
};

/** Last write wins, whoever updates brings a resource back, and people decide about dependencies. */
const defaultFor = (unit: Unit): MergeStrategy => {
  if (unit.kind === 'existence') return existenceWins('alive');
  return unit.kind === 'dependency' ? leaveToPerson : lastWriteWins;
};
