/**
 * Draws a plan from a seed: first its shape and which faults it knows at all, then how often each kind of step comes,
 * then the steps. Rates differ from seed to seed, since what is rare together with everything else is common alone.
 */
import { faultClasses, type FaultClass, type Harm, type Plan, type Shape, type Step } from './plan.js';
import { createRandom, type Random } from './random.js';

export interface PlanLimits {
  readonly policies: number;
  readonly types: number;
  /** Whether there can be hubs. */
  readonly hasHubs: boolean;
  /** What is never to go wrong. */
  readonly without: readonly FaultClass[];
  /** Of a history; one in a hundred is longer. */
  readonly stepsMedian: number;
  readonly stepsLong: number;
}

const longEvery = 100;

export const drawPlan = (seed: number, limits: PlanLimits): Plan => {
  const random = createRandom(seed);
  const isLong = seed % longEvery === longEvery - 1;
  const shape = drawShape(random.split('shape'), limits, isLong);
  const rates = drawRates(random.split('rates'), shape);
  const lengths = random.split('length');
  // Spread evenly from a half to one and a half times the median.
  const count = isLong ? limits.stepsLong : Math.max(1, Math.round(limits.stepsMedian * (0.5 + lengths.next())));
  const drawing = random.split('steps');
  const steps: Step[] = [];
  for (let index = 0; index < count; index += 1) steps.push(drawStep(drawing, rates, shape, limits));
  return { seed, shape, steps };
};

/** Of each type: few, so that people meet; in a long history mostly more, as in life, since all would meet in one otherwise. */
const few = [1, 1, 2, 3];
const more = [2, 10, 20, 30];

const drawShape = (random: Random, { policies, hasHubs, without }: PlanLimits, isLong: boolean): Shape => {
  const replicas = random.pick([2, 2, 2, 3, 3, 3, 4, 4, 5, 6, 8]);
  const hubs = hasHubs ? random.pick([0, 1, 1, 1, 1, 1, 2]) : 0;
  const faults = faultClasses.filter(
    (fault) => random.chance(0.5) && !without.includes(fault) && (fault !== 'policies' || policies > 1),
  );
  const main = random.below(policies);
  const isOff = faults.includes('clocks');
  return {
    replicas,
    hubs,
    policies: Array.from({ length: replicas }, () =>
      faults.includes('policies') && random.chance(0.3) ? random.below(policies) : main,
    ),
    resources: random.pick(isLong ? more : few),
    skewsMs: Array.from({ length: replicas }, () => (isOff && random.chance(0.4) ? skew(random) : 0)),
    checkEvery: random.pick([7, 11, 17, 29, 43]),
    batchMax: random.pick([1, 2, 3, 5, 20, 100]),
    faults,
  };
};

const minuteMs = 60_000;
const yearMs = 365 * 24 * 60 * minuteMs;

const skew = (random: Random): number =>
  random.pick([-1, 1]) * random.pick([1, minuteMs, 4 * minuteMs, 6 * minuteMs, 60 * minuteMs, yearMs, 10 * yearMs]);

type Draw = (random: Random, shape: Shape, limits: PlanLimits) => Step;
type Rates = readonly (readonly [weight: number, draw: Draw])[];

const who = (random: Random): number => random.below(840);
const value = (random: Random): number => random.below(2 ** 31);
const which = (random: Random, { resources }: Shape, { types }: PlanLimits) => ({
  who: who(random),
  type: random.below(types),
  id: random.below(resources),
  value: value(random),
});

const drawRates = (random: Random, { faults, hubs }: Shape): Rates => {
  const has = (fault: FaultClass): boolean => faults.includes(fault);
  const some = (most: number): number => most * random.next();
  const lossRate = has('losses') ? 0.3 * random.next() : 0;
  const repeatRate = has('repeats') ? 0.5 * random.next() : 0;
  const cutRate = has('cutOffs') ? 0.1 + 0.2 * random.next() : 0;
  const inOrder = !has('reordering');
  const harm = (drawing: Random): { readonly harm?: Harm } => {
    if (drawing.chance(lossRate)) return { harm: { type: 'lost' } };
    if (drawing.chance(repeatRate)) return { harm: { type: 'repeated' } };
    return drawing.chance(cutRate) ? { harm: { type: 'cut', at: drawing.next() } } : {};
  };
  const everyday: Rates = [
    [6 + some(10), (drawing, shape, limits) => ({ do: 'write', ...which(drawing, shape, limits) })],
    [some(3), (drawing, shape, limits) => ({ do: 'edit', ...which(drawing, shape, limits) })],
    [some(4), (drawing, shape, limits) => ({ do: 'remove', ...which(drawing, shape, limits) })],
    [some(2), (drawing, shape, limits) => ({ do: 'group', ...which(drawing, shape, limits) })],
    [some(2), (drawing, shape, limits) => ({ do: 'look', ...which(drawing, shape, limits) })],
    [some(2), (drawing, shape, limits) => ({ do: 'save', ...which(drawing, shape, limits) })],
    [some(4), (drawing) => ({ do: 'resolve', who: who(drawing), which: value(drawing), value: value(drawing) })],
    [some(1), (drawing) => ({ do: 'undo', who: who(drawing), which: value(drawing), value: value(drawing) })],
    [some(0.5), (drawing) => ({ do: 'again', who: who(drawing), which: value(drawing), value: value(drawing) })],
    [1.5 + some(2), (drawing) => ({ do: 'sync', who: who(drawing), with: value(drawing) })],
    [some(1.5), (drawing) => ({ do: 'exchange', who: who(drawing), with: value(drawing) })],
    [some(0.4), (drawing) => ({ do: 'connect', who: who(drawing), with: value(drawing) })],
    [14 + some(10), (drawing) => ({ do: 'deliver', which: inOrder ? 0 : value(drawing), ...harm(drawing) })],
    [
      some(0.5),
      (drawing) => ({
        do: 'bundle',
        who: who(drawing),
        to: who(drawing),
        value: value(drawing),
        ...(has('cutOffs') && drawing.chance(0.5) ? { cut: drawing.next() } : {}),
      }),
    ],
    [1 + some(2), (drawing) => ({ do: 'wait', ms: pause(drawing) })],
  ];
  const faulty: readonly (readonly [FaultClass, number, Draw])[] = [
    ['partitions', some(1.5), (drawing) => ({ do: 'part', who: who(drawing), isOneWay: drawing.chance(0.3) })],
    ['partitions', some(1.5), () => ({ do: 'join' })],
    [
      'crashes',
      some(2),
      (drawing) => ({ do: 'crash', who: who(drawing), calls: drawing.below(40), isAfter: drawing.chance(0.5) }),
    ],
    ['crashes', some(1), (drawing) => ({ do: 'restart', who: who(drawing) })],
    ['backups', some(1), (drawing) => ({ do: 'keep', who: who(drawing) })],
    ['backups', some(1), (drawing) => ({ do: 'bring back', who: who(drawing) })],
    ['copies', some(0.6), (drawing) => ({ do: 'copy', who: who(drawing) })],
    [
      'clocks',
      some(1.5),
      (drawing) => ({ do: 'clock', who: who(drawing), ms: drawing.chance(0.3) ? 0 : skew(drawing) }),
    ],
    [
      'policies',
      some(0.5),
      (drawing, _shape, limits) => ({ do: 'adopt', who: who(drawing), policy: drawing.below(limits.policies) }),
    ],
    [
      'forgeries',
      some(2),
      (drawing) => ({ do: 'forge', who: who(drawing), kind: value(drawing), value: value(drawing) }),
    ],
    ['hubs', hubs * some(0.6), (drawing) => ({ do: 'keep hub', which: value(drawing) })],
    ['hubs', hubs * some(0.4), (drawing) => ({ do: 'wipe hub', which: value(drawing) })],
    ['hubs', hubs * some(0.6), (drawing) => ({ do: 'bring back hub', which: value(drawing) })],
    ['hubs', hubs * some(0.6), (drawing) => ({ do: 'restart hub', which: value(drawing) })],
  ];
  return [...everyday, ...faulty.flatMap(([fault, weight, draw]) => (has(fault) ? [[weight, draw] as const] : []))];
};

/** Mostly a moment, at times until next week or next month. */
const pause = (random: Random): number =>
  random.chance(0.7)
    ? random.below(5_000)
    : random.pick([minuteMs, 10 * minuteMs, 480 * minuteMs, 30 * 1440 * minuteMs]);

const drawStep = (random: Random, rates: Rates, shape: Shape, limits: PlanLimits): Step => {
  let left = random.next() * rates.reduce((sum, [weight]) => sum + weight, 0);
  for (const [weight, draw] of rates) {
    left -= weight;
    if (left < 0) return draw(random, shape, limits);
  }
  return { do: 'wait', ms: 1 };
};
