/**
 * The laws of a merge strategy, as cases for any test runner:
 *
 *     for (const { name, run } of strategyLaws(myStrategy)) test(name, run);
 *
 * A strategy that keeps them converges on every replica, and the merge may ask it at any time,
 * in any order and as often as it likes. A broken law fails with the smallest conflict that was
 * found to break it, and the seed that finds it again.
 */
import fc from 'fast-check';
import { sameJson } from '../domain/shared/canonical-json.js';
import type { Json } from '../domain/shared/json.js';
import type { ConflictCase, MergeStrategy } from '../domain/strategies/merge-strategy.js';
import { checkStrategy } from '../domain/strategies/strategy-check.js';
import { runStrategy, type StrategyOutcome } from '../domain/strategies/run-strategy.js';
import { ambientInputsUsed } from './ambient-inputs.js';
import { conflictCases, fieldConflicts } from './arbitraries/conflict-cases.js';
import { caseWith, copyOfCase, largeCase } from './conflict-variants.js';
import { attempt, fastestMs, same, survivesJson } from './law-checks.js';

/** One case. */
export interface Law {
  readonly name: string;
  /** Throws where the law is broken. */
  readonly run: () => void;
}

/** `seed` and `path` repeat a failure; `numRuns` is the number of conflicts per law. */
type RunParameters = Pick<fc.Parameters<unknown>, 'numRuns' | 'seed' | 'path' | 'plugins'>;

/** What a strategy is tried on, and how often. */
export interface StrategyLawOptions<Value> extends RunParameters {
  /** What the strategy's field holds; the conflicts are then of one field. Without it, any JSON and any kind of conflict. */
  readonly values?: fc.Arbitrary<Value>;
  /** The conflicts themselves, where even that is too wide. */
  readonly conflicts?: fc.Arbitrary<ConflictCase<Value>>;
  /** For one decision among `largeSiblings` siblings; generous, as the machine may be busy. */
  readonly decideMsMax?: number;
}

/** More authors than one question usually has; quadratic work on them is still nothing, cubic shows. */
const largeSiblings = 256;
/** Enough to meet every kind of unit with fair odds. */
const slowRuns = 10;

/** The cases for one strategy; hand them to the test runner's `test`. */
export const strategyLaws = <Value = Json>(
  strategy: MergeStrategy<Value>,
  options: StrategyLawOptions<Value> = {},
): readonly Law[] => {
  checkStrategy(strategy, 'strategyLaws');
  const { conflicts: given, values, decideMsMax = 1_000, ...parameters } = options;
  const { numRuns = 100 } = parameters;
  const conflicts = given ?? (values === undefined ? anyConflicts<Value>() : fieldConflicts(values));
  const answer = (conflict: ConflictCase<Value>): StrategyOutcome => runStrategy(strategy, copyOfCase(conflict));

  const law = <Case extends [unknown, ...unknown[]]>(
    name: string,
    property: fc.IProperty<Case>,
    slow = false,
  ): Law => ({
    name: `${strategy.name}: ${name}`,
    run: () => {
      // What is slow is not made smaller by trying it again and again.
      const slowParameters = slow ? { numRuns: Math.min(numRuns, slowRuns), endOnFailure: true } : {};
      // What is wrong stands in the message, since not every test runner shows causes.
      fc.assert(property, { ...parameters, ...slowParameters, includeErrorInReport: true });
    },
  });

  return [
    law(
      'gives the same answer to the same conflict, whatever it was asked before',
      fc.property(fc.array(conflicts, { minLength: 1, maxLength: 4 }), (asked) => {
        const first = asked.map(answer);
        const again = [...asked].reverse().map(answer).reverse();
        asked.forEach((_, index) => same(first[index], again[index], 'the second answer differs from the first'));
      }),
    ),
    law(
      'gives the same answer whatever the order of the siblings',
      fc.property(conflictAndOrder(conflicts), ([conflict, siblings]) => {
        same(
          answer(conflict),
          answer(caseWith(conflict, { siblings })),
          'the answer depends on the order of the siblings',
        );
      }),
    ),
    law(
      'always answers, with one of the siblings, a value, an action or undecided',
      fc.property(conflicts, (conflict) => {
        const outcome = answer(conflict);
        if (outcome.type === 'failed') throw new Error(`no valid answer: ${outcome.message}`);
      }),
    ),
    law(
      'leaves its input as it was',
      fc.property(conflicts, (conflict) => {
        const given = copyOfCase(conflict);
        attempt(() => strategy.decide(given));
        if (!sameJson(given, conflict)) throw new Error('the conflict was changed');
      }),
    ),
    law(
      'answers with values that JSON carries there and back',
      fc.property(conflicts, (conflict) => {
        const decision: unknown = attempt(() => strategy.decide(copyOfCase(conflict)));
        const value =
          typeof decision === 'object' && decision !== null && 'value' in decision ? decision.value : undefined;
        if (value !== undefined && !survivesJson(value)) throw new Error('the value changes on its way through JSON');
      }),
    ),
    law(
      'reads no clock, no randomness, and starts nothing',
      fc.property(conflicts, (conflict) => {
        const given = copyOfCase(conflict);
        const used = ambientInputsUsed(() => void attempt(() => strategy.decide(given)));
        if (used.length > 0) throw new Error(`it used ${used.join(', ')}`);
      }),
    ),
    law(
      `decides among ${largeSiblings} siblings within ${decideMsMax} ms`,
      fc.property(conflicts, (conflict) => {
        const large = largeCase(conflict, largeSiblings);
        const elapsedMs = fastestMs(3, decideMsMax, () => runStrategy(strategy, large));
        if (elapsedMs > decideMsMax) throw new Error(`one decision took ${elapsedMs} ms`);
      }),
      true,
    ),
    law(
      strategy.usesBase ? 'may read the base, as it says' : 'does not read the base, as it says',
      fc.property(conflicts, conflicts, (conflict, { siblings: [other] }) => {
        if (strategy.usesBase) return;
        const reading = { ...strategy, usesBase: true };
        const answers = [undefined, { value: conflict.siblings[0]?.value }, { value: other?.value }].map((base) =>
          runStrategy(reading, copyOfCase(caseWith(conflict, { base }))),
        );
        for (const outcome of answers) same(answers[0], outcome, 'the answer depends on the base: say usesBase: true');
      }),
    ),
    law(
      strategy.usesPriority ? 'may read priorities, as it says' : 'does not read priorities, as it says',
      fc.property(
        conflicts,
        fc.array(fc.integer({ min: -1, max: 4 }), { minLength: 5, maxLength: 5 }),
        (conflict, priorities) => {
          if (strategy.usesPriority) return;
          const siblings = conflict.siblings.map((sibling, index) => ({
            ...sibling,
            priority: priorities[index % 5] ?? 1,
          }));
          same(
            answer(conflict),
            answer(caseWith(conflict, { siblings })),
            'the answer depends on priorities: say usesPriority: true',
          );
        },
      ),
    ),
  ];
};

/** A strategy for any JSON is asked about everything; one for a narrower type brings its own values. */
const anyConflicts = <Value>(): fc.Arbitrary<ConflictCase<Value>> =>
  conflictCases() as fc.Arbitrary<unknown> as fc.Arbitrary<ConflictCase<Value>>;

const conflictAndOrder = <Value>(conflicts: fc.Arbitrary<ConflictCase<Value>>) =>
  conflicts.chain((conflict) => {
    const { siblings } = conflict;
    return fc.tuple(fc.constant(conflict), fc.shuffledSubarray([...siblings], { minLength: siblings.length }));
  });
