/** Why each value of a resource is what it is: who wrote it, what it was held against, and who or what decided. */
import { isPending, standingRecord } from '../../domain/conflict/conflict-record.js';
import { isSameUnit } from '../../domain/conflict/conflict-identity.js';
import { evaluate } from '../../domain/conflict/evaluate.js';
import type { Dot, ResourceRef } from '../../domain/events/event.js';
import { lastWriteOf } from '../../domain/resource/deed.js';
import { resourceKeyOf } from '../../domain/resource/resource-key.js';
import { sameJson } from '../../domain/shared/canonical-json.js';
import type { Json } from '../../domain/shared/json.js';
import type { Unit } from '../../domain/strategies/merge-strategy.js';
import type { Policy } from '../../domain/strategies/policy.js';
import { survivorsOf } from '../../domain/conflict/detect.js';
import { checkRef } from '../argument-checks.js';
import { conflictView, type ConflictSideView, type ViewContext } from './conflict-view.js';
import type { History } from '../history.js';
import type { EventStore } from '../ports/event-store.js';
import type { System } from '../ports/system.js';
import { eventsAt, viewContextFor } from './view-sources.js';

/** Why one field shows what it shows. */
export interface FieldExplanation {
  readonly field: string;
  readonly value: Json;
  readonly unit: Unit;
  /** The write that is shown; missing where a strategy made up a value that nobody wrote. */
  readonly winner?: ConflictSideView;
  /** `pending` where a person has yet to decide; missing where there was nothing to decide. */
  readonly strategy?: string;
  readonly status: 'uncontested' | 'decided' | 'pending' | 'resolved';
  readonly conflictId?: string;
  /** Sides of the conflict that are not shown; their values are kept. */
  readonly losers: readonly ConflictSideView[];
  readonly reason: string;
}

/** Why a resource is what it is. */
export interface ResourceExplanation extends ResourceRef {
  readonly deleted: boolean;
  /** Why it exists or does not. */
  readonly existence: Omit<FieldExplanation, 'field' | 'value'>;
  readonly fields: readonly FieldExplanation[];
}

export interface ExplainDeps {
  readonly store: EventStore;
  readonly policy: Policy;
  readonly system: System;
  readonly history: History;
}

/** Undefined for a resource that is not known here. */
export const explainResource = async (
  deps: ExplainDeps,
  ref: ResourceRef,
  field?: string,
): Promise<ResourceExplanation | undefined> => {
  const { store, policy, system, history } = deps;
  checkRef(ref);
  const stored = await store.readResource(ref);
  if (stored === undefined || stored.state.existence.length === 0) return undefined;
  const histories = await history.wholeHistories([ref]);
  const whole = histories.get(resourceKeyOf(ref));
  const records = (whole?.conflicts ?? []).filter(({ isSuperseded }) => !isSuperseded);
  const dots = new Set<Dot>([
    ...stored.state.existence.map(({ dot }) => dot),
    ...[...stored.state.units.values()].flatMap(({ siblings }) => siblings.map(({ dot }) => dot)),
    ...records.flatMap(({ siblings, closedBy }) => [...siblings, ...closedBy]),
  ]);
  const context = await viewContextFor(deps, await eventsAt(store, dots), histories);
  const { conflicts } = evaluate(stored.state, policy, system.sha256);

  const isMerged = (unit: Unit): boolean =>
    unit.kind === 'field' && policy.rulesFor(ref.resourceType).unitOf(unit.field).kind.accumulator !== undefined;

  const about = (
    unit: Unit,
    siblings: readonly Dot[],
    shown: Json | undefined,
  ): Omit<FieldExplanation, 'field' | 'value'> => {
    const standing = conflicts.find((conflict) => isSameUnit(conflict.unit, unit));
    const closed = records.find(
      (record) => isSameUnit(record.unit, unit) && record.closedBy.some((dot) => siblings.includes(dot)),
    );
    const record = standing === undefined ? closed : standingRecord(standing);
    const sides = sidesOf(siblings, unit, ref, context);
    const winner = sides.find(({ value }) => sameJson(value, shown)) ?? (sides.length === 1 ? sides[0] : undefined);
    if (record === undefined)
      return {
        unit,
        status: 'uncontested',
        losers: [],
        reason: siblings.length > 1 && isMerged(unit) ? 'every write counts' : 'nobody wrote it concurrently',
        ...(winner === undefined ? {} : { winner }),
      };
    const view = conflictView(record, undefined, context);
    const losers = view.siblings.filter(({ eventId }) => eventId !== winner?.eventId);
    const status = standing === undefined ? 'resolved' : isPending(standing) ? 'pending' : 'decided';
    return {
      unit,
      status,
      conflictId: record.conflictId,
      losers,
      reason: reasonOf(status, view.resolutionStrategy, winner, losers.length),
      ...(view.resolutionStrategy === undefined ? {} : { strategy: view.resolutionStrategy }),
      ...(winner === undefined ? {} : { winner }),
    };
  };

  return {
    ...ref,
    deleted: stored.view.deleted,
    existence: about(
      { kind: 'existence' },
      stored.state.existence.map(({ dot }) => dot),
      stored.view.deleted ? 'deleted' : 'alive',
    ),
    fields: Object.entries(stored.view.fields)
      .filter(([name]) => field === undefined || name === field)
      .map(([name, value]) => {
        const { unit, key } = policy.rulesFor(ref.resourceType).unitOf(name);
        const siblings = survivorsOf(stored.state.units.get(key)?.siblings ?? []);
        const shown = unit.kind === 'field' ? value : lastWriteOf(siblings)?.value;
        return {
          field: name,
          value,
          ...about(
            unit,
            siblings.map(({ dot }) => dot),
            shown,
          ),
        };
      }),
  };
};

/** What these writes look like as sides of a conflict, whether or not they are in one. */
const sidesOf = (
  siblings: readonly Dot[],
  unit: Unit,
  ref: ResourceRef,
  context: ViewContext,
): readonly ConflictSideView[] =>
  conflictView(
    standingRecord({
      ...ref,
      conflictId: '',
      conflictType: 'concurrent_modification',
      unit,
      siblings,
      outcome: { type: 'pending' },
      strategy: undefined,
    }),
    undefined,
    context,
  ).siblings;

const reasonOf = (
  status: FieldExplanation['status'],
  strategy: string | undefined,
  winner: ConflictSideView | undefined,
  losers: number,
): string => {
  const who = winner === undefined ? 'no single write' : `${winner.agentId} at ${winner.timestamp}`;
  const others = losers === 1 ? 'one other value is kept' : `${losers} other values are kept`;
  switch (status) {
    case 'pending':
      return `several wrote it without seeing each other and nobody has decided yet: shown is the last write, ${who}; ${others}`;
    case 'decided':
      return `several wrote it without seeing each other, and ${strategy ?? 'the policy'} decided for ${who}; ${others}`;
    case 'resolved':
      return strategy === 'manual'
        ? `a conflict was resolved by ${who}; ${others}`
        : `a conflict ended with a later write by ${who}; ${others}`;
    case 'uncontested':
      return 'nobody wrote it concurrently';
  }
};
