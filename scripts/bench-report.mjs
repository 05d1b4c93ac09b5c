/**
 * Writes BENCHMARKS.md from what the benches have left in `.bench/results`, with what a reader needs to repeat or to
 * doubt a figure, and says plainly where a goal is not met.
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
const missing = benches.filter((bench) => !isMeasured(bench));
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
const machines = new Set(results.map(({ machine }) => machineText(machine)));

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
  `\`${command}\`, ${date}${machines.size > 1 ? `, on ${machineText(machine)}` : ''}`,
  '',
];

const missed = results.flatMap(({ title, figures }) =>
  figures.filter((figure) => verdict(figure).includes('missed')).map((figure) => ({ title, figure })),
);
const missedText = ({ title, figure }) => {
  const wanted = [
    figure.goal === undefined ? [] : [`goal ${limitText(figure, figure.goal)}`],
    figure.bound === undefined ? [] : [`bound ${limitText(figure, figure.bound)}`],
  ];
  const words = verdict(figure).replaceAll('*', '');
  return `- ${title}, ${figure.name}: ${shown(figure.measured)} ${figure.unit} (${wanted.flat().join(', ')}): ${words}`;
};

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
  ...(machines.size === 1 ? [`Measured on ${[...machines][0]}.`, ''] : []),
  ...(missing.length > 0 ? [`Not measured here: ${missing.join(', ')}.`, ''] : []),
  '## Not met',
  '',
  ...(missed.length === 0 ? ['Every goal and every bound is met.'] : missed.map(missedText)),
  '',
  ...results.flatMap(sectionOf),
].join('\n');

if (isQuick) console.log(page);
else {
  writeFileSync(join(root, 'BENCHMARKS.md'), page);
  for (const { name } of results.flatMap(({ pictures = [] }) => pictures))
    copyFileSync(join(folder, `${name}.svg`), join(root, 'docs', 'images', `${name}.svg`));
  console.log(`BENCHMARKS.md: ${results.length} benches, ${missed.length} figures miss their goal`);
}
