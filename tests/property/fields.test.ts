/**
 * Counters, sets, lists and texts, mixed with registers in one resource, against the model: the
 * state is that of the set of events, whatever order they come in and whatever was deleted,
 * created anew or decided meanwhile (R33 to R36; I1, I3, I7, I8).
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ReknitEvent } from '../../src/domain/events/event.js';
import { foldEvents } from '../../src/domain/merge/fold-events.js';
import { engineOn, type Engine } from '../support/engine.js';
import { deliveriesOf, inCausalOrder } from '../support/histories/deliveries.js';
import { kinds, options, policy } from '../support/histories/field-cases.js';
import { arbitraryHistory, type History, type HistoryOptions } from '../support/histories/history.js';
import { mergedForm, modelForm } from '../support/histories/merge-cases.js';
import { mergedFieldsOf } from '../support/model/merging-fields.js';
import { modelOf } from '../support/model/model.js';
import { canonical, dotOf } from '../support/model/order.js';
import { receivedOf } from '../support/model/received.js';
import { historiesOf } from '../support/model/resource-history.js';
import { propertyOptions } from '../support/property-options.js';

const delivered = async (batches: readonly (readonly ReknitEvent[])[]): Promise<Engine> => {
  const engine = engineOn(policy);
  for (const batch of batches) await engine.deliver(batch);
  return engine;
};

const cases: readonly { readonly name: string; readonly history: HistoryOptions }[] = [
  { name: 'plain histories', history: options },
  { name: 'many writers', history: { ...options, writers: { least: 3, most: 5 }, stepsMax: 80 } },
  {
    name: 'forks, twins and events that are missing',
    history: { ...options, forks: true, sameEventIds: true, missingEvents: true, forgetfulReplicas: true },
  },
  ...Object.keys(kinds).map((field) => ({
    name: `nothing but ${field}`,
    history: { ...options, fields: [field], resources: [{ resourceType: 'task', resourceId: 'one' }] },
  })),
];

describe.each(cases)('$name', ({ history: historyOptions }) => {
  const histories = arbitraryHistory(historyOptions);

  test('the merge agrees with the model for events in one batch, and one by one', async () => {
    await fc.assert(
      fc.asyncProperty(histories, fc.nat(), async (history, seed) => {
        const expected = modelForm(history.events, policy);
        const one = inCausalOrder(history, seed).map((event) => [event]);

        expect(await mergedForm(await delivered([history.events]))).toEqual(expected);
        expect(await mergedForm(await delivered(one))).toEqual(expected);
      }),
      propertyOptions({ numRuns: 100 }),
    );
  });

  test('after every batch, in any order, the state is that of the events so far', async () => {
    await fc.assert(
      fc.asyncProperty(histories, fc.nat(), async (history, seed) => {
        const engine = engineOn(policy);
        const soFar: ReknitEvent[] = [];
        for (const batch of deliveriesOf(history, seed)) {
          await engine.deliver(batch);
          soFar.push(...batch);

          expect(await mergedForm(engine)).toEqual(modelForm(soFar, policy));
        }
        await engine.rederive();

        expect(await mergedForm(engine)).toEqual(modelForm(soFar, policy));
      }),
      propertyOptions({ numRuns: 60 }),
    );
  });

  test('what does not fit is listed until something clears it (R35)', async () => {
    await fc.assert(
      fc.asyncProperty(histories, fc.nat(), async (history, seed) => {
        const engine = await delivered(deliveriesOf(history, seed));
        const { items } = await engine.store.readResources({ includeDeleted: true, orderBy: 'id', limit: 100 });
        const listed = items.flatMap(({ state }) =>
          [...state.units].flatMap(([field, { accumulated }]) =>
            accumulated?.notes?.misfit === true ? [`${state.resourceType} ${state.resourceId} ${field}`] : [],
          ),
        );

        expect(listed.sort()).toEqual(misfitsIn(history));
      }),
      propertyOptions({ numRuns: 60 }),
    );
  });
});

const misfitsIn = ({ events }: History): readonly string[] =>
  historiesOf(receivedOf(events).nodes, policy)
    .histories.flatMap((history) =>
      mergedFieldsOf(history)
        .filter(({ invalid }) => invalid)
        .map(({ field }) => `${history.resource.resourceType} ${history.resource.resourceId} ${field}`),
    )
    .sort();

test('at every cut that is closed under parents, the state is the model of its events (R37)', () => {
  fc.assert(
    fc.property(arbitraryHistory(options), fc.nat(), (history, seed) => {
      const order = inCausalOrder(history, seed);
      for (const end of [Math.floor(order.length / 3), Math.floor((2 * order.length) / 3)]) {
        const cut = order.slice(0, end);
        const folded = foldEvents(cut, policy).resources.map(({ view }) => view.fields);

        expect(folded.map(canonical)).toEqual(modelOf(cut, policy).resources.map(({ fields }) => canonical(fields)));
      }
    }),
    propertyOptions({ numRuns: 60 }),
  );
});

test('the histories hold concurrent writes of every kind, and what does not fit', () => {
  const reached = new Set<string>();
  for (const history of fc.sample(arbitraryHistory(options), { numRuns: 200, seed: 20260202 })) {
    for (const misfit of misfitsIn(history)) reached.add(`misfit ${misfit.split(' ').at(-1) ?? ''}`);
    for (const { heads, fields } of modelOf(history.events, policy).resources)
      if (heads.length > 1)
        for (const head of heads) {
          const event = history.events.find((other) => dotOf(other) === head);
          for (const field of Object.keys(event?.payload ?? {}))
            if (field in fields) reached.add(`concurrent ${field}`);
        }
  }

  const expected = Object.keys(kinds).flatMap((field) => [`misfit ${field}`, `concurrent ${field}`]);
  expect(expected.filter((what) => !reached.has(what))).toEqual([]);
});
