/**
 * Adding up what was written to fields that never conflict, once at the end of a fold: what each
 * author had seen is known by then, and a kind that has to look at it does so once for a batch.
 *
 * Where nothing was concurrent, the writes are taken in turn on top of the state. Otherwise the
 * history is reduced to the writes of one field, and to who of their authors had seen which.
 */
import type { FieldHistory, FieldWrite } from '../fields/field-kind.js';
import { invariant } from '../shared/invariant.js';
import type { UnitRule } from '../strategies/policy.js';
import { writeOf } from './deed.js';
import type { ResourceDraft } from './draft.js';
import { WholeHistoryNeeded } from './evolve-context.js';
import type { DeedNode, ResourceHistory } from './history.js';

/** @param counted how many events of the history after its first are in the state already, where it is not whole */
export const settleAccumulated = (
  draft: ResourceDraft,
  history: ResourceHistory | undefined,
  counted: number,
): void => {
  for (const [key, pending] of draft.pending) {
    const unit = draft.units.get(key);
    const rule = draft.rules.unitByKey(key);
    const { accumulator } = rule.kind;
    if (unit === undefined || accumulator === undefined) continue;
    invariant(unit.accumulated !== undefined, `${key} accumulates and has no state`);
    const before = history?.isWhole === true ? accumulator.initial : unit.accumulated;
    const accumulated = accumulator.accumulate(
      before,
      history === undefined ? linearHistory(pending) : fieldHistory(history, rule, counted),
    );
    if (accumulated === undefined) throw new WholeHistoryNeeded();
    draft.units.set(key, { siblings: unit.siblings, accumulated });
  }
  draft.pending.clear();
};

/** Writes each of which has seen all before it. */
export const linearHistory = (writes: readonly FieldWrite[]): FieldHistory => ({
  writes,
  counted: 0,
  isLinear: true,
  hasSeen: (later, earlier) => later > earlier,
  parentsOf: (place) => (place === 0 ? [] : [place - 1]),
});

/** The part of a history that concerns one field. A recent one begins after its floor, which everything in it has seen. */
export const fieldHistory = (history: ResourceHistory, rule: UnitRule, countedEvents: number): FieldHistory => {
  const { nodes, hasSeen } = history.graph;
  const first = history.isWhole ? 0 : 1;
  const writes: FieldWrite[] = [];
  const writers: DeedNode[] = [];
  const parents: (readonly number[])[] = [];
  /** For each event the last writes that it or its past holds. */
  const frontiers: (readonly number[])[] = [];
  let counted = 0;
  for (let index = first; index < nodes.length; index += 1) {
    const node = nodes[index] as DeedNode;
    const before = frontierOf(node, first, frontiers, writers, hasSeen);
    const write = writeOf(node.item, rule);
    if (write === undefined && (node.item.isVoid || node.item.event.operation !== 'create')) {
      frontiers.push(before);
      continue;
    }
    frontiers.push([writes.length]);
    parents.push(before);
    writers.push(node);
    writes.push({ dot: node.dot, event: node.item.event, value: write?.value });
    if (!history.isWhole && index <= countedEvents) counted = writes.length;
  }
  return {
    writes,
    counted,
    isLinear: false,
    hasSeen: (later, earlier) => hasSeen(writers[later] as DeedNode, writers[earlier] as DeedNode),
    parentsOf: (place) => parents[place] ?? [],
  };
};

const frontierOf = (
  node: DeedNode,
  first: number,
  frontiers: readonly (readonly number[])[],
  writers: readonly DeedNode[],
  hasSeen: (later: DeedNode, earlier: DeedNode) => boolean,
): readonly number[] => {
  const of = (parent: DeedNode): readonly number[] => frontiers[parent.index - first] ?? none;
  const [only] = node.parents;
  if (only === undefined) return none;
  if (node.parents.length === 1) return of(only);
  const all = [...new Set(node.parents.flatMap(of))];
  if (all.length < 2) return all;
  return all.filter(
    (place) => !all.some((other) => other !== place && hasSeen(writers[other] as DeedNode, writers[place] as DeedNode)),
  );
};

const none: readonly number[] = [];
