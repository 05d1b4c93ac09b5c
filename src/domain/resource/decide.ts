/**
 * Whether a change may be recorded, and what its event will say: the author's side.
 *
 * Everything refused here is refused before anything is written, with a code and with words
 * that say what to do. What others wrote is never refused for these reasons: a received event
 * is applied as it is.
 */
import type { StandingConflict } from '../conflict/conflict-record.js';
import { isPending } from '../conflict/conflict-record.js';
import type { Dot } from '../events/event.js';
import type { FieldKind, MisfitCode } from '../fields/field-kind.js';
import { ReknitError } from '../shared/errors.js';
import type { Json, JsonObject } from '../shared/json.js';
import type { TypeRules } from '../strategies/policy.js';
import type { Change, DecidedChange } from './change.js';
import type { ResourceState } from './state.js';
import type { ResourceView } from './view.js';

/** The resource as it stands at this replica. */
export interface Standing {
  readonly state: ResourceState | undefined;
  readonly view: ResourceView | undefined;
  /** The conflict about its existence, if one stands. */
  readonly existenceConflict: StandingConflict | undefined;
}

/** What the author had looked at, where that is less than the replica has. */
export interface SeenPast {
  /** Maximal events among those seen and the replica's own. */
  readonly parents: readonly Dot[];
  /** Whether this replica wrote the field's unit after what was looked at. */
  readonly isStale: (field: string) => boolean;
  /** Fields as they were seen, for completing groups. */
  readonly fields: JsonObject;
  /** Fields as they were looked at, without what this replica wrote since: what positions are relative to. */
  readonly shown: JsonObject;
  /** A change of what was looked at, as a change of what the parents hold. */
  readonly rebase: (field: string, value: Json) => Json;
}

type ChangeRefusal =
  | 'resource_exists'
  | 'resource_not_found'
  | 'resource_deleted'
  | 'existence_pending'
  | 'stale_write'
  | 'invalid_value'
  | MisfitCode;

export const decideChange = (
  change: Change,
  standing: Standing,
  past: SeenPast | undefined,
  sees: readonly Dot[],
  rules: TypeRules,
): DecidedChange => {
  const seen = past?.fields ?? standing.view?.fields ?? {};
  const shown = past?.shown ?? seen;
  const prepared = preparedChange(change, (field, value, { prepare }) => prepare?.(value, shown[field]), rules);
  if (past === undefined) refuseByExistence(change, standing);
  refuseWhilePending(change, standing);
  refuseStale(change, past);
  refuseUnfit(prepared, shown, rules);
  const placed = preparedChange(
    prepared,
    (field, value, { accumulator }) => (accumulator?.rebase === undefined ? undefined : past?.rebase(field, value)),
    rules,
  );
  const payload = completePayload(placed, seen, rules);
  return { ...change, payload, parents: past?.parents ?? standing.state?.heads ?? [], sees };
};

const refuse = (
  code: ChangeRefusal,
  change: Change,
  message: string,
  facts: Readonly<Record<string, unknown>> = {},
): never => {
  const { resourceType, resourceId } = change;
  throw new ReknitError(code, message, { resourceType, resourceId, ...facts });
};

const nameOf = ({ resourceType, resourceId }: Change): string => `${resourceType} ${resourceId}`;

const refuseByExistence = (change: Change, { state, view, existenceConflict }: Standing): void => {
  const exists = state !== undefined && state.existence.length > 0;
  const isLive = exists && view?.deleted === false;
  switch (change.operation) {
    case 'create': {
      const isDisputed = existenceConflict !== undefined && isPending(existenceConflict);
      if (isLive && !isDisputed)
        refuse('resource_exists', change, `${nameOf(change)} exists already: update it, or choose another id`);
      return;
    }
    case 'update':
    case 'delete':
      if (!exists) refuse('resource_not_found', change, `${nameOf(change)} is not known here: create it first`);
      if (!isLive && change.operation === 'update')
        refuse(
          'resource_deleted',
          change,
          `${nameOf(change)} was deleted: create it again, or restore it by a resolve`,
        );
      if (!isLive) refuse('resource_deleted', change, `${nameOf(change)} was deleted already`);
      return;
    case 'resolve':
      if (!exists)
        refuse('resource_not_found', change, `${nameOf(change)} is not known here: there is nothing to resolve`);
      return;
  }
};

/** R31: any other event says "alive" and would end the dispute by accident. */
const refuseWhilePending = (change: Change, { existenceConflict }: Standing): void => {
  if (existenceConflict === undefined || !isPending(existenceConflict)) return;
  const names = change.payload !== null && Object.keys(change.payload).length > 0;
  const { conflictId } = existenceConflict;
  if (change.operation === 'update' || (change.operation === 'resolve' && names && change.conflictId !== conflictId))
    refuse(
      'existence_pending',
      change,
      `whether ${nameOf(change)} is deleted is disputed: decide conflict ${conflictId} first, or delete or create it`,
      { conflictId },
    );
};

const refuseStale = (change: Change, past: SeenPast | undefined): void => {
  if (past === undefined || change.payload === null) return;
  const stale = Object.keys(change.payload).filter(past.isStale);
  if (stale.length > 0)
    refuse(
      'stale_write',
      change,
      `this replica wrote ${stale.join(', ')} of ${nameOf(change)} after what you looked at: look again, then write`,
      { fields: stale },
    );
};

/** The change with some values said in another way. */
const preparedChange = (
  change: Change,
  valueOf: (field: string, value: Json, kind: FieldKind) => Json | undefined,
  rules: TypeRules,
): Change => {
  const { payload } = change;
  if (payload === null) return change;
  let prepared: Record<string, Json> | undefined;
  for (const [field, value] of Object.entries(payload)) {
    const said = valueOf(field, value, rules.unitOf(field).kind);
    if (said !== undefined && said !== value) (prepared ??= { ...payload })[field] = said;
  }
  return prepared === undefined ? change : { ...change, payload: prepared };
};

const refuseUnfit = (change: Change, shown: JsonObject, rules: TypeRules): void => {
  if (change.payload === null) return;
  for (const [field, value] of Object.entries(change.payload)) {
    // A create gives a field its first value, whatever was there.
    const seen = change.operation === 'create' ? undefined : shown[field];
    const misfit = rules.unitOf(field).kind.refuse(value, change.operation, seen);
    if (misfit !== undefined)
      refuse(misfit.code, change, `"${field}" of ${nameOf(change)}: ${misfit.message}`, { field });
    const problem = rules.validate(field, value);
    if (problem !== undefined)
      refuse('invalid_value', change, `"${field}" of ${nameOf(change)}: ${problem}`, { field });
  }
};

/** R23: an update of a group or a whole resource carries the complete value that its author saw. */
const completePayload = (change: Change, shown: JsonObject, rules: TypeRules): JsonObject | null => {
  const { payload } = change;
  if (payload === null || !rules.hasComposites || change.operation !== 'update') return payload;
  const keys = new Set(
    Object.keys(payload)
      .map((field) => rules.unitOf(field))
      .filter(({ unit }) => unit.kind !== 'field')
      .map(({ key }) => key),
  );
  if (keys.size === 0) return payload;
  const complete = Object.create(null) as Record<string, Json>;
  for (const [field, value] of Object.entries(shown)) if (keys.has(rules.unitOf(field).key)) complete[field] = value;
  return Object.assign(complete, payload);
};
