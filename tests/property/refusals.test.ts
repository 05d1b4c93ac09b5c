/**
 * Refusals (R9): at an author the state is at any time that of the events without the refused
 * ones and their descendants, in whatever order events, refusals and second thoughts come.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createMemoryStore } from '../../src/adapters/memory/index.js';
import { openSqliteStore } from '../../src/adapters/sqlite/index.js';
import { giveIdentity } from '../../src/application/identity/give-identity.js';
import { defaultMergeLimits, type MergeDeps } from '../../src/application/merge-driver.js';
import type { EventStore } from '../../src/application/ports/event-store.js';
import type { PublishedRefusal } from '../../src/application/ports/remote.js';
import { createRefusals, type Refusals } from '../../src/application/refusals/refusals.js';
import type { ReknitEvent } from '../../src/domain/events/event.js';
import type { Policy } from '../../src/domain/strategies/policy.js';
import { engineOn, sealed, stateIn, testSystem } from '../support/engine.js';
import { deliveriesOf, inCausalOrder, randomFrom } from '../support/histories/deliveries.js';
import { arbitraryHistory, everythingOptions, type History } from '../support/histories/history.js';
import { cases as mergeCases, hashed, modelForm } from '../support/histories/merge-cases.js';
import { canonical, dotOf } from '../support/model/order.js';
import { tinyPolicy } from '../support/model/tiny-policy.js';
import * as tiny from '../support/model/tiny-strategies.js';
import { propertyOptions } from '../support/property-options.js';
import { createFolder } from '../support/temporary-folder.js';

const everything = tinyPolicy({
  byUnit: { status: hashed, title: tiny.threeWay, address: hashed, priority: tiny.priorityWins, parent: hashed },
  existence: hashed,
  byConflict: { dependency: hashed },
  groups: { address: ['street', 'city'] },
  references: { parent: 'task' },
});

const cases = [
  ...mergeCases.filter(({ name }) =>
    ['plain registers, last write wins', 'everything pending', 'references'].includes(name),
  ),
  { name: 'everything at once', history: everythingOptions, policy: everything },
];

/** Own events that can be refused: whoever has two contents, or shares its event id, is void for reasons of its own. */
const refusableOf = ({ events }: History, replicaId: string): readonly ReknitEvent[] =>
  events.filter(
    (event) =>
      event.replicaId === replicaId &&
      events.filter((other) => dotOf(other) === dotOf(event) || other.eventId === event.eventId).length === 1,
  );

const refusalOf = (event: ReknitEvent): PublishedRefusal => {
  const { dot, hash } = sealed(event);
  return { dot, hash, eventId: event.eventId, code: 'not_allowed', message: 'not allowed' };
};

interface Author {
  readonly store: EventStore;
  readonly deliver: (events: readonly ReknitEvent[]) => Promise<unknown>;
  readonly refusals: Refusals;
}

const authorOn = async (replicaId: string, policy: Policy, store: EventStore): Promise<Author> => {
  const deps: MergeDeps = { store, policy, system: testSystem(), limits: defaultMergeLimits };
  await giveIdentity(deps, {
    replicaId,
    policy: { fingerprint: policy.fingerprint, data: policy.data, rederiveFrom: undefined },
  });
  const refusals = createRefusals({
    ...deps,
    record: () => Promise.reject(new Error('nothing is recorded here')),
    onChanged: () => undefined,
  });
  return { store, deliver: engineOn(policy, store).deliver, refusals };
};

const refuse = (author: Author, events: readonly ReknitEvent[]): Promise<void> =>
  author.refusals.applyRefusals({ by: 'hub', refused: events.map(refusalOf), accepted: [], isVerdict: true });

const accept = (author: Author, events: readonly ReknitEvent[]): Promise<void> =>
  author.refusals.applyRefusals({ by: 'hub', refused: [], accepted: events.map(sealed), isVerdict: true });

const mergedForm = async (store: EventStore): Promise<unknown> => JSON.parse(canonical(await stateIn(store)));

/** Delivers, and between batches refuses some of what is there, and takes some of that back; checks after each. */
const live = async (
  author: Author,
  policy: Policy,
  batches: readonly (readonly ReknitEvent[])[],
  refusable: readonly ReknitEvent[],
  seed: number,
): Promise<void> => {
  const random = randomFrom(seed);
  const soFar: ReknitEvent[] = [];
  const refused = new Set<ReknitEvent>();
  const check = async (): Promise<void> =>
    expect(await mergedForm(author.store)).toEqual(
      modelForm(
        soFar.filter((event) => ![...refused].some((other) => other.eventId === event.eventId)),
        policy,
      ),
    );
  for (const batch of [...batches, [], []]) {
    await author.deliver(batch);
    soFar.push(...batch);
    await check();
    const here = refusable.filter((event) => soFar.some((other) => dotOf(other) === dotOf(event)));
    const denied = here.filter((event) => !refused.has(event) && random() < 0.3);
    await refuse(author, denied);
    denied.forEach((event) => refused.add(event));
    await check();
    const taken = [...refused].filter(() => random() < 0.3);
    await accept(author, taken);
    taken.forEach((event) => refused.delete(event));
    await check();
  }
};

describe.each(cases)('$name', ({ history: options, policy }) => {
  test('the state is that of the events without the refused ones and their descendants (R9)', async () => {
    await fc.assert(
      fc.asyncProperty(
        arbitraryHistory({ ...options, stepsMax: 30 }),
        fc.nat(),
        fc.boolean(),
        async (history, seed, isCausal) => {
          const replicaId = history.replicas[seed % history.replicas.length] ?? '';
          const author = await authorOn(replicaId, policy, createMemoryStore());
          const batches = isCausal ? inCausalOrder(history, seed).map((event) => [event]) : deliveriesOf(history, seed);
          await live(author, policy, batches, refusableOf(history, replicaId), seed);
        },
      ),
      propertyOptions({ numRuns: 40 }),
    );
  });
});

test('a file says the same as the model, and as itself when it is opened again (R9, I7)', async () => {
  await fc.assert(
    fc.asyncProperty(arbitraryHistory({ ...everythingOptions, stepsMax: 30 }), fc.nat(), async (history, seed) => {
      const folder = createFolder();
      const file = `${folder.path}/one.db`;
      try {
        const replicaId = history.replicas[seed % history.replicas.length] ?? '';
        const store = openSqliteStore({ file, durability: 'process' });
        const author = await authorOn(replicaId, everything, store);
        await live(author, everything, deliveriesOf(history, seed), refusableOf(history, replicaId), seed);
        const before = [await mergedForm(store), await store.counts(), await store.readCut()];
        await store.close();
        const again = openSqliteStore({ file, durability: 'process' });

        expect([await mergedForm(again), await again.counts(), await again.readCut()]).toEqual(before);
        await again.close();
      } finally {
        folder.remove();
      }
    }),
    propertyOptions({ numRuns: 15 }),
  );
});
