/** Cases in which the merge is compared with the model, and both in one form. */
import type { ReknitEvent, ResourceRef } from '../../../src/domain/events/event.js';
import type { Policy } from '../../../src/domain/strategies/policy.js';
import { foldEvents } from '../../../src/domain/merge/fold-events.js';
import type { UnitState } from '../../../src/domain/resource/state.js';
import { canonicalResource } from '../../../src/domain/resource/canonical.js';
import { fastSha256, stateIn, type Engine } from '../engine.js';
import { modelOf } from '../model/model.js';
import { canonical } from '../model/order.js';
import { tinyPolicy } from '../model/tiny-policy.js';
import * as tiny from '../model/tiny-strategies.js';
import { everythingOptions, type HistoryOptions } from './history.js';

export const hashed = tiny.decidesByHash;

/** Strategies of every sort, groups, references and priorities. */
export const everything = tinyPolicy({
  byUnit: { status: hashed, title: hashed, address: hashed, priority: tiny.priorityWins, parent: hashed },
  existence: hashed,
  byConflict: { dependency: hashed },
  groups: { address: ['street', 'city'] },
  references: { parent: 'task' },
  agentPriorities: { bot: 0.5 },
});

/** What is merged, under which policy. */
export const cases: readonly { readonly name: string; readonly history: HistoryOptions; readonly policy: Policy }[] = [
  {
    name: 'plain registers, last write wins',
    history: {},
    policy: tinyPolicy({ byUnit: {}, existence: tiny.existenceWins('alive') }),
  },
  {
    name: 'everything pending',
    history: { priorities: true },
    policy: tinyPolicy({
      byConflict: {
        concurrent_modification: tiny.leaveToPerson,
        create_create: tiny.leaveToPerson,
        delete_update: tiny.leaveToPerson,
        concurrent_resolution: tiny.leaveToPerson,
      },
    }),
  },
  {
    name: 'strategies that read base and priority',
    history: { priorities: true, writers: { least: 3, most: 5 } },
    policy: tinyPolicy({
      byUnit: { status: hashed, title: tiny.threeWay, priority: tiny.priorityWins },
      existence: hashed,
    }),
  },
  {
    name: 'groups',
    history: {},
    policy: tinyPolicy({ byUnit: { address: hashed }, groups: { address: ['street', 'city'] } }),
  },
  { name: 'a whole resource as one unit', history: {}, policy: tinyPolicy({ wholeResource: true }) },
  {
    name: 'forks and shared ids',
    history: { forks: true, sameEventIds: true, missingEvents: true, strayParents: true, forgetfulReplicas: true },
    policy: tinyPolicy({ byUnit: { status: hashed }, existence: hashed }),
  },
  {
    name: 'references',
    history: { references: { parent: 'task' }, dependsOn: true },
    policy: tinyPolicy({
      references: { parent: 'task' },
      byUnit: { parent: hashed },
      byConflict: { dependency: hashed },
      existence: hashed,
    }),
  },
  { name: 'everything at once', history: everythingOptions, policy: everything },
];

/** What the model makes of events. */
export const modelForm = (events: readonly ReknitEvent[], policy: Policy): unknown => {
  const { parked, voids, resources } = modelOf(events, policy);
  return JSON.parse(canonical({ parked: parked.filter((dot) => !voids.includes(dot)).sort(), resources }));
};

/** What the merge has made of them, in the same form. */
export const mergedForm = async ({ store }: Engine): Promise<unknown> => JSON.parse(canonical(await stateIn(store)));

/**
 * What the store keeps for itself, in one form: whole states, from which the next merge goes on, and what became of each
 * event. Two of these are apart by design: a settled write may come with its facts or without, and lines are told from
 * `branches` only where they were folded as such.
 */
export const keptForm = async ({ store }: Engine): Promise<unknown> => {
  const { items } = await store.readResources({ includeDeleted: true, orderBy: 'id', limit: 1_000_000 });
  const events = (await store.readEvents({ after: 0, limit: 1_000_000 })).items;
  return JSON.parse(
    canonical({
      states: items.map(({ state: { branches: _branches, units, ...state }, view }) => ({
        ...state,
        view,
        units: Object.fromEntries([...units].map(([key, unit]) => [key, { ...unit, siblings: keptSiblings(unit) }])),
      })),
      events: events.map(({ sealed: { dot, hash }, place, status }) => [dot, hash, place, status].join(' ')).sort(),
    }),
  );
};

const keptSiblings = ({ siblings }: UnitState): unknown =>
  siblings.length > 1 ? siblings : siblings.map(({ dot, value, yielded }) => ({ dot, value, yielded }));

/** What a fold in memory makes of them, in the same form. */
export const foldedForm = (events: readonly ReknitEvent[], policy: Policy): unknown => {
  const { resources, conflicts, parked } = foldEvents(events, policy, fastSha256);
  const recordsOf = ({ resourceType, resourceId }: ResourceRef) =>
    conflicts.filter((record) => record.resourceType === resourceType && record.resourceId === resourceId);
  return JSON.parse(
    canonical({
      parked: [...parked].sort(),
      resources: resources.map(({ state, view }) => canonicalResource(state, view, recordsOf(state))),
    }),
  );
};
