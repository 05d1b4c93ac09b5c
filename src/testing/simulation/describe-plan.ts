/** A plan in lines that a person can read. */
import type { Plan, Step } from './plan.js';

/** The plan as a story, a line a step. */
export const describePlan = ({ seed, shape, steps }: Plan): string =>
  [
    `seed ${seed}: ${shape.replicas} replicas, ${shape.hubs} hubs, ${shape.resources} resources of each type`,
    ...(shape.skewsMs.some((ms) => ms !== 0) ? [`clocks are off by ${shape.skewsMs.join(', ')} ms`] : []),
    ...(new Set(shape.policies).size > 1 ? [`policies ${shape.policies.join(', ')}`] : []),
    ...steps.map((step, index) => `${String(index + 1).padStart(3)} ${describeStep(step)}`),
  ].join('\n');

const describeStep = (step: Step): string => {
  const { do: deed, ...rest } = step;
  const facts = Object.entries(rest).map(
    ([name, value]) => `${name} ${typeof value === 'object' ? JSON.stringify(value) : value}`,
  );
  return facts.length === 0 ? deed : `${deed} (${facts.join(', ')})`;
};
