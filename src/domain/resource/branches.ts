/**
 * Lines of updates that part at the floor and have not met again: what replicas write while they
 * are offline, and so what a reconnection mostly finds.
 *
 * The writes of one line have seen each other and nothing of the other lines, so no graph is
 * needed to say who has seen whom: each head and each sibling belongs to one line, or lies at the
 * floor or below it, where everybody has seen it. The state keeps that beside its siblings, and
 * the next events of a line are folded without looking at a single earlier one. A line has no
 * conflict in its own past, so nothing is closed here (R20).
 *
 * What does not fit (deletes, creates, events that join some lines and not all, rules that ask
 * for the past) is left to the fold with a history, which gives the same state.
 */
import { compareDots } from '../causality/dot.js';
import type { Dot, SealedEvent } from '../events/event.js';
import type { Policy, TypeRules } from '../strategies/policy.js';
import { mediumPriority, priorityRank } from '../strategies/priority.js';
import { factsOf, ownPriority } from './deed.js';
import { seesAllHeads } from './draft.js';
import { insertSorted } from './insert-sorted.js';
import type { ResourceState, UnitState, UnitWrite, WriteFacts } from './state.js';

/** A stored event without its payload. */
export interface KnownEvent extends Omit<WriteFacts, 'priority'> {
  /** As the event names it; null where it names none. */
  readonly priority: unknown;
  /** Whether it had seen everything applied before it here. */
  readonly sawAll: boolean;
}

export interface KnownFacts {
  /** In the order of application. */
  readonly events: readonly KnownEvent[];
  /** Whether one of these events, the first left out, closed a conflict; told where it was asked for. */
  readonly closedAny: boolean;
}

/** Of which events the facts are needed: all of the resource from one of them on, or these. */
export type FactsRequest =
  | { readonly since: Dot; readonly orClosed: boolean }
  | { readonly of: readonly Dot[] };

export type BranchFold =
  /** So many events were folded, each with whether it had seen all before it; the next one, if there is one, has seen them all. */
  | { readonly type: 'folded'; readonly state: ResourceState; readonly sawAll: readonly boolean[] }
  | { readonly type: 'needs'; readonly facts: FactsRequest }
  /** Not of this shape. */
  | { readonly type: 'unfit' };

const unfit: BranchFold = { type: 'unfit' };

/** Folds updates into lines, as far as they are of that shape. */
export const foldBranches = (
  state: ResourceState,
  events: readonly SealedEvent[],
  known: KnownFacts | undefined,
  rules: TypeRules,
  policy: Policy,
): BranchFold => {
  if (rules.usesBase || rules.usesPriority || rules.hasComposites) return unfit;
  if (state.hasVoids || state.dependsOn.length > 0 || state.existence.some(({ deletes }) => deletes)) return unfit;
  if (!events.some((sealed) => isPlainUpdate(sealed, rules))) return unfit;
  const lines = state.heads.length === 1 ? linesFrom(state, events, known) : linesOf(state);
  if ('type' in lines) return lines;

  const { lineOf, tips, floor } = lines;
  const factsByDot = new Map<Dot, WriteFacts>();
  for (const event of known?.events ?? []) factsByDot.set(event.dot, factsOfKnown(event, policy));
  const existence = new Map(state.existence.map((facts) => [facts.dot, facts]));
  const units = new Map(state.units);
  const missing: Dot[] = [];
  const sawAll: boolean[] = [];
  for (const sealed of events) {
    const { event, dot } = sealed;
    const [parent] = event.parents;
    const extended = parent === undefined ? undefined : tips.get(parent);
    if (tips.size > 1 && event.parents.length > 1 && seesAllHeads([...tips.keys()], event.parents)) break;
    if (!isPlainUpdate(sealed, rules) || parent === undefined || (extended === undefined && parent !== floor))
      return unfit;
    const line = extended ?? (lines.count += 1);
    sawAll.push(extended !== undefined && tips.size === 1);
    const facts = factsOf(sealed, ownPriority(event, policy) ?? mediumPriority);
    for (const field of Object.keys(event.payload ?? {})) {
      const { key } = rules.unitOf(field);
      const siblings: UnitWrite[] = [];
      for (const write of units.get(key)?.siblings ?? []) {
        const at = lineOf.get(write.dot);
        if (at === undefined || at === line) continue;
        const itsFacts = write.facts ?? factsByDot.get(write.dot);
        if (itsFacts === undefined) missing.push(write.dot);
        siblings.push(write.facts === itsFacts ? write : { ...write, facts: itsFacts });
      }
      insertByDot(siblings, { dot, value: event.payload?.[field], facts, yielded: false });
      units.set(key, { siblings });
    }
    if (extended !== undefined) {
      tips.delete(parent);
      existence.delete(parent);
    }
    tips.set(dot, line);
    lineOf.set(dot, line);
    factsByDot.set(dot, facts);
    existence.set(dot, facts);
  }
  if (missing.length > 0) return { type: 'needs', facts: { of: missing } };
  const heads = [...tips.keys()].sort(compareDots);
  return {
    type: 'folded',
    sawAll,
    state: {
      ...state,
      heads,
      existence: heads.flatMap((head) => existence.get(head) ?? []),
      units,
      floor,
      isLinear: false,
      branches: branchesOf(heads, units, lineOf),
    },
  };
};

interface Lines {
  /** What is not in it lies at the floor or below. */
  readonly lineOf: Map<Dot, number>;
  readonly tips: Map<Dot, number>;
  readonly floor: Dot;
  count: number;
}

/** The lines of a state that has several. */
const linesOf = ({ heads, branches, floor }: ResourceState): Lines | BranchFold => {
  if (branches === undefined || floor === undefined) return unfit;
  const lineOf = new Map(branches);
  const tips = new Map(heads.map((head) => [head, lineOf.get(head) ?? 0]));
  return { lineOf, tips, floor, count: Math.max(...lineOf.values()) };
};

/** The one line since where the first of the new events parts from it, if that is of the right shape. */
const linesFrom = (
  { heads, units, isLinear }: ResourceState,
  events: readonly SealedEvent[],
  known: KnownFacts | undefined,
): Lines | BranchFold => {
  let [tip] = heads;
  let floor: Dot | undefined;
  const own = new Set<Dot>();
  for (const { dot, event } of events) {
    const [parent] = event.parents;
    if (event.parents.length !== 1 || parent === undefined) return unfit;
    if (parent !== tip) {
      floor = parent;
      break;
    }
    tip = dot;
    own.add(dot);
  }
  const [head] = heads;
  if (floor === undefined || head === undefined || own.has(floor)) return unfit;
  // What was contested at the floor would be a conflict in the past of every line.
  if (!isLinear) for (const { siblings } of units.values()) if (siblings.length > 1) return unfit;
  if (known === undefined) return { type: 'needs', facts: { since: floor, orClosed: !isLinear } };
  const [first, ...line] = known.events;
  if (first?.dot !== floor || !first.sawAll || first.deletes || line.at(-1)?.dot !== head) return unfit;
  if (known.closedAny || !line.every(({ operation, sawAll }) => sawAll && operation === 'update')) return unfit;
  return { lineOf: new Map(line.map(({ dot }) => [dot, 1])), tips: new Map([[head, 1]]), floor, count: 1 };
};

const factsOfKnown = ({ priority, sawAll: _sawAll, ...facts }: KnownEvent, policy: Policy): WriteFacts => ({
  ...facts,
  priority: priorityRank(priority) ?? policy.agentPriority(facts.agentId) ?? mediumPriority,
});

const isPlainUpdate = ({ event }: SealedEvent, rules: TypeRules): boolean =>
  event.operation === 'update' &&
  event.parents.length === 1 &&
  (event.dependsOn === undefined || event.dependsOn.length === 0) &&
  Object.keys(event.payload ?? {}).every((field) => {
    const { unit, kind } = rules.unitOf(field);
    return unit.kind === 'field' && kind.accumulator === undefined;
  });

/** Of the heads and of the siblings above the floor; numbered anew, so that equal states are written alike. */
const branchesOf = (
  heads: readonly Dot[],
  units: ReadonlyMap<string, UnitState>,
  lineOf: ReadonlyMap<Dot, number>,
): ReadonlyMap<Dot, number> => {
  const numbers = new Map(heads.map((head, index) => [lineOf.get(head), index + 1]));
  const branches = new Map<Dot, number>(heads.map((head, index) => [head, index + 1]));
  for (const { siblings } of units.values())
    for (const { dot } of siblings) {
      const number = numbers.get(lineOf.get(dot));
      if (number !== undefined) branches.set(dot, number);
    }
  return branches;
};

const insertByDot = (writes: UnitWrite[], write: UnitWrite): void =>
  insertSorted(writes, write, (a, b) => compareDots(a.dot, b.dot));

