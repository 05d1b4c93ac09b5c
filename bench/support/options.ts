/**
 * What a bench is asked to do: `--quick` for sizes that only show that it runs, `--NAME=NUMBER` (or `=N,M` where a
 * bench takes several) for a size of one's own. An option that no bench reads is a typing error, and is refused.
 */
import assert from 'node:assert/strict';
import { dirname, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const given = process.argv.slice(2);

/** Every option of every bench: one command may run several benches, each with its own. */
const known: ReadonlySet<string> = new Set([
  'aside',
  'bursts',
  'events',
  'keystrokes',
  'kills',
  'logs',
  'merges',
  'readers',
  'replicas',
  'resources',
  'rounds',
  'seconds',
]);

for (const argument of given) {
  const name = /^--([a-z]+)=\d+(?:,\d+)*$/.exec(argument)?.[1];
  const isKnown = argument === '--quick' || (name !== undefined && known.has(name));
  assert.ok(isKnown, `${argument}: the options are --quick and --NAME=NUMBER for ${[...known].join(', ')}`);
}

export const isQuick = given.includes('--quick');

const compiled = dirname(dirname(fileURLToPath(import.meta.url)));
const program = relative(compiled, process.argv[1] ?? '')
  .replaceAll('\\', '/')
  .replace(/\.js$/, '');

/** The name of the running bench; that of one in a folder begins with the folder's. */
export const benchName = program.replaceAll('/', '-');

/** How to run the same again. */
export const benchCommand = [
  program.startsWith('peers/') ? 'npm run bench:peers --' : 'npm run bench --',
  program.replace(/^.*\//, ''),
  ...given,
].join(' ');

export interface Sizes<Size> {
  readonly full: Size;
  readonly quick: Size;
}

export const sizesOf = (name: string, { full, quick }: Sizes<readonly number[]>): readonly number[] => {
  assert.ok(known.has(name), `the option ${name} is not listed`);
  const own = given.find((argument) => argument.startsWith(`--${name}=`))?.slice(name.length + 3);
  return own === undefined ? (isQuick ? quick : full) : own.split(',').map(Number);
};

export const sizeOf = (name: string, { full, quick }: Sizes<number>): number => {
  const [size, ...others] = sizesOf(name, { full: [full], quick: [quick] });
  assert.ok(size !== undefined && others.length === 0, `--${name} takes one number here`);
  return size;
};
