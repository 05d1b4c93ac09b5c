/**
 * Seeds and run counts of property tests come from the environment, and a failure prints
 * the one command that repeats it:
 *
 * - `REKNIT_SEED` and `REKNIT_PATH` repeat a run, or the one case of it;
 * - `REKNIT_RUNS` multiplies the number of runs (0.1 for a glance, 50 for a night).
 *
 * Without a seed each run takes a new one: that is how new cases are found.
 */
import fc from 'fast-check';
import { relative } from 'node:path';
import { expect } from 'vitest';

const runsByDefault = 100;

export const propertyOptions = <Values = unknown>(overrides: fc.Parameters<Values> = {}): fc.Parameters<Values> => {
  const { REKNIT_SEED: seed, REKNIT_PATH: path, REKNIT_RUNS: multiplier } = process.env;
  return {
    ...overrides,
    // A planted bug is to be noticed, and nobody reads how; and where nobody waits, making a failure smaller can take
    // longer than there is time to say what repeats it. Repeated elsewhere, it is made smaller.
    endOnFailure: process.env['REKNIT_PLANTED'] !== undefined || process.env['CI'] === 'true',
    numRuns: Math.max(
      1,
      Math.round((overrides.numRuns ?? runsByDefault) * numberFrom('REKNIT_RUNS', multiplier ?? '1')),
    ),
    ...(seed === undefined ? {} : { seed: numberFrom('REKNIT_SEED', seed) }),
    ...(path === undefined ? {} : { path }),
    plugins: [...(overrides.plugins ?? []), replayable],
  };
};

/** Puts the command that repeats a failure above what fast-check says of it. */
const replayable = <Values>(): { onAllRunsComplete: (details: fc.RunDetails<Values>) => void } => ({
  onAllRunsComplete: (details) => {
    if (!details.failed) return;
    const message = `To repeat it:\n\n  ${replayCommand(details)}\n\n${fc.defaultReportMessage(details as fc.RunDetails<unknown>) ?? ''}`;
    throw new Error(message, { cause: details.errorInstance });
  },
});

const replayCommand = <Values>({ seed, counterexamplePath }: fc.RunDetails<Values>): string => {
  const { testPath, currentTestName } = expect.getState();
  return [
    `REKNIT_SEED=${seed}`,
    ...(counterexamplePath === null ? [] : [`REKNIT_PATH=${counterexamplePath}`]),
    `npx vitest run ${testPath === undefined ? '' : relative(process.cwd(), testPath)}`,
    ...(currentTestName === undefined ? [] : [`-t ${quoted(patternOf(currentTestName))}`]),
  ].join(' ');
};

/** Vitest reports "suite > test" and matches "suite test"; a name may hold " > " itself. */
const patternOf = (testName: string): string =>
  testName
    .split(' > ')
    .map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
    .join('.*');

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

const numberFrom = (name: string, text: string): number => {
  const number = Number(text);
  if (text.trim() === '' || !Number.isFinite(number)) throw new Error(`${name} must be a number, not "${text}"`);
  return number;
};
