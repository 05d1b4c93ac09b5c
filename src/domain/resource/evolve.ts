/**
 * One more event of a resource, applied to its state.
 *
 * An event that comes after everything its author could see is applied to the state alone.
 * For one that is concurrent to something, the history says what its author had seen. Both
 * ways give the same state, since the state is a function of the set of events.
 *
 * An event has always seen less than what is applied, never more, so it becomes a sibling
 * of every unit it writes and ends exactly those siblings that it has seen.
 */
import { compareDots } from '../causality/dot.js';
import type { Dot, SealedEvent } from '../events/event.js';
import { existenceConflict, isDeletedBeyondDispute, unitConflict, type ConflictIdentity } from '../conflict/detect.js';
import type { Accumulated, Accumulator } from '../fields/field-kind.js';
import { appendTo } from '../shared/append-to.js';
import { invariant } from '../shared/invariant.js';
import type { JsonObject } from '../shared/json.js';
import type { UnitRule } from '../strategies/policy.js';
import { completeValue, factsOf, lastWriteOf, unitsWritten, writeOf, type Deed } from './deed.js';
import type { ResourceDraft } from './draft.js';
import { insertSorted } from './insert-sorted.js';
import { WholeHistoryNeeded, type Closure, type EvolveContext, type LinearContext } from './evolve-context.js';
import { yieldingAmong, type DeedNode, type Past, type ResourceHistory } from './history.js';
import { closedBy, lastValueInPast } from './own-past.js';
import type { UnitState, UnitWrite, WriteFacts } from './state.js';
import { concurrentPriority, linearPriority } from './write-priority.js';

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
  if (event.operation === 'create' && units.size > 0) clearUnits(draft);
  if (payload === null || event.operation === 'delete') return;
  for (const field of Object.keys(payload)) {
    units.set(field, { siblings: [{ dot, value: payload[field], facts, yielded: false }] });
    if (contested.size > 0) contested.delete(field);
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

  if (event.operation === 'create' && draft.units.size > 0) clearUnits(draft);
  for (const rule of written) {
    const value = rule.unit.kind === 'field' ? event.payload?.[rule.unit.field] : completed?.get(rule.key);
    const { accumulator } = rule.kind;
    if (accumulator === undefined) draft.units.set(rule.key, { siblings: [{ dot, value, facts, yielded: false }] });
    else {
      const siblings: readonly UnitWrite[] = [{ dot, value: undefined, facts, yielded: false }];
      draft.units.set(rule.key, { siblings, accumulated: accumulatedOf(draft.units.get(rule.key), accumulator) });
      appendTo(draft.pending, rule.key, { dot, event, value });
    }
    if (draft.contested.size > 0) draft.contested.delete(rule.key);
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

const accumulatedOf = (unit: UnitState | undefined, accumulator: Accumulator): Accumulated =>
  unit?.accumulated ?? accumulator.initial;

/** Notes what the event depends on, and a dependency conflict that it leaves dangling. */
const noteDependencies = (draft: ResourceDraft, { event, dot }: SealedEvent, hasSeen: (dot: Dot) => boolean): void => {
  const names = event.dependsOn !== undefined && event.dependsOn.length > 0;
  if (draft.dependsOn.length > 0 && (names || event.operation === 'create'))
    draft.dependsOn = draft.dependsOn.filter((write) => !hasSeen(write.dot));
  if (names) draft.dependsOn = [...draft.dependsOn, { dot, targets: event.dependsOn ?? [] }].sort(byDot);
  if (event.operation === 'resolve' && event.conflictId !== undefined && isEmptyPayload(event.payload))
    draft.kept = [...draft.kept, { conflictId: event.conflictId, dot }].sort(byDot);
};

const isEmptyPayload = (payload: SealedEvent['event']['payload']): boolean =>
  payload !== null && Object.keys(payload).length === 0;

const byDot = (a: { readonly dot: Dot }, b: { readonly dot: Dot }): number => compareDots(a.dot, b.dot);

/** Applies an event that is concurrent to something; answers what it closed. */
export const evolveConcurrent = (
  draft: ResourceDraft,
  sealed: SealedEvent,
  context: EvolveContext,
): readonly Closure[] => {
  const history = context.history();
  const { event } = sealed;
  const { rules } = draft;
  const written = unitsWritten(event, rules);
  const parents: DeedNode[] = [];
  for (const dot of event.parents) {
    const parent = history.graph.get(dot);
    if (parent !== undefined) parents.push(parent);
  }
  const isPast: Past = (node) => parents.some((parent) => parent === node || history.graph.hasSeen(parent, node));
  if (!history.isWhole && (event.operation === 'create' || event.operation === 'delete' || event.payload === null))
    throw new WholeHistoryNeeded();

  const facts = factsOf(sealed, concurrentPriority(draft, event, parents, isPast, context));
  const closures = closedBy(facts, draft, written, parents, isPast, context);
  let completed: Map<string, JsonObject> | undefined;
  if (rules.hasComposites)
    for (const rule of written) {
      if (rule.unit.kind === 'field') continue;
      const isUpdate = event.operation === 'update';
      const previous = isUpdate ? lastValueInPast(rule, parents, context, isPast, false) : undefined;
      (completed ??= new Map()).set(rule.key, completeValue(event, rule, rules, previous));
    }

  const deed: Deed = { facts, event, isVoid: false, completed };
  const node = history.add(deed, event.parents);
  const hasSeen = (dot: Dot): boolean => {
    const seen = history.graph.get(dot);
    return seen === undefined ? !history.isWhole : history.graph.hasSeen(node, seen);
  };

  if (event.operation === 'create' && event.parents.length > 0) clearSeen(draft, hasSeen);
  for (const rule of written) {
    const previous = draft.units.get(rule.key);
    const value = writeOf(deed, rule)?.value;
    const { accumulator } = rule.kind;
    const isRegister = accumulator === undefined;
    const siblings: UnitWrite[] = [];
    for (const write of previous?.siblings ?? noWrites)
      if (!hasSeen(write.dot)) siblings.push(withFacts(write, history));
    insertByDot(siblings, { dot: sealed.dot, value: isRegister ? value : undefined, facts, yielded: false });
    if (isRegister) draft.units.set(rule.key, { siblings });
    else {
      draft.units.set(rule.key, { siblings, accumulated: accumulatedOf(previous, accumulator) });
      appendTo(draft.pending, rule.key, { dot: sealed.dot, event, value });
    }
    if (isRegister && siblings.length > 1) draft.contested.add(rule.key);
    else draft.contested.delete(rule.key);
  }
  // Nobody applied so far has seen a head, so its author has seen a head only as a parent.
  const heads = draft.heads.filter((head) => !event.parents.includes(head));
  insertSorted(heads, sealed.dot, compareDots);
  draft.heads = heads;
  const existence = draft.existence.filter(({ dot }) => !(draft.hasVoids ? hasSeen(dot) : event.parents.includes(dot)));
  insertByDot(existence, facts);
  draft.existence = existence;
  while (draft.floors.length > 0 && !hasSeen(draft.floors.at(-1) as Dot)) draft.floors.pop();
  draft.isLinear = false;
  noteDependencies(draft, sealed, hasSeen);
  return closures;
};

const noWrites: readonly UnitWrite[] = [];

const insertByDot = <Write extends { readonly dot: Dot }>(writes: Write[], write: Write): void =>
  insertSorted(writes, write, byDot);

/** A settled sibling that meets a concurrent one: its facts come from the history. */
const withFacts = (write: UnitWrite, history: ResourceHistory): UnitWrite => {
  if (write.facts !== undefined) return write;
  const node = history.graph.get(write.dot);
  invariant(node !== undefined, `concurrent sibling ${write.dot} is not in the loaded history`);
  return { ...write, facts: node.item.facts };
};

const clearSeen = (draft: ResourceDraft, hasSeen: (dot: Dot) => boolean): void => {
  for (const [key, unit] of draft.units) {
    const siblings = unit.siblings.filter(({ dot }) => !hasSeen(dot));
    if (siblings.length === unit.siblings.length) continue;
    if (siblings.length === 0) draft.units.delete(key);
    else {
      draft.units.set(key, { ...unit, siblings });
      // What the create has seen counts no more, and the history says what that was.
      if (unit.accumulated !== undefined && !draft.pending.has(key)) draft.pending.set(key, []);
    }
    if (siblings.length < 2) draft.contested.delete(key);
  }
};

/** Adds a void (R5) to the graph: it has seen and is seen, and writes nothing. */
export const evolveVoid = (
  draft: ResourceDraft,
  deed: Deed,
  parents: readonly Dot[],
  history: ResourceHistory,
): void => {
  const node = history.add(deed, parents);
  const hasSeen = (dot: Dot): boolean => {
    const seen = history.graph.get(dot);
    return seen !== undefined && history.graph.hasSeen(node, seen);
  };
  const heads = draft.heads.filter((head) => !hasSeen(head));
  insertSorted(heads, deed.facts.dot, compareDots);
  draft.heads = heads;
  draft.floors = [];
  draft.isLinear = false;
  draft.hasVoids = true;
};

/**
 * Works out who yields among the siblings of every contested unit; needed after concurrency, and only then.
 * Units that the same events wrote, such as all those of two creates, have the same answer.
 */
export const settleYields = (draft: ResourceDraft, history: ResourceHistory): void => {
  let before: { readonly siblings: readonly UnitWrite[]; readonly yielding: ReadonlySet<Dot> } | undefined;
  for (const key of draft.contested) {
    const unit = draft.units.get(key);
    if (unit === undefined) continue;
    const { siblings } = unit;
    if (history.deletes.length === 0 && !siblings.some(({ yielded }) => yielded)) continue;
    if (before === undefined || !isSameSiblings(before.siblings, siblings)) {
      const nodes = siblings.flatMap(({ dot }) => history.graph.get(dot) ?? []);
      // Siblings below the floor are settled: whatever came since has seen them all.
      if (nodes.length < siblings.length) continue;
      const yielding = new Set<Dot>();
      for (const { dot } of yieldingAmong(history, nodes, () => true)) yielding.add(dot);
      before = { siblings, yielding };
    }
    const { yielding } = before;
    if (siblings.every(({ dot, yielded }) => yielded === yielding.has(dot))) continue;
    draft.units.set(key, {
      ...unit,
      siblings: siblings.map((write) => ({ ...write, yielded: yielding.has(write.dot) })),
    });
  }
};

const isSameSiblings = (some: readonly UnitWrite[], others: readonly UnitWrite[]): boolean =>
  some.length === others.length && some.every(({ dot }, index) => dot === others[index]?.dot);
