/**
 * From steps to events: a fold that carries out each step on the world as it is, and does
 * nothing where there is nothing to act on.
 */
import type { Dot, Operation, ReknitEvent, ResourceRef } from '../../../src/domain/events/event.js';
import { isJsonObject, type Json, type JsonObject } from '../../../src/domain/shared/json.js';
import { modelOf } from '../model/model.js';
import { dotOf, sortedDots } from '../model/order.js';
import { resourceOf } from '../model/received.js';
import { tinyPolicy } from '../model/tiny-policy.js';
import { isDelete } from '../model/writes.js';
import { eventOf } from './event-builder.js';
import type { Change, Step, WriteStep } from './steps.js';
import { agentIds } from './vocabulary.js';
import { headsOf, isOn, knownOn, pick, publish, pull, syncAll, withAncestors } from './world.js';
import type { SimulatedReplica, World } from './world.js';

export interface SimulationOptions {
  readonly fields: readonly string[];
  readonly values: readonly Json[];
  /** Field to the type that it refers to. */
  readonly references: Readonly<Record<string, string>>;
  readonly dependsOn: boolean;
  readonly resolves: boolean;
  readonly priorities: boolean;
  readonly strayParents: boolean;
  readonly forgetfulReplicas: boolean;
}

export const carryOut = (world: World, step: Step, options: SimulationOptions): void => {
  const { replicas, resources, events } = world;
  switch (step.kind) {
    case 'write':
      return publishWrite(world, step, options, {});
    case 'pull': {
      const to = pick(replicas, step.to);
      const from = pick(replicas.filter((replica) => replica !== to).concat(replicas.length === 1 ? to : []), step.from);
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

const publishWrite = (world: World, step: WriteStep, options: SimulationOptions, fixed: Fixed): void => {
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
      ...(options.priorities && priority >= 4 ? { priority: pick(['low', 'high', 'critical', 2.5] as const, priority) } : {}),
      ...(fixed.conflictId === undefined ? {} : { conflictId: fixed.conflictId }),
      ...(dependsOn === undefined ? {} : { dependsOn }),
      ...(sees.length === 0 ? {} : { sees }),
    },
  );
  publish(world, event, replica);
};

/** Mostly what a facade would let pass; now and then what only an import brings. */
const operationOf = (action: number, known: readonly ReknitEvent[], { resolves }: SimulationOptions): Operation => {
  const heads = known.filter((event) => headsOf(known).includes(dotOf(event)));
  if (heads.length === 0) return action === 15 ? 'update' : 'create';
  const resolve = resolves ? 'resolve' : 'update';
  if (heads.every(isDelete))
    return pick(['create', 'delete', 'create', 'update', resolve, 'delete', 'create', 'delete'] as const, action);
  return pick(
    ['update', 'update', 'update', 'delete', 'update', resolve, 'update', 'delete', 'update', 'create', resolve, 'update'] as const,
    action,
  );
};

const payloadOf = (step: WriteStep, operation: Operation, world: World, options: SimulationOptions): JsonObject | null => {
  const named = namedFields(step.changes, world, options);
  // Both forms of a delete are accepted; a resolve may keep, delete or decide (R29).
  if (operation === 'delete') return step.action % 2 === 0 ? null : {};
  if (operation === 'resolve' && step.sees % 5 === 4) return null;
  if (operation !== 'update' || Object.keys(named).length > 0) return named;
  return namedFields([{ field: step.action, value: step.ticks }], world, options);
};

const namedFields = (changes: readonly Change[], world: World, options: SimulationOptions): JsonObject =>
  Object.fromEntries(
    changes.map(({ field: fieldChoice, value }) => {
      // References have to be frequent to be met by a delete; a choice below 8 may name one too.
      const referring = fieldChoice < 8 ? [] : Object.keys(options.references);
      const field = pick(referring.length > 0 ? referring : options.fields, fieldChoice);
      const targetType = options.references[field];
      if (targetType === undefined) return [field, pick(options.values, value)];
      const targets = world.resources.filter(({ resourceType }) => resourceType === targetType);
      return [field, pick([...targets.map(({ resourceId }) => resourceId), ...targets.map(({ resourceId }) => resourceId), null, 'nowhere'], value)];
    }),
  );

const parentsOf = (
  replica: SimulatedReplica,
  known: readonly ReknitEvent[],
  resource: ResourceRef,
  choice: number,
  options: SimulationOptions,
): string[] => {
  const heads = headsOf(known);
  // R3 allows redundant parents.
  if (choice === 11 && known.length > 0) return [...heads, dotOf(pick(known, replica.lastSeq))];
  if (choice === 13 && options.strayParents) {
    const elsewhere = [...replica.known].filter((event) => !isOn(event, resource));
    return [...heads, ...elsewhere.slice(-1).map(dotOf)];
  }
  // R4: an event that had not seen its author's own earlier one is applied as its parents say.
  if (choice >= 14 && options.forgetfulReplicas && known.length > 0)
    return headsOf(withAncestors([pick(known, replica.lastSeq + choice)], known));
  return heads;
};

/** R25: a reference names its target's heads; a delete names the references that it knew. */
const seenElsewhere = (
  replica: SimulatedReplica,
  resource: ResourceRef,
  operation: Operation,
  payload: JsonObject | null,
  dependsOn: readonly ResourceRef[] | undefined,
  options: SimulationOptions,
): ReknitEvent[] => {
  const elsewhere = [...replica.known].filter((event) => !isOn(event, resource));
  if (operation === 'delete' || payload === null)
    return elsewhere.filter((event) => targetsOf(event.payload, event.dependsOn, options).some((target) => isSame(target, resource)));
  const targets = targetsOf(payload, dependsOn, options);
  return targets.flatMap((target) => {
    const known = elsewhere.filter((event) => isOn(event, target));
    return known.filter((event) => headsOf(known).includes(dotOf(event)));
  });
};

const targetsOf = (
  payload: JsonObject | null,
  dependsOn: readonly ResourceRef[] | undefined,
  options: SimulationOptions,
): ResourceRef[] => [
  ...Object.entries(isJsonObject(payload) ? payload : {}).flatMap(([field, resourceId]) => {
    const resourceType = options.references[field];
    return resourceType === undefined || typeof resourceId !== 'string' ? [] : [{ resourceType, resourceId }];
  }),
  ...(dependsOn ?? []),
];

const isSame = (a: ResourceRef, b: ResourceRef): boolean =>
  a.resourceType === b.resourceType && a.resourceId === b.resourceId;

/**
 * R5: as after a restored backup, a dot is used again. Parents come from before its first
 * use, so that nothing becomes its own ancestor.
 */
const publishFork = (world: World, step: Step & { kind: 'fork' }, options: SimulationOptions): void => {
  const original = pick(world.events, step.event);
  const { dependsOn: _dependsOn, sees: _sees, ...members } = original;
  const resource = step.resource < 10 ? resourceOf(original) : pick(world.resources, step.resource);
  const firstUse = world.events.findIndex((event) => dotOf(event) === dotOf(original));
  const earlier = world.events.slice(0, firstUse).filter((event) => isOn(event, resource));
  const sameParents = isOn(original, resource) && step.parents < 8;
  const parents = sameParents ? original.parents : step.parents % 2 === 0 || earlier.length === 0 ? [] : [dotOf(pick(earlier, step.parents)) as Dot];
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

const publishReferenceAndDelete = (world: World, step: Step & { kind: 'refer-and-delete' }, options: SimulationOptions): void => {
  const { reference, deletion, target: choice } = step;
  const [field, targetType] = pick(Object.entries(options.references), choice);
  const targets = world.resources.filter(({ resourceType }) => resourceType === targetType);
  if (targets.length === 0) return;
  const target = pick(targets, choice);
  publishWrite(world, reference, options, { operation: 'update', payload: { [field]: target.resourceId } });
  publishWrite(world, deletion, options, { operation: 'delete', payload: {}, resource: target });
};

/** As the facade would: names the id of a conflict that the replica sees, and writes what settles it. */
const publishSettlement = (world: World, step: Step & { kind: 'settle' }, options: SimulationOptions): void => {
  const replica = pick(world.replicas, step.write.replica);
  if (step.isUpToDate) for (const event of world.events) replica.known.add(event);
  const policy = tinyPolicy({ references: options.references });
  const standing = modelOf([...replica.known], policy).resources.flatMap((resource) =>
    resource.standing.map((conflict) => ({ conflict, resource: resourceOf(resource) })),
  );
  if (standing.length === 0) return;
  const { conflict, resource } = pick(standing, step.conflict);
  const { conflictId, unit } = conflict;
  const payload =
    unit[0] === 'field'
      ? { [String(unit[1])]: pick(options.values, step.write.action) }
      : // R29: the resource is kept or deleted; R28: a dependency is left dangling, or the dependant goes.
        step.write.action % 4 === 3 ? null : {};
  publishWrite(world, step.write, options, { operation: 'resolve', payload, conflictId, resource });
};
