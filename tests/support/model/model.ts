/**
 * The naive model: state as a function of a set of events and a policy, the arbiter of
 * every clever merge. It reads like the rules of merging, each named where it is carried
 * out, shares no code with the merge and takes any time it needs.
 */
import type { ReknitEvent } from '../../../src/domain/events/event.js';
import type { Policy } from '../../../src/domain/strategies/policy.js';
import { afterDependencies } from './dependencies.js';
import type { ModelResource, ModelState } from './model-state.js';
import { byText } from './order.js';
import { receivedOf, resourceKey } from './received.js';
import { historiesOf } from './resource-history.js';
import { viewOf, type ResourceView } from './views.js';

/** @param events in any order, with any duplicates */
export const modelOf = (events: readonly ReknitEvent[], policy: Policy): ModelState => {
  const { nodes, voids, twins } = receivedOf(events);
  const { histories, parked } = historiesOf(nodes, policy);
  // A resource of voids alone was never created.
  const known = histories.filter((history) => history.events.length > 0);
  const views = new Map(known.map((history) => [resourceKey(history.resource), viewOf(policy, history)]));
  const resources = afterDependencies(policy, views).map(modelResourceOf);
  return { parked, voids, twins, resources: resources.sort(byTypeThenId) };
};

const modelResourceOf = ({ history, deleted, fields, standing, log }: ResourceView): ModelResource => ({
  ...history.resource,
  heads: history.heads,
  deleted,
  fields: Object.fromEntries([...fields].sort(([a], [b]) => byText(a, b))),
  standing: [...standing].sort(byConflictId),
  log: [...log].sort(byConflictId),
});

const byConflictId = (a: { readonly conflictId: string }, b: { readonly conflictId: string }): number =>
  byText(a.conflictId, b.conflictId);

const byTypeThenId = (a: ModelResource, b: ModelResource): number =>
  byText(a.resourceType, b.resourceType) || byText(a.resourceId, b.resourceId);
