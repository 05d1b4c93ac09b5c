/**
 * What helps to decide a conflict: what all sides started from, what stands now, what each shipped strategy and the
 * policy's own would say, and what taking both would give. Nothing here decides anything.
 */
import { isSameUnit } from '../../domain/conflict/conflict-identity.js';
import type { ConflictRecord } from '../../domain/conflict/conflict-record.js';
import { existenceConflict, unitConflict, type ConflictSide } from '../../domain/conflict/detect.js';
import { evaluate } from '../../domain/conflict/evaluate.js';
import { takeBoth } from '../../domain/conflict/take-both.js';
import { ruleStrategies } from '../../domain/automation/rule.js';
import { dotOf } from '../../domain/causality/dot.js';
import type { Dot, ReknitEvent, ReplicaId, SealedEvent } from '../../domain/events/event.js';
import type { LoadedHistory } from '../../domain/merge/loaded.js';
import type { StoredResource } from '../../domain/merge/unit-of-work.js';
import { ownPriority } from '../../domain/resource/deed.js';
import { resourceKeyOf, uniqueRefs } from '../../domain/resource/resource-key.js';
import { ruleOfUnit } from '../../domain/resource-definition/unit-rules.js';
import type { Json } from '../../domain/shared/json.js';
import type { ConflictCase, Unit } from '../../domain/strategies/merge-strategy.js';
import type { Policy } from '../../domain/strategies/policy.js';
import { mediumPriority } from '../../domain/strategies/priority.js';
import { runStrategy, type StrategyOutcome } from '../../domain/strategies/run-strategy.js';
import { strategyFromData } from '../../domain/strategies/strategy-from-data.js';
import { conflictView, type ConflictView, type ViewContext } from '../reading/conflict-view.js';
import type { History, HistoryDeps } from '../history.js';
import type { StoredConflict } from '../ports/event-store.js';
import { clockWarningsOf, type ClockWarning } from './clock-warnings.js';
import { conflictVersion } from './conflict-version.js';
import { eventsOfRecords, viewContextFor } from '../reading/view-sources.js';

/** What one strategy says of a conflict. */
export interface StrategyOpinion {
  readonly name: string;
  readonly version: number;
  /** The one that the policy asks. */
  readonly isPolicy: boolean;
  readonly outcome: StrategyOutcome;
}

/** A conflict with everything that a decision about it rests on. */
export interface ConsideredConflict {
  readonly view: ConflictView;
  readonly version: string;
  readonly record: ConflictRecord;
  /** As strategies see it. */
  readonly case: ConflictCase;
  /** What readers see of the unit; missing where it is absent, and of a dependency. */
  readonly current?: Json;
  readonly opinions: readonly StrategyOpinion[];
  /** What taking both gives, where that means anything. */
  readonly both?: Json;
  /** By event id. */
  readonly clockWarnings: ReadonlyMap<string, readonly ClockWarning[]>;
  /** The conflict of the same unit that stands now, where this one does not. */
  readonly supersededBy?: string;
  readonly heads: readonly Dot[];
}

export interface ConsiderDeps extends HistoryDeps {
  readonly history: History;
}

/** Each shipped strategy that decides from a conflict alone, by the kind of unit. */
const strategiesFor = ({ kind }: Unit): readonly string[] => {
  if (kind === 'dependency') return ['restore', 'detach', 'cascade'];
  const valued: readonly string[] = ['minimum', 'maximum', 'union'];
  const existing: readonly string[] = ['delete_wins', 'update_wins'];
  return ruleStrategies.filter((name) => !(kind === 'existence' ? valued : existing).includes(name));
};

export const considerConflicts = async (
  stored: readonly StoredConflict[],
  deps: ConsiderDeps,
): Promise<readonly ConsideredConflict[]> => {
  const { store, system, history } = deps;
  const records = stored.map(({ record }) => record);
  const refs = uniqueRefs(records);
  const histories = await history.wholeHistories(refs);
  const events = await eventsOfRecords(store, records);
  const context = await viewContextFor(deps, events, histories);
  const resources = new Map<string, StoredResource | undefined>();
  for (const ref of refs) resources.set(resourceKeyOf(ref), await store.readResource(ref));
  const nowMs = system.clock();
  return stored.map((one) => {
    const key = resourceKeyOf(one.record);
    return considered(one, resources.get(key), histories.get(key), context, nowMs);
  });
};

const considered = (
  { record, createdAt }: StoredConflict,
  resource: StoredResource | undefined,
  history: LoadedHistory | undefined,
  context: ViewContext,
  nowMs: number,
): ConsideredConflict => {
  const { policy, sha256 } = context;
  const view = conflictView(record, createdAt, context);
  const base = context.lensOf(record)?.baseOf(record.siblings, record.unit);
  const rules = policy.rulesFor(record.resourceType);
  const asCase = caseOf(view, base, standingSides(record, resource, context), context);
  const policyStrategy = rules.strategyFor(record.unit, record.conflictType);
  const asked = [
    policyStrategy,
    ...strategiesFor(record.unit)
      .filter((name) => name !== policyStrategy.name)
      .map((name) => strategyFromData({ name, version: 1, options: {} })),
  ];
  const both = takeBoth(asCase);
  const current = resource === undefined ? undefined : unitValue(record.unit, resource);
  const standing =
    record.isStanding || resource === undefined
      ? undefined
      : evaluate(resource.state, policy, sha256).conflicts.find(({ unit }) => isSameUnit(unit, record.unit));
  const byDot = new Map<Dot, SealedEvent>(history?.events.map(({ sealed }) => [sealed.dot, sealed]));
  return {
    view,
    record,
    version: conflictVersion(record, sha256),
    case: asCase,
    opinions: asked.map((strategy, index) => ({
      name: strategy.name,
      version: strategy.version,
      isPolicy: index === 0,
      outcome: runStrategy(strategy, asCase, rules),
    })),
    clockWarnings: new Map(
      [...record.siblings, ...record.closedBy].flatMap((dot) => {
        const event = context.events.get(dot)?.event;
        return event === undefined
          ? []
          : [[event.eventId, clockWarningsOf(event, parentsOf(event, byDot), nowMs)] as const];
      }),
    ),
    heads: resource?.state.heads ?? [],
    ...(current === undefined ? {} : { current }),
    ...(both === undefined ? {} : { both: both.value }),
    ...(standing === undefined ? {} : { supersededBy: standing.conflictId }),
  };
};

const parentsOf = (event: ReknitEvent, byDot: ReadonlyMap<Dot, SealedEvent>): readonly ReknitEvent[] =>
  event.parents.flatMap((dot) => byDot.get(dot)?.event ?? []);

/** With the priorities that the merge found (R22), as long as the conflict stands. */
const standingSides = (
  record: ConflictRecord,
  resource: StoredResource | undefined,
  { policy, sha256 }: ViewContext,
): readonly ConflictSide[] => {
  const { unit } = record;
  if (resource === undefined || !record.isStanding || unit.kind === 'dependency') return [];
  const { state } = resource;
  if (unit.kind === 'existence') return existenceConflict(state, state.existence, sha256)?.sides ?? [];
  const rule = ruleOfUnit(unit, policy.rulesFor(state.resourceType));
  const siblings = rule === undefined ? undefined : state.units.get(rule.key)?.siblings;
  return siblings === undefined ? [] : (unitConflict(state, unit, siblings, sha256)?.sides ?? []);
};

const caseOf = (
  view: ConflictView,
  base: { readonly value: Json | undefined } | undefined,
  sides: readonly ConflictSide[],
  { events, policy }: ViewContext,
): ConflictCase => ({
  conflictId: view.conflictId,
  conflictType: view.conflictType,
  resourceType: view.resourceType,
  resourceId: view.resourceId,
  unit: view.unit,
  siblings: view.siblings.map((side) => {
    const dot = dotOf(side.replicaId as ReplicaId, side.seq);
    const event = events.get(dot)?.event;
    return {
      dot,
      eventId: side.eventId,
      replicaId: side.replicaId,
      seq: side.seq,
      agentId: side.agentId,
      operation: event?.operation ?? 'update',
      timestamp: side.timestamp,
      counter: side.counter,
      priority:
        sides.find(({ facts }) => facts.dot === dot)?.facts.priority ??
        (event === undefined ? mediumPriority : priorityOf(event, policy)),
      value: side.value,
    };
  }),
  hasBase: base !== undefined,
  ...(base === undefined ? {} : { base: base.value }),
});

const priorityOf = (event: ReknitEvent, policy: Policy): number => ownPriority(event, policy) ?? mediumPriority;

/** What readers see of a unit; undefined where it is absent. */
export const unitValue = (unit: Unit, { view }: StoredResource): Json | undefined => {
  const own = (field: string): Json | undefined => (Object.hasOwn(view.fields, field) ? view.fields[field] : undefined);
  switch (unit.kind) {
    case 'field':
      return own(unit.field);
    case 'group':
      return Object.fromEntries(
        unit.fields.flatMap((field) => {
          const value = own(field);
          return value === undefined ? [] : [[field, value] as const];
        }),
      );
    case 'resource':
      return view.fields;
    case 'existence':
      return view.deleted ? 'deleted' : 'alive';
    case 'dependency':
      return undefined;
  }
};
