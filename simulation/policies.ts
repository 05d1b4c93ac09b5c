/** Policies that between them hold every kind of field, of unit and of decision. */
import {
  cascade,
  counter,
  definePolicy,
  defineResource,
  detach,
  list,
  priorityBased,
  reference,
  register,
  restore,
  set,
  text,
  threeWay,
  userChoice,
  type Policy,
} from '../src/domain/index.js';

const fields = {
  title: register(),
  status: register(undefined, { strategy: threeWay() }),
  votes: counter(),
  tags: set(),
  steps: list(),
  notes: text(),
  street: register(),
  city: register(),
  track: reference('track'),
};
const task = defineResource('task', { version: 1, fields }).group('address', ['street', 'city']);
const track = defineResource('track', { version: 1, fields: { name: register(), votes: counter() } });
const form = defineResource('form', {
  version: 1,
  granularity: 'resource',
  fields: { first: register(), second: register(), notes: text() },
});
const resources = [task, track, form];

export const policies: readonly Policy[] = [
  definePolicy({ name: 'machines', version: 1, resources }),
  definePolicy({
    name: 'people',
    version: 1,
    resources,
    default: userChoice(),
    byConflict: { delete_update: userChoice() },
  }),
  definePolicy({
    name: 'priorities',
    version: 1,
    resources,
    default: priorityBased(),
    byConflict: { dependency: cascade() },
    agents: { ann: { priority: 'high' } },
  }),
  definePolicy({ name: 'restoring', version: 1, resources, byConflict: { dependency: restore() } }),
  definePolicy({ name: 'detaching', version: 2, resources, byConflict: { dependency: detach() } }),
];
