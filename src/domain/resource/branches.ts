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
import { byDot, compareDots } from '../causality/dot.js';
import type { Dot, Operation, SealedEvent } from '../events/event.js';
import type { Policy, TypeRules } from '../strategies/policy.js';
import { mediumPriority, priorityRank } from '../strategies/priority.js';
import { asRead, factsOf, ownPriority } from './deed.js';
import { seesAllHeads } from './draft.js';
import { insertSorted } from './insert-sorted.js';
import type { ResourceState, UnitState, UnitWrite, WriteFacts } from './state.js';

/** A stored event without its payload. */
export interface KnownEvent extends Omit<WriteFacts, 'priority'> {
  /** As the event names it; null where it names none. */
  readonly priority: unknown;
}

export interface KnownFacts {
  /** Events since the one asked for, in the order of application; empty where none was. */
  readonly line: readonly { readonly dot: Dot; readonly operation: Operation; readonly sawAll: boolean }[];
  /** Whether one of that line, its first event left out, closed a conflict; told where it was asked for. */
  readonly closedAny: boolean;
  readonly events: readonly KnownEvent[];
}

/** What is to be known of a resource's stored events. */
export interface FactsRequest {
  /** The line from this event on. */
  readonly since: Dot | undefined;
  readonly orClosed: boolean;
  /** Who wrote these, and when. */
  readonly of: readonly Dot[];
}

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
  stored: readonly SealedEvent[],
  known: KnownFacts | undefined,
  rules: TypeRules,
  policy: Policy,
): BranchFold => {
  const events = stored.map((sealed) => asRead(sealed, rules));
  if (rules.usesBase || rules.usesPriority || rules.hasComposites) return unfit;
  if (state.hasVoids || state.dependsOn.length > 0 || state.existence.some(({ deletes }) => deletes)) return unfit;
  const lines = state.heads.length === 1 ? linesFrom(state, events, known, rules) : linesOf(state);
  if ('type' in lines) return lines;

  const { lineOf, tips, floor } = lines;
  const factsByDot = new Map<Dot, WriteFacts>();
  for (const event of known?.events ?? []) factsByDot.set(event.dot, factsOfKnown(event, policy));
  // The same object for the same facts, so that nobody has to compare them.
  for (const facts of state.existence) factsByDot.set(facts.dot, facts);
  const units = new Map(state.units);
  const missing: Dot[] = [];
  const sawAll: boolean[] = [];
  for (const sealed of events) {
    const { event, dot } = sealed;
    const [parent] = event.parents;
    if (event.parents.length > 1 && seesAllHeads([...tips.keys()], event.parents)) break;
    if (parent === undefined || !isPlainUpdate(sealed, rules)) return unfit;
    const extended = tips.get(parent);
    if (extended === undefined && parent !== floor) return unfit;
    const line = extended ?? (lines.count += 1);
    sawAll.push(extended !== undefined && tips.size === 1);
    const facts = factsOf(sealed, ownPriority(event, policy) ?? mediumPriority);
    const { payload } = event;
    for (const field in payload) {
      const { key } = rules.unitOf(field);
      const mine: UnitWrite = { dot, value: payload[field], facts, yielded: false };
      const siblings: UnitWrite[] = [];
      for (const write of units.get(key)?.siblings ?? noWrites) {
        const at = lineOf.get(write.dot);
        if (at === undefined || at === line) continue;
        const itsFacts = write.facts ?? factsByDot.get(write.dot);
        if (itsFacts === undefined) missing.push(write.dot);
        siblings.push(write.facts === itsFacts ? write : { ...write, facts: itsFacts });
      }
      insertSorted(siblings, mine, byDot);
      units.set(key, { siblings });
    }
    tips.delete(parent);
    tips.set(dot, line);
    lineOf.set(dot, line);
    factsByDot.set(dot, facts);
  }
  if (missing.length > 0) return { type: 'needs', facts: { since: undefined, orClosed: false, of: missing } };
  const heads = [...tips.keys()].sort(compareDots);
  return {
    type: 'folded',
    sawAll,
    state: {
      ...state,
      heads,
      existence: heads.flatMap((head) => factsByDot.get(head) ?? []),
      units,
      floor,
      isLinear: false,
      branches: branchesOf(heads, units, lineOf),
    },
  };
};

const noWrites: readonly UnitWrite[] = [];

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
  let count = 0;
  for (const line of lineOf.values()) count = Math.max(count, line);
  return { lineOf, tips, floor, count };
};

/** The one line since where the first of the new events parts from it, if that is of the right shape. */
const linesFrom = (
  { heads, units, isLinear }: ResourceState,
  events: readonly SealedEvent[],
  known: KnownFacts | undefined,
  rules: TypeRules,
): Lines | BranchFold => {
  const [head] = heads;
  const floor = partingPoint(head, events);
  if (head === undefined || floor === undefined) return unfit;
  // What was contested at the floor would be a conflict in the past of every line.
  if (!isLinear) for (const { siblings } of units.values()) if (siblings.length > 1) return unfit;
  if (known === undefined) {
    if (!events.every((sealed) => sealed.event.parents.length > 1 || isPlainUpdate(sealed, rules))) return unfit;
    return { type: 'needs', facts: { since: floor, orClosed: !isLinear, of: metBy(events, units, floor, rules) } };
  }
  const [first, ...line] = known.line;
  if (first?.dot !== floor || !first.sawAll || first.operation === 'delete' || line.at(-1)?.dot !== head) return unfit;
  if (known.closedAny || !line.every(({ operation, sawAll }) => sawAll && operation === 'update')) return unfit;
  return { lineOf: new Map(line.map(({ dot }) => [dot, 1])), tips: new Map([[head, 1]]), floor, count: 1 };
};

/** The parent of the first event that does not follow the one before it; undefined where that is one of them. */
const partingPoint = (head: Dot | undefined, events: readonly SealedEvent[]): Dot | undefined => {
  let tip = head;
  for (const { dot, event } of events) {
    const [parent] = event.parents;
    if (event.parents.length !== 1 || parent === undefined) return undefined;
    if (parent !== tip) return events.some((earlier) => earlier.dot === parent) ? undefined : parent;
    tip = dot;
  }
  return undefined;
};

/** Settled writes that new ones may stand beside: whoever wrote them will be asked for. */
const metBy = (
  events: readonly SealedEvent[],
  units: ReadonlyMap<string, UnitState>,
  floor: Dot,
  rules: TypeRules,
): readonly Dot[] => {
  const met = new Set<Dot>();
  for (const { event } of events)
    for (const field in event.payload)
      for (const { dot, facts } of units.get(rules.unitOf(field).key)?.siblings ?? noWrites)
        if (facts === undefined && dot !== floor) met.add(dot);
  return [...met];
};

const factsOfKnown = ({ priority, ...facts }: KnownEvent, policy: Policy): WriteFacts => ({
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
