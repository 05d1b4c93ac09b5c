/** What has to hold at any moment, faults or not. Each check says which rule or invariant it stands for. */
import { dotOf } from '../../domain/causality/dot.js';
import { countIn } from '../../domain/causality/version-vector.js';
import type { Dot, EventId } from '../../domain/events/event.js';
import type { Checker, PlaceUnderCheck } from './checker.js';

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
      if (states.size > 1) return `${[...states.values()].join(' and ')} hold the same events, and differ`;
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
    const last = new Map(moves.map((move) => [move.disk, move]));
    for (const hub of hubs) {
      const entries = await hub.entries();
      if (entries === undefined) continue;
      for (const { disk, cursor, place } of last.values()) {
        const position = hub.positionOf(cursor);
        if (position === undefined || !places.some(({ holdings }) => holdings === disk.holdings)) continue;
        const missing = entries.find(
          (entry) =>
            entry.type === 'event' &&
            entry.position <= position &&
            !disk.holdings.hasHash(entry.sealed.hash) &&
            ((isOver && !budget.hasForgeries) || !hasContent(disk.holdings, entry.sealed.dot)),
        );
        if (missing !== undefined)
          return `${place} read ${hub.name} up to ${position}, and has no ${dotOfEntry(missing)}`;
      }
    }
    return undefined;
  },
};

/**
 * Another content of the dot: a replica says by numbers what it holds, so a hub leaves this one out until it gets the
 * other, and both are a fork. What it never takes, as it builds on what somebody wrote who is no replica, stays alone.
 */
const hasContent = ({ applied, parked }: PlaceUnderCheck['holdings'], dot: Dot): boolean =>
  applied.has(dot) || parked.has(dot);

const dotOfEntry = (entry: { readonly position: number; readonly sealed?: { readonly dot: string } }): string =>
  entry.sealed?.dot ?? `entry ${entry.position}`;

const claimsAreTrue: Checker = {
  name: 'what is said to be safe elsewhere is there',
  enforces: ['I16', 'R9'],
  when: 'steps',
  check: async ({ places, hubs, budget }) => {
    if (budget.hubsLost > 0 || budget.disksLost > 0 || budget.hasForgeries) return undefined;
    for (const { name, store, holdings } of places) {
      const { replica, syncedSeq: claimed } = await store.facts();
      if (claimed === 0 || replica === undefined) continue;
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
  return {
    name: 'what was seen once is seen ever after',
    enforces: ['I25'],
    when: 'steps',
    check: async ({ places }) => {
      for (const { name, holdings, store } of places) {
        const now = await store.readCut();
        const before = cuts.get(holdings) ?? {};
        cuts.set(holdings, now);
        const less = Object.keys(before).find((id) => countIn(now, id) < countIn(before, id));
        // Own numbers are given up with the id that they stood under (R8).
        if (less !== undefined && !holdings.formerIds.has(less))
          return `${name} had ${before[less]} events of ${less}, and has ${countIn(now, less)}`;
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
