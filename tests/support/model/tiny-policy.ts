/**
 * A policy from plain options, and a handful of strategies of a few lines each: enough to
 * ask the model every question, and independent of the shipped ones, so that a mistake in
 * those cannot hide one in the merge.
 */
import type { Json, JsonObject } from '../../../src/domain/shared/json.js';
import type {
  ConflictType,
  Decision,
  DependencyAction,
  MergeStrategy,
  Sibling,
  Unit,
} from '../../../src/domain/strategies/merge-strategy.js';
import type { Policy, ReferenceRule, TypeRules, UnitRule } from '../../../src/domain/strategies/policy.js';
import { registerKind } from '../../../src/domain/fields/register.js';
import { canonical, hashOf } from './order.js';
import { isComposite } from './writes.js';

export interface TinyTypeOptions {
  /** For the field or the group of that name; `resource` where the whole resource is one unit. */
  readonly byUnit?: Readonly<Record<string, MergeStrategy>>;
  readonly existence?: MergeStrategy;
  /** For dependency conflicts, by the field that refers. */
  readonly byReference?: Readonly<Record<string, MergeStrategy>>;
  /** For what none of the above names. */
  readonly byConflict?: Readonly<Partial<Record<ConflictType, MergeStrategy>>>;
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
    hasReferences: [options, ...Object.values(options.types ?? {})].some((type) => type.references !== undefined),
  };
};

const rulesFrom = (resourceType: string, options: TinyTypeOptions): TypeRules => {
  const unitOf = (field: string): UnitRule => ruleOf(unitHolding(field, options));
  const strategies = [options.byUnit, options.byReference, options.byConflict]
    .flatMap((named) => Object.values(named ?? {}))
    .concat(options.existence ?? []);
  return {
    resourceType,
    unitOf,
    unitByKey: (key) => unitOf(key.slice(key.indexOf('/') + 1)),
    strategyFor: (unit, conflictType) =>
      namedFor(unit, options) ?? options.byConflict?.[conflictType] ?? defaultFor(unit),
    references: Object.entries(options.references ?? {}).map(([field, targetType]): ReferenceRule => ({ field, targetType })),
    hasComposites: options.wholeResource === true || options.groups !== undefined,
    usesBase: strategies.some((strategy) => strategy.usesBase),
    usesPriority: options.usesPriority ?? strategies.some((strategy) => strategy.usesPriority),
    priorityField: options.priorityField ?? 'priority',
    indexes: [],
    validate: options.validate ?? (() => undefined),
  };
};

const unitHolding = (field: string, options: TinyTypeOptions): Unit => {
  if (options.wholeResource === true) return { kind: 'resource' };
  const group = Object.entries(options.groups ?? {}).find(([, fields]) => fields.includes(field));
  return group === undefined ? { kind: 'field', field } : { kind: 'group', group: group[0], fields: group[1] };
};

/** The key ends with a field of the unit, so that the unit can be found from its key. */
const ruleOf = (unit: Unit): UnitRule => ({
  key: unit.kind === 'field' ? `field/${unit.field}` : unit.kind === 'group' ? `group/${unit.fields[0] ?? ''}` : unit.kind,
  unit,
  kind: registerKind,
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

const strategyOf = (
  name: string,
  decide: MergeStrategy['decide'],
  uses: Partial<Pick<MergeStrategy, 'usesBase' | 'usesPriority'>> = {},
): MergeStrategy => ({ name, version: 1, options: {}, usesBase: false, usesPriority: false, ...uses, decide });

/** The sibling that stands last in an order; the order of R1 where that says nothing. */
const lastBy = (siblings: readonly Sibling[], isAfter: (a: Sibling, b: Sibling) => boolean): Decision => {
  const [first, ...others] = siblings;
  if (first === undefined) return { undecided: true };
  return { winner: others.reduce((last, next) => (isAfter(last, next) ? last : next), first) };
};

const isLaterWrite = (a: Sibling, b: Sibling): boolean =>
  a.timestamp > b.timestamp || (a.timestamp === b.timestamp && a.counter > b.counter);

export const lastWriteWins = strategyOf('last-write-wins', ({ siblings }) => lastBy(siblings, isLaterWrite));

export const priorityWins = strategyOf(
  'priority-wins',
  ({ siblings }) => lastBy(siblings, (a, b) => a.priority > b.priority),
  { usesPriority: true },
);

export const leaveToPerson = strategyOf('leave-to-person', () => ({ undecided: true }));

export const existenceWins = (value: 'alive' | 'deleted'): MergeStrategy => strategyOf(`${value}-wins`, () => ({ value }));

/** R21: whoever changed the base wins, if all who did agree. */
export const threeWay = strategyOf(
  'three-way',
  ({ siblings, hasBase, base }) => {
    const changed = siblings.filter((sibling) => canonical(sibling.value) !== canonical(base));
    const [first] = changed;
    const agree = changed.every((sibling) => canonical(sibling.value) === canonical(first?.value));
    return hasBase && first !== undefined && agree ? { winner: first } : { undecided: true };
  },
  { usesBase: true },
);

export const applies = (apply: DependencyAction): MergeStrategy => strategyOf(`applies-${apply}`, () => ({ apply }));

export const answers = (value: Json | undefined): MergeStrategy => strategyOf(`answers ${canonical(value)}`, () => ({ value }));

/** What a careless author may return: anything. */
export const answersWrongly = (answer: unknown): MergeStrategy =>
  strategyOf('answers-wrongly', () => answer as Decision);

export const throws = strategyOf('throws', () => {
  throw new Error('this strategy always fails');
});

/**
 * Decides by a hash of everything it is shown: a winner, a value, an absence or nothing.
 * Two merges that show their strategies anything different soon differ in what they answer.
 */
export const decidesByHash = strategyOf(
  'decides-by-hash',
  (conflict) => {
    const hash = hashOf(conflict);
    const choice = Number.parseInt(hash.slice(0, 6), 16);
    const winner = conflict.siblings[choice % conflict.siblings.length];
    const actions: readonly DependencyAction[] = ['restore', 'cascade', 'detach'];
    if (choice % 5 === 4 || winner === undefined) return { undecided: true };
    if (conflict.unit.kind === 'dependency') return { apply: actions[choice % 3] ?? 'detach' };
    if (choice % 5 < 3) return { winner };
    if (conflict.unit.kind === 'existence') return { value: choice % 2 === 0 ? 'alive' : 'deleted' };
    if (choice % 5 === 3 && choice % 2 === 0) return { value: undefined };
    return { value: isComposite(conflict.unit) ? { street: hash.slice(0, 4) } : hash.slice(0, 4) };
  },
  { usesBase: true, usesPriority: true },
);
