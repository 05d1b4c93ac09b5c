/** What has to hold when all faults are over and everyone has met everyone. */
import type { StoredEvent } from '../../application/ports/event-store.js';
import type { HubEntry } from '../../application/ports/hub-log.js';
import { dotOf } from '../../domain/causality/dot.js';
import type { SealedEvent } from '../../domain/events/event.js';
import type { Checker, PlaceUnderCheck, WorldUnderCheck } from './checker.js';
import { isForged } from './forge.js';
import { liveness } from './heal.js';

/**
 * Events that are not everywhere for a reason: a hub refused them, or keeps what somebody wrote who is no replica
 * waiting for what never comes, or what stands after a number that went with the only disk that held it; and whatever
 * builds on those.
 */
const withheld = async ({ places, hubs }: WorldUnderCheck): Promise<ReadonlySet<string>> => {
  if (hubs.length === 0) return new Set();
  const logs = await Promise.all(hubs.map((hub) => hub.entries()));
  const accepted = logs.map(
    (entries = []) => new Set(entries.flatMap((entry) => (isEvent(entry) ? entry.sealed.hash : []))),
  );
  const refused = new Set(
    logs.flatMap((entries = []) => entries.flatMap((entry) => (isEvent(entry) ? [] : entry.refusal.dot))),
  );
  const all = places.flatMap(({ holdings }) => [
    ...holdings.applied.values(),
    ...holdings.parked.values(),
    ...holdings.variants.values(),
  ]);
  const held = new Set<string>(all.map(({ dot }) => dot));
  const afterLoss = new Set<string>();
  for (const [index, hub] of hubs.entries())
    for (const { event, hash } of all) {
      if (accepted[index]?.has(hash) === true) continue;
      const missing = ((await hub.headOf(event.replicaId)) ?? 0) + 1;
      if (event.seq > missing && !held.has(dotOf(event.replicaId, missing))) afterLoss.add(hash);
    }
  const out = new Set<string>();
  const isOut = ({ event, dot, hash }: SealedEvent): boolean =>
    ((refused.has(dot) || isForged(event)) && accepted.some((hashes) => !hashes.has(hash))) ||
    afterLoss.has(hash) ||
    event.parents.some((parent) => out.has(parent));
  for (let before = -1; before !== out.size;) {
    before = out.size;
    for (const sealed of all) if (isOut(sealed)) out.add(sealed.dot);
  }
  return out;
};

const all = 1_000_000;

const isEvent = (entry: HubEntry): entry is HubEntry & { readonly type: 'event' } => entry.type === 'event';

const everyoneHoldsTheSame: Checker = {
  name: liveness,
  enforces: ['I2', 'I4'],
  when: 'end',
  check: async (world) => {
    const { places, hubs, budget } = world;
    const out = await withheld(world);
    const held = places.map(({ holdings }) => namesOf(holdings, out));
    const [first, ...others] = held;
    for (const [index, names] of others.entries()) {
      const missing =
        [...(first ?? [])].find((name) => !names.has(name)) ?? [...names].find((name) => first?.has(name) === false);
      if (missing !== undefined) return `${places[0]?.name} and ${places[index + 1]?.name} do not both hold ${missing}`;
    }
    for (const { name, store, holdings } of places) {
      if (hubs.length > 0 && (await store.counts()).localOnly > 0) {
        const { items } = await store.readEvents({ after: 0, limit: all, localOnly: true });
        const untaken = items.find(({ sealed }) => !out.has(sealed.dot));
        if (untaken !== undefined) return `${name} has ${untaken.sealed.dot} that nobody took`;
      }
      // What builds on an own event that was refused waits at that one's author, whoever wrote it (R9).
      const waiting = [...holdings.parked.keys()].find((dot) => !out.has(dot));
      if (waiting !== undefined && !budget.hasForgeries) return `${name} has ${waiting} that waits`;
    }
    return undefined;
  },
};

const namesOf = (
  { applied, parked, variants }: PlaceUnderCheck['holdings'],
  out: ReadonlySet<string>,
): ReadonlySet<string> => {
  const names = new Set<string>();
  for (const held of [applied, parked, variants])
    for (const { dot, hash } of held.values()) if (!out.has(dot)) names.add(`${dot} ${hash}`);
  return names;
};

const everyStateIsThatOfItsEvents: Checker = {
  name: 'the state is that of the events, folded from scratch, and the trail is whole',
  enforces: ['I7', 'I43', 'G6'],
  when: 'end',
  check: async ({ places }) => {
    // Those that hold the same, and have equal digests, have equal states: one of them is enough.
    const verified = new Set<string>();
    for (const { name, verify, digest, holdings } of places) {
      const key = `${holdings.sum()} ${await digest()}`;
      if (verified.has(key)) continue;
      verified.add(key);
      const { ok, problems } = await verify();
      if (!ok) return `${name}: ${JSON.stringify(problems.slice(0, 3))}`;
    }
    return undefined;
  },
};

const storesHoldWhatWasCommitted: Checker = {
  name: 'a store holds what was committed to it',
  enforces: ['I12', 'I19'],
  when: 'end',
  check: async ({ places }) => {
    for (const { name, events, holdings } of places) {
      const stored = new Set((await events()).map(nameOfStored));
      const expected = [
        ...[...holdings.applied.values()].map((sealed) => `${sealed.dot} ${sealed.hash}`),
        ...[...holdings.parked.values()].map((sealed) => `${sealed.dot} ${sealed.hash}`),
        ...[...holdings.variants.values()].map((sealed) => `${sealed.dot} ${sealed.hash}`),
      ];
      const missing = expected.find((one) => !stored.has(one));
      if (missing !== undefined) return `${name} has no ${missing}`;
      if (stored.size !== new Set(expected).size) return `${name} holds ${stored.size} of ${expected.length} events`;
    }
    return undefined;
  },
};

const nameOfStored = ({ sealed }: StoredEvent): string => `${sealed.dot} ${sealed.hash}`;

const everyReplicaHasItsOwnId: Checker = {
  name: 'no two replicas go by one id',
  enforces: ['I22', 'I23', 'R8'],
  when: 'end',
  check: async ({ places }) => {
    const owners = new Map<string, string>();
    for (const { name, store } of places) {
      const id = (await store.facts()).replica?.replicaId ?? '';
      const other = owners.get(id);
      if (other !== undefined) return `${name} and ${other} are both ${id}`;
      owners.set(id, name);
    }
    return undefined;
  },
};

const aDotHasOneMeaning: Checker = {
  name: 'a dot has one meaning, or is known as a fork',
  enforces: ['I21', 'R5'],
  when: 'end',
  check: async (world) => {
    const out = await withheld(world);
    const meanings = new Map<string, string>();
    for (const { name, holdings } of world.places)
      for (const held of [holdings.applied, holdings.parked, holdings.variants])
        for (const { dot, hash, event } of held.values()) {
          const other = meanings.get(dot);
          meanings.set(dot, hash);
          if (other === undefined || other === hash) continue;
          if (!isForged(event) && !mayFork(world, event.replicaId))
            return `${dot} has two contents, and nobody may have written both`;
          if (!out.has(dot) && !holdings.voids.has(dot) && holdings.applied.has(dot))
            return `${name} does not know that ${dot} is a fork`;
        }
    return undefined;
  },
};

/**
 * Who goes on from a copy of a disk finds out when it says hello to the hub, unless that was lost too, or the other one
 * says hello to another hub; without a hub, or where the other one writes between that and what is sent, both have been
 * offered before anybody knows.
 */
const mayFork = (
  { hubs, budget: { hubsLost, sharedIds, unguardedIds } }: WorldUnderCheck,
  replicaId: string,
): boolean => {
  const timesShared = sharedIds.get(replicaId) ?? 0;
  const isGuarded = hubs.length === 1 && hubsLost === 0 && timesShared === 1 && !unguardedIds.has(replicaId);
  return timesShared > 0 && !isGuarded;
};

const hubsKeepTheOrder: Checker = {
  name: "a hub's log is a causal order, and says nothing twice",
  enforces: ['R4', 'I24'],
  when: 'end',
  check: async ({ hubs }) => {
    for (const hub of hubs) {
      const seen = new Set<string>();
      const dots = new Set<string>();
      const known = new Set(
        ((await hub.entries()) ?? []).flatMap((entry) => (isEvent(entry) ? [entry.sealed.dot] : [])),
      );
      for (const entry of (await hub.entries()) ?? []) {
        if (!isEvent(entry)) continue;
        const { dot, hash, event } = entry.sealed;
        if (seen.has(`${dot} ${hash}`)) return `${hub.name} says ${dot} twice`;
        const early = event.parents.find((parent) => known.has(parent) && !dots.has(parent));
        if (early !== undefined && !isForged(event)) return `${hub.name} has ${dot} before its parent ${early}`;
        seen.add(`${dot} ${hash}`);
        dots.add(dot);
      }
    }
    return undefined;
  },
};

/** Takes in again a part of what another one holds. */
const deliveringAgainChangesNothing: Checker = {
  name: 'delivering again changes nothing',
  enforces: ['I5', 'I6'],
  when: 'end',
  check: async ({ places }) => {
    const [one, other] = places;
    if (one === undefined || other === undefined) return undefined;
    const events = (await other.events())
      .filter(({ place }) => place === 'applied' || place === 'variant')
      .map(({ sealed }) => sealed);
    const again = events
      .filter(({ hash }, index) => index % 3 !== 1 && one.holdings.hasHash(hash))
      .map(({ event }) => event);
    const stand = async (): Promise<string> =>
      [await one.digest(), (await one.store.facts()).audit.hash, one.holdings.sum()].join(' ');
    const before = await stand();
    await one.take([...again, ...again.toReversed()]);
    return (await stand()) === before ? undefined : `${one.name} changed when it was told what it knew`;
  },
};

export const checksInTheEnd = (): readonly Checker[] => [
  everyoneHoldsTheSame,
  everyStateIsThatOfItsEvents,
  storesHoldWhatWasCommitted,
  everyReplicaHasItsOwnId,
  aDotHasOneMeaning,
  hubsKeepTheOrder,
  deliveringAgainChangesNothing,
];
