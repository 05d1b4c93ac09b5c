/** The world of one simulated history: who is there, what connects them, and what has happened. */
import type { Remote } from '../../application/ports/remote.js';
import { portableSha256, type Sha256 } from '../../domain/shared/sha256.js';
import type { ReknitEvent } from '../../domain/events/event.js';
import type { JsonObject } from '../../domain/shared/json.js';
import type { Policy } from '../../domain/strategies/policy.js';
import { Violation, type Budget } from './checker.js';
import { createNetwork, type Network } from './network.js';
import type { SimulatedHub, SimulationOptions } from './options.js';
import { overWire } from './over-wire.js';
import { createPlace, start, type Place, type PlaceDeps, type Process } from './place.js';
import type { Plan } from './plan.js';
import { createRandom } from './random.js';
import { createTime, type VirtualTime } from './time.js';
import { createCommitWatch, type CommitWatch } from './watch-commits.js';

export interface HubPlace {
  readonly name: string;
  hub: SimulatedHub;
  kept: unknown;
}

/** Something that is to be done once, by whoever gets to it: it may be recorded twice. */
export interface Job {
  readonly eventId: string;
  readonly resourceType: string;
  readonly resourceId: string;
  readonly payload: JsonObject;
}

export interface World extends PlaceDeps {
  readonly options: SimulationOptions;
  readonly plan: Plan;
  readonly policies: readonly Policy[];
  readonly types: readonly string[];
  readonly time: VirtualTime;
  readonly network: Network;
  readonly sha256: Sha256;
  readonly watch: CommitWatch;
  readonly places: Place[];
  readonly hubs: HubPlace[];
  readonly jobs: Job[];
  /** What somebody wrote who is no replica. */
  readonly forged: ReknitEvent[];
  readonly budget: { -readonly [Member in Exclude<keyof Budget, 'sharedIds' | 'unguardedIds'>]: Budget[Member] };
  readonly sharedIds: Map<string, number>;
  readonly unguardedIds: Set<string>;
  readonly trace: (line: string) => void;
  /** Lets everything that is ready go on, until nothing is. */
  readonly settle: () => Promise<void>;
  /** One hash of everything that happened so far. */
  readonly traceHash: () => string;
}

/** Of the event loop, for one call of a store or a hub. */
const turnsMax = 100_000;

export const storyStartMs = Date.UTC(2026, 1, 2, 10);

export const createWorld = async (
  options: SimulationOptions,
  plan: Plan,
  tell?: (line: string) => void,
): Promise<World> => {
  const { shape, seed } = plan;
  const policies = Array.isArray(options.policy) ? (options.policy as readonly Policy[]) : [options.policy as Policy];
  const sha256Once = options.sha256 ?? portableSha256;
  const sha256 = remembering(sha256Once);
  const turn = options.turn ?? platformTurn;
  const time = createTime(storyStartMs);
  const network = createNetwork();
  let chain = '';
  let lines: string[] = [];
  const trace = (line: string): void => {
    lines.push(line);
    tell?.(line);
  };
  const traceHash = (): string => {
    chain = sha256Once([chain, ...lines].join('\n'));
    lines = [];
    return chain;
  };
  let ids = 0;
  const places: Place[] = [];
  const isBusy = (): boolean =>
    network.busy() > 0 || places.some(({ process }) => process !== undefined && process.store.busy() > 0);
  const world: World = {
    options,
    plan,
    policies,
    make: options.store,
    chance: createRandom(seed).split('chance of replicas'),
    newId: () => `n${(ids += 1)}`,
    types: options.resourceTypes ?? typesOf(policies),
    time,
    network,
    sha256,
    watch: createCommitWatch(trace),
    places,
    hubs: [],
    jobs: [],
    forged: [],
    sharedIds: new Map(),
    unguardedIds: new Set(),
    budget: {
      disksLost: 0,
      hubsLost: 0,
      hasHubs: shape.hubs > 0 && options.hub !== undefined,
      hasForgeries: false,
      faults: shape.faults,
    },
    trace,
    settle: async () => {
      await turn();
      for (let turns = 1; isBusy(); turns += 1) {
        if (turns > turnsMax) throw new Violation('whatever is asked is answered', 'a call goes on for ever');
        await turn();
      }
    },
    traceHash,
  };
  for (let index = 0; index < shape.replicas; index += 1)
    places.push(
      await createPlace(world, `r${index + 1}`, {
        policy: shape.policies[index] ?? 0,
        skewMs: shape.skewsMs[index] ?? 0,
      }),
    );
  for (let index = 0; index < shape.hubs; index += 1) {
    const name = `hub${index + 1}`;
    const hub = await openHub(world, name);
    if (hub !== undefined) world.hubs.push({ name, hub, kept: undefined });
  }
  return world;
};

/** Texts that are kept with their hash: all of most histories, and what is new in a long one. */
const rememberedMax = 1_000;

/** Every replica hashes what the others have hashed, again and again; a text has one hash. */
const remembering = (sha256: Sha256): Sha256 => {
  const known = new Map<string, string>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    if (known.size >= rememberedMax) known.clear();
    const hash = sha256(text);
    known.set(text, hash);
    return hash;
  };
};

const typesOf = (policies: readonly Policy[]): readonly string[] => {
  const declared = policies.flatMap(({ data }) => Object.keys((data['resources'] ?? {}) as JsonObject));
  return [...new Set([...declared, 'undeclared'])];
};

/** One turn of the event loop, by whatever the platform has for it. */
const platformTurn = (): Promise<void> => {
  const { setImmediate: soon, setTimeout: later } = globalThis as {
    readonly setImmediate?: (run: () => void) => unknown;
    readonly setTimeout?: (run: () => void) => unknown;
  };
  return new Promise((resolve) => {
    if (soon !== undefined) soon(resolve);
    else later?.(resolve);
  });
};

export const openHub = async (world: World, name: string, copy?: unknown): Promise<SimulatedHub | undefined> =>
  world.options.hub?.({
    seed: world.plan.seed,
    name,
    nowMs: world.time.nowMs,
    newId: world.newId,
    batchMax: world.plan.shape.batchMax,
    ...(copy === undefined ? {} : { copy }),
  });

/** The running process of a place, started where it is not; undefined where it dies on the way. */
export const running = async (world: World, place: Place): Promise<Process | undefined> => {
  if (place.process?.store.isDead() === true) place.process = undefined;
  return place.process ?? start(world, place);
};

export const placeAt = ({ places }: World, who: number): Place => places[who % places.length] as Place;

/** Whom a replica can exchange events with: every hub, and every other replica where there is none, or now and then. */
export const partnerOf = (world: World, place: Place, which: number): HubPlace | Place | undefined => {
  const others = world.places.filter((other) => other !== place);
  const hubs = world.hubs;
  const meetsOthers = hubs.length === 0 || which % 5 === 0;
  return meetsOthers ? others[which % Math.max(others.length, 1)] : hubs[which % hubs.length];
};

/** The way to a partner, over a network that waits for steps, or over a good one. */
export const remoteTo = (
  world: World,
  place: Place,
  process: Process,
  partner: HubPlace | Place,
  isGood: boolean,
): Remote => {
  const { network } = world;
  const link = { from: place.name, to: partner.name, isAlive: () => !process.store.isDead() };
  const wire = (isGood ? network.goodWire : network.wire)(link);
  if ('hub' in partner) return partner.hub.remote((question, answer) => wire(question, answer));
  const there = (): Process => {
    if (partner.process === undefined || partner.process.store.isDead()) throw new Error('nobody is there');
    return partner.process;
  };
  return overWire(
    () => there().replica.asRemote(),
    (question, answer) =>
      wire(question, async (body) => {
        const { death } = there().store;
        const answered = await Promise.race([answer(body), death]);
        if (answered === 'died') throw new Error('it died while it was asked');
        return answered;
      }),
    world.sha256,
  );
};
