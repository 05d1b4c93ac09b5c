/**
 * Folding events into a resource: on top of a state, with as much history as concurrency
 * makes necessary, or from scratch. All ways give the same state (I7).
 *
 * An event that comes after everything its author could see is applied to the state alone
 * (evolve-linear). For one that is concurrent to something, the history says what its author
 * had seen (evolve-concurrent).
 */
import { settleAccumulated } from './accumulate.js';
import { createHistory, baseOf, existenceBaseOf, type ResourceHistory } from './history.js';
import { seesAllHeads, type ResourceDraft } from './draft.js';
import { evolveConcurrent, evolveVoid } from './evolve-concurrent.js';
import { evolveLinear } from './evolve-linear.js';
import { settleYields } from './settle-yields.js';
import { WholeHistoryNeeded, type Closure, type EvolveContext, type LinearContext } from './evolve-context.js';
import { asRead, deletesResource, factsOf, ownPriority, type Deed } from './deed.js';
import type { ResourceState } from './state.js';
import type { ConflictIdentity } from '../conflict/detect.js';
import { existenceDisagrees, survivorsOf } from '../conflict/detect.js';
import type { Dot, SealedEvent } from '../events/event.js';
import type { Sha256 } from '../shared/sha256.js';
import type { Policy, TypeRules, UnitRule } from '../strategies/policy.js';
import { mediumPriority } from '../strategies/priority.js';

/** A step of a fold: an event, or a void that only takes its place in the graph. */
export type FoldStep =
  | { readonly type: 'event'; readonly sealed: SealedEvent }
  | { readonly type: 'void'; readonly sealed: SealedEvent; readonly parents: readonly Dot[] };

export interface Fold {
  /** Applies one more; answers whether its author had seen everything before it. Throws `WholeHistoryNeeded`. */
  readonly apply: (step: FoldStep) => boolean;
  /** The same for what is known to be an event. */
  readonly applyEvent: (sealed: SealedEvent) => boolean;
  /** Ends the fold: afterwards the draft is complete. */
  readonly finish: () => void;
  /** The graph of what was folded; of a fold from nothing the whole history. */
  readonly history: () => ResourceHistory;
  readonly closures: readonly Closure[];
}

export interface FoldOptions {
  readonly draft: ResourceDraft;
  readonly policy: Policy;
  readonly sha256: Sha256;
  /** Events before the draft's, from its floor on; without it the draft starts from nothing or stays linear. */
  readonly recent?:
    | { readonly events: readonly SealedEvent[]; readonly closed: readonly ConflictIdentity[] }
    | undefined;
}

export const createFold = ({ draft, policy, sha256, recent }: FoldOptions): Fold => {
  const startsFromNothing = draft.heads.length === 0;
  const closures: Closure[] = [];
  /** Deeds so far, until the first concurrency turns them into a graph. */
  const deeds: Deed[] = [];
  let history: ResourceHistory | undefined =
    recent === undefined ? undefined : recentHistory(recent.events, draft.rules, policy);
  let yieldsAreOpen = false;
  const [floor] = recent?.events ?? [];
  if (floor !== undefined && !draft.floors.includes(floor.dot)) draft.floors.unshift(floor.dot);

  const context: EvolveContext = {
    policy,
    sha256,
    history: () => {
      if (history !== undefined) return history;
      if (!startsFromNothing) throw new WholeHistoryNeeded();
      history = createHistory(true);
      for (const deed of deeds) history.add(deed, deed.event.parents);
      return history;
    },
    // Whoever closed it may be stored, or have come a moment before, in this very fold.
    closedAtFloor: (rule) =>
      recent?.closed.find((conflict) => isOfFloor(conflict, rule, history)) ??
      closures.find(({ conflict }) => isOfFloor(conflict, rule, history))?.conflict,
  };

  const settle = (): void => {
    if (yieldsAreOpen) settleYields(draft, context.history());
    yieldsAreOpen = false;
  };

  const applyEvent = (stored: SealedEvent): boolean => {
    const sealed = asRead(stored, draft.rules);
    if (!seesAllHeads(draft.heads, sealed.event.parents)) {
      for (const closure of evolveConcurrent(draft, sealed, context)) closures.push(closure);
      yieldsAreOpen = true;
      return false;
    }
    settle();
    const deed = evolveLinear(draft, sealed, context, closures);
    if (history !== undefined) history.add(deed, sealed.event.parents);
    else if (startsFromNothing) deeds.push(deed);
    return true;
  };

  const apply = (step: FoldStep): boolean => {
    if (step.type === 'event') return applyEvent(step.sealed);
    const { event } = step.sealed;
    const deed: Deed = { facts: factsOf(step.sealed, mediumPriority), event, isVoid: true, completed: undefined };
    evolveVoid(draft, deed, step.parents, context.history());
    return false;
  };

  const finish = (): void => {
    settle();
    settleAccumulated(draft, history, Math.max(0, (recent?.events.length ?? 0) - 1));
    if (draft.rules.usesBase && history?.isWhole === true) settleBases(draft, history);
  };

  return { apply, applyEvent, finish, history: context.history, closures };
};

/** The conflict is on that unit, and all its siblings lie below the floor. */
const isOfFloor = (conflict: ConflictIdentity, rule: UnitRule, history: ResourceHistory | undefined): boolean => {
  const { unit } = conflict;
  const isUnit = unit.kind === 'field' && rule.unit.kind === 'field' && unit.field === rule.unit.field;
  return isUnit && conflict.siblings.every((dot) => history?.graph.get(dot) === undefined);
};

/**
 * Whether a recent part can serve: it starts with an event that had seen everything, is no
 * delete, and that everything after it has seen; and what follows are plain updates.
 */
const recentHistory = (events: readonly SealedEvent[], rules: TypeRules, policy: Policy): ResourceHistory => {
  const history = createHistory(false);
  for (const [index, stored] of events.entries()) {
    const sealed = asRead(stored, rules);
    const { event } = sealed;
    const isOdd = deletesResource(event) || (index > 0 && event.operation === 'create');
    const isLoose = index > 0 && !event.parents.some((dot) => history.graph.get(dot) !== undefined);
    if (isOdd || isLoose) throw new WholeHistoryNeeded();
    const facts = factsOf(sealed, ownPriority(event, policy) ?? mediumPriority);
    history.add({ facts, event, isVoid: false, completed: undefined }, index === 0 ? [] : event.parents);
  }
  return history;
};

/** R21, for the conflicts whose strategies may ask. */
const settleBases = (draft: ResourceDraft, history: ResourceHistory): void => {
  if (existenceDisagrees(draft.existence))
    draft.existenceBase = existenceBaseOf(
      history,
      draft.existence.flatMap(({ dot }) => history.graph.get(dot) ?? []),
    );
  for (const key of draft.contested) {
    const unit = draft.units.get(key);
    if (unit === undefined) continue;
    const survivors = survivorsOf(unit.siblings).flatMap(({ dot }) => history.graph.get(dot) ?? []);
    const base = baseOf(history, survivors, draft.rules.unitByKey(key));
    const { siblings } = unit;
    draft.units.set(key, {
      siblings,
      ...(base === undefined ? {} : { base }),
    });
  }
};

type HeadsAndFloor = Pick<ResourceState, 'heads' | 'floor' | 'hasVoids'>;

/**
 * Folds events each of which has seen all before it (`isLinearOn`). It needs no graph and none of
 * what a fold keeps in case one is needed, and lines are most of what is ever folded.
 */
export const foldLine = (
  draft: ResourceDraft,
  events: readonly SealedEvent[],
  context: LinearContext,
): readonly Closure[] => {
  const closures: Closure[] = [];
  for (const sealed of events) evolveLinear(draft, asRead(sealed, draft.rules), context, closures);
  settleAccumulated(draft, undefined, 0);
  return closures;
};

/** Whether each of these events has seen all that is there when it comes, so that the state alone will do. */
export const isLinearOn = ({ heads }: HeadsAndFloor, events: readonly SealedEvent[]): boolean => {
  let [tip] = heads;
  for (let index = 0; index < events.length; index += 1) {
    const { dot, event } = events[index] as SealedEvent;
    const { parents } = event;
    const sawAll =
      index === 0
        ? seesAllHeads(heads, parents)
        : parents.length === 1
          ? parents[0] === tip
          : parents.includes(tip as Dot);
    if (!sawAll) return false;
    tip = dot;
  }
  return true;
};

/** How much history these events need on top of a state: the part since some events, or all. */
export const historyNeeded = (
  state: HeadsAndFloor,
  events: readonly SealedEvent[],
  rules: TypeRules,
): 'whole' | { readonly since: readonly Dot[] } => {
  const readsPast = rules.usesBase || rules.usesPriority || rules.hasComposites || state.hasVoids;
  if (readsPast || state.floor === undefined) return 'whole';
  if (events.some(({ event }) => event.operation === 'create' || deletesResource(event))) return 'whole';
  const own = new Set(events.map(({ dot }) => dot));
  const since = new Set<Dot>([state.floor]);
  for (const { event } of events) for (const parent of event.parents) if (!own.has(parent)) since.add(parent);
  return events.every(({ event }) => event.parents.length > 0) ? { since: [...since] } : 'whole';
};
