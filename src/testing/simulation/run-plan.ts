/**
 * Carries out a plan: faults and work, then healing, then an audit. It stops at the first thing that is wrong, and
 * says after which step, and by which check.
 */
import { createAuditTrail } from '../../application/audit-trail.js';
import { digestOf } from '../../application/verifying/digest.js';
import { eventPages } from '../../application/pages.js';
import { verifyReplica } from '../../application/verifying/verify.js';
import { silentLogger } from '../../application/ports/system.js';
import type { StoredEvent } from '../../application/ports/event-store.js';
import { isReknitError } from '../../domain/shared/errors.js';
import type { Policy } from '../../domain/strategies/policy.js';
import { Violation, type Checker, type PlaceUnderCheck, type WorldUnderCheck } from './checker.js';
import { checksInTheEnd } from './checks-in-the-end.js';
import { checksOnTheWay } from './checks-on-the-way.js';
import { heal } from './heal.js';
import type { SimulationOptions } from './options.js';
import type { Place } from './place.js';
import type { Plan } from './plan.js';
import { noteUnguarded, takeStep } from './take-step.js';
import { createWorld, running, type World } from './world.js';

/** What came of one plan. */
export interface Outcome {
  /** Undefined where all was well. */
  readonly failure:
    | { readonly checker: string; readonly message: string; readonly atStep: number; readonly cause?: unknown }
    | undefined;
  readonly stepsTaken: number;
  readonly events: number;
  readonly roundsToHeal: number;
  /** Equal for equal plans, as long as the code is the same (I50). */
  readonly traceHash: string;
}

/** @param tell is told what happens, line by line */
export const runPlan = async (
  options: SimulationOptions,
  plan: Plan,
  tell?: (line: string) => void,
): Promise<Outcome> => {
  const world = await createWorld(options, plan, tell);
  const checkers = [...checksOnTheWay(), ...checksInTheEnd(), ...(options.checkers ?? [])];
  const onTheWay = checkers.filter(({ when }) => when === 'steps');
  let stepsTaken = 0;
  let roundsToHeal = 0;
  let failure: Outcome['failure'];
  try {
    for (const place of world.places) await running(world, place);
    for (const step of plan.steps) {
      const came = await takeStep(world, step);
      await world.settle();
      stepsTaken += 1;
      noteUnguarded(world);
      world.trace(`${stepsTaken} ${step.do}: ${came}`);
      expectGoodCommits(world);
      if (stepsTaken % plan.shape.checkEvery === 0) await expectAll(onTheWay, lookAt(world, false));
    }
    roundsToHeal = await heal(world);
    expectGoodCommits(world);
    await expectAll(checkers, lookAt(world, true));
    expectGoodCommits(world);
    for (const place of world.places) world.trace(`${place.name} ${place.disk.holdings.sum()}`);
  } catch (error) {
    failure =
      error instanceof Violation
        ? { checker: error.checker, message: error.message, atStep: stepsTaken + 1, cause: error.cause }
        : { checker: crashed, message: String(error), atStep: stepsTaken + 1, cause: error };
    world.trace(`${failure.checker}: ${failure.message}`);
  }
  const events = Math.max(0, ...world.places.map(({ disk }) => disk.holdings.applied.size));
  for (const place of world.places) {
    place.process?.store.kill();
    await place.disk.store.close();
  }
  for (const { hub } of world.hubs) await hub.close();
  const traceHash = world.traceHash();
  world.network.end();
  return { failure, stepsTaken, events, roundsToHeal, traceHash };
};

/** What is thrown where nothing should be. */
const crashed = 'nothing breaks';

const expectGoodCommits = ({ watch }: World): void => {
  const wrong = watch.wrong();
  if (wrong !== undefined) throw new Violation(wrong.checker, wrong.message);
};

const expectAll = async (checkers: readonly Checker[], world: WorldUnderCheck): Promise<void> => {
  for (const { name, check } of checkers) {
    const found = await check(world);
    if (found !== undefined) throw new Violation(name, found);
  }
};

const lookAt = (world: World, isOver: boolean): WorldUnderCheck => ({
  places: world.places.map((place) => placeUnderCheck(world, place)),
  hubs: world.hubs.map(({ name, hub }) => ({
    name,
    entries: async () => hub.entries?.(),
    headOf: async (replicaId) => hub.headOf?.(replicaId),
    positionOf: (cursor) => hub.positionOf?.(cursor),
  })),
  moves: world.watch.takeMoves(),
  budget: { ...world.budget, sharedIds: world.sharedIds, unguardedIds: world.unguardedIds },
  isOver,
});

const placeUnderCheck = (world: World, place: Place): PlaceUnderCheck => {
  const { name, disk, acknowledged } = place;
  const { sha256, policies, time } = world;
  const { store } = disk;
  const policy = policies[place.policy % policies.length] as Policy;
  const system = { clock: time.nowMs, randomId: world.newId, sha256, logger: silentLogger };
  let digest: Promise<string> | undefined;
  return {
    name,
    policy,
    store,
    holdings: disk.holdings,
    acknowledged,
    events: async () => {
      const events: StoredEvent[] = [];
      for await (const page of eventPages(store, { after: 0, limit: 2_000 })) events.push(...page);
      return events;
    },
    // Several checks ask for it, and nothing changes meanwhile but by `take`.
    digest: () => (digest ??= digestOf(store, policy.fingerprint, sha256)),
    verify: (auditHead) =>
      verifyReplica(
        { store, policy, system, audit: createAuditTrail({ store, sha256 }) },
        auditHead === undefined ? {} : { auditHead },
      ),
    take: async (events) => {
      digest = undefined;
      const process = await running(world, place);
      await process?.replica.import(events).catch((error: unknown) => {
        if (!isReknitError(error)) throw error;
      });
    },
  };
};
