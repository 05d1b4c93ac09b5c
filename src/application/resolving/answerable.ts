/**
 * Whether an answer to a conflict still answers something: the conflict may have grown, or be
 * settled, since a person looked at it (R30), and what settled it may have been written over
 * since someone wants to undo it.
 */
import { isSameUnit } from '../../domain/conflict/conflict-identity.js';
import type { ConflictRecord } from '../../domain/conflict/conflict-record.js';
import { evaluate } from '../../domain/conflict/evaluate.js';
import type { Dot } from '../../domain/events/event.js';
import type { FoldContext } from '../../domain/merge/fold-resources.js';
import type { Standing } from '../../domain/resource/decide.js';
import { resourceKeyOf } from '../../domain/resource/resource-key.js';
import type { ResourceState, UnitWrite } from '../../domain/resource/state.js';
import { ruleOfUnit } from '../../domain/resource-definition/unit-rules.js';
import { sameJson } from '../../domain/shared/canonical-json.js';
import { ReknitError } from '../../domain/shared/errors.js';
import type { Json, JsonObject } from '../../domain/shared/json.js';
import type { Unit } from '../../domain/strategies/merge-strategy.js';
import type { Policy, TypeRules } from '../../domain/strategies/policy.js';
import type { ConflictView } from '../reading/conflict-view.js';
import { foldPast } from '../reading/fold-past.js';
import type { History } from '../history.js';

/** R30: which conflict the answer settles now, or why it settles none. */
export const answeredNow = (
  record: ConflictRecord,
  view: ConflictView,
  { state }: Standing,
  { policy, sha256 }: FoldContext,
): string => {
  const standing = state === undefined ? [] : evaluate(state, policy, sha256).conflicts;
  const now = standing.find(({ unit }) => isSameUnit(unit, record.unit));
  if (now?.conflictId === record.conflictId) return record.conflictId;
  if (now === undefined) throw closedError(view);
  const known = view.siblings.map(({ value }) => value);
  const values = state === undefined ? [] : valuesNow(record, state, now.siblings, policy);
  if (values.every((value) => known.some((other) => sameJson(other, value)))) return now.conflictId;
  throw new ReknitError(
    'conflict_superseded',
    `conflict ${record.conflictId} has grown since: look at ${now.conflictId}, which holds values that it did not`,
    {
      conflictId: now.conflictId,
    },
  );
};

const valuesNow = (
  { unit, resourceType }: ConflictRecord,
  state: ResourceState,
  dots: readonly Dot[],
  policy: Policy,
): readonly (Json | undefined)[] => {
  if (unit.kind === 'existence')
    return state.existence
      .filter(({ dot }) => dots.includes(dot))
      .map(({ deletes }) => (deletes ? 'deleted' : 'alive'));
  return siblingsOf(unit, state, policy.rulesFor(resourceType))
    .filter(({ dot }) => dots.includes(dot))
    .map(({ value }) => value);
};

const siblingsOf = (unit: Unit, { units }: ResourceState, rules: TypeRules): readonly UnitWrite[] => {
  const rule = ruleOfUnit(unit, rules);
  return rule === undefined ? [] : (units.get(rule.key)?.siblings ?? []);
};

/** The value that readers saw before the conflict was closed: the state in the closing event's own past. */
export const valueBefore = async (
  record: ConflictRecord,
  history: History,
  context: FoldContext,
): Promise<Json | undefined> => {
  const [closer] = record.closedBy;
  const histories = await history.wholeHistories([record]);
  const whole = histories.get(resourceKeyOf(record));
  if (closer === undefined || whole === undefined) return undefined;
  const past = foldPast(record, whole, closer, context);
  switch (record.unit.kind) {
    case 'existence':
      return past.deleted ? 'deleted' : 'alive';
    case 'field':
      return past.fields[record.unit.field];
    case 'group':
      return pick(past.fields, record.unit.fields);
    case 'resource':
      return past.fields;
    case 'dependency':
      throw new ReknitError(
        'nothing_to_undo',
        'a decision about a dependency is undone by changing the resource that it changed',
      );
  }
};

const pick = (fields: JsonObject, names: readonly string[]): JsonObject =>
  Object.fromEntries(
    names.flatMap((name) => (Object.hasOwn(fields, name) ? [[name, fields[name] as Json] as const] : [])),
  );

/** What was written after the resolution would be taken back with it. */
export const refuseIfWrittenSince = (record: ConflictRecord, { state }: Standing, policy: Policy): void => {
  const { unit, resourceType } = record;
  const siblings =
    state === undefined
      ? []
      : (unit.kind === 'existence' ? state.existence : siblingsOf(unit, state, policy.rulesFor(resourceType))).map(
          ({ dot }) => dot,
        );
  if (!siblings.every((dot) => record.closedBy.includes(dot)))
    throw new ReknitError(
      'stale_undo',
      `what conflict ${record.conflictId} settled was written again since: undoing it would take that back too`,
      {
        conflictId: record.conflictId,
        since: siblings.filter((dot) => !record.closedBy.includes(dot)),
      },
    );
};

/** The refusal of an answer to what is settled already. */
export const closedError = (view: ConflictView): ReknitError =>
  new ReknitError(
    'conflict_closed',
    `conflict ${view.conflictId} is settled already: update the resource, or undo the resolution`,
    {
      conflictId: view.conflictId,
      closedBy: view.closedBy.map(({ eventId }) => eventId),
    },
  );
