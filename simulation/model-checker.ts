/**
 * The naive model as a checker: what a replica shows is what the model, which shares no code with the merge, makes of
 * the events that the replica holds. Its time grows with the square of a history, so it looks at short ones.
 */
import { canonicalResource } from '../src/domain/resource/canonical.js';
import type { Checker, PlaceUnderCheck } from '../src/testing/simulation/index.js';
import { modelOf } from '../tests/support/model/model.js';
import { canonical } from '../tests/support/model/order.js';

/** @param every looks at one place in so many of those that could be looked at */
export const modelChecker = (every: number, eventsMax = 60): Checker => {
  let turn = 0;
  return {
    name: 'the state is what the model makes of the events',
    enforces: ['I7', 'I29', 'I30', 'I31', 'I32', 'I33', 'I34', 'G4', 'G5'],
    when: 'end',
    check: async ({ places }) => {
      const looked = new Set<string>();
      for (const place of places) {
        const { holdings, policy, name } = place;
        const key = `${policy.fingerprint} ${holdings.sum()}`;
        if (looked.has(key) || holdings.applied.size > eventsMax) continue;
        looked.add(key);
        turn += 1;
        if (turn % every !== 0) continue;
        const [shown, expected] = [await shownBy(place), expectedOf(place)];
        if (shown !== expected) return `${name}: ${firstDifference(shown, expected)}`;
      }
      return undefined;
    },
  };
};

/** What a hub refused, or the future holds, is there for nobody to see; everything else is the model's to judge. */
const expectedOf = ({ holdings, policy }: PlaceUnderCheck): string => {
  const events = [...holdings.applied.values(), ...holdings.variants.values()].map(({ event }) => event);
  return canonical(modelOf(events, policy).resources);
};

const all = 1_000_000;

const shownBy = async ({ store }: PlaceUnderCheck): Promise<string> => {
  const { items } = await store.readResources({ includeDeleted: true, orderBy: 'id', limit: all });
  const conflicts = (await store.readConflicts({ limit: all })).items.map(({ record }) => record);
  return canonical(
    items.map(({ state, view }) =>
      canonicalResource(
        state,
        view,
        conflicts.filter(
          ({ resourceType, resourceId }) => resourceType === state.resourceType && resourceId === state.resourceId,
        ),
      ),
    ),
  );
};

const context = 120;

const firstDifference = (shown: string, expected: string): string => {
  let at = 0;
  while (at < shown.length && shown[at] === expected[at]) at += 1;
  const part = (text: string): string => text.slice(Math.max(0, at - context), at + context);
  return `shows …${part(shown)}… where the model has …${part(expected)}…`;
};
