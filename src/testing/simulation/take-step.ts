/** Carries out one step of a plan in the world, and says in a few words what came of it. */
import type { Remote } from '../../application/ports/remote.js';
import { act, outcomeOf } from './deeds.js';
import { createDisk } from './disk.js';
import { forge } from './forge.js';
import { createPlace, start, type Place, type Process } from './place.js';
import type { Harm, Step } from './plan.js';
import { createRandom } from './random.js';
import { openHub, partnerOf, placeAt, remoteTo, running, type HubPlace, type World } from './world.js';

export const takeStep = async (world: World, step: Step): Promise<string> => {
  switch (step.do) {
    case 'deliver':
      return world.network.deliver(step.which, step.harm === undefined ? undefined : harmOf(step.harm));
    case 'wait':
      await world.time.pass(step.ms, world.settle);
      return `${step.ms} ms`;
    case 'part':
      world.network.part(placeAt(world, step.who).name, step.isOneWay);
      return placeAt(world, step.who).name;
    case 'join':
      world.network.join();
      return 'all';
    case 'keep hub':
    case 'wipe hub':
    case 'bring back hub':
    case 'restart hub':
      return changeHub(world, step);
    case 'bundle':
      return carryBundle(world, step);
    default:
      return takeStepAt(world, placeAt(world, step.who), step);
  }
};

const harmOf = (harm: Harm): 'lost' | 'repeated' | { readonly cutAt: number } =>
  harm.type === 'cut' ? { cutAt: harm.at } : harm.type;

type StepAtPlace = Exclude<Extract<Step, { readonly who: number }>, { readonly do: 'part' | 'bundle' }>;

const takeStepAt = async (world: World, place: Place, step: StepAtPlace): Promise<string> => {
  switch (step.do) {
    case 'clock':
      place.skewMs = step.ms;
      return `${place.name} is off by ${step.ms} ms`;
    case 'crash':
      if (place.process === undefined) place.doom = step;
      else place.process.store.killLater(step.calls, step.isAfter);
      return `${place.name} dies ${step.isAfter ? 'after' : 'before'} ${step.calls} calls`;
    case 'restart':
      kill(place);
      return (await start(world, place)) === undefined ? 'died' : place.name;
    case 'keep':
      place.backup = { copy: place.disk.journal.slice(), acknowledged: new Set(place.acknowledged) };
      return `${place.disk.journal.length} commits of ${place.name}`;
    case 'bring back':
      return bringBack(world, place);
    case 'copy':
      return copyPlace(world, place);
    case 'adopt':
      kill(place);
      place.policy = step.policy;
      return (await start(world, place)) === undefined ? 'died' : `${place.name} ${step.policy}`;
    default: {
      const process = await running(world, place);
      return process === undefined ? 'died' : `${place.name} ${await takeStepIn(world, place, process, step)}`;
    }
  }
};

type StepInProcess = Exclude<
  StepAtPlace,
  { readonly do: 'clock' | 'crash' | 'restart' | 'keep' | 'bring back' | 'copy' | 'adopt' }
>;

const takeStepIn = async (world: World, place: Place, process: Process, step: StepInProcess): Promise<string> => {
  switch (step.do) {
    case 'sync':
    case 'exchange':
    case 'connect': {
      const partner = partnerOf(world, place, step.with);
      if (partner === undefined) return 'nobody is there';
      if (!('hub' in partner)) {
        await running(world, partner);
        unguard(world, place);
        unguard(world, partner);
      }
      if ('hub' in partner || partner.process?.store.isDead() === false)
        return `${partner.name}: ${await meet(world, place, process, partner, step.do)}`;
      return 'nobody is there';
    }
    case 'forge':
      return forge(world, place, process, step);
    default:
      return act(world, place, process, step);
  }
};

export const kill = (place: Place): void => {
  place.process?.store.kill();
  place.process = undefined;
};

/** Rounds of one process that wait for the network; more than these would only wait for each other. */
const roundsMax = 3;

const meet = async (
  world: World,
  place: Place,
  process: Process,
  partner: HubPlace | Place,
  how: 'sync' | 'exchange' | 'connect',
): Promise<string> => {
  if (how === 'exchange') return exchange(world, process, remoteTo(world, place, process, partner, true));
  if (process.rounds.size >= roundsMax || process.connections.has(partner.name)) return 'busy';
  const remote = remoteTo(world, place, process, partner, false);
  unguard(world, place);
  if (how === 'connect') {
    const connection = process.replica.connect(remote, { live: true, intervalMs: 5_000 });
    process.connections.set(partner.name, connection);
    await world.settle();
    return 'connected';
  }
  const connection = process.replica.connect(remote);
  const round = connection
    .now()
    .then(
      ({ pulled, pushed }) => `pulled ${pulled}, pushed ${pushed}`,
      (error: unknown) => `failed: ${String((error as { readonly code?: unknown }).code)}`,
    )
    .then((came) => {
      process.rounds.delete(round);
      world.trace(`${place.name} and ${partner.name}: ${came}`);
      return connection.close();
    });
  process.rounds.add(round);
  await world.settle();
  return 'begun';
};

/** One round, from its beginning to its end. */
export const exchange = (world: World, process: Process, remote: Remote): Promise<string> =>
  outcomeOf(world, process, 'a round', async () => {
    const connection = process.replica.connect(remote);
    try {
      await connection.now();
    } finally {
      await connection.close();
    }
  });

/** Whoever goes on from an older state of it, or from a copy, begins with every id that it ever had. */
const loseDisk = ({ budget, sharedIds }: World, { disk }: Place): void => {
  budget.disksLost += 1;
  for (const id of new Set(disk.journal.map(({ replica }) => replica.replicaId)))
    sharedIds.set(id, (sharedIds.get(id) ?? 0) + 1);
};

/** From now on something may leave under the id of this place before anybody could say that it is another's. */
const unguard = ({ unguardedIds }: World, { disk }: Place): void => {
  const id = disk.journal.at(-1)?.replica.replicaId;
  if (id !== undefined) unguardedIds.add(id);
};

/** Rounds and connections go on under whatever id a replica takes meanwhile. */
export const noteUnguarded = (world: World): void => {
  for (const place of world.places)
    if (place.process !== undefined && (place.process.rounds.size > 0 || place.process.connections.size > 0))
      unguard(world, place);
};

const bringBack = async (world: World, place: Place): Promise<string> => {
  const { backup } = place;
  if (backup === undefined) return 'no backup';
  kill(place);
  place.disk = await createDisk(world.make, `${place.name}-${world.newId()}`, backup.copy);
  place.acknowledged = new Set(backup.acknowledged);
  loseDisk(world, place);
  return `${place.name} is ${backup.copy.length} commits old`;
};

const placesMax = 10;

/** Two replicas from one disk, both of which go on. */
const copyPlace = async (world: World, place: Place): Promise<string> => {
  if (world.places.length >= placesMax || place.disk.journal.length === 0) return 'no room';
  const copy = place.backup?.copy ?? place.disk.journal.slice();
  const another = await createPlace(world, `${place.name}+${world.newId()}`, { ...place, copy });
  another.acknowledged = new Set(place.backup?.acknowledged ?? place.acknowledged);
  world.places.push(another);
  loseDisk(world, place);
  // Who writes nothing after a copy was made cannot be told from it, and need not be.
  const process = await start(world, another);
  if (process === undefined) return 'died';
  return outcomeOf(world, process, 'create', async () => {
    const { eventId } = await process.replica.create('undeclared', `of ${another.name}`, {});
    another.acknowledged.add(eventId);
  });
};

const changeHub = async (
  world: World,
  step: Extract<Step, { readonly do: 'keep hub' | 'wipe hub' | 'bring back hub' | 'restart hub' }>,
): Promise<string> => {
  const place = world.hubs[step.which % Math.max(world.hubs.length, 1)];
  const copy = place?.hub.copy;
  if (place === undefined || copy === undefined) return 'no hub that could be lost';
  if (step.do === 'keep hub') {
    place.kept = copy();
    return place.name;
  }
  if (step.do === 'bring back hub' && place.kept === undefined) return 'no copy';
  const next = step.do === 'restart hub' ? copy() : step.do === 'wipe hub' ? undefined : place.kept;
  await place.hub.close();
  const opened = await openHub(world, place.name, next);
  if (opened !== undefined) place.hub = opened;
  if (step.do !== 'restart hub') world.budget.hubsLost += 1;
  return place.name;
};

/** A file that somebody carries from one replica to another: cut off, shuffled, with lines that come twice. */
const carryBundle = async (world: World, step: Extract<Step, { readonly do: 'bundle' }>): Promise<string> => {
  const [from, to] = [placeAt(world, step.who), placeAt(world, step.to)];
  const [giving, taking] = [await running(world, from), await running(world, to)];
  if (from === to || giving === undefined || taking === undefined) return 'nobody';
  unguard(world, from);
  const lines: string[] = [];
  const given = await outcomeOf(world, giving, 'export', async () => {
    for await (const event of giving.replica.export()) lines.push(JSON.stringify(event));
  });
  if (given !== 'done') return given;
  const random = createRandom(step.value);
  const text = lines.join('\n');
  const carried = (step.cut === undefined ? text : text.slice(0, Math.floor(text.length * step.cut))).split('\n');
  const some = carried.filter(() => random.chance(0.9)).flatMap((line) => (random.chance(0.1) ? [line, line] : [line]));
  if (random.chance(0.5)) some.sort(() => random.next() - 0.5);
  return `${from.name} > ${to.name}, ${some.length}: ${await outcomeOf(world, taking, 'import', () => taking.replica.import(some.map(parsed)))}`;
};

/** The half of a line at the end of a file is no event, and is refused as anything that is none. */
const parsed = (line: string): unknown => {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return line;
  }
};
