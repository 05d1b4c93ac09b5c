/** A conflict as people and programs see it: with what its sides wrote, and whose they are. */
import { dotOf } from '../../domain/causality/dot.js';
import { lastOf, type WriteOrder } from '../../domain/causality/last-write.js';
import type { ConflictRecord } from '../../domain/conflict/conflict-record.js';
import { isOpen } from '../../domain/conflict/conflict-record.js';
import type { Dot, ReknitEvent, ReplicaId, ResourceRef, SealedEvent } from '../../domain/events/event.js';
import type { FoldContext } from '../../domain/merge/fold-resources.js';
import type { LoadedHistory } from '../../domain/merge/loaded.js';
import { unitLens, type UnitLens } from '../../domain/merge/unit-lens.js';
import { deletesResource } from '../../domain/resource/deed.js';
import { resourceKeyOf, type ResourceKey } from '../../domain/resource/resource-key.js';
import type { Json } from '../../domain/shared/json.js';
import type { ConflictType, DependencyAction, Unit } from '../../domain/strategies/merge-strategy.js';
import type { Policy } from '../../domain/strategies/policy.js';

/** One side of a conflict: who wrote what, when. */
export interface ConflictSideView {
  readonly eventId: string;
  readonly replicaId: string;
  readonly seq: number;
  readonly agentId: string;
  readonly operation: string;
  readonly timestamp: string;
  readonly counter: number;
  readonly note?: string;
  /** The rule that wrote it in its owner's name, where no person did. */
  readonly ruleId?: string;
  /** What the side wrote; missing where it left the unit absent. For existence `alive` or `deleted`. */
  readonly value?: Json;
}

/** What was made of a conflict. */
export type ResolutionView =
  | { readonly type: 'winner'; readonly eventId: string; readonly value?: Json }
  | { readonly type: 'value'; readonly value?: Json }
  | { readonly type: 'apply'; readonly action: DependencyAction }
  /** The resource was decided to be deleted, so its fields are in no dispute. */
  | { readonly type: 'moot' }
  /** Closed by the events of `closedBy`. */
  | { readonly type: 'closed'; readonly values: readonly (Json | null)[] };

/** A conflict, with all its sides. */
export interface ConflictView extends ResourceRef {
  readonly conflictId: string;
  readonly unit: Unit;
  readonly conflictType: ConflictType;
  /** In the order of R1. */
  readonly siblings: readonly ConflictSideView[];
  /** The value that all sides started from, where there is one. */
  readonly base?: Json;
  /** This replica's side, and the last write of the others (R32). */
  readonly local?: ConflictSideView;
  readonly remote?: ConflictSideView;
  /** The strategy that decided or was asked; `manual` where a person's resolve closed it, `overwritten` where a later write did. */
  readonly resolutionStrategy?: string;
  readonly resolution?: ResolutionView;
  readonly closedBy: readonly ConflictSideView[];
  readonly status: 'pending_review' | 'resolved';
  /** Why a strategy's answer was of no use. */
  readonly error?: string;
  /** When this replica first recorded it. */
  readonly createdAt?: string;
}

/** What some conflicts are shown from. */
export interface ViewSources extends FoldContext {
  readonly replicaId: string;
  readonly events: ReadonlyMap<Dot, SealedEvent>;
  /** Whole histories, for composite values and bases; without one the base is left out. */
  readonly histories: ReadonlyMap<ResourceKey, LoadedHistory>;
}

export interface ViewContext extends Omit<ViewSources, 'histories'> {
  readonly lensOf: (ref: ResourceRef) => UnitLens | undefined;
}

/** Folds the history of each resource once, however many of its conflicts are shown. */
export const viewContext = ({ histories, ...sources }: ViewSources): ViewContext => {
  const lenses = new Map<ResourceKey, UnitLens>();
  const lensOf = (ref: ResourceRef): UnitLens | undefined => {
    const key = resourceKeyOf(ref);
    const history = histories.get(key);
    if (history === undefined) return undefined;
    const lens = lenses.get(key) ?? unitLens(ref, history, sources);
    lenses.set(key, lens);
    return lens;
  };
  return { ...sources, lensOf };
};

export const conflictView = (
  record: ConflictRecord,
  createdAt: string | undefined,
  context: ViewContext,
): ConflictView => {
  const units = context.lensOf(record);
  const sideOf = (dot: Dot): readonly ConflictSideView[] => {
    const sealed = context.events.get(dot);
    return sealed === undefined ? [] : [sideView(sealed, record, context.policy, units?.valueOf(dot, record.unit))];
  };
  const siblings = record.siblings.flatMap(sideOf);
  const closedBy = record.closedBy.flatMap(sideOf);
  const isOwn = ({ replicaId }: ConflictSideView): boolean => replicaId === context.replicaId;
  const local = lastSideOf(siblings.filter(isOwn));
  const remote = lastSideOf(siblings.filter((side) => !isOwn(side)));
  const base = units?.baseOf(record.siblings, record.unit);
  const { outcome } = record;
  const resolution = resolutionOf(record, siblings, closedBy);
  const strategy =
    outcome.type === 'closed'
      ? closedBy.some(({ operation }) => operation === 'resolve')
        ? 'manual'
        : 'overwritten'
      : record.strategy?.name;
  return {
    conflictId: record.conflictId,
    resourceType: record.resourceType,
    resourceId: record.resourceId,
    unit: record.unit,
    conflictType: record.conflictType,
    siblings,
    ...(base?.value === undefined ? {} : { base: base.value }),
    ...(local === undefined ? {} : { local }),
    ...(remote === undefined ? {} : { remote }),
    ...(strategy === undefined ? {} : { resolutionStrategy: strategy }),
    ...(resolution === undefined ? {} : { resolution }),
    closedBy,
    status: isOpen(record) ? 'pending_review' : 'resolved',
    ...(outcome.type === 'pending' && outcome.error !== undefined ? { error: outcome.error } : {}),
    ...(createdAt === undefined ? {} : { createdAt }),
  };
};

const sideView = (
  { event }: SealedEvent,
  record: ConflictRecord,
  policy: Policy,
  completed: { readonly value: Json | undefined } | undefined,
): ConflictSideView => {
  const value = completed === undefined ? plainValue(event, record, policy) : completed.value;
  return {
    eventId: event.eventId,
    replicaId: event.replicaId,
    seq: event.seq,
    agentId: event.agentId,
    operation: event.operation,
    timestamp: event.timestamp,
    counter: event.counter,
    ...(event.note === undefined ? {} : { note: event.note }),
    ...(typeof event.ruleId === 'string' ? { ruleId: event.ruleId } : {}),
    ...(value === undefined ? {} : { value }),
  };
};

/** What the event says by itself: complete for fields, and for what replicas record of groups (R23). */
const plainValue = (
  event: ReknitEvent,
  { unit, resourceType, resourceId }: ConflictRecord,
  policy: Policy,
): Json | undefined => {
  const payload = event.payload ?? {};
  switch (unit.kind) {
    case 'field':
      return Object.hasOwn(payload, unit.field) ? payload[unit.field] : undefined;
    case 'existence':
      return deletesResource(event) ? 'deleted' : 'alive';
    case 'dependency':
      return event.resourceType === resourceType && event.resourceId === resourceId ? 'reference' : 'deleted';
    case 'group':
    case 'resource': {
      const rules = policy.rulesFor(resourceType);
      const own = Object.entries(payload).filter(
        ([field]) => unit.kind === 'resource' || rules.unitOf(field).key === unit.group,
      );
      return Object.fromEntries(own);
    }
  }
};

const orderOf = (side: ConflictSideView): WriteOrder => ({
  timestamp: side.timestamp,
  counter: side.counter,
  dot: dotOfSide(side),
});

/** The last write of them; undefined where there is none. */
export const lastSideOf = (sides: readonly ConflictSideView[]): ConflictSideView | undefined => lastOf(sides, orderOf);

export const dotOfSide = ({ replicaId, seq }: ConflictSideView): Dot => dotOf(replicaId as ReplicaId, seq);

const resolutionOf = (
  { outcome }: ConflictRecord,
  siblings: readonly ConflictSideView[],
  closedBy: readonly ConflictSideView[],
): ResolutionView | undefined => {
  switch (outcome.type) {
    case 'pending':
      return undefined;
    case 'moot':
      return { type: 'moot' };
    case 'apply':
      return { type: 'apply', action: outcome.action };
    case 'closed':
      return { type: 'closed', values: closedBy.map(({ value }) => value ?? null) };
    case 'value':
      return outcome.value === undefined ? { type: 'value' } : { type: 'value', value: outcome.value };
    case 'winner': {
      const winner = siblings.find((side) => dotOfSide(side) === outcome.dot);
      if (winner === undefined) return undefined;
      return {
        type: 'winner',
        eventId: winner.eventId,
        ...(winner.value === undefined ? {} : { value: winner.value }),
      };
    }
  }
};
