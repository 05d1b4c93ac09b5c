/** A conflict as it stands now, with what this person may do about it. */
import type { ConsideredConflict } from '../../../application/index.js';
import type { Conflict } from '../api/index.js';
import { asideOf, lackedFor, typesOf, type DeskCore } from '../core.js';
import { visibleConflict } from '../decisions/permitted.js';
import type { DeskPerson } from '../options.js';
import { shownConflict } from './conflict.js';

export const consideredFor = async (
  { replica }: DeskCore,
  conflictId: string,
  person: DeskPerson,
): Promise<ConsideredConflict> => {
  const [considered] = await replica.review.consider([conflictId]);
  return visibleConflict(considered, conflictId, person);
};

export const conflictNow = async (core: DeskCore, conflictId: string, person: DeskPerson): Promise<Conflict> => {
  const { replica, limits } = core;
  const considered = await consideredFor(core, conflictId, person);
  const types = typesOf(considered.record);
  const aside = await asideOf(core);
  const until = aside.get(conflictId);
  const refusal = await replica.review.undoProblem(conflictId);
  return shownConflict(considered, {
    replicaId: replica.replicaId,
    wholeCharsMax: limits.wholeCharsMax,
    mayResolve: types.every((type) => person.may('resolve', type)),
    mayApply: (action) => lackedFor(action, considered.record.resourceType, person) === undefined,
    later: aside.has(conflictId) ? (until === undefined ? {} : { until }) : undefined,
    rules: await replica.rules.list(),
    undo:
      refusal === undefined
        ? { isPossible: true }
        : { isPossible: false, code: refusal.code, message: refusal.message },
  });
};
