/**
 * An event that is concurrent to something: the history says what its author had seen.
 *
 * It has always seen less than what is applied, never more, so it becomes a sibling of every
 * unit it writes and ends exactly those siblings that it has seen.
 */
import { byDot, compareDots } from '../causality/dot.js';
import type { Dot, SealedEvent } from '../events/event.js';
import { appendTo } from '../shared/append-to.js';
import { invariant } from '../shared/invariant.js';
import type { JsonObject } from '../shared/json.js';
import { completeValue, factsOf, unitsWritten, writeOf, type Deed } from './deed.js';
import type { ResourceDraft } from './draft.js';
import { WholeHistoryNeeded, type Closure, type EvolveContext } from './evolve-context.js';
import type { DeedNode, Past, ResourceHistory } from './history.js';
import { insertSorted } from './insert-sorted.js';
import { noteDependencies } from './note-dependencies.js';
import { closedBy, lastValueInPast } from './own-past.js';
import type { UnitWrite } from './state.js';
import { concurrentPriority } from './write-priority.js';

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
      draft.units.set(rule.key, { siblings, accumulated: previous?.accumulated ?? accumulator.initial });
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
    // What adds up is added up anew at the end, as the history is whole here: what the create has seen counts no more.
    else draft.units.set(key, { ...unit, siblings });
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
