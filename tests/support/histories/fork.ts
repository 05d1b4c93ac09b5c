/**
 * A fork (R5): as after a restored backup, a dot is used again, for other content and
 * perhaps on another resource. Parents come from before its first use, so that nothing
 * becomes its own ancestor.
 */
import type { Dot, ReknitEvent } from '../../../src/domain/events/event.js';
import { dotOf } from '../model/order.js';
import { resourceOf } from '../model/received.js';
import { namedFields, type AuthoringOptions } from './authoring.js';
import type { Step } from './steps.js';
import { isOn, pick, publish, type World } from './world.js';

export const publishFork = (world: World, step: Step & { kind: 'fork' }, options: AuthoringOptions): void => {
  const original = pick(world.events, step.event);
  const { dependsOn: _dependsOn, sees: _sees, ...members } = original;
  const resource = step.resource < 10 ? resourceOf(original) : pick(world.resources, step.resource);
  const firstUse = world.events.findIndex((event) => dotOf(event) === dotOf(original));
  const earlier = world.events.slice(0, firstUse).filter((event) => isOn(event, resource));
  const sameParents = isOn(original, resource) && step.parents < 8;
  const parents = sameParents
    ? original.parents
    : step.parents % 2 === 0 || earlier.length === 0
      ? []
      : [dotOf(pick(earlier, step.parents)) as Dot];
  const variant: ReknitEvent = {
    ...members,
    eventId: step.keepsEventId ? original.eventId : (`event ${world.events.length + 1}` as ReknitEvent['eventId']),
    ...resource,
    operation: original.operation === 'create' ? 'create' : 'update',
    parents,
    payload: namedFields([{ field: step.resource, value: step.parents }, ...step.changes], world, options),
  };
  publish(world, variant, pick(world.replicas, step.toldTo));
};
