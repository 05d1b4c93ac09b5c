/**
 * Parts that are wrong in one way each, to show that a simulation finds them: stores that lose, hubs that lie,
 * policies that are not what they say.
 */
import { createMemoryStore } from '../src/adapters/memory/index.js';
import type { EventStore } from '../src/application/ports/event-store.js';
import type { Remote } from '../src/application/ports/remote.js';
import type { Policy } from '../src/domain/index.js';
import type { SimulatedHub, SimulationOptions } from '../src/testing/simulation/index.js';
import { policies } from './policies.js';
import { simulatedHub } from './simulated-hub.js';

type Planted = Partial<SimulationOptions>;

/** A store that is right but for one call. */
const storeBut = (wrong: (store: EventStore) => Partial<EventStore>): Planted => ({
  store: () => {
    const store = createMemoryStore();
    return { ...store, ...wrong(store) };
  },
});

const hubBut = (wrong: (hub: SimulatedHub) => Partial<SimulatedHub>): Planted => ({
  hub: async (site) => {
    const hub = await simulatedHub(site);
    return { ...hub, ...wrong(hub) };
  },
});

const remoteBut = (wrong: (remote: Remote) => Partial<Remote>): Planted =>
  hubBut((hub) => ({
    remote: (wire) => {
      const remote = hub.remote(wire);
      return { ...remote, ...wrong(remote) };
    },
  }));

export interface WrongPart {
  readonly name: string;
  readonly planted: Planted;
  /** The names of checks that may find it. */
  readonly found: RegExp;
}

export const wrongParts: readonly WrongPart[] = [
  {
    name: 'a store that forgets every fifth event',
    planted: storeBut(({ commit }) => {
      let count = 0;
      return {
        commit: (work) => {
          count += 1;
          return commit(count % 5 === 0 ? { ...work, append: work.append.slice(1) } : work);
        },
      };
    }),
    found: /acknowledged|committed|without gaps|sees what it wrote|folded|broke|applied after|ours/,
  },
  {
    name: 'a store that moves the cursor and drops the events',
    planted: storeBut(({ commit }) => ({
      commit: (work) =>
        commit(
          work.cursors !== undefined && work.append.some(({ isLocal }) => !isLocal)
            ? { ...work, append: [], resources: [], conflicts: [] }
            : work,
        ),
    })),
    found: /./,
  },
  {
    name: 'a store that says "committed" and writes nothing now and then',
    planted: storeBut(({ commit }) => {
      let count = 0;
      return { commit: async (work) => ((count += 1) % 9 === 0 ? 'committed' : commit(work)) };
    }),
    found: /./,
  },
  {
    name: 'a store that never parks',
    planted: storeBut(({ commit }) => ({ commit: (work) => commit({ ...work, park: [] }) })),
    found: /acknowledged|holds what was committed|everyone agrees|ours|equal|skips/,
  },
  {
    name: 'a store that loses variants of a fork',
    planted: storeBut(({ commit }) => ({ commit: (work) => commit({ ...work, variants: [] }) })),
    found: /committed|acknowledged|equal|everyone|folded/,
  },
  {
    name: 'a store whose cut runs ahead',
    planted: storeBut(({ readCut }) => ({
      readCut: async () => Object.fromEntries(Object.entries(await readCut()).map(([id, seq]) => [id, seq + 1])),
    })),
    found: /./,
  },
  {
    name: 'a hub that passes over every seventh entry',
    planted: remoteBut(({ pull }) => ({
      pull: async (request) => {
        const page = await pull(request);
        const drop = page.events.findIndex((event) => (event as { seq: number }).seq % 7 === 2);
        return drop < 0
          ? page
          : {
              ...page,
              events: page.events.toSpliced(drop, 1),
              ...(page.receipts === undefined ? {} : { receipts: page.receipts.toSpliced(drop, 1) }),
            };
      },
    })),
    found: /skips nothing|everyone agrees/,
  },
  {
    name: 'a hub that accepts without keeping',
    planted: remoteBut(({ push }) => ({
      push: async (events, signal, options) => {
        if (events.length > 1) return push(events, signal, options);
        return events.map(() => ({ type: 'accepted' }) as const);
      },
    })),
    found: /safe elsewhere|everyone agrees/,
  },
  {
    name: 'a hub that says that it has one event more of everyone',
    planted: remoteBut(({ hello }) => ({
      hello: async (caller) => {
        const answer = await hello(caller);
        return { ...answer, knownSeq: answer.knownSeq + 1 };
      },
    })),
    found: /everyone agrees|safe elsewhere/,
  },
  {
    name: 'replicas whose policies differ under one fingerprint',
    planted: {
      policy: [policies[0] as Policy, { ...(policies[1] as Policy), fingerprint: (policies[0] as Policy).fingerprint }],
    },
    found: /equal events|folded/,
  },
  {
    name: 'a store that finds no event by its id',
    planted: storeBut(({ findEvents }) => ({
      findEvents: async (wanted) => (wanted.eventIds === undefined ? findEvents(wanted) : []),
    })),
    found: /acknowledged/,
  },
];
