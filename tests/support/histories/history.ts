/**
 * Arbitrary histories: what several writers record while they know of each other only
 * now and then. `arbitraryHistory()` gives plain histories; the options add what goes
 * wrong in the field. Every history is a fold of small steps, so a failing one shrinks to
 * the few events that matter.
 */
import fc from 'fast-check';
import type { ReknitEvent, ResourceRef } from '../../../src/domain/events/event.js';
import type { Json } from '../../../src/domain/shared/json.js';
import type { AuthoringOptions } from './authoring.js';
import { carryOut } from './simulate.js';
import { sharedStart, stepOf, type Step } from './steps.js';
import * as vocabulary from './vocabulary.js';
import type { World } from './world.js';

export interface History {
  /** In a causal order, each once; only of invalid and forked events may a parent come later. */
  readonly events: readonly ReknitEvent[];
  readonly replicas: readonly string[];
}

export interface HistoryOptions {
  /** Replicas that write; 2 to 5 unless told. */
  readonly writers?: { readonly least: number; readonly most: number };
  /** Writes, pulls and the rest together; 40 unless told, which gives some ten events, and at most some thirty. */
  readonly stepsMax?: number;
  readonly resources?: readonly ResourceRef[];
  readonly fields?: readonly string[];
  readonly values?: readonly Json[];
  /** For fields of other kinds than registers: plain values and operations, fitting or not. */
  readonly valuesByField?: Readonly<Record<string, readonly Json[]>>;
  /** Fields that refer to resources of a type, with `sees` (R25) filled in or left out. */
  readonly references?: Readonly<Record<string, string>>;
  /** Events that carry `dependsOn`. */
  readonly dependsOn?: boolean;
  /** Resolves with values, `{}` and `null`; on unless told. */
  readonly resolves?: boolean;
  /** Events with a `priority` of their own. */
  readonly priorities?: boolean;
  /** Dots used again for other content, on the same or another resource (R5). */
  readonly forks?: boolean;
  /** Twins, and other changes under an event id that is taken (R6). */
  readonly sameEventIds?: boolean;
  /** Some events never arrive, so their descendants are parked (R3). */
  readonly missingEvents?: boolean;
  /** Parents of another resource, which make an event invalid for good. */
  readonly strayParents?: boolean;
  /** Events that have not seen their author's own earlier ones (R4). */
  readonly forgetfulReplicas?: boolean;
}

/** Everything at once; for properties that must hold whatever comes. */
export const everythingOptions: HistoryOptions = {
  references: { parent: 'task' },
  dependsOn: true,
  priorities: true,
  forks: true,
  sameEventIds: true,
  missingEvents: true,
  strayParents: true,
  forgetfulReplicas: true,
};

export const arbitraryHistory = (options: HistoryOptions = {}): fc.Arbitrary<History> => {
  const { least, most } = options.writers ?? { least: 2, most: 5 };
  const hasReferences = Object.keys(options.references ?? {}).length > 0;
  const refers = hasReferences || options.dependsOn === true;
  const steps = stepOf({
    forks: options.forks === true,
    sameEventIds: options.sameEventIds === true,
    references: hasReferences,
    settlements: options.resolves !== false,
  });
  const allResources = options.resources ?? [...vocabulary.resources, ...(refers ? [vocabulary.endOfChain] : [])];
  const allFields = options.fields ?? vocabulary.fields;
  const plan: fc.Arbitrary<Plan> = fc.record({
    // Few resources or few fields in some histories: there writers collide all the time.
    resources: fc.subarray([...allResources], { minLength: refers ? 2 : 1 }),
    fields: fc.subarray([...allFields], { minLength: 1 }),
    replicaIds: fc.shuffledSubarray([...vocabulary.replicaIds], { minLength: least, maxLength: most }),
    startsShared: fc.boolean(),
    startsMs: fc.array(fc.nat({ max: 3 }), { minLength: most, maxLength: most }),
    steps: fc.array(steps, { maxLength: options.stepsMax ?? 40, size: 'max' }),
    missing: fc.array(fc.nat({ max: 63 }), { maxLength: options.missingEvents === true ? 2 : 0 }),
  });
  // Small numbers are the simple choices, so a bias towards them would give tame histories.
  return fc.noBias(plan).map((planned) => historyFrom(planned, options));
};

interface Plan {
  readonly resources: readonly ResourceRef[];
  readonly fields: readonly string[];
  readonly replicaIds: readonly string[];
  /** One replica creates everything and tells the others, before anything else happens. */
  readonly startsShared: boolean;
  /** Where each replica's clock stands at first. */
  readonly startsMs: readonly number[];
  readonly steps: readonly Step[];
  readonly missing: readonly number[];
}

const historyFrom = (plan: Plan, options: HistoryOptions): History => {
  const { resources, fields, replicaIds, startsMs, missing } = plan;
  const steps = plan.startsShared ? [...sharedStart(resources.length), ...plan.steps] : plan.steps;
  const world: World = {
    resources,
    replicas: replicaIds.map((replicaId, index) => ({
      replicaId,
      lastSeq: 0,
      clockMs: startsMs[index] ?? 0,
      counter: -1,
      known: new Set(),
    })),
    events: [],
  };
  const authoring: AuthoringOptions = {
    fields,
    values: options.values ?? vocabulary.values,
    valuesByField: options.valuesByField ?? {},
    references: options.references ?? {},
    dependsOn: options.dependsOn === true,
    resolves: options.resolves !== false,
    priorities: options.priorities === true,
    strayParents: options.strayParents === true,
    forgetfulReplicas: options.forgetfulReplicas === true,
  };
  for (const step of steps) carryOut(world, step, authoring);
  const dropped = new Set(missing.map((choice) => choice % Math.max(world.events.length, 1)));
  const events = world.events.filter((_event, index) => !dropped.has(index));
  return readable({ events, replicas: replicaIds });
};

/** Prints as a bundle, one event a line, so that a counterexample can be pasted into an example. */
const readable = (history: History): History =>
  Object.defineProperty(history, fc.toStringMethod, {
    value: () => ['', ...history.events.map((event) => JSON.stringify(event)), ''].join('\n'),
    enumerable: false,
  });
