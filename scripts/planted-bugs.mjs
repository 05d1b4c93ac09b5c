/**
 * Shows that the tests notice: plants one bug after another and runs the tests that have to fail. A bug that nobody
 * notices, one whose place in the sources is gone, and one whose tests fail without it, is a failure.
 *
 *     npm run planted                          all of them
 *     npm run planted -- tie-break-dropped     those of these names
 *     npm run planted -- --sample=8 --from=3   every so-manieth, from that one on; for a quick look
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { anchorProblem } from '../tests/planted/plant.mjs';
import { plantedBugs } from '../tests/planted/bugs.mjs';
import { root } from './run.mjs';

const parameters = process.argv.slice(2);
const numberOf = (name) => Number(parameters.find((one) => one.startsWith(`--${name}=`))?.split('=')[1] ?? 0);
const names = parameters.filter((one) => !one.startsWith('-'));
const unknown = names.filter((name) => !plantedBugs.some((bug) => bug.name === name));
if (unknown.length > 0) {
  console.error(`no such bug: ${unknown.join(', ')}`);
  process.exit(2);
}

const lost = plantedBugs.flatMap((bug) => anchorProblem(bug, readFileSync(join(root, 'src', bug.file), 'utf8')) ?? []);
for (const problem of lost) console.error(`its place is gone: ${problem}`);
if (lost.length > 0) process.exit(1);

const step = numberOf('sample') > 0 ? Math.ceil(plantedBugs.length / numberOf('sample')) : 1;
const wanted = plantedBugs.filter(({ name }, index) =>
  names.length > 0 ? names.includes(name) : index % step === numberOf('from') % step,
);

/** A run of tests on a slow machine takes as long as it takes: so many times what it took without a bug. */
const slownessMax = 5;
const secondsLeast = 240;
/** A machine that is slow, and not the bug, would stop a test before this. */
const testSecondsMax = 180;

const run = (tests, timeoutSeconds, planted) => {
  const started = performance.now();
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [
      join(root, 'node_modules/vitest/vitest.mjs'),
      'run',
      '--bail=1',
      `--testTimeout=${testSecondsMax * 1_000}`,
      ...tests.map((test) => join('tests', test)),
    ],
    {
      cwd: root,
      encoding: 'utf8',
      timeout: timeoutSeconds * 1_000,
      killSignal: 'SIGKILL',
      env: { ...process.env, ...(planted === undefined ? {} : { REKNIT_PLANTED: planted }) },
    },
  );
  return {
    status,
    said: stripVTControlCharacters(`${stdout}\n${stderr}`),
    seconds: (performance.now() - started) / 1_000,
  };
};

/** A test that fails anyhow would fail with every bug: each set of tests has to pass without one, which is tried once. */
const controls = new Map();
const control = (tests) => {
  const key = tests.toSorted().join(' ');
  const result = controls.get(key) ?? run(tests, secondsLeast * slownessMax);
  if (!controls.has(key)) {
    controls.set(key, result);
    tell(result.status === 0 ? 'passes' : 'FAILS', 'without a bug', result.seconds, tests.join(' '));
    if (result.status !== 0) console.log(result.said.slice(-4_000));
  }
  return result;
};

const tell = (verdict, name, seconds, text) =>
  console.log(`${verdict.padEnd(7)} ${name.padEnd(28)} ${seconds.toFixed(0).padStart(3)} s  ${text.slice(0, 120)}`);

/** What does not end, a run or a test, says nothing, unless that is what the bug does to whoever runs it. */
const isNoticed = ({ status, said }, { hangs = false }) => {
  if (status === null) return hangs;
  const failed = Number(/Tests\s+(\d+) failed/u.exec(said)?.[1] ?? 0);
  const tooLong = said.match(/^Error: Test timed out in/gmu)?.length ?? 0;
  return status === 1 && failed > (hangs ? 0 : tooLong);
};

const outcomeOf = (bug) => {
  const { name, why, tests } = bug;
  const { status, seconds } = control(tests);
  if (status !== 0) {
    tell('UNKNOWN', name, 0, 'its tests fail without it');
    return 'unknown';
  }
  const result = run(tests, Math.max(secondsLeast, Math.ceil(slownessMax * seconds)), name);
  const isCaught = isNoticed(result, bug);
  const failed = result.status === null ? 'it did not end' : (/FAIL\s+(.+)/u.exec(result.said)?.[1] ?? '');
  tell(isCaught ? 'caught' : 'MISSED', name, result.seconds, isCaught ? failed : `${why} (${failed || 'all passed'})`);
  return isCaught ? 'caught' : 'missed';
};

const outcomes = wanted.map((bug) => ({ name: bug.name, outcome: outcomeOf(bug) }));
const namesOf = (outcome) => outcomes.filter((one) => one.outcome === outcome).map(({ name }) => name);
const [caught, missed, untried] = ['caught', 'missed', 'unknown'].map(namesOf);
if (missed.length > 0) console.log(`\nnot noticed: ${missed.join(', ')}`);
if (untried.length > 0) console.log(`\nnot known, as the tests fail by themselves: ${untried.join(', ')}`);
console.log(`\n${caught.length} passed, ${missed.length + untried.length} failed`);
process.exit(missed.length + untried.length === 0 ? 0 : 1);
