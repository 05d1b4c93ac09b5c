/** An event id is an idempotency key: a write under one that was recorded before is no second event. */
import type { EventId, ReknitEvent, SealedEvent } from '../../domain/events/event.js';
import { isOperation, type FieldKind } from '../../domain/fields/field-kind.js';
import type { Change } from '../../domain/resource/change.js';
import { sameJson } from '../../domain/shared/canonical-json.js';
import { ReknitError } from '../../domain/shared/errors.js';
import type { Json, JsonObject } from '../../domain/shared/json.js';
import type { TypeRules } from '../../domain/strategies/policy.js';
import type { MergeDeps } from '../merge-driver.js';

/**
 * The event that the change's id names already, in the store or in this group.
 *
 * @throws ReknitError event_id_reused, where that event says something else
 */
export const findRepeated = async (
  { store, policy }: MergeDeps,
  change: Change,
  batch: readonly SealedEvent[],
): Promise<ReknitEvent | undefined> => {
  const eventId = change.options.eventId as EventId;
  const stored = await store.findEvents({ eventIds: [eventId] });
  const first = stored[0]?.sealed.event ?? batch.find(({ event }) => event.eventId === eventId)?.event;
  if (first === undefined) return undefined;
  const isSame =
    first.resourceType === change.resourceType &&
    first.resourceId === change.resourceId &&
    first.operation === change.operation &&
    saysTheSame(change, first.payload, policy.rulesFor(change.resourceType));
  if (isSame) return first;
  throw new ReknitError(
    'event_id_reused',
    `the event id "${eventId}" names another change already: give this one an id of its own`,
    { eventId },
  );
};

/** What was recorded may hold more than was asked for: the rest of a group that the change names (R23). */
const saysTheSame = (change: Change, recorded: JsonObject | null, rules: TypeRules): boolean => {
  const asked = change.payload;
  if (asked === null || recorded === null) return asked === recorded;
  const completed = new Set(
    Object.keys(asked)
      .filter((field) => rules.unitOf(field).unit.kind !== 'field')
      .map((field) => rules.unitOf(field).key),
  );
  return (
    Object.entries(asked).every(
      ([field, value]) =>
        Object.hasOwn(recorded, field) &&
        (sameJson(recorded[field], value) || isSaidByPosition(value, rules.unitOf(field).kind)),
    ) &&
    Object.keys(recorded).every(
      (field) =>
        Object.hasOwn(asked, field) || (change.operation === 'update' && completed.has(rules.unitOf(field).key)),
    )
  );
};

/** Relative to what was looked at; recorded was what it meant, which by now nobody can compare. */
const isSaidByPosition = (value: Json, { accumulator }: FieldKind): boolean =>
  accumulator?.rebase !== undefined && isOperation(value);
