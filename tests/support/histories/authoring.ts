/**
 * What an author at a replica would record: an operation that fits what it knows, a
 * payload, parents (R3), and what it had seen of other resources (R25).
 */
import type { Operation, ReknitEvent, ResourceRef } from '../../../src/domain/events/event.js';
import { isJsonObject, type Json, type JsonObject } from '../../../src/domain/shared/json.js';
import { dotOf } from '../model/order.js';
import { isDelete } from '../model/writes.js';
import type { Change, WriteStep } from './steps.js';
import { headsOf, isOn, pick, withAncestors, type SimulatedReplica, type World } from './world.js';

export interface AuthoringOptions {
  readonly fields: readonly string[];
  readonly values: readonly Json[];
  readonly valuesByField: Readonly<Record<string, readonly Json[]>>;
  /** Field to the type that it refers to. */
  readonly references: Readonly<Record<string, string>>;
  readonly dependsOn: boolean;
  readonly resolves: boolean;
  readonly priorities: boolean;
  readonly strayParents: boolean;
  readonly forgetfulReplicas: boolean;
}

/** Mostly what a facade would let pass; now and then what only an import brings. */
export const operationOf = (
  action: number,
  known: readonly ReknitEvent[],
  { resolves }: AuthoringOptions,
): Operation => {
  const heads = known.filter((event) => headsOf(known).includes(dotOf(event)));
  if (heads.length === 0) return action === 15 ? 'update' : 'create';
  const operation = pick(heads.every(isDelete) ? onDeleted : onLive, action);
  return operation === 'resolve' && !resolves ? 'update' : operation;
};

const onLive: readonly Operation[] = ['update', 'update', 'delete', 'update', 'resolve', 'update', 'create', 'update'];
const onDeleted: readonly Operation[] = [
  'create',
  'delete',
  'create',
  'update',
  'resolve',
  'delete',
  'create',
  'delete',
];

export const payloadOf = (
  step: WriteStep,
  operation: Operation,
  world: World,
  options: AuthoringOptions,
): JsonObject | null => {
  const named = namedFields(step.changes, world, options);
  // Both forms of a delete are accepted; a resolve may keep, delete or decide (R29).
  if (operation === 'delete') return step.action % 2 === 0 ? null : {};
  if (operation === 'resolve' && step.sees % 5 === 4) return null;
  if (operation !== 'update' || Object.keys(named).length > 0) return named;
  return namedFields([{ field: step.action, value: step.ticks }], world, options);
};

export const namedFields = (changes: readonly Change[], world: World, options: AuthoringOptions): JsonObject =>
  Object.fromEntries(
    changes.map(({ field: choice, value }) => {
      // References have to be frequent to be met by a delete; a choice below 8 may name one too.
      const referring = choice < 8 ? [] : Object.keys(options.references);
      const field = pick(referring.length > 0 ? referring : options.fields, choice);
      return [field, pick(valuesOf(field, world, options), value)];
    }),
  );

/** For a reference mostly ids that exist, twice as likely as none and as one that nobody ever created. */
const valuesOf = (
  field: string,
  { resources }: World,
  { references, values, valuesByField }: AuthoringOptions,
): readonly Json[] => {
  const targetType = references[field];
  if (targetType === undefined) return valuesByField[field] ?? values;
  const ids = resources.filter(({ resourceType }) => resourceType === targetType).map(({ resourceId }) => resourceId);
  return [...ids, ...ids, null, 'nowhere'];
};

export const parentsOf = (
  replica: SimulatedReplica,
  known: readonly ReknitEvent[],
  resource: ResourceRef,
  choice: number,
  options: AuthoringOptions,
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
export const seenElsewhere = (
  replica: SimulatedReplica,
  resource: ResourceRef,
  operation: Operation,
  payload: JsonObject | null,
  dependsOn: readonly ResourceRef[] | undefined,
  options: AuthoringOptions,
): ReknitEvent[] => {
  const elsewhere = [...replica.known].filter((event) => !isOn(event, resource));
  if (operation === 'delete' || payload === null)
    return elsewhere.filter((event) =>
      targetsOf(event.payload, event.dependsOn, options).some((target) => isSame(target, resource)),
    );
  const targets = targetsOf(payload, dependsOn, options);
  return targets.flatMap((target) => {
    const known = elsewhere.filter((event) => isOn(event, target));
    return known.filter((event) => headsOf(known).includes(dotOf(event)));
  });
};

const targetsOf = (
  payload: JsonObject | null,
  dependsOn: readonly ResourceRef[] | undefined,
  options: AuthoringOptions,
): ResourceRef[] => [
  ...Object.entries(isJsonObject(payload) ? payload : {}).flatMap(([field, resourceId]) => {
    const resourceType = options.references[field];
    return resourceType === undefined || typeof resourceId !== 'string' ? [] : [{ resourceType, resourceId }];
  }),
  ...(dependsOn ?? []),
];

const isSame = (a: ResourceRef, b: ResourceRef): boolean =>
  a.resourceType === b.resourceType && a.resourceId === b.resourceId;
