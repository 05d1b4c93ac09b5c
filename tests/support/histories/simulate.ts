/**
 * From steps to events: a fold that carries out each step on the world as it is, and does
 * nothing where there is nothing to act on.
 */
import type { Operation, ResourceRef } from '../../../src/domain/events/event.js';
import type { JsonObject } from '../../../src/domain/shared/json.js';
import { modelOf } from '../model/model.js';
import { resourceOf } from '../model/received.js';
import { tinyPolicy } from '../model/tiny-policy.js';
import { operationOf, parentsOf, payloadOf, seenElsewhere, type AuthoringOptions } from './authoring.js';
import { eventOf } from './event-builder.js';
import { publishFork } from './fork.js';
import type { Step, WriteStep } from './steps.js';
import { agentIds } from './vocabulary.js';
import { knownOn, pick, publish, pull, syncAll, type World } from './world.js';

export const carryOut = (world: World, step: Step, options: AuthoringOptions): void => {
  const { replicas, resources, events } = world;
  switch (step.kind) {
    case 'write':
      return publishWrite(world, step, options, {});
    case 'pull': {
      const to = pick(replicas, step.to);
      const from = pick(
        replicas.filter((replica) => replica !== to).concat(replicas.length === 1 ? to : []),
        step.from,
      );
      const chosen = [...resources, undefined][step.resource % (resources.length + 1)];
      for (const resource of chosen === undefined ? resources : [chosen]) pull(to, from, resource, step.upTo);
      return;
    }
    case 'sync-all':
      return syncAll(world);
    case 'fork':
      return events.length === 0 ? undefined : publishFork(world, step, options);
    case 'same-event-id': {
      if (events.length === 0) return;
      const { eventId, operation, payload, ...original } = pick(events, step.event);
      const change = step.otherChange ? {} : { operation, payload };
      return publishWrite(world, step.write, options, { eventId, resource: resourceOf(original), ...change });
    }
    case 'refer-and-delete':
      return publishReferenceAndDelete(world, step, options);
    case 'settle':
      return publishSettlement(world, step, options);
  }
};

interface Fixed {
  readonly eventId?: string;
  readonly resource?: ResourceRef;
  readonly operation?: Operation;
  readonly payload?: JsonObject | null;
  readonly conflictId?: string;
}

const publishWrite = (world: World, step: WriteStep, options: AuthoringOptions, fixed: Fixed): void => {
  const replica = pick(world.replicas, step.replica);
  const resource = fixed.resource ?? pick(world.resources, step.resource);
  const known = knownOn(replica, resource);
  const operation = fixed.operation ?? operationOf(step.action, known, options);
  const payload = fixed.payload === undefined ? payloadOf(step, operation, world, options) : fixed.payload;
  const priority = step.priority % 8;

  replica.lastSeq += 1;
  replica.counter = step.ticks === 0 ? replica.counter + 1 : 0;
  replica.clockMs += step.ticks;

  const dependsOn = options.dependsOn && step.dependsOn % 3 === 2 ? [pick(world.resources, step.dependsOn)] : undefined;
  const sees = step.sees % 4 === 3 ? [] : seenElsewhere(replica, resource, operation, payload, dependsOn, options);
  const event = eventOf(
    `${replica.replicaId}:${replica.lastSeq}`,
    operation,
    payload,
    parentsOf(replica, known, resource, step.parents, options),
    {
      resource,
      agentId: pick(agentIds, step.agent),
      eventId: fixed.eventId ?? `event ${world.events.length + 1}`,
      atMs: replica.clockMs,
      counter: replica.counter,
      ...(options.priorities && priority >= 4
        ? { priority: pick(['low', 'high', 'critical', 2.5] as const, priority) }
        : {}),
      ...(fixed.conflictId === undefined ? {} : { conflictId: fixed.conflictId }),
      ...(dependsOn === undefined ? {} : { dependsOn }),
      ...(sees.length === 0 ? {} : { sees }),
    },
  );
  publish(world, event, replica);
};

const publishReferenceAndDelete = (
  world: World,
  step: Step & { kind: 'refer-and-delete' },
  options: AuthoringOptions,
): void => {
  const { reference, deletion, target: choice } = step;
  const [field, targetType] = pick(Object.entries(options.references), choice);
  const targets = world.resources.filter(({ resourceType }) => resourceType === targetType);
  if (targets.length === 0) return;
  const target = pick(targets, choice);
  publishWrite(world, reference, options, { operation: 'update', payload: { [field]: target.resourceId } });
  publishWrite(world, deletion, options, { operation: 'delete', payload: {}, resource: target });
};

/** As the facade would: names the id of a conflict that the replica sees, and writes what settles it. */
const publishSettlement = (world: World, step: Step & { kind: 'settle' }, options: AuthoringOptions): void => {
  const replica = pick(world.replicas, step.write.replica);
  // Mostly somebody who is up to date: conflicts that nobody can see yet are not settled.
  if (step.upTo < 12) for (const event of world.events) replica.known.add(event);
  // Dependencies are rare beside all other conflicts, so half of the choices look for nothing else.
  const isDependency = step.conflict >= 8 && (options.dependsOn || Object.keys(options.references).length > 0);
  const looksAt = isDependency ? [...replica.known] : knownOn(replica, pick(world.resources, step.write.resource));
  const standing = modelOf(looksAt, tinyPolicy({ references: options.references })).resources.flatMap((resource) =>
    resource.standing
      .filter(({ conflictType }) => (conflictType === 'dependency') === isDependency)
      .map((conflict) => ({ conflict, resource: resourceOf(resource) })),
  );
  if (standing.length === 0) return;
  const { conflict, resource } = pick(standing, step.conflict);
  const { conflictId, unit } = conflict;
  const payload =
    unit[0] === 'field'
      ? { [String(unit[1])]: pick(options.values, step.write.action) }
      : // R29: the resource is kept or deleted; R28: a dependency is left dangling, or the dependant goes.
        step.write.action % 4 === 3
        ? null
        : {};
  publishWrite(world, step.write, options, { operation: 'resolve', payload, conflictId, resource });
};
