/**
 * The arbiter is itself a function of a set of events, and the histories it is asked about
 * reach what they are made for. Without the second, a green run could mean that nothing
 * was ever in conflict.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { deliveriesOf, inCausalOrder, shuffled } from '../support/histories/deliveries.js';
import { arbitraryHistory, everythingOptions } from '../support/histories/history.js';
import { everything as policy, hashed } from '../support/histories/merge-cases.js';
import { modelOf } from '../support/model/model.js';
import { byDot, canonical, dotOf } from '../support/model/order.js';
import { tinyPolicy } from '../support/model/tiny-policy.js';
import { propertyOptions } from '../support/property-options.js';

describe('the model', () => {
  test('answers the same for any order, duplicates and key order', () => {
    fc.assert(
      fc.property(arbitraryHistory(everythingOptions), fc.nat(), (history, seed) => {
        const answer = canonical(modelOf(history.events, policy));

        expect(canonical(modelOf(shuffled(history, seed), policy))).toBe(answer);
        expect(canonical(modelOf(deliveriesOf(history, seed).flat(), policy))).toBe(answer);
      }),
      propertyOptions({ numRuns: 150 }),
    );
  });

  test('decides each conflict as if no other resource existed, where nothing refers', () => {
    fc.assert(
      fc.property(arbitraryHistory(), (history) => {
        const plain = tinyPolicy({ byUnit: { status: hashed, title: hashed }, existence: hashed });
        const together = modelOf(history.events, plain).resources;
        const apart = together.flatMap(({ resourceType, resourceId }) => {
          const own = history.events.filter(
            (event) => event.resourceType === resourceType && event.resourceId === resourceId,
          );
          return modelOf(own, plain).resources;
        });

        expect(apart).toEqual(together);
      }),
      propertyOptions(),
    );
  });
});

describe('histories', () => {
  test('are in a causal order, each event once, with sorted parents and clocks that only go up', () => {
    fc.assert(
      fc.property(
        arbitraryHistory({ references: { parent: 'task' }, dependsOn: true, priorities: true }),
        fc.nat(),
        (history, seed) => {
          const stamps = new Map<string, string>();
          const seen = new Set<string>();
          for (const event of history.events) {
            const stamp = `${event.timestamp} ${String(event.counter).padStart(9, '0')}`;
            expect(stamp > (stamps.get(event.replicaId) ?? '')).toBe(true);
            expect(event.parents).toEqual([...event.parents].sort(byDot));
            expect(event.parents.every((parent) => seen.has(parent))).toBe(true);
            stamps.set(event.replicaId, stamp);
            seen.add(dotOf(event));
          }

          expect(seen.size).toBe(history.events.length);
          expect(inCausalOrder(history, seed).map(dotOf).sort()).toEqual([...seen].sort());
        },
      ),
      propertyOptions(),
    );
  });

  test('reach every kind of conflict, every outcome, voids, twins and parked events', () => {
    const reached = new Set<string>();
    const sampled = [everythingOptions, { references: { parent: 'task' } }].flatMap((options) =>
      fc.sample(arbitraryHistory(options), { numRuns: 200, seed: 20260202 }),
    );
    for (const { events } of sampled) {
      const state = modelOf(events, policy);
      for (const kind of ['parked', 'voids', 'twins'] as const) if (state[kind].length > 0) reached.add(kind);
      for (const { standing, log } of state.resources) {
        for (const { conflictType, outcome } of standing) {
          reached.add(conflictType);
          reached.add(
            typeof outcome === 'string'
              ? outcome
              : 'apply' in outcome
                ? outcome.apply
                : (Object.keys(outcome)[0] ?? ''),
          );
        }
        for (const { conflictType, closedBy } of log)
          reached.add(closedBy.length > 1 ? 'closed twice' : `closed ${conflictType}`);
      }
    }

    const kinds = ['concurrent_modification', 'delete_update', 'create_create', 'dependency', 'concurrent_resolution'];
    const received = ['parked', 'voids', 'twins'];
    const outcomes = ['pending', 'moot', 'winner', 'value', 'absent', 'restore', 'cascade', 'detach'];
    const closings = ['closed twice', ...kinds.map((kind) => `closed ${kind}`)];
    expect([...received, ...kinds, ...outcomes, ...closings].filter((expected) => !reached.has(expected))).toEqual([]);
  });
});
