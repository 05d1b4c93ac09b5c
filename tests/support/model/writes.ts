/**
 * Merge units, who writes them, and what: R11 (siblings), R12 (existence), R13 and R23
 * (composite values). Every set of events here is causally closed and holds no voids.
 *
 * Registers only: fields of other kinds are in no unit of the model, since they never conflict;
 * `merging-fields` says what they come to.
 */
import type { ReknitEvent } from '../../../src/domain/events/event.js';
import type { Json, JsonObject } from '../../../src/domain/shared/json.js';
import type { Unit } from '../../../src/domain/strategies/merge-strategy.js';
import type { TypeRules } from '../../../src/domain/strategies/policy.js';
import { lastWriteOf } from './order.js';
import { eventsBefore, hasSeen, type ResourceHistory } from './resource-history.js';

export const existence: Unit = { kind: 'existence' };

/** The tag of a unit in conflict ids: R18, R26. */
export const tagOf = (unit: Unit): readonly unknown[] => {
  if (unit.kind === 'field') return ['field', unit.field];
  if (unit.kind === 'group') return ['group', unit.group];
  if (unit.kind === 'dependency') return ['dependency', unit.field, [unit.target.resourceType, unit.target.resourceId]];
  return [unit.kind];
};

/** Tags are lists of texts, which have one JSON text each. */
export const isSameUnit = (a: Unit, b: Unit): boolean => JSON.stringify(tagOf(a)) === JSON.stringify(tagOf(b));

/** Whether its values are objects of several fields. */
export const isComposite = (unit: Unit): boolean => unit.kind === 'group' || unit.kind === 'resource';

export const belongsTo = (rules: TypeRules, unit: Unit, field: string): boolean =>
  isSameUnit(rules.unitOf(field).unit, unit);

/** R12, R29: a resolve with `null` deletes like a delete. */
export const isDelete = (event: ReknitEvent): boolean =>
  event.operation === 'delete' || (event.operation === 'resolve' && event.payload === null);

/** What a payload says of fields: nothing, where the event deletes (R13). */
const namedBy = (event: ReknitEvent): JsonObject => (isDelete(event) ? {} : (event.payload ?? {}));

/** Every unit the event writes: existence always, and the unit of each field that it names. */
export const unitsWrittenBy = (rules: TypeRules, event: ReknitEvent): Unit[] => {
  const registers = Object.keys(namedBy(event))
    .map((field) => rules.unitOf(field))
    .filter((rule) => rule.kind.accumulator === undefined)
    .map((rule) => rule.unit);
  const distinct = registers.filter((unit, index) => registers.findIndex((other) => isSameUnit(unit, other)) === index);
  return [existence, ...distinct];
};

export const isWriteOf = (history: ResourceHistory, unit: Unit, event: ReknitEvent): boolean =>
  unitsWrittenBy(history.rules, event).some((written) => isSameUnit(written, unit));

/** R11: the writes that no other write of the unit has seen, and no create, whatever it names. */
export const siblingsOf = (history: ResourceHistory, unit: Unit, events: readonly ReknitEvent[]): ReknitEvent[] => {
  const writes = events.filter((event) => isWriteOf(history, unit, event));
  const creates = events.filter((event) => event.operation === 'create');
  return writes.filter((write) => ![...writes, ...creates].some((other) => hasSeen(history, other, write)));
};

/** What an event says the unit is; `undefined` where that is absent. */
export const valueOf = (history: ResourceHistory, unit: Unit, event: ReknitEvent): Json | undefined => {
  if (unit.kind === 'existence') return isDelete(event) ? 'deleted' : 'alive';
  const named = Object.entries(namedBy(event)).filter(([field]) => belongsTo(history.rules, unit, field));
  if (!isComposite(unit)) return named[0]?.[1];
  const complete = { ...inheritedBy(history, unit, event), ...Object.fromEntries(named) };
  return Object.keys(complete).length === 0 ? undefined : complete;
};

/**
 * R23: a create and a resolve carry the whole value of a composite unit, so they inherit
 * nothing; an update takes what it does not name from the last write in its own past.
 */
const inheritedBy = (history: ResourceHistory, unit: Unit, event: ReknitEvent): JsonObject => {
  if (event.operation !== 'update') return {};
  const before = lastWriteOf(siblingsOf(history, unit, eventsBefore(history, event)));
  return before === undefined ? {} : ((valueOf(history, unit, before) as JsonObject | undefined) ?? {});
};
