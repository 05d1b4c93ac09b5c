/** Looks into a whole history: what each event wrote of a unit, and what a conflict's sides started from. */
import type { Dot, ResourceRef } from '../events/event.js';
import { writeOf } from '../resource/deed.js';
import { baseOf, existenceBaseOf } from '../resource/history.js';
import { ruleOfUnit } from '../resource-definition/unit-rules.js';
import type { Json } from '../shared/json.js';
import type { Unit } from '../strategies/merge-strategy.js';
import type { FoldContext } from './fold-resources.js';
import { foldedHistory } from './history-steps.js';
import type { LoadedHistory } from './loaded.js';

export interface UnitLens {
  /** What the event wrote of the unit, complete (R23); undefined for units that are not fields, groups or the resource. */
  readonly valueOf: (dot: Dot, unit: Unit) => { readonly value: Json | undefined } | undefined;
  /** What all these writes started from (R21); undefined where there is no such value. */
  readonly baseOf: (siblings: readonly Dot[], unit: Unit) => { readonly value: Json | undefined } | undefined;
}

export const unitLens = (ref: ResourceRef, loaded: LoadedHistory, context: FoldContext): UnitLens => {
  const rules = context.policy.rulesFor(ref.resourceType);
  const whole = foldedHistory(ref, loaded, context);
  return {
    valueOf: (dot, unit) => {
      const rule = ruleOfUnit(unit, rules);
      const node = whole.graph.get(dot);
      return rule === undefined || node === undefined ? undefined : writeOf(node.item, rule);
    },
    baseOf: (siblings, unit) => {
      const nodes = siblings.flatMap((dot) => whole.graph.get(dot) ?? []);
      if (nodes.length < siblings.length) return undefined;
      if (unit.kind === 'existence') return existenceBaseOf(whole, nodes);
      const rule = ruleOfUnit(unit, rules);
      return rule === undefined ? undefined : baseOf(whole, nodes, rule);
    },
  };
};
