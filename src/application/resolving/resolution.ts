/**
 * What a person says about a conflict, and the change that says it to everyone: a decision is
 * an event like any other (R28, R29). What cannot be meant is refused here, in words.
 */
import type { ConflictRecord } from '../../domain/conflict/conflict-record.js';
import { dependsOnField } from '../../domain/merge/dependencies.js';
import type { Change } from '../../domain/resource/change.js';
import { refOf } from '../../domain/resource/resource-key.js';
import { canonicalJson } from '../../domain/shared/canonical-json.js';
import { ReknitError } from '../../domain/shared/errors.js';
import { isJsonObject, type Json, type JsonObject } from '../../domain/shared/json.js';
import type { ConflictSideView, ConflictView } from '../reading/conflict-view.js';

/** How a person settles a conflict: exactly one of the three. */
export type Resolution =
  /** The side with this event id, this replica's own side, or the last write of the others. */
  | { readonly choose: string }
  /** Any value; for existence `'alive'` or `'deleted'`. */
  | { readonly value: Json }
  /** For a dependency. */
  | { readonly apply: 'restore' | 'detach' | 'cascade' | 'keep' };

/** A resolution often comes from a form or a command line; what is not exactly one of the three decides nothing. */
export const refuseUnclear = (resolution: unknown): void => {
  const members = isJsonObject(resolution) ? Object.keys(resolution) : [];
  const [member] = members;
  const value = isJsonObject(resolution) && member !== undefined ? resolution[member] : undefined;
  const isClear =
    members.length === 1 &&
    ((member === 'choose' && typeof value === 'string') ||
      (member === 'value' && value !== undefined) ||
      (member === 'apply' && actions.has(value)));
  if (!isClear)
    throw new ReknitError(
      'bad_resolution',
      'a conflict is resolved by one of { choose: an event id, "local" or "remote" }, { value }, or { apply: "restore", "detach", "cascade" or "keep" }',
    );
};

/** The value that a resolution stands for; undefined is absent. */
export const chosenValue = (view: ConflictView, resolution: Resolution): Json | undefined => {
  if ('apply' in resolution)
    throw new ReknitError(
      'bad_resolution',
      `"apply" settles a dependency; conflict ${view.conflictId} is about ${view.unit.kind}: choose a side or give a value`,
    );
  if ('value' in resolution) {
    if (view.unit.kind === 'existence' && resolution.value !== 'alive' && resolution.value !== 'deleted')
      throw new ReknitError('bad_resolution', 'whether a resource exists is settled by the value "alive" or "deleted"');
    if ((view.unit.kind === 'group' || view.unit.kind === 'resource') && !isJsonObject(resolution.value))
      throw new ReknitError('bad_resolution', 'the value of a group or of a whole resource is an object of its fields');
    return resolution.value;
  }
  return chosenSide(view, resolution.choose).value;
};

const chosenSide = (view: ConflictView, choice: string): ConflictSideView => {
  if (choice === 'local' || choice === 'remote') {
    const distinct = new Set(
      view.siblings.map(({ value }) => canonicalJson(value ?? null) + String(value === undefined)),
    );
    const side = choice === 'local' ? view.local : view.remote;
    if (view.local === undefined || side === undefined || distinct.size > 2)
      throw new ReknitError(
        'ambiguous_choice',
        `"${choice}" is not one side of conflict ${view.conflictId}: choose by event id`,
        {
          eventIds: view.siblings.map(({ eventId }) => eventId),
        },
      );
    return side;
  }
  const side = view.siblings.find(({ eventId }) => eventId === choice);
  if (side === undefined)
    throw new ReknitError('unknown_side', `event ${choice} is no side of conflict ${view.conflictId}`, {
      eventIds: view.siblings.map(({ eventId }) => eventId),
    });
  return side;
};

export const payloadFor = (
  { unit, conflictId }: ConflictView,
  value: Json | undefined,
): { readonly operation: 'resolve'; readonly payload: JsonObject | null } => {
  switch (unit.kind) {
    case 'existence':
      return { operation: 'resolve', payload: value === 'deleted' ? null : {} };
    case 'field':
      if (value === undefined)
        throw new ReknitError('bad_resolution', 'a field cannot be made absent: give a value, or null');
      return { operation: 'resolve', payload: { [unit.field]: value } };
    case 'group':
    case 'resource':
      if (!isJsonObject(value) || Object.keys(value).length === 0)
        throw new ReknitError('bad_resolution', 'a group or whole resource needs at least one field: give a value');
      return { operation: 'resolve', payload: value };
    case 'dependency':
      throw new ReknitError(
        'bad_resolution',
        `conflict ${conflictId} is about a dependency: apply restore, detach, cascade or keep`,
      );
  }
};

/** R28: a decision is an event on the resource that it changes. */
export const dependencyChange = (
  { unit, conflictId, ...record }: ConflictRecord,
  resolution: Resolution,
  options: Change['options'],
): Change => {
  if (unit.kind !== 'dependency' || !('apply' in resolution))
    throw new ReknitError(
      'bad_resolution',
      `conflict ${conflictId} is about a dependency: apply restore, detach, cascade or keep`,
    );
  const source = refOf(record);
  switch (resolution.apply) {
    case 'restore':
      return { ...unit.target, operation: 'resolve', payload: {}, options, conflictId };
    case 'detach':
      if (unit.field === dependsOnField)
        throw new ReknitError(
          'bad_resolution',
          'what an event depends on is no field that could be detached: restore, cascade or keep',
        );
      return { ...source, operation: 'update', payload: { [unit.field]: null }, options, conflictId };
    case 'cascade':
      return { ...source, operation: 'delete', payload: {}, options, conflictId };
    case 'keep':
      return { ...source, operation: 'resolve', payload: {}, options, conflictId };
  }
};

const actions: ReadonlySet<unknown> = new Set(['restore', 'detach', 'cascade', 'keep']);
