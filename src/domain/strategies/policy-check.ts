/** What is refused in a policy as a whole; its resources and strategies were checked when they were made. */
import { eventLimits } from '../events/limits.js';
import type { AnyResource } from '../resource-definition/any-resource.js';
import { checkByConflict, type StrategyByConflict } from './by-conflict-rules.js';
import { invalidPolicy } from './invalid-policy.js';
import type { AnyStrategy } from './any-strategy.js';
import { priorityRank } from './priority.js';
import { checkValueStrategy } from './strategy-check.js';
import { checkArgument, checkMembers, hasMethods, isObject, type Members } from '../shared/check-argument.js';
import { keyProblem } from '../shared/json-check.js';
import { shown } from '../shared/shown.js';

interface GivenPolicy {
  readonly name: string;
  readonly version: number;
  readonly resources?: readonly AnyResource[];
  readonly default?: AnyStrategy;
  readonly byConflict?: StrategyByConflict;
  readonly agents?: Readonly<Record<string, { readonly priority: unknown }>>;
}

const members: Members<GivenPolicy> = {
  name: true,
  version: true,
  resources: true,
  default: true,
  byConflict: true,
  agents: true,
};

export const checkPolicy = (given: GivenPolicy): void => {
  if (!isObject(given)) throw invalidPolicy('definePolicy takes an object: { name, version, resources }');
  checkMembers('definePolicy', given, members);
  const problem = nameProblem(given) ?? resourcesProblem(given.resources ?? []) ?? agentsProblem(given.agents ?? {});
  if (problem !== undefined) throw invalidPolicy(problem, { policy: given.name });
  if (given.default !== undefined) checkValueStrategy(given.default, 'policy, default');
  if (given.byConflict !== undefined) checkByConflict(given.byConflict, 'policy, byConflict');
};

/** A policy as an argument. */
export const checkPolicyGiven = (place: string, policy: unknown): void => {
  const isPolicy = hasMethods(policy, ['rulesFor', 'agentPriority']);
  checkArgument(isPolicy, place, 'policy', 'a policy: make one with definePolicy');
};

const nameProblem = ({ name, version }: GivenPolicy): string | undefined => {
  if (typeof name !== 'string' || name === '' || name.length > eventLimits.idCharsMax || !name.isWellFormed())
    return `a policy's name is a text of 1 to ${eventLimits.idCharsMax} characters, not ${shown(name)}`;
  return Number.isSafeInteger(version) && version >= 1
    ? undefined
    : `the version of the policy "${name}" is a whole number from 1`;
};

const resourcesProblem = (resources: readonly AnyResource[]): string | undefined => {
  if (!Array.isArray(resources)) return 'resources is a list of definitions: [defineResource(…), …]';
  const types = new Set<string>();
  for (const resource of resources as readonly (Partial<AnyResource> | null | undefined)[]) {
    const { resourceType, fields } = resource ?? {};
    if (resourceType === undefined || fields === undefined) return 'a resource is what defineResource returns';
    if (types.has(resourceType)) return `"${resourceType}" is defined twice: keep one definition`;
    types.add(resourceType);
  }
  return undefined;
};

const agentsProblem = (agents: Readonly<Record<string, { readonly priority: unknown }>>): string | undefined => {
  if (!isObject(agents)) return 'agents is an object, from the id of an agent to { priority }';
  for (const [agentId, agent] of Object.entries(agents)) {
    if (agentId === '' || !agentId.isWellFormed()) return 'an agent has an id that is not empty';
    const badKey = keyProblem(agentId, 'agents');
    if (badKey !== undefined) return badKey;
    if (!Number.isFinite(priorityRank(agent?.priority)))
      return `the priority of agent "${agentId}" is low, medium, high, critical or a number`;
  }
  return undefined;
};
