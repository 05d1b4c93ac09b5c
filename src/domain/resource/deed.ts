/**
 * A deed is an event as the merge sees it: who, when, and which units it wrote with which
 * complete values. A void (R5) is a deed that wrote nothing, not even existence.
 */
import { lastOf } from '../causality/last-write.js';
import type { ReknitEvent, SealedEvent } from '../events/event.js';
import { invariant } from '../shared/invariant.js';
import { isJsonObject, type Json, type JsonObject } from '../shared/json.js';
import type { Policy, TypeRules, UnitRule } from '../strategies/policy.js';
import { priorityRank } from '../strategies/priority.js';
import type { UnitWrite, WriteFacts } from './state.js';

export interface Deed {
  readonly facts: WriteFacts;
  readonly event: ReknitEvent;
  readonly isVoid: boolean;
  /** Complete values of groups and whole resources (R23), by unit key. */
  readonly completed: ReadonlyMap<string, JsonObject> | undefined;
}

export const deletesResource = (event: ReknitEvent): boolean =>
  event.operation === 'delete' || (event.operation === 'resolve' && event.payload === null);

/** As the policy's version of the type understands it; what is stored and sent stays as it was written. */
export const asRead = (sealed: SealedEvent, rules: TypeRules): SealedEvent => {
  const event = rules.read(sealed.event);
  return event === sealed.event ? sealed : { ...sealed, event };
};

export const factsOf = ({ event, dot }: SealedEvent, priority: number): WriteFacts => ({
  dot,
  eventId: event.eventId,
  agentId: event.agentId,
  operation: event.operation,
  timestamp: event.timestamp,
  counter: event.counter,
  priority,
  deletes: deletesResource(event),
});

/** The priority that needs no look at the resource: the event's own, else its agent's. */
export const ownPriority = (event: ReknitEvent, policy: Policy): number | undefined =>
  priorityRank(event.priority) ?? policy.agentPriority(event.agentId);

/** The units an event names, each once; a delete names none. */
export const unitsWritten = (event: ReknitEvent, rules: TypeRules): readonly UnitRule[] => {
  if (event.payload === null) return [];
  const written: UnitRule[] = [];
  for (const field of Object.keys(event.payload)) {
    const rule = rules.unitOf(field);
    if (!rules.hasComposites || !written.some(({ key }) => key === rule.key)) written.push(rule);
  }
  return written;
};

/** Whether the deed wrote the unit. */
export const writes = (deed: Deed, rule: UnitRule): boolean => {
  if (deed.isVoid || deed.event.payload === null) return false;
  return rule.unit.kind === 'field'
    ? Object.hasOwn(deed.event.payload, rule.unit.field)
    : deed.completed?.has(rule.key) === true;
};

/** The value that the deed wrote to the unit, if it did. */
export const writeOf = (deed: Deed, rule: UnitRule): { readonly value: Json | undefined } | undefined => {
  if (!writes(deed, rule)) return undefined;
  return { value: rule.unit.kind === 'field' ? deed.event.payload?.[rule.unit.field] : deed.completed?.get(rule.key) };
};

/**
 * The complete value of a group or whole resource that an event wrote (R23): `create` and
 * `resolve` carry it, an update takes what it does not name from `previous`.
 */
export const completeValue = (
  event: ReknitEvent,
  rule: UnitRule,
  rules: TypeRules,
  previous: Json | undefined,
): JsonObject => {
  const value: Record<string, Json> = Object.create(null) as Record<string, Json>;
  if (event.operation === 'update' && isJsonObject(previous))
    for (const [field, member] of Object.entries(previous)) value[field] = member;
  for (const [field, member] of Object.entries(event.payload ?? {}))
    if (rules.unitOf(field).key === rule.key) value[field] = member;
  return value;
};

/** The last write of several by R2; undefined of none. */
export const lastWriteOf = (siblings: readonly UnitWrite[]): UnitWrite | undefined =>
  siblings.length < 2 ? siblings[0] : lastOf(siblings, orderOf);

const orderOf = ({ dot, facts }: UnitWrite): WriteFacts => {
  invariant(facts !== undefined, `sibling ${dot} of a contested unit has no facts`);
  return facts;
};
