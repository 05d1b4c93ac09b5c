/**
 * The end of all faults: the network is whole, clocks are right and later than anything that was ever written,
 * every process runs, and everyone exchanges events until nobody has news for anybody, which has to be soon (I2).
 */
import { timestampToMs } from '../../domain/clock/timestamp.js';
import { Violation } from './checker.js';
import { exchange, kill } from './take-step.js';
import { remoteTo, running, type World } from './world.js';

/** Rounds of everyone that are enough, whatever happened before. */
export const roundsMax = 6;

const minuteMs = 60_000;

export const liveness = 'everyone agrees within a few rounds';

/** @returns how many rounds it took */
export const heal = async (world: World): Promise<number> => {
  world.network.join();
  await world.network.flush(world.settle);
  for (const place of world.places) {
    place.doom = undefined;
    place.skewMs = 0;
    // Programs are started anew: what was under way in them is over, and nothing that they keep in mind is needed.
    kill(place);
  }
  await world.time.pass(latestMs(world) - world.time.nowMs() + 20 * minuteMs, world.settle);
  for (let round = 1; round <= roundsMax; round += 1) {
    const before = await moved(world);
    for (const place of world.places) {
      const partners = world.hubs.length > 0 ? world.hubs : world.places.slice(0, 1);
      for (const partner of partners) {
        const process = await running(world, place);
        if (process === undefined) throw new Violation(liveness, `${place.name} does not start`);
        if (partner === place) continue;
        if (!('hub' in partner)) await running(world, partner);
        const outcome = await exchange(world, process, remoteTo(world, place, process, partner, true));
        world.trace(`${place.name} with ${partner.name}: ${outcome}`);
      }
    }
    // What moved nothing will not move anything the next time either, whether or not all agree.
    if ((await isInStep(world)) || (await moved(world)) === before) return round;
  }
  return roundsMax;
};

const latestMs = ({ places, time }: World): number => {
  let latest = time.nowMs();
  for (const { disk } of places)
    for (const held of [disk.holdings.applied, disk.holdings.parked])
      for (const { event } of held.values()) latest = Math.max(latest, timestampToMs(event.timestamp) ?? 0);
  return latest;
};

/** Grows with whatever anybody writes down. */
const moved = async ({ watch, hubs }: World): Promise<number> => {
  let sum = watch.count();
  for (const { hub } of hubs) sum += (await hub.entries?.())?.length ?? 0;
  return sum;
};

/** Whether another round would move nothing: all hold the same, and what they wrote is known to be safe. */
const isInStep = async ({ places, hubs }: World): Promise<boolean> => {
  if (new Set(places.map(({ disk }) => disk.holdings.sum())).size > 1) return false;
  if (hubs.length === 0) return true;
  for (const { disk } of places) if ((await disk.store.counts()).localOnly > 0) return false;
  return true;
};
