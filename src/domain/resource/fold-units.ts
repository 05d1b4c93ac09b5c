/** Looks into a whole history: what each event wrote of a unit, and what a conflict's sides started from. */
import type { Dot, ResourceRef } from '../events/event.js';
import type { LoadedHistory } from '../merge/loaded.js';
import type { Json } from '../shared/json.js';
import { portableSha256 } from '../shared/sha256.js';
import type { Unit } from '../strategies/merge-strategy.js';
import type { Policy, UnitRule } from '../strategies/policy.js';
import { writeOf } from './deed.js';
import { draftOf } from './evolve.js';
import { createFold } from './fold.js';
import { baseOf, existenceBaseOf } from './history.js';
import { initialState } from './state.js';
import { historySteps } from './history-steps.js';

export interface UnitLens {
  /** What the event wrote of the unit, complete (R23); undefined for units that are not fields, groups or the resource. */
  readonly valueOf: (dot: Dot, unit: Unit) => { readonly value: Json | undefined } | undefined;
  readonly baseOf: (siblings: readonly Dot[], unit: Unit) => { readonly value: Json | undefined } | undefined;
}

export const foldUnits = (ref: ResourceRef, history: LoadedHistory, policy: Policy): UnitLens => {
  const rules = policy.rulesFor(ref.resourceType);
  const fold = createFold({ draft: draftOf(initialState(ref), rules), policy, sha256: portableSha256 });
  for (const { step } of historySteps(history)) fold.apply(step);
  fold.finish();
  const whole = fold.history();
  const ruleOf = (unit: Unit): UnitRule | undefined => {
    if (unit.kind === 'field') return rules.unitOf(unit.field);
    if (unit.kind === 'group') return rules.unitByKey(unit.group);
    return unit.kind === 'resource' ? rules.unitByKey('') : undefined;
  };
  return {
    valueOf: (dot, unit) => {
      const rule = ruleOf(unit);
      const node = whole.graph.get(dot);
      return rule === undefined || node === undefined ? undefined : writeOf(node.item, rule);
    },
    baseOf: (siblings, unit) => {
      const nodes = siblings.flatMap((dot) => whole.graph.get(dot) ?? []);
      if (nodes.length < siblings.length) return undefined;
      if (unit.kind === 'existence') return existenceBaseOf(whole, nodes);
      const rule = ruleOf(unit);
      return rule === undefined ? undefined : baseOf(whole, nodes, rule);
    },
  };
};
