/**
 * A policy from its parts: definitions of resources, strategies for what they leave open, and
 * the priorities of agents.
 *
 * Its data lists what is in force, defaults filled in, so two policies that say the same have
 * one fingerprint however they were written, and a default that a later version changes is a
 * change that replicas notice. What merging never reads, such as an index, is in the data and
 * not in the fingerprint: nothing would have to be derived again.
 */
import type { Priority } from '../events/event.js';
import type { AnyResource } from '../resource-definition/any-resource.js';
import { declaredRules, undeclaredRules, type StrategyTable } from '../resource-definition/type-rules.js';
import { undeclaredUnits } from '../resource-definition/unit-rules.js';
import { canonicalJson } from '../shared/canonical-json.js';
import { portableSha256 } from '../shared/sha256.js';
import type { StrategyByConflict } from './by-conflict-rules.js';
import { review } from './dependency.js';
import { updateWins } from './existence.js';
import { lastWriteWins } from './last-write-wins.js';
import type { MergeStrategy } from './merge-strategy.js';
import { checkPolicy } from './policy-check.js';
import { policyData } from './policy-data.js';
import type { Policy, TypeRules } from './policy.js';
import { mediumPriority, priorityRank } from './priority.js';

/** What one says of a policy. */
export interface PolicyOptions {
  readonly name: string;
  /** Raised with every change that should be noticed; the fingerprint covers the rest anyway. */
  readonly version: number;
  readonly resources?: readonly AnyResource[];
  /** For every kind of conflict but dependencies. Without it, last write wins, and an update over a delete. */
  readonly default?: MergeStrategy;
  readonly byConflict?: StrategyByConflict;
  readonly agents?: Readonly<Record<string, { readonly priority: Priority }>>;
}

/** Undeclared types whose rules are kept; their names come with the events, so there is no end to them. */
const undeclaredTypesMax = 10_000;

/** A policy; throws `invalid_policy` where something in it could never apply. */
export const definePolicy = (options: PolicyOptions): Policy => {
  checkPolicy(options);
  const { name, version, resources = [] } = options;
  const agents = rankedAgents(options);
  const table = policyTable(options);
  const { data, merging, isData } = policyData({ name, version, table, agents, resources });

  const undeclared = undeclaredUnits();
  const undeclaredType = undeclaredRules(table, undeclared);
  const declared = new Map(
    resources.map((resource) => [resource.resourceType, declaredRules(resource, table, undeclared)]),
  );
  const met = new Map<string, TypeRules>();
  return Object.freeze({
    name,
    version,
    fingerprint: portableSha256(canonicalJson(merging)),
    data,
    isData,
    rulesFor: (resourceType: string) => {
      const known = declared.get(resourceType) ?? met.get(resourceType);
      if (known !== undefined) return known;
      if (met.size >= undeclaredTypesMax) met.clear();
      const rules = { resourceType, ...undeclaredType };
      met.set(resourceType, rules);
      return rules;
    },
    agentPriority: (agentId: string) => agents.get(agentId),
    hasReferences: [...declared.values()].some(({ references }) => references.length > 0),
    defaults: new Map(
      resources
        .filter(({ defaults }) => defaults.size > 0)
        .map(({ resourceType, defaults }) => [resourceType, defaults]),
    ),
    indexes: new Map(
      [...declared].filter(([, { indexes }]) => indexes.length > 0).map(([type, { indexes }]) => [type, indexes]),
    ),
  });
};

/** What holds where a type says nothing. A default says nothing of dependencies: they wait for a person. */
const policyTable = ({ default: given, byConflict = {} }: PolicyOptions): StrategyTable => {
  const fallback = given ?? lastWriteWins();
  return {
    concurrent_modification: byConflict.concurrent_modification ?? fallback,
    create_create: byConflict.create_create ?? fallback,
    concurrent_resolution: byConflict.concurrent_resolution ?? fallback,
    delete_update: byConflict.delete_update ?? given ?? updateWins(),
    dependency: byConflict.dependency ?? review(),
  };
};

/** As numbers, so that "high" and 2 are one policy. */
const rankedAgents = ({ agents = {} }: PolicyOptions): ReadonlyMap<string, number> =>
  new Map(Object.entries(agents).map(([agentId, { priority }]) => [agentId, priorityRank(priority) ?? mediumPriority]));
