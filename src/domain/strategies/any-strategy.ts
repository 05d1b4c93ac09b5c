/**
 * Two views of a strategy's type, for where the value's type is open.
 *
 * A `GeneralStrategy` only chooses among what was written, or builds on it without looking
 * at its type, so one and the same object fits a field of any type. `AnyStrategy` is what a
 * definition holds once the compiler has checked the strategy against its field.
 */
import type { JsonObject } from '../shared/json.js';
import type { ConflictCase, Decision, MergeStrategy } from './merge-strategy.js';

type Description = Omit<MergeStrategy, 'decide'>;

/** A strategy that fits a field of any type. */
export interface GeneralStrategy extends Description {
  readonly decide: <Value>(conflict: ConflictCase<Value>) => Decision<Value>;
}

/** A strategy that was checked against its field. */
export interface AnyStrategy extends Description {
  readonly decide: (conflict: never) => Decision<unknown>;
}

/** A strategy made of these parts: general if all of them are, else for the value that the others are about. */
export type CombinedStrategy<Part> = [ValueOfPart<Part>] extends [never]
  ? GeneralStrategy
  : MergeStrategy<ValueOfPart<Part>>;

type ValueOfPart<Part> = Part extends GeneralStrategy ? never : Part extends MergeStrategy<infer Value> ? Value : never;

/** What a fingerprint covers and an audit entry records. */
export interface StrategyData extends JsonObject {
  readonly name: string;
  readonly version: number;
  readonly options: JsonObject;
}

/** Name, version and options: a strategy as data. */
export const strategyData = ({ name, version, options }: AnyStrategy): StrategyData => ({ name, version, options });

/**
 * A strategy as the merge calls it. Sound because a unit is only ever merged by the strategy
 * that was declared for it, and because what comes back is validated at run time (R24).
 */
export const erased = (strategy: AnyStrategy): MergeStrategy => strategy as MergeStrategy;
