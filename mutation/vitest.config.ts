/** One file of tests in one process: see every-test.mjs. */
import { defineConfig } from 'vitest/config';
import project from '../vitest.config.ts';

export default defineConfig((environment) => {
  const { resolve, test } = project(environment);
  return {
    resolve,
    test: {
      ...test,
      include: ['mutation/every-test.mjs'],
      exclude: [],
      // One seed, few cases, and none of them made smaller: a mutant is to be noticed, and nobody reads how.
      env: { REKNIT_SEED: '1', REKNIT_RUNS: '0.05', REKNIT_PLANTED: 'mutant' },
      pool: 'threads',
      maxWorkers: 1,
    },
  };
});
