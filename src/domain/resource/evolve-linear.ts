/** An event that has seen everything applied so far: the state alone says what it does, without a look at the history. */
import type { SealedEvent } from '../events/event.js';
import { existenceConflict, isDeletedBeyondDispute, unitConflict, type ConflictIdentity } from '../conflict/detect.js';
import { appendTo } from '../shared/append-to.js';
import type { JsonObject } from '../shared/json.js';
import type { UnitRule } from '../strategies/policy.js';
import { completeValue, factsOf, lastWriteOf, unitsWritten, type Deed } from './deed.js';
import type { ResourceDraft } from './draft.js';
import type { Closure, LinearContext } from './evolve-context.js';
import { noteDependencies } from './note-dependencies.js';
import type { UnitWrite, WriteFacts } from './state.js';
import { linearPriority } from './write-priority.js';

/**
 * Applies an event that has seen everything applied so far.
 *
 * @param closures what it closes is added to them
 */
export const evolveLinear = (
  draft: ResourceDraft,
  sealed: SealedEvent,
  context: LinearContext,
  closures: Closure[],
): Deed => {
  const { event } = sealed;
  const { rules } = draft;
  const facts = factsOf(sealed, linearPriority(draft, event, context));
  if (draft.contested.size > 0 || draft.existence.length > 1)
    for (const conflict of standingOn(draft, unitsWritten(event, rules), context))
      closures.push({ conflict, closer: facts });
  const completed = rules.registersOnly
    ? writeRegisters(draft, sealed, facts)
    : writeUnits(draft, sealed, facts, unitsWritten(event, rules));
  draft.heads = [sealed.dot];
  draft.existence = [facts];
  draft.existenceBase = undefined;
  draft.floors.push(sealed.dot);
  noteDependencies(draft, sealed, () => true);
  return { facts, event, isVoid: false, completed };
};

/** What `writeUnits` does where a field's name is all there is to its unit: most of what is ever folded. */
const writeRegisters = (draft: ResourceDraft, { event, dot }: SealedEvent, facts: WriteFacts): undefined => {
  const { units, contested } = draft;
  const { payload } = event;
  if (event.operation === 'create') clearUnits(draft);
  if (payload === null) return;
  for (const field of Object.keys(payload)) {
    units.set(field, { siblings: [{ dot, value: payload[field], facts, yielded: false }] });
    contested.delete(field);
  }
};

/** Replaces what the units hold; answers the complete values of groups and whole resources (R23). */
const writeUnits = (
  draft: ResourceDraft,
  sealed: SealedEvent,
  facts: WriteFacts,
  written: readonly UnitRule[],
): Deed['completed'] => {
  const { event, dot } = sealed;
  const { rules } = draft;
  let completed: Map<string, JsonObject> | undefined;
  if (rules.hasComposites)
    for (const rule of written) {
      if (rule.unit.kind === 'field') continue;
      const previous = lastWriteOf(draft.units.get(rule.key)?.siblings ?? [])?.value;
      (completed ??= new Map()).set(rule.key, completeValue(event, rule, rules, previous));
    }

  if (event.operation === 'create') clearUnits(draft);
  for (const rule of written) {
    const value = rule.unit.kind === 'field' ? event.payload?.[rule.unit.field] : completed?.get(rule.key);
    const { accumulator } = rule.kind;
    if (accumulator === undefined) draft.units.set(rule.key, { siblings: [{ dot, value, facts, yielded: false }] });
    else {
      const siblings: readonly UnitWrite[] = [{ dot, value: undefined, facts, yielded: false }];
      draft.units.set(rule.key, {
        siblings,
        accumulated: draft.units.get(rule.key)?.accumulated ?? accumulator.initial,
      });
      appendTo(draft.pending, rule.key, { dot, event, value });
    }
    draft.contested.delete(rule.key);
  }
  return completed;
};

const clearUnits = (draft: ResourceDraft): void => {
  draft.units.clear();
  draft.pending.clear();
  draft.contested.clear();
};

/** The conflicts that stand now on the units that an event writes, existence always among them. */
const standingOn = (
  draft: ResourceDraft,
  written: readonly UnitRule[],
  { sha256 }: LinearContext,
): readonly ConflictIdentity[] => {
  const standing: ConflictIdentity[] = [];
  const existence = existenceConflict(draft, draft.existence, sha256);
  if (existence !== undefined) standing.push(existence);
  if (isDeletedBeyondDispute(draft.existence)) return standing;
  for (const { key, unit } of written) {
    if (!draft.contested.has(key)) continue;
    const conflict = unitConflict(draft, unit, draft.units.get(key)?.siblings ?? [], sha256);
    if (conflict !== undefined) standing.push(conflict);
  }
  return standing;
};
