/**
 * Writes BENCHMARKS.md from what the benches have left in `.bench/results`, with what a reader needs to repeat or to
 * doubt a figure, and says plainly where a goal is not met. What was not measured again stays as the page has it: each
 * section says when it was measured, and on what machine.
 *
 *     npm run bench:report              writes BENCHMARKS.md
 *     npm run bench:report -- --quick   shows the same page for quick runs, which measure nothing, and writes nothing
 */
import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './run.mjs';

const isQuick = process.argv.includes('--quick');
const folder = join(root, '.bench', isQuick ? 'results-quick' : 'results');
const order = [
  'import',
  'reconnect',
  'hub-reconnect',
  'hub-live',
  'hub-return',
  'record',
  'fold',
  'text',
  'typing',
  'peers-text',
  'peers-reconnect',
  'peers-correctness',
  'growth',
  'memory',
  'size',
];

const programsIn = (...folders) =>
  readdirSync(join(root, 'bench', ...folders))
    .filter((file) => file.endsWith('.ts'))
    .map((file) => [...folders, file.slice(0, -3)].join('-'));
const benches = [...programsIn(), ...programsIn('peers')].sort((a, b) => order.indexOf(a) - order.indexOf(b));
const resultOf = (bench) => JSON.parse(readFileSync(join(folder, `${bench}.json`), 'utf8'));
const isMeasured = (bench) => existsSync(join(folder, `${bench}.json`));
const results = benches.filter(isMeasured).map(resultOf);

/** The sections of the page as it is, by the bench that each is from. */
const pageFile = join(root, 'BENCHMARKS.md');
const marker = (bench) => `<!-- from ${bench} -->`;
const oldPage = !isQuick && existsSync(pageFile) ? readFileSync(pageFile, 'utf8') : '';
const oldSections = new Map(
  oldPage
    .split(/^<!-- from /m)
    .slice(1)
    .map((text) => [text.slice(0, text.indexOf(' -->')), text.slice(text.indexOf('\n') + 1)]),
);
const isKept = (bench) => !isMeasured(bench) && oldSections.has(bench);
const missing = benches.filter((bench) => !isMeasured(bench) && !isKept(bench));
if (results.length === 0) {
  console.error(`there are no results yet: run npm run bench${isQuick ? ' -- --quick' : ''} first`);
  process.exit(1);
}

/** Three digits; more would claim what no machine repeats. */
const shown = (value) =>
  Math.abs(value) >= 1_000 ? Math.round(value).toLocaleString('en-GB') : String(Number(value.toPrecision(3)));

const keeps = ({ measured, better }, limit) => (better === 'lower' ? measured <= limit : measured >= limit);
const limitText = ({ better }, limit) =>
  limit === undefined ? '' : `${better === 'lower' ? '≤' : '≥'} ${shown(limit)}`;

const verdict = (figure) => {
  const { goal, bound } = figure;
  if (bound !== undefined && !keeps(figure, bound)) return '**bound missed**';
  if (goal !== undefined && !keeps(figure, goal))
    return bound === undefined ? '**goal missed**' : 'goal missed, in bound';
  return goal === undefined && bound === undefined ? '' : 'met';
};

const rowOf = (figure) => {
  const { name, unit, measured, low, high, rounds, goal, bound } = figure;
  const range = low === undefined ? '' : `${shown(low)} to ${shown(high)}`;
  const cells = [
    name,
    `${shown(measured)} ${unit}`,
    range,
    rounds ?? 1,
    limitText(figure, goal),
    limitText(figure, bound),
  ];
  return `| ${[...cells, verdict(figure)].join(' | ')} |`;
};

const machineText = ({ processor, cores, memoryGiB, platform, node, sqlite, betterSqlite3 }) =>
  `${processor}, ${cores} cores, ${memoryGiB} GiB of memory, ${platform}; Node ${node}, SQLite ${sqlite}, better-sqlite3 ${betterSqlite3}`;
const tableOf = ({ title, columns, rows }) => [
  `### ${title}`,
  '',
  `| ${columns.join(' | ')} |`,
  `| ${columns.map(() => '---').join(' | ')} |`,
  ...rows.map((row) => `| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`),
  '',
];

const figuresOf = (figures) => [
  '| what | measured | range | rounds | goal | bound | |',
  '| --- | --- | --- | --- | --- | --- | --- |',
  ...figures.map(rowOf),
  '',
  ...figures.flatMap(({ name, detail }) => (detail === undefined ? [] : [`- ${name}: ${detail}`])),
  '',
];

const pictureOf = ({ name, alt }) => [`![${alt}](docs/images/${name}.svg)`, ''];

const sectionOf = ({ title, method, command, date, machine, figures, tables = [], pictures = [] }) => [
  `## ${title}`,
  '',
  method,
  '',
  ...(figures.length === 0 ? [] : figuresOf(figures)),
  ...pictures.flatMap(pictureOf),
  ...tables.flatMap(tableOf),
  `\`${command}\`, ${date}, on ${machineText(machine)}`,
  '',
];

const missedIn = ({ title, figures }) =>
  figures.filter((figure) => verdict(figure).includes('missed')).map((figure) => ({ title, figure }));
const missedText = ({ title, figure }) => {
  const wanted = [
    figure.goal === undefined ? [] : [`goal ${limitText(figure, figure.goal)}`],
    figure.bound === undefined ? [] : [`bound ${limitText(figure, figure.bound)}`],
  ];
  const words = verdict(figure).replaceAll('*', '');
  return `- ${title}, ${figure.name}: ${shown(figure.measured)} ${figure.unit} (${wanted.flat().join(', ')}): ${words}`;
};

const keptTitle = (bench) => /^## (.*)$/m.exec(oldSections.get(bench))?.[1];
const missed = benches.flatMap((bench) => {
  if (isMeasured(bench)) return missedIn(resultOf(bench)).map(missedText);
  return isKept(bench) ? oldPage.split('\n').filter((line) => line.startsWith(`- ${keptTitle(bench)}, `)) : [];
});
const sections = benches.flatMap((bench) => {
  if (isMeasured(bench)) return [marker(bench), '', ...sectionOf(resultOf(bench))];
  return isKept(bench) ? [marker(bench), ...oldSections.get(bench).trimEnd().split('\n'), ''] : [];
});

const page = [
  '# Benchmarks',
  '',
  '<!-- Written by `npm run bench:report` from the results of `npm run bench`; changes made here are lost. -->',
  '',
  'What the guarantees cost. Figures that compare are ratios within one run: both sides take turns in one process,',
  'after a round that warms up and is not counted; given are the median of the rounds and the range. A ratio carries',
  'over to another machine better than a time does. The *floor* is what storing the same events costs with plain',
  'better-sqlite3 and no logic at all: rows that are in memory already, one file, one transaction, write-ahead log with',
  '`synchronous=FULL`, a text primary key, three text indexes, and one upsert of a JSON state a resource. It parses,',
  'hashes, merges and audits nothing.',
  '',
  ...(missing.length > 0 ? [`Not measured here: ${missing.join(', ')}.`, ''] : []),
  '## Not met',
  '',
  ...(missed.length === 0 ? ['Every goal and every bound is met.'] : missed),
  '',
  ...sections,
].join('\n');

if (isQuick) console.log(page);
else {
  writeFileSync(pageFile, page);
  for (const { name } of results.flatMap(({ pictures = [] }) => pictures))
    copyFileSync(join(folder, `${name}.svg`), join(root, 'docs', 'images', `${name}.svg`));
  console.log(`BENCHMARKS.md: ${results.length} benches, ${missed.length} figures miss their goal`);
}
