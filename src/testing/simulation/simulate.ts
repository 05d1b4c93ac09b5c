/**
 * Simulates many replicas with a policy and adapters of one's own: each seed is a history of people, networks,
 * clocks, crashes and lost disks that can be had again exactly. What fails is made small, and comes back as data.
 */
import { checkArgument, isIterable, isObject } from '../../domain/shared/check-argument.js';
import { checkPolicyGiven } from '../../domain/strategies/policy-check.js';
import { describePlan } from './describe-plan.js';
import { drawPlan } from './draw-plan.js';
import type { SimulationOptions } from './options.js';
import type { Plan } from './plan.js';
import { runPlan, type Outcome } from './run-plan.js';
import { shrinkPlan } from './shrink.js';

/** Which seeds are run, and of what. */
export interface SimulateOptions extends SimulationOptions {
  /** How many, or which. */
  readonly seeds: number | Iterable<number>;
  /** The first of them, where their number is given; 1. */
  readonly from?: number;
  /** Failures after which no further seed is tried; 1. */
  readonly failuresMax?: number;
  /** Plans that are tried to make a failing one small; 500. */
  readonly shrinkTriesMax?: number;
  readonly onProgress?: (done: { readonly passed: number; readonly failed: number; readonly steps: number }) => void;
  readonly signal?: AbortSignal;
}

/** A seed that broke a check, with the smallest plan that still breaks it. */
export interface SimulationFailure {
  readonly seed: number;
  /** Which check failed, and what it found. */
  readonly checker: string;
  readonly message: string;
  readonly atStep: number;
  readonly traceHash: string;
  /** The whole plan, and the smallest that fails by the same check; `replay` carries either out. */
  readonly plan: Plan;
  readonly minimal: Plan;
  /** What the smallest one does, in lines. */
  readonly story: string;
}

/** What came of all seeds. */
export interface SimulationReport {
  readonly passed: number;
  readonly failed: number;
  readonly steps: number;
  /** Of the largest replica of each history, in all. */
  readonly events: number;
  readonly failures: readonly SimulationFailure[];
}

const sixtySteps = { median: 60, long: 2_000 };

/** The plan of a seed, as `simulate` carries it out. */
export const planOf = (seed: number, options: SimulationOptions): Plan => {
  checkPlace(options, 'planOf');
  const policies = Array.isArray(options.policy) ? options.policy.length : 1;
  const { median, long } = options.steps ?? sixtySteps;
  return drawPlan(seed, {
    policies,
    types: 12,
    hasHubs: options.hub !== undefined,
    without: options.without ?? [],
    stepsMedian: median,
    stepsLong: long,
  });
};

/** Runs one plan, whole or made small. */
export const replay = async (
  plan: Plan,
  options: SimulationOptions,
  tell?: (line: string) => void,
): Promise<Outcome> => {
  checkArgument(isObject(plan) && isObject(plan.shape), 'replay', 'plan', 'what planOf gives, or a failure holds');
  checkPlace(options, 'replay');
  return runPlan(options, plan, tell);
};

/** Stops at the first failure, unless told to go on. Never throws for what it finds: that is its answer. */
export const simulate = async (options: SimulateOptions): Promise<SimulationReport> => {
  checkArgument(isObject(options), 'simulate', 'options', 'an object: { policy, store, seeds }');
  const { seeds } = options;
  checkArgument(
    Number.isSafeInteger(seeds) || isIterable(seeds),
    'simulate',
    'seeds',
    'how many are run, or an iterable of whole numbers',
  );
  checkPlace(options, 'simulate');
  const { failuresMax = 1, from = 1, onProgress, signal } = options;
  const failures: SimulationFailure[] = [];
  const count = { passed: 0, failed: 0, steps: 0, events: 0 };
  for (const seed of typeof seeds === 'number' ? range(from, seeds) : seeds) {
    signal?.throwIfAborted();
    const plan = planOf(seed, options);
    const outcome = await runPlan(options, plan);
    count.steps += outcome.stepsTaken;
    count.events += outcome.events;
    if (outcome.failure === undefined) count.passed += 1;
    else {
      count.failed += 1;
      failures.push(await explain(plan, outcome, options));
    }
    onProgress?.(count);
    if (failures.length >= failuresMax) break;
  }
  return { ...count, failures };
};

/** What a simulation cannot begin without. */
const checkPlace = (options: SimulationOptions, place: string): void => {
  checkArgument(isObject(options), place, 'options', 'an object: { policy, store }');
  const { policy, store } = options;
  const policies: readonly unknown[] = Array.isArray(policy) ? policy : [policy];
  checkArgument(policies.length > 0, place, 'policy', 'a policy, or a list with one at least');
  for (const each of policies) checkPolicyGiven(place, each);
  checkArgument(typeof store === 'function', place, 'store', 'a function that makes an empty store');
};

function* range(from: number, count: number): Iterable<number> {
  for (let seed = from; seed < from + count; seed += 1) yield seed;
}

const explain = async (plan: Plan, outcome: Outcome, options: SimulateOptions): Promise<SimulationFailure> => {
  const { checker = '', message = '', atStep = 0 } = outcome.failure ?? {};
  // Nothing after the failure has to do with it.
  const upToIt = { ...plan, steps: plan.steps.slice(0, atStep) };
  const fails = async (candidate: Plan): Promise<boolean> =>
    (await runPlan(options, candidate)).failure?.checker === checker;
  const begin = (await fails(upToIt)) ? upToIt : plan;
  const { plan: minimal } = await shrinkPlan(begin, fails, { triesMax: options.shrinkTriesMax ?? 500 });
  const told: string[] = [];
  const last = await runPlan(options, minimal, (line) => told.push(line));
  return {
    seed: plan.seed,
    checker,
    message: last.failure?.message ?? message,
    atStep,
    traceHash: outcome.traceHash,
    plan,
    minimal,
    story: [describePlan(minimal), '', ...told].join('\n'),
  };
};
