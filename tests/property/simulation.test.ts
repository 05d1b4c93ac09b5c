/**
 * Whole replicas, hubs, networks, clocks and people from one seed: whatever goes wrong, nothing is lost, everyone
 * agrees in the end, and a seed can be had again exactly (I1, I2, I5, I7, I10, I13 to I16, I21 to I26, I42, I50).
 *
 * `npm run simulate` tries as many seeds as one likes; here the first few are tried, or, by REKNIT_SEED and
 * REKNIT_RUNS, others and more. To repeat a failure: the command that stands in it.
 */
import { expect, test } from 'vitest';
import { planOf, replay, simulate } from 'reknit/testing';
import { modelChecker } from '../../simulation/model-checker.js';
import { setUp } from '../../simulation/setup.js';

const runs = Math.max(1, Math.round(Number(process.env['REKNIT_RUNS'] ?? 1) * 24));
const from = Number(process.env['REKNIT_SEED'] ?? 1);

/** One in a hundred is long: those are for the program. */
const steps = { median: 60, long: 60 };

const expectNoFailure = async (store: 'memory' | 'sqlite', seeds: number): Promise<void> => {
  const { options, clear } = setUp(store, { steps, checkers: [modelChecker(1)] });
  try {
    const { failures, passed } = await simulate({ ...options, seeds, from });
    for (const { seed, checker, message, story } of failures)
      expect.fail(
        `To repeat it: npm run simulate -- --seeds 1 --from ${seed} --store ${store}\n\n${checker}: ${message}\n\n${story}`,
      );
    expect(passed).toBe(seeds);
  } finally {
    clear();
  }
};

test('whatever befalls replicas in memory, nothing is lost and all agree', { timeout: 120_000 }, () =>
  expectNoFailure('memory', runs),
);

test('whatever befalls replicas on SQLite, nothing is lost and all agree', { timeout: 120_000 }, () =>
  expectNoFailure('sqlite', Math.ceil(runs / 8)),
);

test(
  'one seed is one history: the same events, commits and messages, to the byte (I50)',
  { timeout: 60_000 },
  async () => {
    const { options } = setUp('memory', { steps });
    const seeds = [from, from + 1, 16, 32];

    const first = [];
    for (const seed of seeds) first.push((await replay(planOf(seed, options), options)).traceHash);
    const second = [];
    for (const seed of seeds) second.push((await replay(planOf(seed, options), options)).traceHash);

    expect(second).toEqual(first);
    expect(new Set(first).size).toBe(new Set(seeds).size);
  },
);

test('what a seed does on SQLite is what it does in memory', { timeout: 60_000 }, async () => {
  const [memory, sqlite] = [setUp('memory', { steps }), setUp('sqlite', { steps })];
  const seed = from + 2;

  const inMemory = await replay(planOf(seed, memory.options), memory.options);
  const onSqlite = await replay(planOf(seed, sqlite.options), sqlite.options);
  sqlite.clear();

  expect([onSqlite.failure, onSqlite.events]).toEqual([undefined, inMemory.events]);
});
