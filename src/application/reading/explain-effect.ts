/** Why something is shown that follows from no write of its own, but from what was decided about a reference (R26, R27). */
import type { ConflictRecord } from '../../domain/conflict/conflict-record.js';
import type { ResourceRef } from '../../domain/events/event.js';
import { compareRefs, resourceKeyOf } from '../../domain/resource/resource-key.js';
import type { ResourceState } from '../../domain/resource/state.js';
import type { DependencyAction, Unit } from '../../domain/strategies/merge-strategy.js';
import type { EventStore } from '../ports/event-store.js';
import { conflictView, lastSideOf, type ConflictSideView, type ViewContext } from './conflict-view.js';
import type { Explanation } from './explanation.js';

/** What was decided about a reference; undefined while nothing was. */
export const actionOf = ({ outcome }: ConflictRecord): DependencyAction | undefined =>
  outcome.type === 'apply' ? outcome.action : undefined;

/** Whether it is about this field's reference. */
export const refersBy = ({ unit }: ConflictRecord, field: string): boolean =>
  unit.kind === 'dependency' && unit.field === field;

/** The decisions that changed what is shown of a resource: about its own references, and about references to it. */
export const effectsOn = async (
  store: EventStore,
  state: ResourceState,
  records: readonly ConflictRecord[],
): Promise<readonly ConflictRecord[]> => {
  // Its own reference that brings something back changes nothing of itself.
  const own = records.filter((record) => ['detach', 'cascade'].includes(actionOf(record) ?? ''));
  if (state.effect?.existence !== 'restore') return own;
  const key = resourceKeyOf(state);
  const referrers = (await store.loadWorld({ resources: [], referrersOf: [key] })).referrers.get(key) ?? [];
  const theirs = await store.loadWorld({ resources: referrers, referrersOf: [] });
  const restoring = [...theirs.records.values()]
    .flat()
    .filter((record) => actionOf(record) === 'restore' && isAbout(record, state));
  return [...own, ...restoring];
};

const isAbout = ({ unit }: ConflictRecord, ref: ResourceRef): boolean =>
  unit.kind === 'dependency' && compareRefs(unit.target, ref) === 0;

/** @param effect a decision of `effectsOn` */
export const explainEffect = (unit: Unit, effect: ConflictRecord, context: ViewContext): Explanation => {
  const { siblings, resolutionStrategy } = conflictView(effect, undefined, context);
  const [deletes, references] = [siblings.filter(isDelete), siblings.filter((side) => !isDelete(side))];
  const decider = resolutionStrategy ?? 'the policy';
  const base = {
    unit,
    status: 'decided',
    conflictId: effect.conflictId,
    ...(resolutionStrategy === undefined ? {} : { strategy: resolutionStrategy }),
  } as const;
  switch (actionOf(effect)) {
    case 'restore':
      return {
        ...base,
        ...withWinner(references),
        losers: deletes,
        reason: `it was deleted, and ${decider} decided that it stays for what refers to it`,
      };
    case 'cascade':
      return {
        ...base,
        ...withWinner(deletes),
        losers: references,
        reason: `what it refers to was deleted, and ${decider} decided that it goes too`,
      };
    default:
      return {
        ...base,
        losers: references,
        reason: `what it names was deleted, and ${decider} decided to name nothing`,
      };
  }
};

const isDelete = ({ value }: ConflictSideView): boolean => value === 'deleted';

const withWinner = (sides: readonly ConflictSideView[]): { readonly winner?: ConflictSideView } => {
  const winner = lastSideOf(sides);
  return winner === undefined ? {} : { winner };
};
