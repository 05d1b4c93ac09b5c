/**
 * What an event's author had seen of a unit, and which conflicts stood there: the questions
 * that only the history can answer, because the state holds what others wrote meanwhile.
 */
import {
  existenceConflict,
  isDeletedBeyondDispute,
  survivorsOf,
  unitConflict,
  type ConflictIdentity,
} from '../conflict/detect.js';
import type { Json } from '../shared/json.js';
import type { UnitRule } from '../strategies/policy.js';
import { lastWriteOf, writeOf } from './deed.js';
import type { ResourceDraft } from './draft.js';
import { WholeHistoryNeeded, type Closure, type EvolveContext } from './evolve-context.js';
import {
  siblingsInPast,
  yieldingAmong,
  type DeedNode,
  type Past,
  type ResourceHistory,
  type UnitBasis,
} from './history.js';
import type { UnitWrite, WriteFacts } from './state.js';

/** The unit's last write, of all siblings or of those that do not yield (R14). */
export const lastValueInPast = (
  rule: UnitRule,
  parents: readonly DeedNode[],
  context: EvolveContext,
  isPast: Past,
  survivorsOnly: boolean,
): Json | undefined => {
  const history = context.history();
  const basis = siblingsInPast(history, parents, rule);
  if (basis.reachesFloor) throw new WholeHistoryNeeded();
  const writes = writesOf(history, basis, rule, isPast);
  return lastWriteOf(survivorsOnly ? survivorsOf(writes) : writes)?.value;
};

const writesOf = (
  history: ResourceHistory,
  { siblings }: UnitBasis,
  rule: UnitRule,
  past: Past,
): readonly UnitWrite[] => {
  const yielding = yieldingAmong(history, siblings, past);
  return siblings.map((node) => ({
    dot: node.dot,
    value: writeOf(node.item, rule)?.value,
    facts: node.item.facts,
    yielded: yielding.has(node),
  }));
};

/** The conflicts that stood in the event's own past on the units that it writes (R20). */
export const closedBy = (
  closer: WriteFacts,
  draft: ResourceDraft,
  written: readonly UnitRule[],
  parents: readonly DeedNode[],
  isPast: Past,
  context: EvolveContext,
): readonly Closure[] => {
  const history = context.history();
  const [first] = parents;
  // Who has seen nothing, or one line of events, has seen nothing disagree.
  if (first === undefined || (parents.length === 1 && first.isLine && history.isWhole)) return noClosures;
  const closures: Closure[] = [];
  const note = (conflict: ConflictIdentity | undefined): void => {
    if (conflict !== undefined) closures.push({ conflict, closer });
  };
  const existence = history.isWhole ? existenceIn(history, parents) : [];
  note(existenceConflict(draft, existence, context.sha256));
  if (isDeletedBeyondDispute(existence)) return closures;
  for (const rule of written) {
    if (rule.kind.accumulator !== undefined) continue;
    const basis = siblingsInPast(history, parents, rule);
    if (basis.reachesFloor) note(conflictAtFloor(draft, rule, history, context));
    else if (basis.siblings.length > 1)
      note(unitConflict(draft, rule.unit, writesOf(history, basis, rule, isPast), context.sha256));
  }
  return closures;
};

const noClosures: readonly Closure[] = [];

/** Existence siblings in the past of an event with these parents: the maximal events that are no voids. */
const existenceIn = (history: ResourceHistory, parents: readonly DeedNode[]): readonly WriteFacts[] => {
  const found = parents.some(({ item }) => item.isVoid) ? behindVoids(parents) : parents;
  const maximal = found.filter((node) => !found.some((other) => history.graph.hasSeen(other, node)));
  return maximal.map(({ item }) => item.facts);
};

/** The nodes themselves, and in the place of voids what those have seen. */
const behindVoids = (nodes: readonly DeedNode[]): readonly DeedNode[] => {
  const found: DeedNode[] = [];
  const visited = new Set<DeedNode>();
  const open: DeedNode[] = [...nodes];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (visited.has(node)) continue;
    visited.add(node);
    if (node.item.isVoid) open.push(...node.parents);
    else found.push(node);
  }
  return found;
};

/**
 * The conflict on a unit as it stood at the floor: still in the state where nobody wrote the
 * unit since; else whoever wrote it first since then closed that conflict.
 */
const conflictAtFloor = (
  draft: ResourceDraft,
  rule: UnitRule,
  history: ResourceHistory,
  context: EvolveContext,
): ConflictIdentity | undefined => {
  const siblings = draft.units.get(rule.key)?.siblings ?? [];
  const isUntouched = siblings.every(({ dot }) => history.graph.get(dot) === undefined);
  return isUntouched ? unitConflict(draft, rule.unit, siblings, context.sha256) : context.closedAtFloor(rule);
};
