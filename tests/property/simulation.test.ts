/**
 * Whole replicas, hubs, networks, clocks and people from one seed: whatever goes wrong, nothing is lost, everyone
 * agrees in the end, and a seed can be had again exactly (I1, I2, I5, I7, I10, I13 to I16, I21 to I26, I42, I50).
 *
 * `npm run simulate` tries as many seeds as one likes. Here a few are tried, others each time, or, by REKNIT_SEED and
 * REKNIT_RUNS, the same and more. To repeat a failure: the command that stands in it.
 */
import { expect, test } from 'vitest';
import { planOf, replay, simulate } from 'reknit/testing';
import { modelChecker } from '../../simulation/model-checker.js';
import { setUp } from '../../simulation/setup.js';

const runs = Math.max(1, Math.round(Number(process.env['REKNIT_RUNS'] ?? 1) * 24));
/** Below what a seed of fast-check may be, with room for those that follow. */
const seedsMax = 2_000_000_000;
const from = Number(process.env['REKNIT_SEED'] ?? 1 + Math.floor(Math.random() * seedsMax));

/** One in a hundred is long: those are for the program. */
const isLong = (seed: number): boolean => seed % 100 === 99;
const seedsFrom = (first: number, count: number): readonly number[] =>
  Array.from({ length: count * 2 }, (_, index) => first + index)
    .filter((seed) => !isLong(seed))
    .slice(0, count);
/** Stands in what a failure shows. */
const repeatBy = `REKNIT_SEED=${from} npx vitest run tests/property/simulation.test.ts`;

const expectNoFailure = async (store: 'memory' | 'sqlite', seeds: number): Promise<void> => {
  const { options, clear } = setUp(store, { checkers: [modelChecker(1)] });
  try {
    const { failures, passed } = await simulate({ ...options, seeds: seedsFrom(from, seeds) });
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
    const { options } = setUp('memory');
    const seeds = [...seedsFrom(from, 2), 64, 128];

    const first = [];
    for (const seed of seeds) first.push((await replay(planOf(seed, options), options)).traceHash);
    const second = [];
    for (const seed of seeds) second.push((await replay(planOf(seed, options), options)).traceHash);

    expect({ repeatBy, traces: second }).toEqual({ repeatBy, traces: first });
    expect({ repeatBy, different: new Set(first).size }).toEqual({ repeatBy, different: new Set(seeds).size });
  },
);

test('what a seed does on SQLite is what it does in memory', { timeout: 60_000 }, async () => {
  const [memory, sqlite] = [setUp('memory'), setUp('sqlite')];
  const [seed = from] = seedsFrom(from + 3, 1);

  const inMemory = await replay(planOf(seed, memory.options), memory.options);
  const onSqlite = await replay(planOf(seed, sqlite.options), sqlite.options);
  sqlite.clear();

  const { failure, events } = onSqlite;
  expect({ repeatBy, failure, events }).toEqual({ repeatBy, failure: undefined, events: inMemory.events });
});
