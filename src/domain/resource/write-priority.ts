/**
 * The priority of a write (R22): the event's own, its agent's, or what the resource's priority
 * field said in the event's own past. Never what it says now: that would be the same for all
 * siblings, and would change old decisions.
 */
import type { ReknitEvent } from '../events/event.js';
import { survivorsOf } from '../conflict/detect.js';
import type { Json } from '../shared/json.js';
import type { TypeRules, UnitRule } from '../strategies/policy.js';
import { mediumPriority, priorityRank } from '../strategies/priority.js';
import { lastWriteOf, ownPriority, unitsWritten } from './deed.js';
import type { ResourceDraft } from './draft.js';
import type { EvolveContext, LinearContext } from './evolve-context.js';
import type { DeedNode, Past } from './history.js';
import { lastValueInPast } from './own-past.js';

/** Of an event that has seen everything applied so far. */
export const linearPriority = (draft: ResourceDraft, event: ReknitEvent, { policy }: LinearContext): number => {
  const own = ownPriority(event, policy);
  if (own !== undefined || !draft.rules.usesPriority) return own ?? mediumPriority;
  const rule = draft.rules.unitOf(draft.rules.priorityField);
  if (rule.kind.accumulator !== undefined) return mediumPriority;
  const previous = lastWriteOf(survivorsOf(draft.units.get(rule.key)?.siblings ?? []))?.value;
  return priorityAfter(event, rule, draft.rules, previous);
};

/** Of an event that is concurrent to something: what its own past says, not what the state does. */
export const concurrentPriority = (
  draft: ResourceDraft,
  event: ReknitEvent,
  parents: readonly DeedNode[],
  isPast: Past,
  context: EvolveContext,
): number => {
  const own = ownPriority(event, context.policy);
  if (own !== undefined || !draft.rules.usesPriority) return own ?? mediumPriority;
  const rule = draft.rules.unitOf(draft.rules.priorityField);
  if (rule.kind.accumulator !== undefined) return mediumPriority;
  return priorityAfter(event, rule, draft.rules, lastValueInPast(rule, parents, context, isPast, true));
};

/** The priority field in an event's own past, the event included (R22). */
const priorityAfter = (event: ReknitEvent, rule: UnitRule, rules: TypeRules, previous: Json | undefined): number => {
  const own = event.payload !== null && Object.hasOwn(event.payload, rules.priorityField);
  const cleared = event.operation === 'create' && !own;
  const value = own ? event.payload[rules.priorityField] : cleared ? undefined : previous;
  if (rule.unit.kind === 'field' || own) return priorityRank(value) ?? mediumPriority;
  const replaced = event.operation !== 'update' && unitsWritten(event, rules).some(({ key }) => key === rule.key);
  if (replaced || typeof value !== 'object' || value === null || Array.isArray(value)) return mediumPriority;
  return priorityRank((value as Readonly<Record<string, Json>>)[rules.priorityField]) ?? mediumPriority;
};
