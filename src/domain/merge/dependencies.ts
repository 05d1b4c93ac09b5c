/**
 * Conflicts between resources: a live one refers to one that was deleted concurrently
 * (R25 to R28).
 *
 * Decisions on existence and fields are settled before and are not touched. Restores grow to
 * a least fixpoint, then cascades do, in rounds, so that what is decided does not depend on
 * any order; detaching changes only what a field shows. Only resources that a deletion can
 * reach through references are looked at; whoever is missing is asked for.
 */
import type { AuditAct } from '../audit/audit-act.js';
import { createEventGraph, type EventGraph } from '../causality/event-graph.js';
import { detection } from '../conflict/conflict-changes.js';
import { closedRecord, isPending, standingRecord, type ConflictRecord, type StandingConflict } from '../conflict/conflict-record.js';
import { disagreement, type ConflictSide, type Disagreement } from '../conflict/detect.js';
import { decide, evaluate, type Evaluation } from '../conflict/evaluate.js';
import type { Dot, ReknitEvent, SealedEvent } from '../events/event.js';
import { factsOf, mediumPriority, ownPriority } from '../resource/deed.js';
import { compareRefs, refOfKey, resourceKeyOf, type ResourceKey } from '../resource/resource-key.js';
import type { DependencyEffect, ResourceState, WriteFacts } from '../resource/state.js';
import { viewOf } from '../resource/view.js';
import { survivorsOf } from '../conflict/detect.js';
import { canonicalJson } from '../shared/canonical-json.js';
import { isJsonObject, type Json } from '../shared/json.js';
import type { Sha256 } from '../shared/sha256.js';
import type { DependencyAction, Unit } from '../strategies/merge-strategy.js';
import type { Policy } from '../strategies/policy.js';
import { factsOfHistory, isRefolded, type FoldedResource } from './fold-resources.js';
import type { HistoryRequest, LoadedHistory } from './loaded.js';
import type { StoredResource } from './unit-of-work.js';

/** Neighbours by reference, as far as they were loaded. */
export interface DependencyWorld {
  /** What is stored; undefined for what was asked for and is not there. */
  readonly resources: ReadonlyMap<ResourceKey, StoredResource | undefined>;
  /** Which stored resources refer to it. */
  readonly referrers: ReadonlyMap<ResourceKey, readonly ResourceKey[]>;
  /** Stored records of dependency conflicts, by the resource that refers. */
  readonly records: ReadonlyMap<ResourceKey, readonly ConflictRecord[]>;
  /** Whether any stored resource refers to another. */
  readonly hasReferences: boolean;
}

export interface WorldRequest {
  /** Whose stored form and dependency records are needed. */
  readonly resources: readonly ResourceKey[];
  readonly referrersOf: readonly ResourceKey[];
}

export interface DependencyInput {
  readonly folded: ReadonlyMap<ResourceKey, FoldedResource>;
  readonly evaluations: ReadonlyMap<ResourceKey, Evaluation>;
  readonly world: DependencyWorld;
  readonly histories: ReadonlyMap<ResourceKey, LoadedHistory>;
}

export interface DependencyDecisions {
  readonly type: 'done';
  /** Of folded resources that were looked at; undefined is no effect. */
  readonly effects: ReadonlyMap<ResourceKey, DependencyEffect | undefined>;
  readonly pending: ReadonlyMap<ResourceKey, number>;
  /** Resources without new events whose view changes. */
  readonly neighbours: ReadonlyMap<ResourceKey, StoredResource>;
  readonly records: readonly ConflictRecord[];
  readonly removed: readonly string[];
  readonly acts: readonly AuditAct[];
}

export interface DependencyNeeds {
  readonly type: 'needs';
  readonly histories: readonly HistoryRequest[];
  readonly world: WorldRequest | undefined;
}

interface Context {
  readonly policy: Policy;
  readonly sha256: Sha256;
}

/** A resource as it takes part. */
interface Member {
  readonly key: ResourceKey;
  readonly state: ResourceState;
  readonly evaluation: Evaluation;
  readonly events: ReadonlyMap<Dot, SealedEvent>;
  /** Filled where the policy reads priorities. */
  readonly facts: ReadonlyMap<Dot, WriteFacts>;
  readonly graph: EventGraph<undefined>;
  readonly edges: readonly Edge[];
}

/** A visible reference: who wrote it and what it names. */
interface Edge {
  readonly source: ResourceKey;
  readonly unit: Unit & { readonly kind: 'dependency' };
  readonly target: ResourceKey;
  readonly writes: readonly Dot[];
}

const nothing: DependencyDecisions = {
  type: 'done',
  effects: new Map(),
  pending: new Map(),
  neighbours: new Map(),
  records: [],
  removed: [],
  acts: [],
};

export const decideDependencies = (input: DependencyInput, context: Context): DependencyDecisions | DependencyNeeds => {
  const { folded, evaluations, world } = input;
  const { policy } = context;
  const refers = [...folded].some(
    ([key, { state }]) => state.dependsOn.length > 0 || (policy.rulesFor(state.resourceType).references.length > 0 && evaluations.has(key)),
  );
  if (!refers && !world.hasReferences) return nothing;

  const gathering = gather(input, context);
  if (gathering.type === 'needs') return gathering;
  const { members, isDeleted } = gathering;
  const answers = settle(members, isDeleted, context);
  return conclude(input, members, answers, context);
};

interface Gathering {
  readonly type: 'members';
  readonly members: ReadonlyMap<ResourceKey, Member>;
  readonly isDeleted: (key: ResourceKey) => boolean | undefined;
}

/**
 * Finds everyone a deletion can reach: targets that are deleted, and the referrers of what
 * is deleted, was until now, or is touched by an earlier decision; again from those.
 */
const gather = (input: DependencyInput, context: Context): Gathering | DependencyNeeds => {
  const { folded, evaluations, world, histories } = input;
  const { policy, sha256 } = context;
  const wantedResources = new Set<ResourceKey>();
  const wantedReferrers = new Set<ResourceKey>();
  const neighbourEvaluations = new Map<ResourceKey, Evaluation>();

  const stateOf = (key: ResourceKey): ResourceState | undefined => {
    const own = folded.get(key)?.state;
    if (own !== undefined) return own;
    if (!world.resources.has(key)) wantedResources.add(key);
    return world.resources.get(key)?.state;
  };
  const evaluationOf = (key: ResourceKey): Evaluation | undefined => {
    const own = evaluations.get(key) ?? neighbourEvaluations.get(key);
    if (own !== undefined) return own;
    const state = stateOf(key);
    if (state === undefined) return undefined;
    const evaluation = evaluate(state, policy, sha256);
    neighbourEvaluations.set(key, evaluation);
    return evaluation;
  };
  const targetsOf = (key: ResourceKey): readonly ResourceKey[] => {
    const state = stateOf(key);
    const evaluation = evaluationOf(key);
    if (state === undefined || evaluation === undefined) return [];
    const rules = policy.rulesFor(state.resourceType);
    const now = viewOf(state, evaluation, rules, 0).references;
    const before = folded.get(key)?.before;
    const then = before === undefined ? [] : viewOf(before, evaluate(before, policy, sha256), rules, 0).references;
    return [...now, ...then].map(resourceKeyOf);
  };
  const referrersOf = (key: ResourceKey): readonly ResourceKey[] => {
    const inBatch = [...folded.keys()].filter((other) => targetsOf(other).includes(key));
    if (!world.hasReferences) return inBatch;
    if (!world.referrers.has(key)) wantedReferrers.add(key);
    return [...inBatch, ...(world.referrers.get(key) ?? [])];
  };
  /** Whether a deletion, won or lost, or an earlier decision touches it. */
  const isReached = (key: ResourceKey): boolean => {
    const state = stateOf(key);
    const before = folded.get(key)?.before;
    const deletes = [...(state?.existence ?? []), ...(before?.existence ?? [])].some((facts) => facts.deletes);
    return deletes || state?.effect !== undefined;
  };

  const involved = new Set<ResourceKey>();
  /** Referrers of what a deletion reaches: a cascade may bring it to them. */
  const exposed = new Set<ResourceKey>();
  const open = [...folded.keys()];
  for (let key = open.pop(); key !== undefined; key = open.pop()) {
    if (involved.has(key)) continue;
    const state = stateOf(key);
    if (state === undefined) continue;
    const targets = targetsOf(key);
    const reachedTargets = targets.filter(isReached);
    // A live resource that refers to what a deletion reached may be cascaded: then its own referrers are next.
    const spreads = isReached(key) || (reachedTargets.length > 0 && mayCascade(state, policy));
    if (!spreads && reachedTargets.length === 0 && !isReached(key)) {
      if (targets.length > 0 || state.kept.length > 0) involved.add(key);
      continue;
    }
    involved.add(key);
    open.push(...reachedTargets);
    if (!spreads) continue;
    for (const referrer of referrersOf(key)) {
      exposed.add(referrer);
      open.push(referrer);
    }
  }
  for (const key of involved) if (world.hasReferences && !world.records.has(key)) wantedResources.add(key);
  const isDeleted = (key: ResourceKey): boolean | undefined => evaluationOf(key)?.deleted;
  const historyNeeds: HistoryRequest[] = [];
  const members = new Map<ResourceKey, Member>();
  for (const key of involved) {
    const state = stateOf(key);
    const evaluation = evaluationOf(key);
    if (state === undefined || evaluation === undefined) continue;
    const isTouched = exposed.has(key) || isReached(key) || targetsOf(key).some(isReached);
    const history = histories.get(key);
    const before = folded.get(key)?.before;
    const isKnown = !isTouched || history?.isWhole === true || (folded.has(key) && before === undefined);
    if (!isKnown) {
      historyNeeds.push({ ...refOfKey(key), since: undefined });
      continue;
    }
    members.set(key, memberOf(key, state, evaluation, history, folded.get(key), context));
  }
  if (wantedResources.size > 0 || wantedReferrers.size > 0)
    return { type: 'needs', histories: [], world: { resources: [...wantedResources], referrersOf: [...wantedReferrers] } };
  if (historyNeeds.length > 0) return { type: 'needs', histories: historyNeeds, world: undefined };
  return { type: 'members', members, isDeleted };
};

/** Whether a dependency conflict of this resource may end in its deletion. */
const mayCascade = (state: ResourceState, policy: Policy): boolean => {
  const rules = policy.rulesFor(state.resourceType);
  const fields = [...rules.references.map(({ field, targetType }) => ({ field, targetType })), { field: dependsOnField, targetType: '' }];
  return fields.some(({ field, targetType }) => {
    const unit: Unit = { kind: 'dependency', field, target: { resourceType: targetType, resourceId: '' } };
    return !localStrategies.has(rules.strategyFor(unit, 'dependency').name);
  });
};

/** Shipped strategies that never delete or restore anything. */
const localStrategies: ReadonlySet<string> = new Set(['review', 'detach', 'user_choice']);

/** The name under which `dependsOn` stands in a conflict. */
export const dependsOnField = 'dependsOn';

const memberOf = (
  key: ResourceKey,
  state: ResourceState,
  evaluation: Evaluation,
  history: LoadedHistory | undefined,
  folded: FoldedResource | undefined,
  context: Context,
): Member => {
  const nodes = folded !== undefined && isRefolded(folded) ? folded.voids : (history?.voids ?? []);
  const voids = new Map(nodes.filter(({ isApplied }) => isApplied).map((node) => [node.dot, node]));
  const applied = [...(history?.events ?? []), ...(folded?.appended ?? [])].map(({ sealed }) => sealed);
  const events = new Map(applied.filter(({ dot }) => !voids.has(dot)).map((sealed) => [sealed.dot, sealed]));
  const graph = createEventGraph<undefined>(false);
  addInOrder(graph, [...[...events.values()].map(({ dot, event }) => ({ dot, parents: event.parents })), ...voids.values()]);
  const ref = refOfKey(key);
  const readsPriority = context.policy.rulesFor(ref.resourceType).usesPriority;
  const known = folded !== undefined && isRefolded(folded) ? folded.variants : (history?.variants ?? []);
  const variants = new Map(known.map((sealed) => [sealed.dot, sealed]));
  const everyone = [...events.values(), ...[...voids.keys()].flatMap((dot) => variants.get(dot) ?? [])];
  const facts = readsPriority ? factsOfHistory(ref, everyone, voids, context) : new Map<Dot, WriteFacts>();
  return { key, state, evaluation, events, facts, graph, edges: edgesOf(key, state, evaluation, context.policy) };
};

/** Adds nodes parents first, whatever order they come in; voids stand apart from the events that follow them. */
const addInOrder = (graph: EventGraph<undefined>, nodes: readonly { readonly dot: Dot; readonly parents: readonly Dot[] }[]): void => {
  let open = nodes;
  for (let progress = true; progress && open.length > 0; ) {
    const later = open.filter(({ dot, parents }) => {
      const isReady = parents.every((parent) => graph.get(parent) !== undefined);
      if (isReady) graph.add(dot, parents, undefined);
      return !isReady;
    });
    progress = later.length < open.length;
    open = later;
  }
};

const edgesOf = (source: ResourceKey, state: ResourceState, evaluation: Evaluation, policy: Policy): readonly Edge[] => {
  const rules = policy.rulesFor(state.resourceType);
  const edges: Edge[] = [];
  for (const { field, targetType } of rules.references) {
    const value = evaluation.fields[field];
    if (typeof value !== 'string') continue;
    const target = { resourceType: targetType, resourceId: value };
    const rule = rules.unitOf(field);
    const survivors = survivorsOf(state.units.get(rule.key)?.siblings ?? []);
    const naming = survivors.filter((write) => valueOfField(write.value, rule.unit.kind === 'field', field) === value);
    const writes = (naming.length > 0 ? naming : survivors).map(({ dot }) => dot);
    edges.push({ source, unit: { kind: 'dependency', field, target }, target: resourceKeyOf(target), writes });
  }
  const named = new Map<ResourceKey, Dot[]>();
  for (const { dot, targets } of state.dependsOn)
    for (const target of targets) {
      const key = resourceKeyOf(target);
      const dots = named.get(key);
      if (dots === undefined) named.set(key, [dot]);
      else if (!dots.includes(dot)) dots.push(dot);
    }
  for (const [target, writes] of named)
    edges.push({ source, unit: { kind: 'dependency', field: dependsOnField, target: refOfKey(target) }, target, writes });
  return edges;
};

const valueOfField = (value: Json | undefined, isField: boolean, field: string): Json | undefined => {
  if (isField) return value;
  return isJsonObject(value) ? value[field] : undefined;
};

interface Answer {
  readonly conflict: StandingConflict;
  readonly closedBy: readonly Dot[];
}

interface Answers {
  readonly bySource: ReadonlyMap<ResourceKey, readonly Answer[]>;
  readonly effects: ReadonlyMap<ResourceKey, DependencyEffect>;
}

/** Restores, then cascades, then what is left: each stage a least fixpoint, in rounds (R27). */
const settle = (members: ReadonlyMap<ResourceKey, Member>, isDeleted: Gathering['isDeleted'], context: Context): Answers => {
  const answers = new Map<ResourceKey, Answer[]>();
  const restored = new Set<ResourceKey>();
  /** Cascaded resources with the deletes that are behind it. */
  const cascaded = new Map<ResourceKey, ReadonlyMap<Dot, ConflictSide>>();
  const settled = new Set<Edge>();
  const edges = [...members.values()].flatMap((member) => member.edges);

  const note = (edge: Edge, conflict: StandingConflict, closedBy: readonly Dot[] = []): void => {
    settled.add(edge);
    const list = answers.get(edge.source);
    if (list === undefined) answers.set(edge.source, [{ conflict, closedBy }]);
    else list.push({ conflict, closedBy });
  };
  const deletesOf = (key: ResourceKey): ReadonlyMap<Dot, ConflictSide> => {
    const member = members.get(key);
    if (member === undefined) return nobody;
    return new Map(member.state.existence.filter(({ deletes }) => deletes).map((facts) => [facts.dot, { facts, value: 'deleted' }]));
  };
  const isLive = (key: ResourceKey): boolean => (isDeleted(key) === false || restored.has(key)) && !cascaded.has(key);
  const effectiveDeletes = (key: ResourceKey): ReadonlyMap<Dot, ConflictSide> =>
    cascaded.get(key) ?? (isDeleted(key) === true && !restored.has(key) ? deletesOf(key) : nobody);

  const conflictOf = (edge: Edge, deletes: ReadonlyMap<Dot, ConflictSide>): Disagreement | undefined => {
    const source = members.get(edge.source);
    if (source === undefined || deletes.size === 0 || haveSeenEachOther(edge, deletes, members)) return undefined;
    const writes = edge.writes.flatMap((dot): ConflictSide[] => {
      const sealed = source.events.get(dot);
      if (sealed === undefined) return [];
      const facts = source.facts.get(dot) ?? factsOf(sealed, ownPriority(sealed.event, context.policy) ?? mediumPriority);
      return [{ facts, value: 'reference' }];
    });
    return disagreement(refOfKey(edge.source), edge.unit, [...writes, ...deletes.values()], context.sha256);
  };
  const ask = (edge: Edge, conflict: Disagreement): StandingConflict =>
    decide(conflict, context.policy.rulesFor(refOfKey(edge.source).resourceType), undefined);
  const keptBy = (edge: Edge, { conflictId }: Disagreement): readonly Dot[] =>
    members.get(edge.source)?.state.kept.filter((kept) => kept.conflictId === conflictId).map(({ dot }) => dot) ?? [];

  /** One round: which edges have this action decided now. */
  const round = (action: DependencyAction, isOpen: (edge: Edge) => boolean): readonly (readonly [Edge, StandingConflict, ReadonlyMap<Dot, ConflictSide>])[] => {
    const found: (readonly [Edge, StandingConflict, ReadonlyMap<Dot, ConflictSide>])[] = [];
    for (const edge of edges) {
      if (settled.has(edge) || !isLive(edge.source) || !isOpen(edge)) continue;
      const deletes = effectiveDeletes(edge.target);
      const conflict = conflictOf(edge, deletes);
      if (conflict === undefined) continue;
      if (keptBy(edge, conflict).length > 0) continue;
      const decided = ask(edge, conflict);
      if (decided.outcome.type === 'apply' && decided.outcome.action === action) found.push([edge, decided, deletes]);
    }
    return found;
  };

  for (let found = round('restore', () => true); found.length > 0; found = round('restore', () => true))
    for (const [edge, conflict] of found) {
      restored.add(edge.target);
      note(edge, conflict);
    }
  const mayDie = (edge: Edge): boolean => !restored.has(edge.source);
  for (let found = round('cascade', mayDie); found.length > 0; found = round('cascade', mayDie)) {
    const causes = new Map<ResourceKey, Map<Dot, ConflictSide>>();
    for (const [edge, conflict, deletes] of found) {
      note(edge, conflict);
      const all = causes.get(edge.source) ?? new Map<Dot, ConflictSide>();
      for (const [dot, side] of deletes) all.set(dot, side);
      causes.set(edge.source, all);
    }
    for (const [key, deletes] of causes) cascaded.set(key, deletes);
  }
  const detached = new Map<ResourceKey, string[]>();
  for (const edge of edges) {
    if (settled.has(edge) || !isLive(edge.source)) continue;
    const conflict = conflictOf(edge, effectiveDeletes(edge.target));
    if (conflict === undefined) continue;
    if (keptBy(edge, conflict).length > 0) continue;
    const decided = ask(edge, conflict);
    if (decided.outcome.type === 'apply' && decided.outcome.action === 'detach') {
      note(edge, decided);
      if (edge.unit.field !== dependsOnField) detached.set(edge.source, [...(detached.get(edge.source) ?? []), edge.unit.field]);
    } else note(edge, decided.outcome.type === 'pending' ? decided : { ...decided, outcome: { type: 'pending' } });
  }

  // What a person left dangling stays closed, whoever is live by now (R28).
  for (const edge of edges)
    for (const deletes of [deletesOf(edge.target), cascaded.get(edge.target) ?? nobody]) {
      const conflict = conflictOf(edge, deletes);
      const kept = conflict === undefined ? [] : keptBy(edge, conflict);
      if (conflict !== undefined && kept.length > 0) note(edge, { ...conflict, outcome: { type: 'closed' }, strategy: undefined }, kept);
    }

  const effects = new Map<ResourceKey, DependencyEffect>();
  for (const key of members.keys()) {
    const fields = detached.get(key);
    const existence = restored.has(key) ? 'restore' : cascaded.has(key) ? 'cascade' : undefined;
    if (fields === undefined && existence === undefined) continue;
    effects.set(key, { ...(existence === undefined ? {} : { existence }), ...(fields === undefined ? {} : { detached: fields.sort() }) });
  }
  return { bySource: answers, effects };
};

const nobody: ReadonlyMap<Dot, ConflictSide> = new Map();

/** Whether some reference's author had seen some of the deletes, or the other way round. */
const haveSeenEachOther = (
  edge: Edge,
  deletes: ReadonlyMap<Dot, ConflictSide>,
  members: ReadonlyMap<ResourceKey, Member>,
): boolean => {
  const source = members.get(edge.source);
  if (source === undefined) return false;
  const deleters = [...members.values()].filter(({ events }) => [...deletes.keys()].some((dot) => events.has(dot)));
  return edge.writes.some((write) =>
    [...deletes.keys()].some((deletion) =>
      deleters.some((deleter) => {
        if (!deleter.events.has(deletion)) return false;
        return (
          hasSeenIn(deleter.graph, source.events.get(write)?.event.sees, deletion) ||
          hasSeenIn(source.graph, deleter.events.get(deletion)?.event.sees, write)
        );
      }),
    ),
  );
};

const hasSeenIn = (graph: EventGraph<undefined>, sees: readonly Dot[] | undefined, dot: Dot): boolean => {
  const node = graph.get(dot);
  if (node === undefined || sees === undefined) return false;
  return sees.some((seen) => {
    const seenNode = graph.get(seen);
    return seenNode !== undefined && (seenNode === node || graph.hasSeen(seenNode, node));
  });
};

/** Turns the answers into records, effects and acts: only what differs from what is stored. */
const conclude = (
  { folded, evaluations, world }: DependencyInput,
  members: ReadonlyMap<ResourceKey, Member>,
  { bySource, effects }: Answers,
  { policy }: Context,
): DependencyDecisions => {
  const records: ConflictRecord[] = [];
  const removed: string[] = [];
  const acts: AuditAct[] = [];
  const pending = new Map<ResourceKey, number>();
  const neighbours = new Map<ResourceKey, StoredResource>();
  const changed = new Map<ResourceKey, DependencyEffect | undefined>();

  for (const [key, member] of members) {
    const answers = [...(bySource.get(key) ?? [])].sort((a, b) => compareRefs(a.conflict, b.conflict) || (a.conflict.conflictId < b.conflict.conflictId ? -1 : 1));
    pending.set(key, answers.filter(({ conflict, closedBy }) => closedBy.length === 0 && isPending(conflict)).length);
    const stored = new Map((world.records.get(key) ?? []).map((record) => [record.conflictId, record]));
    for (const { conflict, closedBy } of answers) {
      const record = closedBy.length > 0 ? closedRecord(conflict, closedBy) : standingRecord(conflict);
      const before = stored.get(record.conflictId);
      stored.delete(record.conflictId);
      if (before !== undefined && canonicalJson([before.outcome, before.closedBy, before.isSuperseded]) === canonicalJson([record.outcome, record.closedBy, false])) continue;
      records.push(record);
      if (closedBy.length === 0) acts.push(detection(conflict, undefined));
      else for (const by of closedBy) acts.push(closing(conflict, by, member.events.get(by)?.event));
    }
    for (const record of stored.values()) {
      if (record.isSuperseded) continue;
      acts.push({ type: 'ConflictSuperseded', conflictId: record.conflictId });
      if (isPending(record)) records.push({ ...record, isStanding: false, isSuperseded: true });
      else removed.push(record.conflictId);
    }
    const effect = effects.get(key);
    if (folded.has(key)) {
      changed.set(key, effect);
      continue;
    }
    const before = world.resources.get(key);
    const evaluation = evaluations.get(key) ?? member.evaluation;
    const state: ResourceState = { ...member.state, effect };
    const view = viewOf(state, evaluation, policy.rulesFor(state.resourceType), pending.get(key) ?? 0);
    const isSame =
      canonicalJson(before?.state.effect ?? null) === canonicalJson(effect ?? null) && before?.view.pendingConflicts === view.pendingConflicts;
    if (!isSame) neighbours.set(key, { state, view });
  }
  return { type: 'done', effects: changed, pending, neighbours, records, removed, acts };
};

const closing = (conflict: StandingConflict, by: Dot, event: ReknitEvent | undefined): AuditAct => ({
  type: 'ConflictClosed',
  conflictId: conflict.conflictId,
  by,
  agentId: event?.agentId ?? '',
  operation: event?.operation ?? 'resolve',
});
