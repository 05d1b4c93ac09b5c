/**
 * The merge against the model on the same few hundred small histories every time: quick enough to be asked after every
 * change, since what the model makes of them is worked out once. New histories are for `property/convergence`.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ReknitEvent } from '../../src/domain/events/event.js';
import { engineOn } from '../support/engine.js';
import { deliveriesOf, inCausalOrder } from '../support/histories/deliveries.js';
import { arbitraryHistory, type History } from '../support/histories/history.js';
import { options as fieldOptions, policy as fieldPolicy } from '../support/histories/field-cases.js';
import { tinyPolicy } from '../support/model/tiny-policy.js';
import { createSpareStore } from '../support/spare-store.js';
import { cases, hashed, keptForm, mergedForm, modelForm } from '../support/histories/merge-cases.js';

interface Example {
  readonly history: History;
  readonly seed: number;
  readonly expected: unknown;
}

const partsOfCase = [0, 1, 2];
const examplesOfPart = 6;

const ways: Readonly<Record<string, (example: Example) => readonly (readonly ReknitEvent[])[]>> = {
  'in one batch': ({ history }) => [history.events],
  'one by one': ({ history, seed }) => inCausalOrder(history, seed).map((event) => [event]),
  'in any order, repeated, in any batches': ({ history, seed }) => deliveriesOf(history, seed),
};

const all = [
  ...cases,
  { name: 'fields that merge by themselves', history: fieldOptions, policy: fieldPolicy },
  {
    name: 'such fields, with forks and shared ids',
    history: { ...fieldOptions, forks: true, sameEventIds: true, missingEvents: true, forgetfulReplicas: true },
    policy: fieldPolicy,
  },
  {
    name: 'references within a group',
    history: { references: { parent: 'task' }, dependsOn: true },
    policy: tinyPolicy({
      groups: { place: ['parent', 'street'] },
      references: { parent: 'task' },
      byUnit: { place: hashed },
      byConflict: { dependency: hashed },
      existence: hashed,
    }),
  },
];

describe.each(all)('$name', ({ name, history: options, policy }) => {
  const arbitrary = fc.tuple(arbitraryHistory({ ...options, stepsMax: 28 }), fc.nat());
  const examples: readonly Example[] = fc
    .sample(arbitrary, { seed: name.length, numRuns: partsOfCase.length * examplesOfPart })
    .map(([history, seed]) => ({ history, seed, expected: modelForm(history.events, policy) }));

  describe.each(Object.entries(ways))('events come %s', (_way, batchesOf) => {
    test.each(partsOfCase)('and the merge agrees with the model (%i)', async (part) => {
      for (const example of examples.slice(part * examplesOfPart, (part + 1) * examplesOfPart)) {
        const engine = engineOn(policy);
        for (const batch of batchesOf(example)) await engine.deliver(batch);
        expect(await mergedForm(engine)).toEqual(example.expected);
      }
    });
  });

  const [, ...inPieces] = Object.entries(ways);
  describe.each(inPieces)('what is kept of events that came %s', (_way, batchesOf) => {
    test.each(partsOfCase)('is what is kept of one batch, and of a fold from scratch (I7) (%i)', async (part) => {
      for (const example of examples.slice(part * examplesOfPart, (part + 1) * examplesOfPart)) {
        const [engine, atOnce] = [engineOn(policy, createSpareStore()), engineOn(policy)];
        await atOnce.deliver(example.history.events);
        for (const batch of batchesOf(example)) await engine.deliver(batch);
        const kept = await keptForm(engine);
        expect(kept).toEqual(await keptForm(atOnce));

        await engine.rederive();
        expect(await keptForm(engine)).toEqual(kept);
      }
    });
  });
});
