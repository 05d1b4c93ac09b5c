/**
 * A simulation that finds nothing proves nothing: wrong parts are planted, one at a time, and each is found within a
 * few seeds by a check that is there for it (I50).
 */
import { expect, test } from 'vitest';
import { planOf, replay, simulate } from 'reknit/testing';
import { wrongParts } from '../../simulation/planted.js';
import { setUp } from '../../simulation/setup.js';

const steps = { median: 40, long: 40 };
const seeds = 60;

test.each(wrongParts)('$name is found', { timeout: 60_000 }, async ({ planted, found }) => {
  const { options } = setUp('memory', { steps, ...planted });

  const { failures } = await simulate({ ...options, seeds, shrinkTriesMax: 0 });

  expect(failures[0]?.checker).toMatch(found);
});

test('a failing seed is made small, and fails again by itself', { timeout: 60_000 }, async () => {
  const { planted } = wrongParts.find(({ name }) => name === 'a store that finds no event by its id') ?? {};
  const { options } = setUp('memory', { steps, ...planted });

  const [failure] = (await simulate({ ...options, seeds, shrinkTriesMax: 60 })).failures;

  expect(failure?.minimal.steps).toHaveLength(1);
  expect(failure?.story).toContain(failure?.checker);
  expect(planOf(failure?.seed ?? 0, options)).toEqual(failure?.plan);
  const again = failure === undefined ? undefined : await replay(failure.minimal, options);
  expect(again?.failure?.checker).toBe(failure?.checker);
});
