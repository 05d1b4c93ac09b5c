/**
 * Shows that the tests notice: plants one bug after another and runs the tests that have to fail. A bug that nobody
 * notices, and one whose place in the sources is gone, is a failure.
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

/** A test that cannot run would fail with every bug: the suites have to pass without one. */
const run = (tests, planted) =>
  spawnSync(process.execPath, [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--bail=1', ...tests], {
    cwd: root,
    encoding: 'utf8',
    // A loop that never ends is noticed too.
    timeout: 240_000,
    killSignal: 'SIGKILL',
    env: { ...process.env, ...(planted === undefined ? {} : { REKNIT_PLANTED: planted }) },
  });

let caught = 0;
const missed = [];
for (const { name, why, tests } of wanted) {
  const started = performance.now();
  const files = tests.map((test) => join('tests', test));
  const { status, stdout, stderr } = run(files, name);
  const said = stripVTControlCharacters(`${stdout}\n${stderr}`);
  const failedTest = status === null ? 'it did not end' : (/FAIL\s+(.+)/u.exec(said)?.[1] ?? '');
  const isCaught = status === null || (status === 1 && /\d+ failed/u.test(said));
  if (isCaught) caught += 1;
  else missed.push(name);
  const seconds = ((performance.now() - started) / 1_000).toFixed(0);
  console.log(
    `${isCaught ? 'caught' : 'MISSED'}  ${name.padEnd(28)} ${seconds.padStart(3)} s  ${isCaught ? failedTest.slice(0, 90) : why}`,
  );
}
if (missed.length > 0) console.log(`\nnot noticed: ${missed.join(', ')}`);
console.log(`\n${caught} passed, ${missed.length} failed`);
process.exit(missed.length === 0 ? 0 : 1);
