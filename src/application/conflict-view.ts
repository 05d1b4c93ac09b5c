/** A conflict as people and programs see it: with what its sides wrote, and whose they are. */
import { compareWrites } from '../domain/causality/last-write.js';
import type { ConflictRecord } from '../domain/conflict/conflict-record.js';
import { isPending } from '../domain/conflict/conflict-record.js';
import type { Dot, ResourceRef, SealedEvent } from '../domain/events/event.js';
import type { LoadedHistory } from '../domain/merge/loaded.js';
import { deletesResource } from '../domain/resource/deed.js';
import { resourceKeyOf, type ResourceKey } from '../domain/resource/resource-key.js';
import type { Json } from '../domain/shared/json.js';
import type { ConflictType, DependencyAction, Unit } from '../domain/strategies/merge-strategy.js';
import type { Policy } from '../domain/strategies/policy.js';
import { foldUnits } from '../domain/resource/fold-units.js';

export interface ConflictSideView {
  readonly eventId: string;
  readonly replicaId: string;
  readonly seq: number;
  readonly agentId: string;
  readonly operation: string;
  readonly timestamp: string;
  readonly counter: number;
  readonly note?: string;
  /** What the side wrote; missing where it left the unit absent. For existence `alive` or `deleted`. */
  readonly value?: Json;
}

export type ResolutionView =
  | { readonly type: 'winner'; readonly eventId: string; readonly value?: Json }
  | { readonly type: 'value'; readonly value?: Json }
  | { readonly type: 'apply'; readonly action: DependencyAction }
  /** The resource was decided to be deleted, so its fields are in no dispute. */
  | { readonly type: 'moot' }
  /** Closed by the events of `closedBy`. */
  | { readonly type: 'closed'; readonly values: readonly (Json | null)[] };

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

export interface ViewContext {
  readonly policy: Policy;
  readonly replicaId: string;
  readonly events: ReadonlyMap<Dot, SealedEvent>;
  /** Whole histories, for composite values and bases; without one the base is left out. */
  readonly histories: ReadonlyMap<ResourceKey, LoadedHistory>;
}

export const conflictView = (record: ConflictRecord, createdAt: string | undefined, context: ViewContext): ConflictView => {
  const units = context.histories.has(resourceKeyOf(record)) ? foldUnits(record, context.histories.get(resourceKeyOf(record)) as LoadedHistory, context.policy) : undefined;
  const sideOf = (dot: Dot): readonly ConflictSideView[] => {
    const sealed = context.events.get(dot);
    return sealed === undefined ? [] : [sideView(sealed, record, context.policy, units?.valueOf(dot, record.unit))];
  };
  const siblings = record.siblings.flatMap(sideOf);
  const closedBy = record.closedBy.flatMap(sideOf);
  const own = siblings.filter(({ replicaId }) => replicaId === context.replicaId);
  const local = own.length === 1 ? own[0] : lastOf(own);
  const remote = lastOf(siblings.filter(({ replicaId }) => replicaId !== context.replicaId));
  const base = units?.baseOf(record.siblings, record.unit);
  const { outcome } = record;
  const resolution = resolutionOf(record, siblings, closedBy);
  const strategy =
    outcome.type === 'closed' ? (closedBy.some(({ operation }) => operation === 'resolve') ? 'manual' : 'overwritten') : record.strategy?.name;
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
    status: isPending(record) && !record.isSuperseded ? 'pending_review' : 'resolved',
    ...(outcome.type === 'pending' && outcome.error !== undefined ? { error: outcome.error } : {}),
    ...(createdAt === undefined ? {} : { createdAt }),
  };
};

const sideView = ({ event }: SealedEvent, record: ConflictRecord, policy: Policy, completed: { readonly value: Json | undefined } | undefined): ConflictSideView => {
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
    ...(value === undefined ? {} : { value }),
  };
};

/** What the event says by itself: complete for fields, and for what replicas record of groups (R23). */
const plainValue = (event: SealedEvent['event'], { unit, resourceType, resourceId }: ConflictRecord, policy: Policy): Json | undefined => {
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
      const own = Object.entries(payload).filter(([field]) => unit.kind === 'resource' || rules.unitOf(field).key === unit.group);
      return Object.fromEntries(own);
    }
  }
};

const lastOf = (sides: readonly ConflictSideView[]): ConflictSideView | undefined => {
  let last = sides[0];
  for (const side of sides) if (last !== undefined && compareWrites(orderOf(side), orderOf(last)) > 0) last = side;
  return last;
};

const orderOf = ({ timestamp, counter, replicaId, seq }: ConflictSideView) => ({ timestamp, counter, dot: `${replicaId}:${seq}` });

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
      const winner = siblings.find(({ replicaId, seq }) => `${replicaId}:${seq}` === outcome.dot);
      if (winner === undefined) return undefined;
      return { type: 'winner', eventId: winner.eventId, ...(winner.value === undefined ? {} : { value: winner.value }) };
    }
  }
};

