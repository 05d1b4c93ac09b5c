/** What has to hold at any moment, faults or not. Each check says which rule or invariant it stands for. */
import { dotOf } from '../../domain/causality/dot.js';
import { countIn } from '../../domain/causality/version-vector.js';
import type { Dot, EventId } from '../../domain/events/event.js';
import type { HubEntry } from '../../application/ports/hub-log.js';
import type { Checker, PlaceUnderCheck } from './checker.js';
import type { CursorMove } from './watch-commits.js';

/** Of a digest: scope, policy and hash; what follows says how many refused events are held, and is no state. */
const digestParts = 4;

const equalEventsEqualState: Checker = {
  name: 'equal events give equal state',
  enforces: ['I1', 'G1', 'I38'],
  when: 'steps',
  check: async ({ places }) => {
    const byEvents = new Map<string, PlaceUnderCheck[]>();
    for (const place of places) {
      const key = `${place.policy.fingerprint} ${place.holdings.sum()}`;
      byEvents.set(key, [...(byEvents.get(key) ?? []), place]);
    }
    for (const equals of byEvents.values()) {
      if (equals.length < 2) continue;
      const states = new Map<string, string>();
      for (const { name, digest } of equals)
        states.set((await digest()).split(':').slice(0, digestParts).join(':'), name);
      if (states.size > 1)
        return `${[...states.values()].join(' and ')} hold the same events, and differ: where the policy is your own, strategyLaws says whether its strategies are pure`;
    }
    return undefined;
  },
};

const acknowledgedIsKept = (): Checker => {
  const looked = new WeakMap<PlaceUnderCheck['acknowledged'], number>();
  return {
    name: 'what was acknowledged is held',
    enforces: ['I10', 'I22', 'G3'],
    when: 'steps',
    check: async ({ places }) => {
      for (const { name, acknowledged, store } of places) {
        const since = looked.get(acknowledged) ?? 0;
        const recent = [...acknowledged].slice(since) as EventId[];
        looked.set(acknowledged, acknowledged.size);
        if (recent.length === 0) continue;
        const found = new Set(
          (await store.findEvents({ eventIds: recent })).map(({ sealed }) => sealed.event.eventId as string),
        );
        const lost = recent.filter((eventId) => !found.has(eventId));
        if (lost.length > 0) return `${name} lost ${lost.join(', ')}`;
      }
      return undefined;
    },
  };
};

const cursorsSkipNothing: Checker = {
  name: 'a cursor skips nothing',
  enforces: ['I14', 'I15'],
  when: 'steps',
  check: async ({ places, hubs, moves, budget, isOver }) => {
    const last = new Map<CursorMove['disk'], Map<string, CursorMove>>();
    for (const move of moves) {
      const ofDisk = last.get(move.disk) ?? new Map<string, CursorMove>();
      last.set(move.disk, ofDisk.set(move.of, move));
    }
    for (const hub of hubs) {
      const entries = await hub.entries();
      if (entries === undefined) continue;
      for (const { disk, cursor, place } of [...last.values()].flatMap((ofDisk) => [...ofDisk.values()])) {
        const position = hub.positionOf(cursor);
        if (position === undefined || !places.some(({ holdings }) => holdings === disk.holdings)) continue;
        const read = entries.filter((entry) => entry.position <= position);
        const missing = read
          .flatMap((entry) => (entry.type === 'event' ? [entry.sealed] : []))
          .find(
            ({ dot, hash }) =>
              !disk.holdings.hasHash(hash) && ((isOver && !budget.hasForgeries) || !isSpared(dot, disk.holdings, read)),
          );
        if (missing !== undefined) return `${place} read ${hub.name} up to ${position}, and has no ${missing.dot}`;
      }
    }
    return undefined;
  },
};

/**
 * Another content of the dot: a replica says by numbers what it holds, so a hub leaves this one out until it gets the
 * other, and both are a fork, which is read with what stands before it. What it never takes, as it builds on what
 * somebody wrote who is no replica, stays alone.
 */
const isSpared = (dot: Dot, { applied, parked }: PlaceUnderCheck['holdings'], read: readonly HubEntry[]): boolean => {
  const held = applied.get(dot) ?? parked.get(dot);
  return held !== undefined && !read.some((entry) => entry.type === 'event' && entry.sealed.hash === held.hash);
};

const claimsAreTrue: Checker = {
  name: 'what is said to be safe elsewhere is there',
  enforces: ['I16', 'R9'],
  when: 'steps',
  check: async ({ places, hubs, budget }) => {
    for (const { name, store, holdings } of places) {
      const { replica, syncedSeq: claimed } = await store.facts();
      if (claimed === 0 || replica === undefined) continue;
      if (claimed > replica.offeredSeq) return `${name} believes that number ${claimed} is safe, and never offered it`;
      if (budget.hubsLost > 0 || budget.disksLost > 0 || budget.hasForgeries) continue;
      const { replicaId } = replica;
      const heads = await Promise.all(hubs.map((hub) => hub.headOf(replicaId)));
      if (heads.some((head) => head === undefined || head >= claimed)) continue;
      const isElsewhere = places.some(
        (other) => other.holdings !== holdings && hasDot(other, dotOf(replicaId, claimed)),
      );
      if (!isElsewhere) return `${name} believes that number ${claimed} is safe, and nobody has it`;
    }
    return undefined;
  },
};

const hasDot = ({ holdings }: PlaceUnderCheck, dot: ReturnType<typeof dotOf>): boolean =>
  holdings.applied.has(dot) || holdings.parked.has(dot) || holdings.voids.has(dot);

/** Of each replica what was there once is there ever after; a disk that was lost begins anew. */
const readsGoForward = (): Checker => {
  const cuts = new WeakMap<PlaceUnderCheck['holdings'], Readonly<Record<string, number>>>();
  const givenUp = new WeakMap<PlaceUnderCheck['holdings'], ReadonlySet<string>>();
  return {
    name: 'what was seen once is seen ever after',
    enforces: ['I25'],
    when: 'steps',
    check: async ({ places }) => {
      for (const { name, holdings, store } of places) {
        const now = await store.readCut();
        const before = cuts.get(holdings) ?? {};
        cuts.set(holdings, now);
        const earlier = givenUp.get(holdings) ?? new Set();
        givenUp.set(holdings, new Set(holdings.formerIds.keys()));
        // Own numbers that were never offered are taken along when the id that they stood under is given up (R8).
        const least = (id: string): number => {
          const taken = earlier.has(id) ? undefined : holdings.formerIds.get(id);
          return taken === undefined ? countIn(before, id) : Math.min(countIn(before, id), taken - 1);
        };
        const less = Object.keys(before).find((id) => countIn(now, id) < least(id));
        if (less !== undefined) return `${name} had ${before[less]} events of ${less}, and has ${countIn(now, less)}`;
      }
      return undefined;
    },
  };
};

/** Made anew for every history, as some remember what they saw. */
export const checksOnTheWay = (): readonly Checker[] => [
  equalEventsEqualState,
  acknowledgedIsKept(),
  cursorsSkipNothing,
  claimsAreTrue,
  readsGoForward(),
];
