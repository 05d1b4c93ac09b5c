/**
 * The merge against the model: whatever order, duplication and batching events come in, the
 * state, the conflicts and the log are those of the set (guarantees 1, 3 and 4; I1, I3 to I7).
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Policy } from '../../src/domain/strategies/policy.js';
import { engineOn, stateIn } from '../support/engine.js';
import { deliveriesOf, inCausalOrder } from '../support/histories/deliveries.js';
import { arbitraryHistory, everythingOptions, type History, type HistoryOptions } from '../support/histories/history.js';
import { modelOf } from '../support/model/model.js';
import { canonical } from '../support/model/order.js';
import { tinyPolicy } from '../support/model/tiny-policy.js';
import * as tiny from '../support/model/tiny-strategies.js';
import { propertyOptions } from '../support/property-options.js';

const hashed = tiny.decidesByHash;

const expectedOf = (history: History, policy: Policy): string => {
  const { parked, voids, resources } = modelOf(history.events, policy);
  return canonical({ parked: parked.filter((dot) => !voids.includes(dot)).sort(), resources });
};

const expectSame = async (history: History, policy: Policy, batches: readonly (readonly History['events'][number][])[]): Promise<void> => {
  const engine = engineOn(policy);
  for (const batch of batches) await engine.deliver(batch);

  expect(JSON.parse(canonical(await stateIn(engine.store)))).toEqual(JSON.parse(expectedOf(history, policy)));
};

const cases: readonly { readonly name: string; readonly history: HistoryOptions; readonly policy: Policy }[] = [
  { name: 'plain registers, last write wins', history: {}, policy: tinyPolicy({ byUnit: {}, existence: tiny.existenceWins('alive') }) },
  { name: 'everything pending', history: { priorities: true }, policy: tinyPolicy({ byConflict: { concurrent_modification: tiny.leaveToPerson, create_create: tiny.leaveToPerson, delete_update: tiny.leaveToPerson, concurrent_resolution: tiny.leaveToPerson } }) },
  { name: 'strategies that read base and priority', history: { priorities: true, writers: { least: 3, most: 5 } }, policy: tinyPolicy({ byUnit: { status: hashed, title: tiny.threeWay, priority: tiny.priorityWins }, existence: hashed }) },
  { name: 'groups', history: {}, policy: tinyPolicy({ byUnit: { address: hashed }, groups: { address: ['street', 'city'] } }) },
  { name: 'a whole resource as one unit', history: {}, policy: tinyPolicy({ wholeResource: true }) },
  { name: 'forks and shared ids', history: { forks: true, sameEventIds: true, missingEvents: true, strayParents: true, forgetfulReplicas: true }, policy: tinyPolicy({ byUnit: { status: hashed }, existence: hashed }) },
  { name: 'references', history: { references: { parent: 'task' }, dependsOn: true }, policy: tinyPolicy({ references: { parent: 'task' }, byUnit: { parent: hashed }, byConflict: { dependency: hashed }, existence: hashed }) },
  {
    name: 'everything at once',
    history: everythingOptions,
    policy: tinyPolicy({
      byUnit: { status: hashed, title: hashed, address: hashed, priority: tiny.priorityWins, parent: hashed },
      existence: hashed,
      byConflict: { dependency: hashed },
      groups: { address: ['street', 'city'] },
      references: { parent: 'task' },
      agentPriorities: { bot: 0.5 },
    }),
  },
];

describe.each(cases)('$name', ({ history: options, policy }) => {
  test('the merge agrees with the model for events in one batch', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryHistory(options), (history) => expectSame(history, policy, [history.events])),
      propertyOptions({ numRuns: 150 }),
    );
  });

  test('the merge agrees with the model for events one by one, in any causal order', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryHistory(options), fc.nat(), (history, seed) =>
        expectSame(history, policy, inCausalOrder(history, seed).map((event) => [event])),
      ),
      propertyOptions({ numRuns: 150 }),
    );
  });

  test('the merge agrees with the model for events in any order, repeated, in any batches', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryHistory(options), fc.nat(), (history, seed) => expectSame(history, policy, deliveriesOf(history, seed))),
      propertyOptions({ numRuns: 150 }),
    );
  });
});
