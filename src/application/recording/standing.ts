/**
 * How a resource stands for the author of the next change: as it is stored, and as it will be
 * after what the group wrote to it, which is not committed yet.
 */
import { evaluate } from '../../domain/conflict/evaluate.js';
import type { ResourceRef, SealedEvent } from '../../domain/events/event.js';
import { foldInto, isHistoryRequest } from '../../domain/merge/fold-resources.js';
import { historySteps, stateAfter } from '../../domain/merge/history-steps.js';
import type { LoadedHistory } from '../../domain/merge/loaded.js';
import type { Standing } from '../../domain/resource/decide.js';
import { resourceKeyOf } from '../../domain/resource/resource-key.js';
import type { ResourceState } from '../../domain/resource/state.js';
import { viewOf } from '../../domain/resource/view.js';
import { invariant } from '../../domain/shared/invariant.js';
import type { MergeDeps } from '../merge-driver.js';
import type { Touched } from './group-draft.js';

export const standingFrom = (state: ResourceState | undefined, { policy, system }: MergeDeps): Standing => {
  if (state === undefined) return { state, view: undefined, existenceConflict: undefined };
  const evaluation = evaluate(state, policy, system.sha256);
  return {
    state,
    view: viewOf(state, evaluation, policy.rulesFor(state.resourceType), 0),
    existenceConflict: evaluation.conflicts.find(({ unit }) => unit.kind === 'existence'),
  };
};

/** The resource as it will be after this event, for whoever comes next in the group. */
export const touchedAfter = (deps: MergeDeps, ref: ResourceRef, standing: Standing, sealed: SealedEvent): Touched => {
  const folded = foldInto(ref, standing.state, [sealed], undefined, {
    policy: deps.policy,
    sha256: deps.system.sha256,
  });
  if (isHistoryRequest(folded)) return { standing, isOpen: true };
  return { standing: standingFrom(folded.state, deps), isOpen: false };
};

/** The same where something of this request is concurrent, which only the whole history can tell. */
export const standingAfter = async (
  deps: MergeDeps,
  ref: ResourceRef,
  before: ResourceState | undefined,
  written: readonly SealedEvent[],
): Promise<Standing> => {
  const history = await historyWith(deps, ref, written);
  const state = stateAfter(ref, historySteps(history), { policy: deps.policy, sha256: deps.system.sha256 });
  return standingFrom({ ...state, effect: before?.effect }, deps);
};

/** The stored history, and what the group wrote since. */
export const historyWith = async (
  { store }: MergeDeps,
  { resourceType, resourceId }: ResourceRef,
  written: readonly SealedEvent[],
): Promise<LoadedHistory> => {
  const histories = await store.loadHistories([{ resourceType, resourceId, since: undefined }]);
  const history = histories.get(resourceKeyOf({ resourceType, resourceId }));
  invariant(history !== undefined, `the store gave no history of ${resourceType} ${resourceId}`);
  return { ...history, events: [...history.events, ...written.map((sealed) => ({ sealed, sawAll: false }))] };
};
