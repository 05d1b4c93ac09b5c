/**
 * The merge against the model: whatever order, duplication and batching events come in, the
 * state, the conflicts and the log are those of the set (guarantees 1, 3 and 4; I1, I3 to I7).
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ReknitEvent } from '../../src/domain/events/event.js';
import { cascade, detach, restore, review } from '../../src/domain/strategies/index.js';
import type { Policy } from '../../src/domain/strategies/policy.js';
import { engineOn, type Engine } from '../support/engine.js';
import { deliveriesOf, inCausalOrder } from '../support/histories/deliveries.js';
import { arbitraryHistory, everythingOptions, type History } from '../support/histories/history.js';
import { cases, everything, hashed, mergedForm, modelForm } from '../support/histories/merge-cases.js';
import { tinyPolicy } from '../support/model/tiny-policy.js';
import { propertyOptions } from '../support/property-options.js';

type Batches = readonly (readonly ReknitEvent[])[];

const delivered = async (batches: Batches, policy: Policy): Promise<Engine> => {
  const engine = engineOn(policy);
  for (const batch of batches) await engine.deliver(batch);
  return engine;
};

const expectSame = async ({ events }: History, policy: Policy, batches: Batches): Promise<void> => {
  expect(await mergedForm(await delivered(batches, policy))).toEqual(modelForm(events, policy));
};

/** Fewer for the tests that look at every step or at long histories; all together they take half a minute at most. */
const runs = { one: 75, many: 50, few: 15 };

describe.each(cases)('$name', ({ history: options, policy }) => {
  test('the merge agrees with the model for events in one batch', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryHistory(options), (history) => expectSame(history, policy, [history.events])),
      propertyOptions({ numRuns: runs.one }),
    );
  });

  test('the merge agrees with the model for events one by one, in any causal order', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryHistory(options), fc.nat(), (history, seed) =>
        expectSame(
          history,
          policy,
          inCausalOrder(history, seed).map((event) => [event]),
        ),
      ),
      propertyOptions({ numRuns: runs.one }),
    );
  });

  test('the merge agrees with the model for events in any order, repeated, in any batches', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryHistory(options), fc.nat(), (history, seed) =>
        expectSame(history, policy, deliveriesOf(history, seed)),
      ),
      propertyOptions({ numRuns: runs.one }),
    );
  });

  test('after every batch the state is that of the events so far, folded from scratch', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryHistory({ ...options, stepsMax: 24 }), fc.nat(), async (history, seed) => {
        const engine = engineOn(policy);
        const soFar: ReknitEvent[] = [];
        for (const batch of deliveriesOf(history, seed)) {
          await engine.deliver(batch);
          soFar.push(...batch);

          expect(await mergedForm(engine)).toEqual(modelForm(soFar, policy));
        }
      }),
      propertyOptions({ numRuns: runs.many }),
    );
  });

  test('delivering everything again changes nothing, and the audit trail says nothing', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryHistory(options), fc.nat(), async (history, seed) => {
        const engine = await delivered(deliveriesOf(history, seed), policy);
        const before = await mergedForm(engine);
        const { audit } = await engine.store.facts();

        for (const batch of [history.events, ...deliveriesOf(history, seed + 1)]) await engine.deliver(batch);

        expect(await mergedForm(engine)).toEqual(before);
        expect((await engine.store.facts()).audit).toEqual(audit);
      }),
      propertyOptions({ numRuns: runs.many }),
    );
  });
});

test('the merge agrees with the model for every mix of the shipped strategies for dependencies', async () => {
  const shipped = fc.constantFrom(restore(), detach(), cascade(), review());
  const ofType = fc.record({ byField: shipped, byDependsOn: shipped }).map(({ byField, byDependsOn }) => ({
    references: { parent: 'task' },
    byReference: { parent: byField },
    byConflict: { dependency: byDependsOn },
    existence: hashed,
  }));
  const policies = fc
    .record({ task: ofType, note: ofType })
    .map(({ task, note }) => tinyPolicy({ ...task, types: { note } }));
  const histories = arbitraryHistory({ references: { parent: 'task' }, dependsOn: true, forks: true });
  await fc.assert(
    fc.asyncProperty(histories, policies, fc.nat(), (history, policy, seed) =>
      expectSame(history, policy, deliveriesOf(history, seed)),
    ),
    propertyOptions({ numRuns: runs.one }),
  );
});

test('what was merged under one policy and is derived again under another, step by step, is what the other gives (R40)', async () => {
  const before = tinyPolicy({ references: { title: 'task' }, byConflict: { dependency: hashed }, usesPriority: true });
  await fc.assert(
    fc.asyncProperty(arbitraryHistory(everythingOptions), fc.nat(), async (history, seed) => {
      const { store } = await delivered(deliveriesOf(history, seed), before);
      const reopened = engineOn(everything, store);
      await reopened.rederive();

      expect(await mergedForm(reopened)).toEqual(modelForm(history.events, everything));
    }),
    propertyOptions({ numRuns: runs.many }),
  );
});

test('the merge agrees with the model for long histories of many writers', async () => {
  const policy = tinyPolicy({ byUnit: { status: hashed }, existence: hashed });
  await fc.assert(
    fc.asyncProperty(arbitraryHistory({ stepsMax: 120, writers: { least: 3, most: 5 } }), fc.nat(), (history, seed) =>
      expectSame(history, policy, deliveriesOf(history, seed)),
    ),
    propertyOptions({ numRuns: runs.few }),
  );
});
