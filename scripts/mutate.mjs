/**
 * Mutation testing: changes the domain and the sync machine in thousands of places, one at a time, and runs the tests
 * that reach the place. A change that no test notices is a survivor. Results are kept in mutation/results.json.gz: what was
 * killed is not run again while its code and the name of the test stay, nor is a survivor that no other test reaches.
 *
 *     npm run mutate                            everything, for hours
 *     npm run mutate -- src/domain/merge        those folders or files
 *     npm run mutate -- --changed               lines that changed since the commit before this one
 *     npm run mutate -- --changed=main          ... since that one
 *     npm run mutate -- --fresh                 without results of earlier runs
 *     npm run mutate -- --minutes=1.5           is stopped then, and nothing is judged
 *     npm run mutate -- --static                also what runs while modules are loaded, which takes seconds for each
 *     npm run mutate -- --tests=unit/sync,rules with no other tests than those in whose paths one of these stands
 *     npm run mutate -- --tests-ms=250          with tests for so long per mutant, and not for 500 milliseconds
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { install, root } from './run.mjs';

const everything = ['src/domain', 'src/application/sync/machine.ts'];
const kept = join(root, 'mutation/results.json.gz');
const results = join(root, '.mutation/results.json');

const parameters = process.argv.slice(2);
const valueOf = (name) => parameters.find((one) => one.startsWith(`--${name}=`))?.split('=')[1];
const isChangedOnly = parameters.some((one) => one.split('=')[0] === '--changed');
const named = parameters.filter((one) => !one.startsWith('-'));
const scope = named.length > 0 ? named : everything;

const known = new Set(['changed', 'fresh', 'minutes', 'static', 'tests', 'tests-ms']);
const unknown = parameters.filter((one) => one.startsWith('-') && !known.has(one.replace(/^--/, '').split('=')[0]));
if (unknown.length > 0) {
  console.error(`no such option: ${unknown.join(', ')}`);
  process.exit(2);
}
const missing = scope.filter((path) => !existsSync(join(root, path)));
if (missing.length > 0) {
  console.error(`not there: ${missing.join(', ')}`);
  process.exit(2);
}

const wanted = isChangedOnly
  ? changedLines(valueOf('changed') ?? 'HEAD~1')
  : scope.map((path) => (statSync(join(root, path)).isDirectory() ? `${path}/**/*.ts` : path));
if (wanted.length === 0) {
  console.log('nothing that is mutated has changed');
  process.exit(0);
}

install('mutation');
mkdirSync(dirname(results), { recursive: true });
rmSync(results, { force: true });
if (existsSync(kept) && !parameters.includes('--fresh')) writeFileSync(results, JSON.stringify(earlier()));

const startedMs = Date.now();
const stryker = spawn(
  process.execPath,
  [
    join(root, 'mutation/node_modules/@stryker-mutator/core/bin/stryker.js'),
    'run',
    'mutation/stryker.config.json',
    '--mutate',
    wanted.join(','),
    ...(parameters.includes('--static') ? [] : ['--ignoreStatic']),
  ],
  // A group of its own: to stop it is to stop the processes that it starts.
  {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: true,
    env: {
      ...process.env,
      REKNIT_MUTATION_TESTS: valueOf('tests') ?? '',
      REKNIT_MUTATION_TESTS_MS: valueOf('tests-ms') ?? '',
    },
  },
);
const minutes = Number(valueOf('minutes') ?? Infinity);
let isStopped = false;
const stop = () => {
  isStopped = true;
  if (stryker.pid !== undefined) process.kill(-stryker.pid, 'SIGKILL');
};
const timer = Number.isFinite(minutes) ? setTimeout(stop, minutes * 60_000) : undefined;
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, stop);
const status = await new Promise((ended) => {
  stryker.on('exit', ended);
});
clearTimeout(timer);
if (isStopped) {
  console.log('stopped before the end: nothing is judged');
  process.exit(0);
}

if (!existsSync(results) || statSync(results).mtimeMs < startedMs) process.exit(status || 1);
const report = JSON.parse(readFileSync(results, 'utf8'));
if (!isChangedOnly) keep(report);
tell(report);
process.exit(status ?? 1);

/**
 * Without where and with which settings it was run, how a test complained, and the texts of the tests: these are known
 * again by their names.
 */
function keep({ files, testFiles, schemaVersion, thresholds }) {
  const mapped = (record, change) =>
    Object.fromEntries(Object.entries(record).map(([path, file]) => [path, change(file)]));
  const text = JSON.stringify({
    schemaVersion,
    thresholds,
    files: mapped(files, (file) => ({
      ...file,
      mutants: file.mutants.map((mutant) => ({ ...mutant, statusReason: undefined })),
    })),
    testFiles: mapped(testFiles, ({ tests }) => ({ tests })),
  });
  writeFileSync(kept, gzipSync(text, { level: 9 }));
}

/** What is known; without the static survivors that are asked for, as nobody can say whether a new test reaches them. */
function earlier() {
  const report = JSON.parse(gunzipSync(readFileSync(kept)).toString());
  if (!parameters.includes('--static')) return report;
  for (const [path, file] of Object.entries(report.files))
    if (isInScope(path))
      file.mutants = file.mutants.filter((mutant) => mutant.static !== true || mutant.status !== 'Survived');
  return report;
}

function isInScope(path) {
  return scope.some((one) => path === one || path.startsWith(`${one}/`));
}

/** What of the mutated files has changed, as ranges of lines; nothing where there is no such commit to compare with. */
function changedLines(base) {
  const git = (...words) => spawnSync('git', words, { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  if (git('rev-parse', '--verify', '--quiet', `${base}^{commit}`).status !== 0) {
    console.log(`there is no commit ${base} here to compare with`);
    return [];
  }
  const { stdout } = git('diff', '--unified=0', '--no-color', '--diff-filter=d', base, '--', ...scope);
  let file = '';
  const ranges = [];
  for (const line of stdout.split('\n')) {
    file = /^\+\+\+ b\/(.+\.ts)$/u.exec(line)?.[1] ?? file;
    const [, first, count = '1'] = /^@@ \S+ \+(\d+)(?:,(\d+))? @@/u.exec(line) ?? [];
    if (first !== undefined && count !== '0') ranges.push(`${file}:${first}-${Number(first) + Number(count) - 1}`);
  }
  return ranges;
}

/** A line for each folder, and each survivor of what was asked for. */
function tell({ files }) {
  const rows = new Map();
  for (const [path, { mutants }] of Object.entries(files)) {
    const folder = path.startsWith('src/domain/') ? path.split('/').slice(0, 3).join('/') : path;
    const row = rows.get(folder) ?? {};
    for (const { status: outcome } of mutants) row[outcome] = (row[outcome] ?? 0) + 1;
    rows.set(folder, row);
    for (const { status: outcome, location, mutatorName, replacement } of mutants)
      if ((outcome === 'Survived' || outcome === 'NoCoverage') && isAsked(path, location.start.line))
        console.log(
          `${outcome}  ${path}:${location.start.line}:${location.start.column}  ${mutatorName}  ${replacement}`,
        );
  }
  const columns = ['Killed', 'Timeout', 'Survived', 'NoCoverage', 'Ignored'];
  console.log(`\n${''.padEnd(36)}${columns.map((name) => name.padStart(12)).join('')}${'score'.padStart(9)}`);
  const all = {};
  for (const [folder, row] of [...rows].sort(([a], [b]) => (a < b ? -1 : 1))) {
    for (const name of columns) all[name] = (all[name] ?? 0) + (row[name] ?? 0);
    console.log(lineOf(folder, row, columns));
  }
  console.log(lineOf('all', all, columns));
}

function isAsked(path, line) {
  if (!isChangedOnly) return isInScope(path);
  return wanted.some((range) => {
    const [file, lines] = range.split(':');
    const [first, last] = lines.split('-').map(Number);
    return file === path && first <= line && line <= last;
  });
}

function lineOf(name, row, columns) {
  const of = (column) => row[column] ?? 0;
  const noticed = of('Killed') + of('Timeout');
  const score = (100 * noticed) / (noticed + of('Survived') + of('NoCoverage'));
  return `${name.padEnd(36)}${columns.map((column) => String(of(column)).padStart(12)).join('')}${score.toFixed(1).padStart(7)} %`;
}
