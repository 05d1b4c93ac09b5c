/**
 * Makes a failing plan small: leaves out steps, in ever smaller parts, then faults and replicas, as long as the same
 * check still fails (delta debugging, after Zeller). A step means the same without the others, so most can go.
 */
import type { Plan, Shape, Step } from './plan.js';

export interface ShrinkLimits {
  /** Plans that are tried at most. */
  readonly triesMax: number;
}

export interface Shrunk {
  readonly plan: Plan;
  readonly tries: number;
}

/** @param fails whether a plan fails by the check that it is about */
export const shrinkPlan = async (
  plan: Plan,
  fails: (plan: Plan) => Promise<boolean>,
  { triesMax }: ShrinkLimits,
): Promise<Shrunk> => {
  let smallest = plan;
  let tries = 0;
  const take = async (candidate: Plan): Promise<boolean> => {
    if (tries >= triesMax) return false;
    tries += 1;
    if (!(await fails(candidate))) return false;
    smallest = candidate;
    return true;
  };
  for (let before = Infinity; sizeOf(smallest) < before;) {
    before = sizeOf(smallest);
    await leaveOutSteps(() => smallest, take);
    for (const shape of simplerShapes(smallest.shape)) await take({ ...smallest, shape });
    for (const [index, step] of smallest.steps.entries())
      for (const simpler of simplerSteps(step)) await take({ ...smallest, steps: smallest.steps.with(index, simpler) });
  }
  return { plan: smallest, tries };
};

/** Halves first, single steps last; from the end, where what comes after the failure stands. */
const leaveOutSteps = async (current: () => Plan, take: (plan: Plan) => Promise<boolean>): Promise<void> => {
  for (let size = Math.ceil(current().steps.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2))
    for (let end = current().steps.length; end > 0; end -= size) {
      const { steps } = current();
      const from = Math.max(0, end - size);
      await take({ ...current(), steps: [...steps.slice(0, from), ...steps.slice(end)] });
    }
};

const simplerShapes = (shape: Shape): readonly Shape[] => [
  ...(shape.replicas > 2
    ? [
        { ...shape, replicas: 2 },
        { ...shape, replicas: shape.replicas - 1 },
      ]
    : []),
  ...(shape.hubs > 0 ? [{ ...shape, hubs: shape.hubs - 1 }] : []),
  ...(shape.resources > 1 ? [{ ...shape, resources: 1 }] : []),
  ...(shape.skewsMs.some((ms) => ms !== 0) ? [{ ...shape, skewsMs: shape.skewsMs.map(() => 0) }] : []),
  ...(new Set(shape.policies).size > 1
    ? [{ ...shape, policies: shape.policies.map(() => shape.policies[0] ?? 0) }]
    : []),
  ...(shape.checkEvery > 1 ? [{ ...shape, checkEvery: 1 }] : []),
];

const simplerSteps = (step: Step): readonly Step[] => {
  if (step.do === 'sync' || step.do === 'connect') return [{ ...step, do: 'exchange' }];
  if (step.do === 'deliver' && step.harm !== undefined) return [{ do: 'deliver', which: step.which }];
  return [];
};

const sizeOf = ({ steps, shape }: Plan): number =>
  steps.length * 100 + shape.replicas * 10 + shape.hubs + steps.filter((step) => 'harm' in step).length;
