/** Why each value of a resource is what it is: who wrote it, what it was held against, and who or what decided. */
import { isPending, standingRecord, type Outcome } from '../../domain/conflict/conflict-record.js';
import { isSameUnit } from '../../domain/conflict/conflict-identity.js';
import { evaluate } from '../../domain/conflict/evaluate.js';
import type { Dot, ResourceRef } from '../../domain/events/event.js';
import { resourceKeyOf } from '../../domain/resource/resource-key.js';
import { sameJson } from '../../domain/shared/canonical-json.js';
import type { Json, JsonObject } from '../../domain/shared/json.js';
import type { Unit } from '../../domain/strategies/merge-strategy.js';
import type { Policy } from '../../domain/strategies/policy.js';
import { survivorsOf } from '../../domain/conflict/detect.js';
import { checkRef } from '../argument-checks.js';
import { conflictView, dotOfSide, lastSideOf, type ConflictSideView, type ViewContext } from './conflict-view.js';
import { actionOf, effectsOn, explainEffect, refersBy } from './explain-effect.js';
import type { Explanation, FieldExplanation, ResourceExplanation } from './explanation.js';
import type { History } from '../history.js';
import type { EventStore } from '../ports/event-store.js';
import type { System } from '../ports/system.js';
import { eventsAt, viewContextFor } from './view-sources.js';

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
  const { state, view } = stored;
  const histories = await history.wholeHistories([ref]);
  const whole = histories.get(resourceKeyOf(ref));
  const records = (whole?.conflicts ?? []).filter(({ isSuperseded }) => !isSuperseded);
  const effects = await effectsOn(store, state, records);
  const dots = new Set<Dot>([
    ...state.existence.map(({ dot }) => dot),
    ...[...state.units.values()].flatMap(({ siblings }) => siblings.map(({ dot }) => dot)),
    ...[...records, ...effects].flatMap(({ siblings, closedBy }) => [...siblings, ...closedBy]),
  ]);
  const context = await viewContextFor(deps, await eventsAt(store, dots), histories);
  const { conflicts, fields: decided } = evaluate(state, policy, system.sha256);
  const rules = policy.rulesFor(ref.resourceType);

  const about = (unit: Unit, siblings: readonly Dot[], shown: Json | undefined): Explanation => {
    const standing = conflicts.find((conflict) => isSameUnit(conflict.unit, unit));
    const closed = records.find(
      (record) => isSameUnit(record.unit, unit) && record.closedBy.some((dot) => siblings.includes(dot)),
    );
    const record = standing === undefined ? closed : standingRecord(standing);
    const sides = sidesOf(siblings, unit, ref, context);
    const winner = winnerAmong(sides, shown, standing?.outcome);
    const isMerged = unit.kind === 'field' && rules.unitOf(unit.field).kind.accumulator !== undefined;
    if (record === undefined) return uncontested(unit, winner, siblings.length, isMerged);
    const conflict = conflictView(record, undefined, context);
    const losers = conflict.siblings.filter((side) => winner === undefined || dotOfSide(side) !== dotOfSide(winner));
    const status = standing === undefined ? 'resolved' : isPending(standing) ? 'pending' : 'decided';
    return {
      unit,
      status,
      conflictId: record.conflictId,
      losers,
      reason: reasonOf(status, conflict.resolutionStrategy, winner, losers.length),
      ...(conflict.resolutionStrategy === undefined ? {} : { strategy: conflict.resolutionStrategy }),
      ...(winner === undefined ? {} : { winner }),
    };
  };

  const aboutField = (name: string): FieldExplanation => {
    const value = view.fields[name];
    const { unit, key } = rules.unitOf(name);
    const detaching = effects.find((effect) => actionOf(effect) === 'detach' && refersBy(effect, name));
    const siblings = survivorsOf(state.units.get(key)?.siblings ?? []).map(({ dot }) => dot);
    const shown = unit.kind === 'field' ? value : valueOfSeveral(unit, decided);
    return {
      field: name,
      ...(value === undefined ? {} : { value }),
      ...(detaching === undefined ? about(unit, siblings, shown) : explainEffect(unit, detaching, context)),
    };
  };

  const existence = { kind: 'existence' } as const;
  const keptOrFallen = effects.find((effect) => actionOf(effect) === state.effect?.existence);
  // What was decided to be absent is not shown, and has its reason all the same.
  const contested = [...conflicts, ...records].flatMap(({ unit }) => fieldsOf(unit));
  return {
    ...ref,
    deleted: view.deleted,
    existence:
      keptOrFallen === undefined
        ? about(
            existence,
            state.existence.map(({ dot }) => dot),
            view.deleted ? 'deleted' : 'alive',
          )
        : explainEffect(existence, keptOrFallen, context),
    fields: [...new Set([...Object.keys(view.fields), ...contested])]
      .filter((name) => field === undefined || name === field)
      .map(aboutField)
      .filter(({ value, status }) => value !== undefined || status !== 'uncontested'),
  };
};

/** The fields that a unit names. */
const fieldsOf = (unit: Unit): readonly string[] => {
  if (unit.kind === 'field') return [unit.field];
  return unit.kind === 'group' ? unit.fields : [];
};

/** What is shown of a group, or of a whole resource, as its writes say it: without the fields that are absent. */
const valueOfSeveral = (unit: Unit, decided: JsonObject): JsonObject =>
  unit.kind === 'group'
    ? Object.fromEntries(Object.entries(decided).filter(([name]) => unit.fields.includes(name)))
    : decided;

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

/** The write that is shown. Of several that say the same, the one that was decided for, else the last. */
const winnerAmong = (
  sides: readonly ConflictSideView[],
  shown: Json | undefined,
  outcome: Outcome | undefined,
): ConflictSideView | undefined => {
  if (outcome?.type === 'winner') return sides.find((side) => dotOfSide(side) === outcome.dot);
  const same = sides.filter(({ value }) => sameJson(value, shown));
  return lastSideOf(same) ?? (sides.length === 1 ? sides[0] : undefined);
};

const uncontested = (
  unit: Unit,
  winner: ConflictSideView | undefined,
  writes: number,
  isMerged: boolean,
): Explanation => ({
  unit,
  status: 'uncontested',
  losers: [],
  reason:
    writes < 2 ? 'nobody wrote it concurrently' : isMerged ? 'every write counts' : 'all who wrote it wrote the same',
  ...(winner === undefined ? {} : { winner }),
});

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
